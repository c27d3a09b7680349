"""The pages of feeds: how each is doing and why, and what can be done about it."""

from dataclasses import replace

import pytest
from offices import READ

from monitor.model import Secret

LEDGER = "Meridian Ledger"


@pytest.fixture(scope="module")
def place(make_shared_office):
    """For tests that only look."""
    return make_shared_office()


def feeds(office, query=""):
    return {each["name"]: each for each in office.api(f"/feeds{query}").json["feeds"]}


def test_a_feed_that_fails_says_why_and_what_next(place):
    ledger = feeds(place)[LEDGER]
    assert ledger["health"] == "failing"
    assert "the server forbids us this feed; give it `auth`" in ledger["notes"][0]
    assert "<code>auth</code>" in place.get("/feeds").text


def test_a_line_has_the_items_and_the_failures_of_its_days(place):
    known = feeds(place)
    assert sum(known["Halyard Wire"]["days"]) > 10
    assert known["Halyard Wire"]["failed"] == [0] * 14
    assert known[LEDGER]["failed"][-2] > 5
    assert known["Halyard Wire"]["matches"] > 0


def test_tabs_count_and_choose(place):
    seen = place.api("/feeds?state=trouble").json
    assert {tab["state"]: tab["feeds"] for tab in seen["tabs"]}["unread"] == 1
    assert [each["name"] for each in seen["feeds"]] == [LEDGER]


@pytest.mark.parametrize("wanted", ["halyard", "REGION:WORLD", "/rss/all.xml"])
def test_feeds_are_found_by_name_tag_and_address(place, wanted):
    assert "Halyard Wire" in feeds(place, f"?q={wanted}")
    assert LEDGER not in feeds(place, f"?q={wanted}")


def test_feeds_come_page_by_page(place):
    first = place.api("/feeds?limit=5").json
    last = place.api("/feeds?limit=5&page=3").json
    assert [len(first["feeds"]), len(last["feeds"]), last["next"]] == [5, 3, None]
    assert place.api(f"/feeds?{first['next']}").json["first"] == 6


def test_a_feed_is_paused_and_resumed(office):
    said = office.do("/feeds/pause", feed="Halyard Wire").json["said"]
    assert said == "Halyard Wire is polled no more until it is resumed"
    assert feeds(office)["Halyard Wire"]["health"] == "paused"
    assert "Halyard Wire" in feeds(office, "?state=paused")
    office.submit("/do/feeds/resume", feed="Halyard Wire", back="/feeds")
    assert feeds(office)["Halyard Wire"]["health"] == "well"


def test_what_is_no_feed_cannot_be_paused(office):
    answer = office.do("/feeds/pause", feed="Halyard Wyre")
    assert (answer.status, "Halyard Wire" in answer.text) == (404, True)


def test_who_may_only_look_is_offered_no_button(make_office):
    page = make_office().get("/feeds", READ).text
    assert "Halyard Wire" in page
    assert ">pause<" not in page
    assert ">poll now<" not in page


def with_login(settings):
    first, *others = settings.feeds
    url = first.url.replace("http://", "http://desk:hunter2@")
    return replace(settings, feeds=(replace(first, url=url), *others))


def test_a_login_in_an_address_is_never_shown(make_office):
    office = make_office(change=with_login)
    for path in ("/feeds", "/api/v1/feeds"):
        assert "Halyard Wire" in office.get(path).text
        assert "hunter2" not in office.get(path).text
    answer = office.do("/feeds/poll", feed="Halyard Wire")
    assert "hunter2" not in answer.text


def number_of(office, name):
    return feeds(office)[name]["id"]


def test_a_feed_shows_its_rhythm_and_what_came_of_its_items(place):
    seen = place.api(f"/feeds/{number_of(place, 'Halyard Wire')}").json
    assert "items a day" in seen["rhythm"]["often"]
    assert len(seen["rhythm"]["weekdays"]) == 24
    told = next(each for each in seen["items"] if each["rules"])
    assert told["story"] is not None
    assert {each["archived"] for each in seen["items"]} == {True, False}
    assert sum(each["items"] for each in seen["rules"]) >= seen["feed"]["matches"]


def test_a_feed_that_fails_names_the_days(place):
    seen = place.api(f"/feeds/{number_of(place, LEDGER)}").json
    assert seen["failures"] == sum(each["polls"] for each in seen["failed"])
    assert seen["failed"][0]["day"] == "2026-11-21"
    assert "It has not been read yet" in place.get(f"/feeds/{number_of(place, LEDGER)}").text


def test_items_of_a_feed_come_page_by_page(place):
    path = f"/feeds/{number_of(place, 'Halyard Wire')}?limit=10"
    first, second = place.api(path).json, place.api(f"{path}&page=2").json
    assert (len(first["items"]), second["next"]) == (10, None)
    seen = [each["first_seen_at"] for each in (*first["items"], *second["items"])]
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("number", ["999", "0", "x"])
def test_there_is_no_feed_of_that_number(place, number):
    assert place.get(f"/feeds/{number}").status in {404, 422}


def test_the_configuration_of_a_feed_is_shown_without_its_secrets(make_office):
    def secretive(settings):
        first, *others = settings.feeds
        headers = (("X-Key", Secret("hunter3")),)
        secret = replace(first, headers=headers, auth=Secret("desk:hunter4"))
        return replace(settings, feeds=(secret, *others), origins={"feed.0.auth": "config.toml:7"})

    office = make_office(change=secretive)
    path = f"/feeds/{number_of(office, 'Halyard Wire')}"
    rows = {each["name"]: each for each in office.api(path).json["settings"]}
    assert (rows["auth"]["value"], rows["auth"]["origin"]) == ('"***"', "config.toml:7")
    assert rows["headers"]["value"] == '{"X-Key": "***"}'
    assert "hunter" not in office.get(path).text

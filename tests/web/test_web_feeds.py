"""The pages of feeds: how each is doing and why, and what can be done about it."""

from dataclasses import replace

import pytest
from conftest import READ

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
    assert "pause" not in page


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

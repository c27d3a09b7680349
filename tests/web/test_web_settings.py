"""Settings and silences: what is in force, where it comes from, and what is held back."""

import re
from dataclasses import replace

import pytest
from offices import FULL, READ

from monitor.model import Channel, Secret

ARMS = "russia-north-korea-arms"
CANARY = "hunter2-of-the-desk"


@pytest.fixture(scope="module")
def place(make_shared_office):
    """For tests that only look."""
    return make_shared_office()


def add(office, matcher=ARMS, until="7d", comment="known already", **more):
    return office.do("/silences/add", matcher=matcher, until=until, comment=comment, **more)


def silences(office):
    return [(each["matcher"], each["comment"]) for each in office.api("/settings").json["silences"]]


def test_a_silence_is_tried_on_the_past_before_it_begins(place):
    draft = place.api(f"/silences/new?matcher={ARMS}").json
    assert 0 < draft["held"] < draft["matches"]
    assert draft["examples"][0]
    page = place.get(f"/silences/new?matcher={ARMS}").text
    assert f"<b>{draft['held']} of {draft['matches']}</b>" in page
    assert silences(place) == []


@pytest.mark.parametrize("matcher", ["rule=no-such-rule", "severity<=loud", "title"])
def test_a_matcher_that_cannot_be_meant_is_told_so_in_words(place, matcher):
    page = place.get(f"/silences/new?matcher={matcher.replace('<', '%3C')}")
    assert page.status == 200
    assert 'class="trouble"' in page.text


def test_a_silence_begins_shows_and_is_ended(office):
    added = add(office).json
    assert silences(office) == [(ARMS, "known already")]
    ended = office.do(f"/silences/{added['id']}/end")
    assert "has ended" in ended.json["said"]
    assert silences(office) == []
    assert office.do(f"/silences/{added['id']}/end").status == 422


def test_a_silence_says_why_and_ends_in_the_future(office):
    for wrong in ({"comment": " "}, {"until": "0"}, {"until": "soon"}, {"until": "2020-01-01"}):
        assert add(office, **wrong).status == 422
    assert silences(office) == []


def test_a_form_adds_one_and_says_what_it_would_have_held_back(office):
    fields = {"matcher": ARMS, "until": "7d", "comment": "known", "back": "/settings"}
    answer = office.submit("/do/silences/add", **fields)
    assert (answer.status, answer.headers["location"]) == (303, "/settings")
    said = re.search("wirewatch_said=([^;]+)", answer.headers["set-cookie"])[1]
    assert "would%20have%20held%20back" in said


def test_who_may_only_look_adds_none(office):
    assert office.do("/silences/add", READ, matcher=ARMS, until="7d", comment="x").status == 403
    assert "Add silence" not in office.get("/silences/new", READ).text


def test_settings_come_with_their_origin_and_no_secret(make_office):
    def configured(settings):
        channels = (Channel(name="desk", url=Secret(f"json://desk:{CANARY}@hook.example/x")),)
        origins = {"timezone": "config.toml:3", "web.token": "config.toml:9"}
        return replace(settings, channels=channels, origins=origins)

    office = make_office(change=configured)
    seen = office.api("/settings").json
    shown = {each["name"]: (each["value"], each["origin"]) for each in seen["settings"]}
    assert shown["timezone"] == ('"UTC"', "config.toml:3")
    assert shown["web.token"] == ('"***"', "config.toml:9")
    assert seen["token"] == "config.toml:9"
    everything = office.get("/settings?default=true&q=channel")
    assert "channel.0.url" in everything.text
    assert not {CANARY, FULL} & set(re.findall(r"[\w-]+", everything.text))


def test_settings_are_filtered_and_come_page_by_page(place):
    assert place.api("/settings").json["settings"] == []
    every = place.api("/settings?default=true").json
    assert every["settings_found"] == len(every["settings"])
    polls = place.api("/settings?default=true&q=POLL.M").json["settings"]
    assert {"poll.mean", "poll.min", "poll.max"} <= {each["name"] for each in polls}


def test_it_says_what_runs_and_what_is_stored(place):
    seen = place.api("/settings").json
    assert seen["state"]["database"] == "SQLite"
    assert seen["state"]["items"] > 50
    assert seen["state"]["bytes"] > 100_000
    places = {each["what"]: each for each in seen["places"]}
    assert places["configuration"]["trouble"] == "it is not there"
    assert places["rules"]["writable"]


def test_a_change_that_was_refused_is_named(office):
    (office.folder / "rules" / "broken.yaml").write_text("title: [")
    office.show.reload()
    seen = office.api("/settings").json
    assert "broken.yaml" in seen["refused"][0]["place"]
    assert "The last change is not in force" in office.get("/settings").text

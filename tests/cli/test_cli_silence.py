"""`silence`: adding one with a look at what it would have held back, listing, ending."""

import json

import pytest
from desk import ARMS, wirewatch


def add(desk, *matcher, until="2099-01-31", comment="port strike", more=()):
    return wirewatch(
        "silence", "add", *matcher, "--until", until, "--comment", comment, *more, desk=desk
    )


def listed(desk, *more):
    return wirewatch("silence", "list", "--json", *more, desk=desk).lines


def test_adding_one_shows_what_it_would_have_held_back(polled):
    ran = add(polled, "severity>=high title=*missile*")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "silence #1 until 2099-02-01T00:00:00Z: severity>=high title=*missile*\n"
        "would have held back 1 of 2 matches of the last 7 days, such as\n"
        "  Missile fired at sea\n"
        "1 that waited for a digest are held back now\n"
    )


def test_for_programs_the_same(polled):
    (line,) = add(polled, "arms", "title=*missile*", more=["--json"]).lines
    assert line["id"] == 1
    assert line["matcher"] == "arms title=*missile*"
    assert line["examples"] == ["Missile fired at sea"]
    assert (line["would_have_held"], line["matches"], line["taken_out"]) == (1, 2, 1)


def test_one_that_would_have_held_back_nothing_is_added_with_a_warning(polled):
    ran = add(polled, "title=*earnings*")
    assert ran.code == 0
    assert "warning: would have held back none of 2 matches of the last 7 days" in ran.err


def test_it_is_listed_with_what_it_has_held_back_and_mutes_below(polled):
    add(polled, "title=*missile*")
    wirewatch("mute", "2", "--until", "2099-01-31", "--comment", "seen", desk=polled)
    muting = f"{ARMS}mute:\n  - {{story: 1, until: 2099-01-31, note: Baltic desk}}\n"
    (polled / "rules" / "arms.yaml").write_text(muting)
    silence, in_file, by_hand = listed(polled)
    assert (silence["kind"], silence["id"], silence["held"]) == ("silence", 1, 1)
    assert silence["until_at"] == "2099-02-01T00:00:00Z"
    assert (in_file["kind"], in_file["story"], in_file["rule"]) == ("mute", 1, "arms")
    assert (by_hand["story"], by_hand["rule"], by_hand["comment"]) == (2, None, "seen")
    shown = wirewatch("silence", "list", desk=polled).out
    assert "port strike" in shown
    assert "rule file arms" in shown


def test_it_is_ended_by_its_number_and_then_listed_only_with_all(polled):
    add(polled, "title=*missile*")
    assert wirewatch("silence", "expire", "1", desk=polled).out == "silence #1 has ended\n"
    assert listed(polled) == []
    (line,) = listed(polled, "--all")
    assert (line["id"], line["holds"], line["held"]) == (1, False, 1)
    assert "ended 20" in wirewatch("silence", "list", "--all", desk=polled).out
    assert "no silence holds now" in wirewatch("silence", "list", desk=polled).err


def test_a_number_of_none_is_refused_with_those_there_are(polled):
    add(polled, "arms")
    ran = wirewatch("silence", "expire", "3", desk=polled)
    assert (ran.code, ran.out) == (2, "")
    assert "no silence #3; there are #1" in ran.err


@pytest.mark.parametrize(
    ("matcher", "said"),
    [
        ("arm", "there is no rule `arm`; did you mean `arms`?"),
        ("sevrity<=low", "character 1: there is no `sevrity` to compare; did you mean `severity`?"),
        ("rule=*", "this fits everything, and nobody would hear of anything"),
        ("digest=mornin", "did you mean `morning`?"),
        ("story=99", "no story `99`"),
    ],
)
def test_a_matcher_that_makes_no_sense_is_refused(polled, matcher, said):
    ran = add(polled, matcher)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert listed(polled) == []


def test_what_is_not_there_yet_is_silenced_by_force(polled):
    assert add(polled, "harbour", more=["--force"]).code == 0


def test_an_end_that_makes_no_sense_is_refused(polled):
    assert "is no end; write a day" in add(polled, "arms", until="soon").err
    ran = add(polled, "arms", until="2020-12-31")
    assert (ran.code, "`2020-12-31` is past" in ran.err) == (2, True)


def test_stories_say_by_which_they_are_held(polled):
    add(polled, "title=*missile*")
    words = "silenced until 2099-01-31 23:59 UTC by #1: port strike"
    lines = wirewatch("stories", "list", "--json", desk=polled).lines
    assert {line["title"]: line["muted"] for line in lines} == {
        "Missile fired at sea": [words],
        "Shells reach the port": [],
    }
    shown = wirewatch("stories", "show", "1", desk=polled).out
    assert f"\n{words}\nnot told by `morning` (" in shown


def test_a_preview_says_what_is_held(polled):
    add(polled, "title=*missile*")
    ran = wirewatch("digests", "preview", "morning", desk=polled)
    assert "held back: Missile fired at sea (silenced until" in ran.err
    assert "Held back: 1 story by silence #1 (port strike, until Sat 31 Jan 2099)." in ran.out
    (line,) = wirewatch("digests", "preview", "morning", "--json", desk=polled).lines
    assert [each["story"] for each in line["held"]] == [1]


def test_a_story_that_was_merged_away_is_muted_where_it_is_now(polled):
    wirewatch("stories", "merge", "1", "2", desk=polled)
    ran = wirewatch("mute", "2", "--until", "2099-01-31", desk=polled)
    assert ran.out == "story 1: muted until 2099-02-01T00:00:00Z\n"
    assert "story 2 was merged into 1" in ran.err
    (line,) = wirewatch("digests", "preview", "morning", "--json", desk=polled).lines
    assert line["stories"] == []


def test_its_json_is_one_object_a_line(polled):
    add(polled, "arms")
    out = wirewatch("silence", "list", "--json", desk=polled).out
    assert [json.loads(line)["kind"] for line in out.splitlines()] == ["silence"]

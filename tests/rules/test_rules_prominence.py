"""Prominence: what a rule asks for must stand out, not merely be there."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rulebooks import hits, item, load, matcher, only_rule

from monitor.rules.matching import Matcher

FAR = "a " * 60
PLACES = {
    "in the title": ({"title": "A missile"}, True, True),
    "in a long title": ({"title": FAR + "missile"}, True, True),
    "in the lead": ({"title": "A tug", "lead": "A missile"}, True, False),
    "late": ({"title": "A tug", "body": FAR + "missile"}, False, False),
    "just in time": ({"title": "A tug", "body": FAR[:-6] + "missile"}, True, False),
    "late but twice": ({"title": "A tug", "body": FAR + "missile missile"}, True, False),
    "late in two fields": ({"lead": FAR + "missile", "body": "missile"}, True, False),
    "nowhere": ({"title": "A tug"}, False, False),
}


@pytest.mark.parametrize(("fields", "major", "title"), PLACES.values(), ids=PLACES)
def test_prominence_asks_for_the_title_an_early_place_or_two_mentions(fields, major, title):
    there = any("missile" in text for text in fields.values())

    assert hits("any: missile\nprominence: any", **fields) is there
    assert hits("any: missile\nprominence: major", **fields) is major
    assert hits("any: missile\nprominence: title", **fields) is title


def test_every_concept_that_must_be_found_must_stand_out():
    rule = "all: [missile, [sea, land]]\nprominence: title"

    assert hits(rule, "Missile over land")
    assert not hits(rule, "A missile", body="Land")
    assert hits("any: [missile, sea]\nprominence: title", "A missile", body="Sea")


def test_what_must_not_be_found_may_not_stand_in_passing_either():
    rule = "match: missile AND NOT film\nnone: [play]\nprominence: title"

    assert hits(rule, "A missile")
    assert not hits(rule, "A missile", body="The film")
    assert not hits(rule, "A missile", body="The play")


def test_the_parts_of_a_query_must_stand_out_each_in_its_place():
    rule = "match: tug OR ( missile AND sea NEAR/2 land )\nprominence: title"

    assert hits(rule, "A tug")
    assert hits(rule, "A missile, sea, land")
    assert not hits(rule, "A missile", body="Sea, land")
    assert not hits(rule, "Sea, missile, land", body="Sea, land")


def test_what_may_stand_in_for_something_absent_must_stand_out_as_well():
    rule = "match: missile AND ( sea OR NOT land )\nprominence: title"

    assert hits(rule, "A missile")
    assert hits(rule, "A missile, sea", body="Land")
    assert not hits(rule, "A missile", body="Sea, land")


def test_what_is_found_in_another_field_is_prominent():
    assert hits('all: ["tags:arms", missile]\nprominence: title', "A missile", tags=("arms",))


def test_a_false_friend_does_not_stand_out():
    rule = matcher("any: [$ships]\nprominence: title", ships="terms: [ship]\nnot: [ship of state]")

    assert not rule.match(item("Ship of state", body="A ship, a ship"))


def test_an_explanation_says_what_does_not_stand_out():
    rule = "all: [missile, $ships]\nprominence: {}"
    one = item("A missile", body=FAR + "a ship")

    def failed(level):
        found = matcher(rule.format(level), ships="terms: [ship]").explain(one, "r").failed
        return {each.clause: each.reason for each in found}

    assert failed("title") == {"prominence of $ships": "not in the title"}
    assert failed("major") == {
        "prominence of $ships": "mentioned once, and not in the title or the first 60 words"
    }


def test_prominence_does_not_shorten_the_evidence():
    (match,) = matcher("any: [missile]\nprominence: title").match(item("Missile", body="A missile"))

    assert [each.field for each in match.evidence] == ["title", "body"]


WORDS = st.sampled_from(["tug", "ferry", "sea", "the"])
CONCEPTS = st.lists(WORDS, min_size=1, max_size=2)
SENTENCES = st.lists(WORDS, max_size=3)


@given(
    st.lists(CONCEPTS, min_size=1, max_size=2),
    st.sampled_from(["any", "major", "title"]),
    SENTENCES,
    SENTENCES,
    st.integers(50, 60),
    SENTENCES,
)
def test_prominence_agrees_with_a_simple_reading(concepts, level, title, start, between, end):
    body = [*start, *["a"] * between, *end]
    rule = only_rule(json.dumps({"all": concepts, "prominence": level}))
    one = item(" ".join(title), body=" ".join(body))

    def stands_out(concept):
        places = [at for at, word in enumerate([*title, *body]) if word in concept]
        in_title = any(at < len(title) for at in places)
        major = in_title or any(at < 60 for at in places) or len(places) > 1
        return {"any": bool(places), "major": major, "title": in_title}[level]

    expected = all(map(stands_out, concepts))
    assert bool(Matcher([rule]).match(one)) is expected
    assert Matcher([rule]).explain(one, "r").matched is expected


def test_a_rule_is_prominent_only_in_what_it_asks_for():
    assert load("none: [missile]\nprominence: major").rules == ()

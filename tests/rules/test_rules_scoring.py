"""Scoring: points order the matches of a rule, and decide only where it says so."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from query_trees import HEADLINES, TREES, holds, written
from rulebooks import found, item, load, matcher, only_rule

from monitor.errors import Level
from monitor.rules.checking import failures, run_tests
from monitor.rules.matching import Matcher

RULE = """any: [missile]
score:
  title:( missile OR rocket ): 3
  ATLEAST/2 missile: 2
  film: -4
"""
SCORES = [
    ({"title": "A missile"}, 3),
    ({"title": "A missile", "body": "Missiles"}, 5),
    ({"title": "At sea", "body": "A missile"}, 0),
    ({"title": "At sea", "body": "A missile film"}, -4),
    ({"title": "A missile film"}, -1),
]


@pytest.mark.parametrize(("fields", "score"), SCORES)
def test_a_match_scores_the_points_of_every_query_that_holds(fields, score):
    (match,) = matcher(RULE).match(item(**fields))

    assert match.score == score


@pytest.mark.parametrize(("fields", "score"), SCORES)
def test_with_a_min_score_a_rule_fires_from_there_on(fields, score):
    for least in (1, 3, 5):
        rule = matcher(f"{RULE}min_score: {least}")

        assert bool(rule.match(item(**fields))) is (score >= least)
        assert rule.explain(item(**fields), "r").matched is (score >= least)


def test_a_rule_without_points_scores_nothing():
    assert matcher("any: [missile]").match(item("Missile"))[0].score == 0


def test_of_equally_severe_matches_the_higher_score_comes_first():
    rules = """rules:
  - {id: a, any: [missile]}
  - {id: b, any: [missile], score: {missile: 2}}
  - {id: c, any: [missile], severity: low, score: {missile: 9}}"""

    assert [match.rule for match in Matcher(load(rules).rules).match(item("Missile"))] == [
        "b",
        "a",
        "c",
    ]


def test_points_alone_do_not_make_a_rule():
    assert found(load("score: {missile: 2}\nmin_score: 1")) == ["R106 1:1"]


def test_an_explanation_tells_the_score_and_what_scored_where_it_decides():
    def report(text, title):
        return matcher(text).explain(item(title), "r").clauses[-1]

    without, enough = report(RULE, "Missile"), report(f"{RULE}min_score: 3", "Missile")
    short = report(f"{RULE}min_score: 3", "At sea")

    assert (without.clause, without.reason, without.evidence) == ("score", "scored 3", ())
    assert (enough.held, enough.reason) == (True, "scored 3")
    assert [each.text for each in enough.evidence] == ["Missile"]
    assert (short.held, short.reason) == (False, "scored 0, not 3")


def test_what_scored_is_evidence_where_it_decides():
    rule = "any: [missile]\nscore: {sea: 2, film: -1}\n"
    one = item("A missile film at sea")
    (ordered,), (decided,) = (matcher(text).match(one) for text in (rule, f"{rule}min_score: 1"))

    assert [(each.clause, each.text) for each in ordered.evidence] == [("any", "missile")]
    assert [(each.clause, each.text) for each in decided.evidence] == [
        ("any", "missile"),
        ("score", "sea"),
    ]


def test_a_test_that_scores_too_little_says_so():
    book = load(f"{RULE}min_score: 4\ntests: [hit: A missile, miss: A tug]")
    (failure,) = failures(run_tests(book))

    assert failure.hint == "score: scored 3, not 4"


def test_a_vocabulary_may_score_and_counts_for_the_version():
    def rule(terms):
        return only_rule("any: [missile]\nscore: {$v: 2}", v=terms)

    assert Matcher([rule("terms: [tug]")]).match(item("A missile, a tug"))[0].score == 2
    assert rule("terms: [tug]").version != rule("terms: [ferry]").version


@given(
    TREES,
    st.lists(st.tuples(TREES, st.integers(-9, 9).filter(bool)), min_size=1, max_size=4),
    st.none() | st.integers(1, 9),
    HEADLINES,
    HEADLINES,
)
def test_the_score_agrees_with_a_simple_reading(asked, lines, least, title, body):
    points = {written(tree): (tree, number) for tree, number in lines}
    assume(least is None or least <= sum(max(0, number) for _, number in points.values()))
    rule = {
        "match": written(asked),
        "score": {query: str(number) for query, (_, number) in points.items()},
        **({"min_score": str(least)} if least else {}),
    }
    book = load(json.dumps(rule))
    assert {each.code for each in book.problems if each.level is Level.ERROR} <= {"R106"}
    assume(book.rules)
    texts = {"title": title, "body": body}
    score = sum(number for tree, number in points.values() if holds(tree, texts))
    fires = holds(asked, texts) and (least is None or score >= least)

    matches = Matcher(book.rules).match(item(title, body=body))
    assert [match.score for match in matches] == ([score] if fires else [])
    assert Matcher(book.rules).explain(item(title, body=body), "r").matched is fires

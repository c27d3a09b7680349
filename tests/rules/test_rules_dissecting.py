"""Dissecting: how a rule compiled, in words."""

import pytest
from rulebooks import only_rule

from monitor.rules.dissecting import dissect
from monitor.rules.matching import Matcher


def dissected(rule, **vocabularies):
    rule = only_rule(rule, **vocabularies)
    return dissect(Matcher([rule]), rule.id)


def test_lists_tell_their_number_and_their_first_terms():
    (concept,) = dissected("any: [a1, b2, c3, d4, e5, f6, g7]").required
    assert (concept.clause, concept.terms) == ("any", 7)
    assert str(concept) == "a1, b2, c3, d4, e5 and 2 more"


def test_a_rule_waits_at_the_clause_of_its_rarest_words():
    assert dissected("all: [the, zeppelin]").waits_at == "all 2"
    assert dissected("match: zeppelin NEAR/5 the").waits_at == "match"


@pytest.mark.parametrize(
    ("rule", "clause", "asks"),
    [
        ("all: [missile, korea]\nnear: 5", "near 5", "(missile) beside (korea)"),
        ("match: missile NEAR/5 korea", "match", "missile NEAR/5 korea"),
        ("any: [missile]\nprominence: title", "prominence of any", "missile"),
    ],
)
def test_a_condition_says_what_it_asks_for(rule, clause, asks):
    assert dissected(rule).conditions[-1] == (clause, asks)


def test_what_is_forbidden_and_what_scores_is_told():
    found = dissected("any: [missile]\nnone: [toy]\nscore: {launch: 2}\nmin_score: 2")
    assert [str(each) for each in found.forbidden] == ["toy"]
    assert (found.scores, found.min_score) == ((("launch", 2),), 2)

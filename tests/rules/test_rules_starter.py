"""The rules that come with Wirewatch: sound, tested, in seven languages, no looser than told."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from rulebooks import NOW, SHIPPED, item, load, shipped_files

from monitor.rules.checking import failures, run_tests
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.rules.syntax import AllOf, Not, Placed, Term
from monitor.text.language import detect_language

BOOK = load_rules(shipped_files(SHIPPED), shipped_files(SHIPPED / "vocab"), NOW)
RULES = {rule.id: rule for rule in BOOK.rules}
LANGUAGES = {"en", "ru", "uk", "ko", "zh", "ja", "ar"}
GUIDE = (SHIPPED.parent / "docs" / "rules-starter.md").read_text("utf-8")
each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
each_vocabulary = pytest.mark.parametrize(
    "vocabulary", BOOK.vocabularies.values(), ids=BOOK.vocabularies.keys()
)


def test_they_load_without_a_problem():
    assert [f"{each.place} {each.code} {each.message}" for each in BOOK.problems] == []


def test_they_pass_their_own_tests():
    assert [f"{each.place} {each.message} {each.hint}" for each in failures(run_tests(BOOK))] == []


def test_there_are_three_and_all_are_in_force():
    assert set(RULES) == {
        "russia-north-korea-arms",
        "satellite-technology-transfer",
        "sanctions-evasion-shipping",
    }
    assert BOOK.active(NOW) == BOOK.rules


@each_rule
def test_a_starter_rule_says_why_and_is_tested_both_ways(rule):
    kinds = [sample.must_hit for sample in rule.samples]

    assert rule.why
    assert rule.tags
    assert kinds.count(True) >= 6
    assert kinds.count(False) >= 6


@each_rule
@pytest.mark.parametrize("must_hit", [True, False])
def test_a_starter_rule_is_tested_in_every_language(rule, must_hit):
    tried = {
        detect_language(sample.words) or "en"
        for sample in rule.samples
        if sample.must_hit is must_hit
    }

    assert tried >= LANGUAGES


def without(rule, dropped):
    """The rule as if one of its clauses had never been written."""
    clauses = []
    for clause in rule.condition.clauses:
        if clause is dropped:
            continue
        node = clause.node
        if isinstance(node, Placed):
            node = Placed(node.how, tuple(part for part in node.parts if part is not dropped.node))
        clauses.append(replace(clause, node=node))
    return replace(rule, condition=AllOf(tuple(clauses)))


def fails_a_test(rule):
    return any(not each.passed for each in run_tests(replace(BOOK, rules=(rule,)), [rule.id]))


CLAUSES = [(rule, clause) for rule in BOOK.rules for clause in rule.condition.clauses]


@pytest.mark.parametrize(
    ("rule", "clause"), CLAUSES, ids=[f"{rule.id} {clause.name}" for rule, clause in CLAUSES]
)
def test_the_tests_would_notice_if_a_clause_were_dropped(rule, clause):
    assert not fails_a_test(rule)
    assert fails_a_test(without(rule, clause))


@each_vocabulary
def test_a_vocabulary_speaks_every_language(vocabulary):
    text = (SHIPPED / "vocab" / f"{vocabulary.name}.yaml").read_text("utf-8")

    assert set(re.findall(r"^  ([a-z]{2}):", text, re.MULTILINE)) == LANGUAGES
    assert vocabulary.title != vocabulary.name


@each_vocabulary
def test_every_term_of_a_vocabulary_is_found_as_it_is_written(vocabulary):
    for term in vocabulary.terms:
        if isinstance(term, Term):
            sought = load(json.dumps({"any": [term.written]})).rules[0]
            assert Matcher([sought]).match(item(as_text(term.written))), term.written


def as_text(written):
    return written.replace("=", "").replace("*", "").replace("?", "s")


@pytest.mark.parametrize(
    "name",
    [
        *("north_korea", "russia", "ukraine", "china", "iran", "belarus", "venezuela"),
        *("north_korean_leaders", "russian_leaders"),
        *("north_korean_agencies", "russian_agencies", "iranian_agencies", "chinese_agencies"),
        *("weapons", "space", "shipping", "shadow_fleet", "sanctions", "transfer"),
    ],
)
def test_the_vocabularies_of_the_trade_are_there(name):
    assert name in BOOK.vocabularies


def test_the_guide_names_every_rule_with_its_distance():
    for rule in BOOK.rules:
        (near,) = (c.node for c in rule.condition.clauses if isinstance(c.node, Placed))
        distance = near.how.distance
        (line,) = (line for line in GUIDE.splitlines() if line.startswith(f"| `{rule.id}`"))
        assert f"{distance} words" in line


def test_the_guide_names_no_vocabulary_that_does_not_exist():
    named = set(re.findall(r"`\$([a-z_]+)`", GUIDE)) - {"cuba"}

    assert named <= set(BOOK.vocabularies)


def test_as_the_guide_says_one_starter_rule_forbids_words_and_those_of_goalkeepers_only():
    forbidding = {rule.id for rule, clause in CLAUSES if isinstance(clause.node, Not)}

    assert forbidding == {"russia-north-korea-arms"}

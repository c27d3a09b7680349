"""What every operator on the shelf must bring with it."""

from __future__ import annotations

import pytest
from rulebooks import found, item, load

from monitor.rules.loading import known_keys, operator_shelf
from monitor.rules.matching import Matcher

VOCABULARIES = {
    "north_korea": "terms: [North Korea]",
    "shadow_fleet": "terms: [shadow fleet]",
}
# What an example needs beside it to be a rule, an item on which that fires, and one on which not.
BESIDE = {
    "all": ("", "A North Korean rocket, North Korea said", "A rocket"),
    "any": ("", "The shadow fleet", "The fleet"),
    "match": ("", "Kim Jong Un and a missile", "Kim Jong Un's missile film"),
    "near": ("all: [missile, sea]", "A missile at sea", "A missile" + " a" * 40 + " sea"),
    "prominence": (
        "any: [missile]",
        "A missile",
        item("At sea", body="a " * 60 + "missile"),
    ),
    "regex": ("any: [missile]", "A KN-23 missile", "A KN-235 missile"),
    "none": ("any: [missile]", "A missile", "A missile over a football pitch"),
}


def as_item(title):
    return item(title) if isinstance(title, str) else title


each_operator = pytest.mark.parametrize("operator", operator_shelf(), ids=lambda each: each.name)


@each_operator
def test_an_operator_says_in_one_sentence_what_it_asks(operator):
    assert operator.help.endswith(".")
    assert "\n" not in operator.help
    assert 20 < len(operator.help) <= 100


@each_operator
def test_the_name_of_an_operator_is_a_key_that_its_example_shows(operator):
    assert operator.name.isidentifier()
    assert operator.name.islower()
    assert operator.name in known_keys()
    assert operator.example.startswith(f"{operator.name}:")


@each_operator
def test_the_example_of_an_operator_decides_as_its_help_says(operator):
    beside, hit, miss = BESIDE[operator.name]
    book = load(f"{operator.example}\n{beside}", **VOCABULARIES)
    matcher = Matcher(book.rules)

    assert found(book) in (["R151 1:1"], ["R151 1:1", "R151 1:1"])
    assert [bool(matcher.match(as_item(each))) for each in (hit, miss)] == [True, False]


@each_operator
def test_each_clause_of_an_operator_reports_under_a_name_of_its_own(operator):
    beside, _, miss = BESIDE[operator.name]
    rule = load(f"{operator.example}\n{beside}", **VOCABULARIES).rules[0]
    names = [clause.name for clause in rule.condition.clauses]
    failed = Matcher([rule]).explain(as_item(miss), rule.id).failed

    assert len(set(names)) == len(names)
    assert {each.clause for each in failed} <= set(names)
    assert [each for each in failed if each.reason] != []


@each_operator
@pytest.mark.parametrize("value", ["[]", "{a: b, c: d}", "''", "'*'", "[[[]]]", "$nowhere"])
def test_an_operator_notes_what_it_cannot_use(operator, value):
    book = load(f"{operator.name}: {value}\n{BESIDE[operator.name][0]}")

    assert found(book) != []
    assert book.rules == ()


def test_an_operator_comes_after_those_whose_clauses_it_needs():
    names = [operator.name for operator in operator_shelf()]

    for operator in operator_shelf():
        assert all(names.index(needed) < names.index(operator.name) for needed in operator.after)

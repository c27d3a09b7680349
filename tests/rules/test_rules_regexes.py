"""Regular expressions: any script, exact places, linear time, and only what terms let through."""

from __future__ import annotations

import json
import re
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rulebooks import found, item, load, matcher

from monitor.rules.regex_rewriting import BadPattern
from monitor.rules.regexes import Searchable, compile_regex


def finds(pattern, text):
    """What the pattern finds in a text, or ""."""
    where = compile_regex(pattern).search(Searchable(text))
    return text[slice(*where)] if where else ""


FOUND = [
    (r"\bкорея\b", "Северная Корея и", "Корея"),
    (r"\bкорея\b", "в Кореях", ""),
    (r"\bйод\w*", "йодистый", "йодистый"),
    (r"\bκορέα\b", "Βόρεια Κορέα", "Κορέα"),
    (r"كوريا\b", "كوريا الشمالية", "كوريا"),
    (r"\bقطر\b", "وقطر", ""),
    (r"\bמשגר\b", "משגר טילים", "משגר"),
    (r"\b平壤\b", "在平壤举行", "平壤"),
    (r"북한\b", "북한의", "북한"),
    (r"\bKN-?\d{2}\b", "the KN-23 missile", "KN-23"),
    (r"\bKN-?\d{2}\b", "the KN-235 missile", ""),
    (r"\bfoo\b \bbar\b", "a foo bar", "foo bar"),
    (r"foo.\bbar", "foo-bar", "foo-bar"),
    (r"foo.-bar", "foo-bar", ""),
    (r"foo\Bbar", "foobar", "foobar"),
    (r"foo\B-bar", "foo-bar", ""),
    (r"^\bfoo$", "foo", "foo"),
    (r"\b(?:ab?)+\b", "x abba ab", "ab"),
    (r"(?-i)\bUS\b", "us or US", "US"),
    (r"us\b", "the U.S. or US", "US"),
    (r"[\w-]+ия\b", "из-за-россия", "из-за-россия"),
    (r"\d+", "٣٤", "٣٤"),
    (r"\D+\b", "12 а", " а"),
    (r"\pL+\b", "1а́б", "б"),
    (r"a.b", "a\nb", ""),
    (r"(?s)a.b\b", "a\nb", "a\nb"),
    (r"(?s:a.)b.\b", "a\nb\n", ""),
    (r"a[\s\S]b\b", "a\nb", "a\nb"),
    (r"\Q1.5\E\b", "1x5 1.5", "1.5"),
    (r"[^,]+\b", "é, b", "é"),
    (r"\bx\b", "x\x01 \ud800 y", "x"),
]


@pytest.mark.parametrize(("pattern", "text", "part"), FOUND)
def test_patterns_know_the_letters_and_the_words_of_every_script(pattern, text, part):
    assert finds(pattern, text) == part


PATTERNS = [
    r"\bab",
    r"ab\b",
    r"a\Bb",
    r"\ba.b\b",
    r"b\b.+\ba",
    r"[ab]+\b",
    r"(?:a|b )*b\b",
    r"^a\b",
]


@given(st.sampled_from(PATTERNS), st.text("ab -й", max_size=12))
def test_where_python_can_say_it_too_it_finds_the_same(pattern, text):
    expected = re.search(pattern, text, re.IGNORECASE)

    assert finds(pattern, text) == (expected[0] if expected else "")


REFUSED = [
    ("a\bb", "syntax", "\b", "single quotes"),
    ("a(b", "syntax", "(", "close it"),
    ("a[bc", "syntax", "[", "close it"),
    ("a)b", "syntax", ")", "open it"),
    ("ab*|+", "syntax", "+", "sign itself"),
    ("[z-a]", "syntax", "z-a", "lower end first"),
    ("x\\", "syntax", "\\", "sign itself"),
    (r"\d\q", "syntax", r"\q", "without"),
    ("a(?=b)", "unsupported", "(?=", "`none:`"),
    ("(?<!a)b", "unsupported", "(?<!", "`none:`"),
    (r"(a)\1", "unsupported", r"\1", "write out"),
    ("(?P<a>b)(?P=a)", "unsupported", "(?P", "write out"),
    ("a++b", "unsupported", "++", "write `+`"),
    ("(?>a)", "unsupported", "(?>", "(?:"),
    ("(?x) a", "unsupported", "(?x", "leave"),
    (r"[^\W\d]", "unsupported", r"\W", r"\pL"),
    (r"a\C", "unsupported", r"\C", "`.`"),
    (r"a\B", "unsupported", r"\B", r"\w+"),
    ("$arms", "unsupported", "$arms", "`all:`"),
    ("a*", "empty", "a*", "`+`"),
    (r"\b", "empty", r"\b", "`+`"),
    ("a{1001}", "large", "{1001}", "NEAR"),
    (r"(\w{99}){9}", "large", r"(\w{99}){9}", "NEAR"),
    (r"(\w{9}\b){9}", "large", r"(\w{9}\b){9}", "NEAR"),
    ("a" * 1_001, "large", "a" * 1_001, "vocabulary"),
]


@pytest.mark.parametrize(("pattern", "kind", "part", "hint"), REFUSED)
def test_what_cannot_be_searched_for_is_refused_with_its_place_and_a_remedy(
    pattern, kind, part, hint
):
    with pytest.raises(BadPattern) as refused:
        compile_regex(pattern)

    bad = refused.value
    assert (bad.kind, pattern[bad.at : bad.at + bad.width]) == (kind, part)
    assert hint in bad.hint


HOSTILE = [
    ("(a+)+$", "a"),
    ("(a|aa)+$", "a"),
    (r"\b(?:(?:\w+)*\s*)*!", "a "),
    (".*russia.*korea.*missile.*", "russia korea "),
    (r"(?:korea(?:n)?s?\s*)*arms(?:\s*\w+)*\s*deal", "korea arms "),
    ("x.{0,200}y.{0,200}z", "xy"),
    (r"(\b\w*)*\b\d", "ё́ "),
]


@pytest.mark.parametrize(("pattern", "part"), HOSTILE)
def test_no_pattern_takes_more_than_linear_time(pattern, part):
    expression = compile_regex(pattern)

    def seconds(characters):
        text = Searchable((part * characters)[:characters] + "\n")
        start = time.perf_counter()
        expression.search(text)
        return time.perf_counter() - start

    short = min(seconds(10_000) for _ in range(3))
    assert seconds(1_000_000) < max(400 * short, 1.0)


def test_evidence_is_the_exact_place_in_each_field():
    rule = matcher("any: [ракета]\nregex: '\\bхвасон-\\d+'")
    (match,) = rule.match(item("Ракета «Хвасон-18»", body="Это Хвасон-18, ракета"))

    assert [
        (each.field, each.start, each.end, each.text)
        for each in match.evidence
        if each.clause == "regex"
    ] == [("title", 8, 17, "Хвасон-18"), ("body", 4, 13, "Хвасон-18")]


def test_a_pattern_is_searched_in_its_field():
    rule = matcher("any: [missile]\nregex: ['title: KN-2', {author: 'kim$'}]")

    assert rule.match(item("KN-23 missile"))
    assert rule.match(item("A missile", author="Sun Kim"))
    assert not rule.match(item("A missile", body="KN-23"))


def test_why_not_says_that_no_pattern_was_found():
    rule = matcher("any: [missile]\nregex: KN-2")
    failed = rule.explain(item("A missile"), "r").failed

    assert [(each.clause, each.reason) for each in failed] == [("regex", "no pattern found")]
    assert rule.explain(item("A KN-2 missile"), "r").clauses[-1].evidence[0].text == "KN-2"


def test_patterns_are_tried_only_where_the_terms_are(monkeypatch):
    rule = matcher("any: [missile]\nregex: KN-2")
    monkeypatch.setattr(Searchable, "__post_init__", lambda _: pytest.fail("searched"))

    assert not rule.match(item("KN-23"))


@pytest.mark.parametrize(
    "beside", ["any: [missile]", "match: missile AND NOT film", "all: [missile]"]
)
def test_a_term_stands_beside_a_pattern_in_any_clause(beside):
    assert found(load(f"{beside}\nregex: KN-2")) == ["R151 1:1"]


def test_a_pattern_beside_nothing_but_what_is_forbidden_is_refused():
    (problem,) = load(f"regex: KN-2\nmatch: {json.dumps('NOT film')}").problems

    assert (problem.code, problem.hint[:4]) == ("R141", "add ")


def test_without_the_extra_the_rule_is_refused_and_the_remedy_named(monkeypatch):
    compile_regex.cache_clear()
    monkeypatch.setitem(sys.modules, "re2", None)
    book = load("any: [missile]\nregex: KN-2")

    assert (found(book), book.rules) == (["R140 2:8"], ())
    assert book.problems[0].hint == "pip install 'wirewatch[regex]'"

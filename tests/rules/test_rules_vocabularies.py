"""Vocabularies: lists of terms by name, one inside another, with their false friends."""

from __future__ import annotations

import pytest
from rulebooks import found, item, load, matcher

from monitor.rules.checking import failures, run_tests
from monitor.rules.matching import Matcher


def hits(title, **vocabularies):
    return bool(matcher("any: [$v]", **vocabularies).match(item(title)))


TEXT_FILE = """\ufeff# Ships of the desk's list
Eagle S
=Kiwi        # the ship, not the fruit
  C# Star
Боракай

$more
"""


@pytest.mark.parametrize(
    "title", ["EAGLE S seized", "The Kiwi seized", "C Star seized", "Боракаем", "a barge"]
)
def test_a_text_file_holds_one_term_a_line(title):
    assert hits(title, v_txt=TEXT_FILE, more="terms: [barge]")


@pytest.mark.parametrize("title", ["a kiwi", "the fruit", "Ships of the desk", "Eagle"])
def test_what_is_a_comment_or_another_form_is_no_term(title):
    assert not hits(title, v_txt=TEXT_FILE, more="terms: [barge]")


def test_mistakes_in_a_text_file_have_lines_and_columns():
    book = load(v_txt="# list\nEagle S\n  *\n$nowhere  # no\n\ttug AND barge")

    assert found(book) == ["V107 3:3", "V105 4:1", "V113 5:6"]
    assert book.problems[0].source == "  *"


def test_long_lists_with_windows_line_ends_have_lines_too():
    names = [f"Ship {number}" for number in range(1, 3_001)]
    names[1_999] = "*"
    book = load(v_txt="\ufeff" + "\r\n".join(["# list", "", *names]))

    assert found(book) == ["V107 2002:1"]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n \n"])
def test_a_text_file_without_a_term_is_a_mistake(text):
    assert found(load(v_txt=text)) == ["V106 0:0"]


def test_the_key_is_the_language_whose_forms_a_term_takes():
    ukrainian, russian = "terms: {uk: [ракета]}", "terms: {ru: [ракета]}"

    assert hits("дві ракети й сім ракетою", v=ukrainian)
    assert hits("на ракеті", v=ukrainian)
    assert not hits("на ракеті", v=russian)


def test_a_vocabulary_may_use_others_to_any_depth():
    inner = {"b": "terms: [$c, barge]", "c": "terms: [ferry]"}

    assert hits("A ferry", v="terms: [tug, $b]", **inner)
    assert hits("A barge", v="terms: {en: [tug, $b]}", **inner)
    assert not hits("A canoe", v="terms: [tug, $b]", **inner)


def test_evidence_names_the_vocabulary_that_the_rule_names():
    match = matcher("any: [$v]", v="terms: [$b]", b="terms: [ferry]").match(item("Ferries"))[0]

    assert [(each.clause, each.term, each.text) for each in match.evidence] == [
        ("$v", "ferry", "Ferries")
    ]


def test_a_cycle_is_an_error_of_each_vocabulary_in_it_with_the_way_it_takes():
    book = load(a="terms: [$b]", b="terms: [$c, tug]", c="terms: [$a]", d="terms: [tug]")

    assert found(book) == ["V116 1:9"] * 3
    assert "`$a` contains itself: $a → $b → $c → $a" in book.problems[0].message
    assert list(book.vocabularies) == ["d"]


def test_a_broken_vocabulary_breaks_what_uses_it_and_nothing_else():
    text = "rules:\n  - {id: a, any: [$outer]}\n  - {id: b, any: [$sound]}"
    book = load(text, outer="terms: [$broken]", broken="terms: [tug, '*']", sound="terms: [tug]")

    assert [rule.id for rule in book.rules] == ["b"]
    assert [each for each in found(book) if "151" not in each] == [
        "R112 2:19",
        "V107 1:14",
        "V112 1:9",
    ]


def test_a_hit_inside_a_false_friend_does_not_count_but_one_beside_it_does():
    vocabulary = "terms: [vessel]\nnot: [blood vessels]"

    assert not hits("A blood vessel", v=vocabulary)
    assert hits("A blood vessel, then a vessel", v=vocabulary)
    assert hits("Blood on a vessel", v=vocabulary)


def test_a_term_longer_than_the_false_friend_counts():
    assert hits("the blood vessel owner", v="terms: [vessel owner]\nnot: [blood vessel]")


def test_false_friends_reach_down_into_vocabularies_but_not_up():
    inner = {"b": "terms: [ferry]\nnot: [ferry tale]"}

    assert not hits("a ferry across the Styx", v="terms: [$b]\nnot: [ferry across]", **inner)
    assert not hits("a ferry tale", v="terms: [$b]", **inner)
    assert hits("a ferry tale", v="terms: [$b, tale]", **inner)


def test_false_friends_hide_nothing_of_other_vocabularies():
    rule = matcher("any: [$v, $w]", v="terms: [vessel]\nnot: [vessel wall]", w="terms: [wall]")

    assert [each.text for each in rule.match(item("A vessel wall"))[0].evidence] == ["wall"]


def test_false_friends_hide_words_in_the_field_they_stand_in():
    rule = matcher("any: [$v]", v="terms: [vessel]\nnot: [blood vessel]")
    match = rule.match(item("A blood vessel", body="The vessel sank."))[0]

    assert [(each.field, each.text) for each in match.evidence] == [("body", "vessel")]


def test_an_explanation_says_that_all_was_false_friends():
    book = load("any: [$v]", v="terms: [vessel]\nnot: [blood vessel]")
    (report,) = Matcher(book.rules).explain(item("A blood vessel"), "r").failed

    assert report.reason == "all that was found are false friends"


def test_a_vocabulary_runs_its_own_tests():
    book = load(v="terms: [vessel]\ntests:\n  - hit: Two vessels\n  - miss: A blood vessel")
    results = run_tests(book)

    assert [(each.name, each.passed) for each in results] == [("$v", True), ("$v", False)]
    assert [each.code for each in failures(results)] == ["V120"]


def test_only_the_tests_that_are_named_are_run():
    book = load("any: [tug]\ntests: [hit: tug, miss: a]", v="terms: [vessel]\ntests: [hit: vessel]")

    assert {each.name for each in run_tests(book)} == {"r", "$v"}
    assert {each.name for each in run_tests(book, ["$v"])} == {"$v"}


@pytest.mark.parametrize("line", ["- missile", "terms: [missile]", "en:", '"missile'])
def test_a_text_file_that_looks_like_yaml_is_told_so(line):
    book = load("any: [$goods]", goods_txt=f"rocket\n{line}\n")
    assert "V121 2:1" in found(book)


def test_quotes_and_colons_inside_a_line_of_text_are_no_yaml():
    book = load("any: [$goods]", goods_txt='M/V "Sea Star"\ntitle: Sea Star\n3:10 to Yuma\n')
    assert "V121" not in " ".join(found(book))

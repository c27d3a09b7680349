"""Matching: what each requirement of a rule means, and what is said about it afterwards."""

from __future__ import annotations

import pytest
from rulebooks import found, hits, item, load, matcher, only_rule

from monitor.errors import NotFound
from monitor.model import Severity
from monitor.rules.checking import failures, run_tests
from monitor.rules.matching import Matcher

MEANINGS = [
    ("any: missile", "Missile seen", True),
    ("any: [missile, rocket]", "A rocket", True),
    ("any: [missile, rocket]", "A balloon", False),
    ("all: [missile, rocket]", "A missile and a rocket", True),
    ("all: [missile, rocket]", "A missile", False),
    ("all: [[missile, rocket], sea]", "A rocket at sea", True),
    ("all: missile", "A missile", True),
    ("all: [missile]\nany: [sea, land]", "A missile over land", True),
    ("all: [missile]\nany: [sea, land]", "A missile", False),
    ("all: [missile]\nany: [sea, land]", "Sea and land", False),
    ("any: [missile]\nnone: [film, play]", "A missile", True),
    ("any: [missile]\nnone: [film, play]", "A play about a missile", False),
    ("any: [missile]\nnone: [film festival]", "A film about a missile, at a festival", True),
    ("any: [missile test]", "Missile tests", True),
    ("any: [missile test]", "Missile — test", True),
    ("any: [missile test]", "Missile. Test!", True),
    ("any: [missile test]", "test missile", False),
    ("any: [missile test]", "missile engine test", False),
    ("any: [North Korea*]", "A North Korean ship", True),
    ("any: [licen?e]", "A license", True),
    ("any: [licen?e]", "A licence", True),
    ("any: [licen?e]", "A licensee", False),
    ("any: ['*craft']", "A spacecraft", True),
    ("any: ['*craft']", "A craftsman", False),
    ("any: ['s*te']", "A satellite", True),
]


@pytest.mark.parametrize(("rule", "title", "fires"), MEANINGS)
def test_a_rule_means_what_it_says(rule, title, fires):
    assert hits(rule, title) is fires


def test_words_are_looked_for_in_title_lead_and_body_and_nowhere_else():
    for field in ("title", "lead", "body"):
        assert hits("any: [missile]", **{field: "A missile"})
    assert not hits(
        "any: [missile]",
        author="Missile",
        tags=("missile",),
        url="https://h/missile",
        source="Missile Wire",
        feed="missile",
    )


def test_a_phrase_does_not_run_over_the_end_of_a_field():
    assert not hits("any: [missile test]", "A missile", lead="test", body="Missile")


FIELDS = {
    "title:missile": {"title": "Missile"},
    "lead:missile": {"lead": "A missile"},
    "summary:missile": {"lead": "A missile"},
    "body:missile": {"body": "missiles"},
    "author:Ivanova": {"author": "O. Ivanova"},
    "tags:film festival": {"tags": ("news", "film festival")},
    "source:Harbour Wire": {"source": "The Harbour Wire"},
    "url:*yonhap*": {"url": "https://en.yonhapnews.example/a"},
    "feed:wire": {"feed": "https://wire.example/rss"},
    "lang:ko": {"language": "ko"},
}


@pytest.mark.parametrize(("term", "fields"), FIELDS.items())
def test_a_term_may_be_bound_to_a_field(term, fields):
    elsewhere = {"title": "nothing", "body": "missile"} | dict.fromkeys(fields, "nothing")

    assert hits(f'any: ["{term}"]', **fields)
    assert term == "body:missile" or not hits(f'any: ["{term}"]', **elsewhere | {"tags": ()})


def test_a_field_may_be_written_as_a_key():
    assert hits("any: [title: missile]", "A missile")
    assert not hits("any: [{title: [missile, rocket]}]", "A tug", body="A rocket")


def test_a_forbidden_word_may_be_bound_to_a_field():
    rule = 'any: [missile]\nnone: ["title:football"]'

    assert hits(rule, "A missile", body="Football")
    assert not hits(rule, "Football and a missile")


NEAR = [
    (2, "missile sea", True),
    (2, "missile at sea", False),
    (3, "missile at sea", True),
    (3, "sea and missile", True),
    (4, "missile missile is far from any sea or missile", True),
    (3, "missile is far from any sea or any missile", False),
]


@pytest.mark.parametrize(("distance", "title", "fires"), NEAR)
def test_near_counts_the_words_from_the_first_to_the_last(distance, title, fires):
    assert hits(f"all: [missile, sea]\nnear: {distance}", title) is fires


def test_near_holds_all_lines_in_one_window():
    rule = "all: [missile, sea, ship]\nnear: 5"

    assert hits(rule, "ship missile a a sea")
    assert not hits(rule, "ship a a a missile a a a sea")


def test_near_looks_at_whole_phrases():
    assert hits("all: [missile test, sea]\nnear: 3", "missile test sea")
    assert not hits("all: [missile test, sea]\nnear: 3", "missile test at sea")


def test_near_runs_on_from_title_to_lead_to_body():
    rule = "all: [missile, sea]\nnear: 3"

    assert hits(rule, "A missile", lead="At sea")
    assert hits(rule, "A missile", body="At sea")
    assert not hits(rule, "A missile", lead="Far away", body="At sea")


def test_two_characters_of_an_east_asian_script_count_as_a_word():
    rule = "all: [导弹, 海]\nnear: {}"

    assert hits(rule.format(3), "导弹落入了海")
    assert not hits(rule.format(2), "导弹落入了海")


def test_near_shows_what_stood_together():
    rule = matcher("all: [missile, sea]\nnear: 3")
    text = "sea one two three four missile at sea"
    (match,) = rule.match(item(text))

    assert [(each.text, each.start) for each in match.evidence] == [("missile", 23), ("sea", 34)]


FILTERS = [
    ("languages: [ko, en]", {"language": "en"}, (), True),
    ("languages: [ko, en]", {"language": "en-GB"}, (), True),
    ("languages: [ko, en]", {"language": "ru"}, (), False),
    ("languages: [ko, en]", {}, (), True),
    ("feeds: '*wire*'", {"source": "Harbour Wire"}, (), True),
    ("feeds: ['https://wire.example/*']", {"feed": "https://wire.example/rss"}, (), True),
    ("feeds: {include: '*wire*'}", {"source": "Daily Tug"}, (), False),
    ("feeds: {include: 'tag:Asia'}", {"source": "Daily Tug"}, ("asia",), True),
    ("feeds: {include: 'tag:asia'}", {"source": "Daily Tug"}, ("space",), False),
    ("feeds: {exclude: '*tug*'}", {"source": "Daily Tug"}, (), False),
    ("feeds: {exclude: '*tug*'}", {"source": "Harbour Wire"}, (), True),
    ("feeds: {include: '*wire*', exclude: 'tag:sport'}", {"source": "Wire"}, ("sport",), False),
    ("feeds: {include: '*wire*'}", {}, (), True),
]


@pytest.mark.parametrize(("line", "fields", "tags", "fires"), FILTERS)
def test_a_rule_listens_to_its_languages_and_feeds_unknown_ones_included(line, fields, tags, fires):
    rule = matcher(f"any: [missile]\n{line}")

    assert bool(rule.match(item("A missile", **fields), tags)) is fires
    assert rule.explain(item("A missile", **fields), "r", tags).matched is fires


def test_tests_may_name_a_language_a_feed_and_its_tags():
    book = load("""any: [missile]
languages: [ko]
feeds: {include: "tag:asia"}
tests:
  - hit: {title: missile, language: ko, feed_tags: [asia]}
  - miss: {title: missile, lang: en, feed_tags: asia}
  - miss: {title: missile, feed_tags: [space]}""")

    assert found(book) == []
    assert list(failures(run_tests(book))) == []


RULES = """rules:
  - {id: c, severity: low, any: [missile]}
  - {id: b, severity: critical, any: [sea]}
  - {id: a, severity: low, all: [missile, sea]}
  - {id: d, any: [$ships], none: [film]}
  - {id: e, all: ["title:missile", $ships], near: 5}
  - {id: f, any: [title: missile]}
"""
SHIPS = "terms: [ship, tug, 선박]\nnot: [ship of state]"
ITEMS = [
    item("A missile at sea"),
    item("A missile hits a ship"),
    item("A ship of state", body="missile"),
    item("Ships", body="a film"),
    item("선박", lead="missiles at sea"),
]


def answers(matcher):
    return [matcher.match(each) for each in ITEMS]


def test_the_most_severe_rule_comes_first_then_by_id():
    matches = Matcher(load(RULES, ships=SHIPS).rules).match(item("A missile at sea"))

    assert [match.rule for match in matches] == ["b", "f", "a", "c"]
    assert matches[0].severity is Severity.CRITICAL


def test_rules_put_and_dropped_one_by_one_match_like_a_fresh_matcher():
    rules = load(RULES, ships=SHIPS).rules
    others = load(RULES.replace("missile", "sea"), ships="terms: [missile]").rules
    worn = Matcher(others)
    for rule in others[:3]:
        worn.drop(rule.id)
    for rule in reversed(rules):
        worn.put(rule)
    worn.put(rules[0])

    assert answers(worn) == answers(Matcher(rules))
    worn.drop("d")
    worn.drop("nobody")
    assert answers(worn) == answers(Matcher(rule for rule in rules if rule.id != "d"))


def test_a_changed_vocabulary_counts_when_its_rule_is_put_again():
    matcher = Matcher([only_rule("any: [$v]", v="terms: [tug]")])
    matcher.put(only_rule("any: [$v]", v="terms: [ferry]"))

    assert [bool(matcher.match(item(title))) for title in ("tug", "ferry")] == [False, True]


def test_a_match_names_the_version_of_its_rule():
    rule = only_rule("any: [missile]")

    assert Matcher([rule]).match(item("missile"))[0].rule_version == rule.version != ""


EXPLAINED = """all:
  - $arms
  - [Moscow, Kremlin]
none: [film]
near: 4
languages: [en]
feeds: {exclude: "*tug*"}"""
REASONS = [
    ({"title": "Moscow shells"}, {}),
    ({"title": "Shells"}, {"all 2": "none of its terms found"}),
    ({"title": "Moscow"}, {"$arms": "none of its terms found"}),
    ({"title": "Moscow sea shells"}, {"$arms": "all that was found are false friends"}),
    ({"title": "Moscow shells films"}, {"none": "found `films` (film)"}),
    (
        {"title": "Moscow is a long way from shells"},
        {"near 4": "they do not stand within 4 words of each other"},
    ),
    ({"title": "Moscow shells", "language": "ru"}, {"languages": "the item is in `ru`"}),
    (
        {"title": "Moscow shells", "source": "Tug News"},
        {"feeds": "the rule does not listen to `Tug News`"},
    ),
]


@pytest.mark.parametrize(("fields", "reasons"), REASONS)
def test_an_explanation_says_which_clause_failed_and_why(fields, reasons):
    book = load(EXPLAINED, arms="terms: [shell]\nnot: [sea shells]")
    explanation = Matcher(book.rules).explain(item(**fields), "r")
    failed = {each.clause: each.reason for each in explanation.failed}

    assert reasons.items() <= failed.items()
    assert set(failed) - set(reasons) <= {"near 4"}
    assert explanation.matched is (not reasons)
    assert [each.clause for each in explanation.clauses] == [
        "languages",
        "feeds",
        "$arms",
        "all 2",
        "none",
        "near 4",
    ]


def test_an_explanation_shows_what_was_found():
    book = load(EXPLAINED, arms="terms: [shell]")
    explanation = Matcher(book.rules).explain(item("Moscow shells"), "r")

    assert {each.clause: [e.text for e in each.evidence] for each in explanation.clauses} == {
        "languages": [],
        "feeds": [],
        "$arms": ["shells"],
        "all 2": ["Moscow"],
        "none": [],
        "near 4": ["shells", "Moscow"],
    }


def test_an_unknown_rule_is_not_explained_but_the_nearest_offered():
    with pytest.raises(NotFound, match="did you mean `arms`"):
        matcher("id: arms\nany: [missile]").explain(item("missile"), "armz")


def test_a_test_that_fails_says_which_clause_decided():
    text = "all: [missile, sea]\ntests: [hit: A missile, miss: A missile at sea]"
    hit, miss = run_tests(load(text))

    assert hit.reason == "all 2: none of its terms found"
    assert miss.reason == "because of all 1: `missile`, all 2: `sea`"


def test_disabled_and_expired_rules_are_tested_too():
    book = load("any: [tug]\nenabled: no\nexpires: 2020-01-01\ntests: [hit: a tug, miss: b]")

    assert [each.passed for each in run_tests(book)] == [True, True]


def test_no_more_evidence_is_given_than_anybody_reads():
    lines = ", ".join(f"word{n}" for n in range(40))
    text = " ".join(f"word{n}" for n in range(40))

    assert len(matcher(f"all: [{lines}]").match(item(text))[0].evidence) == 24

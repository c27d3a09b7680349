"""Loading: each mistake has a code and a place, all are told at once, each costs its rule only."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rulebooks import NOW, found, load, only_rule

from monitor.errors import Level
from monitor.model import Severity, StoryMode
from monitor.rules import checking, codes, operators
from monitor.rules.checking import failures, run_tests
from monitor.rules.loading import known_keys, load_rules
from monitor.rules.rulebook import FeedFilter
from monitor.rules.yaml_nodes import SourceFile

TESTED = "\ntests: [hit: missile, miss: film]"

RULES = {
    "R101 empty": ("", "R101 0:0"),
    "R101 a list": ("- any: [missile]", "R101 1:1"),
    "R101 a text": ("missile", "R101 1:1"),
    "R101 an empty list": ("rules: []", "R101 1:8"),
    "R102 title": ("title: [a]\nany: [missile]", "R102 1:8"),
    "R102 tags": ("any: [missile]\ntags: {a: b}", "R102 2:7"),
    "R102 a tag": ("any: [missile]\ntags: [a, [b]]", "R102 2:11"),
    "R102 enabled": ("any: [missile]\nenabled: maybe", "R102 2:10"),
    "R102 near": ("all: [missile, film]\nnear: soon", "R102 2:7"),
    "R102 near too far": ("all: [missile, film]\nnear: 501", "R102 2:7"),
    "R102 id": ("id: [a]\nany: [missile]", "R102 1:5"),
    "R102 terms": ("any: {missile: a, film: b}", "R102 1:6"),
    "R102 an empty list": ("any: [missile]\nall: []", "R102 2:6"),
    "R102 an empty line": ("all:\n  - missile\n  - []", "R102 3:5"),
    "R102 rules": ("rules: missile", "R102 1:8"),
    "R102 a rule": ("rules:\n  - missile", "R102 2:5"),
    "R103": ("titel: a\nany: [missile]", "R103 1:1"),
    "R103 feeds": ("any: [missile]\nfeeds: {only: a}", "R103 2:9"),
    "R103 beside rules": ("rules: [{id: a, any: [missile]}]\ntitle: a", "R103 2:1"),
    "R103 in a test": ("any: [missile]\ntests:\n  - hits: missile", "R103 3:5"),
    "R103 a test's field": (
        "any: [missile]\ntests:\n  - hit: {title: missile, when: now}",
        "R103 3:27",
    ),
    "R130": ("any: [missile]\nalert: {volume: [many in 24h]}", "R130 2:18"),
    "R130 too much": ("any: [missile]\nalert:\n  volume: silence 14d now", "R130 3:23"),
    "R130 too little": ("any: [missile]\nalert:\n  volume: 5 in 24h from 3", "R130 3:25"),
    "R131": ("any: [missile]\nalert:\n  volume: 5 in soon", "R131 3:16"),
    "R131 a short past": ("any: [missile]\nalert:\n  volume: spike 3x over 2d", "R131 3:25"),
    "R132": ("any: [missile]\nalert:\n  volume: 2 in 1h from 3 sources", "R132 3:24"),
    "R132 times": ("any: [missile]\nalert:\n  volume: spike 1x over 28d", "R132 3:17"),
    "R133": ("any: [missile]\nalert: {each: items}", "R133 2:15"),
    "R134": ("any: [missile]\nstories: merge", "R134 2:10"),
    "R105 in an alert": ("any: [missile]\nalert: {volume: new $ports}", "R105 2:21"),
    "R135": ("any: [missile]\nmute:\n  - {story: 3}", "R135 3:5"),
    "R136": ("any: [missile]\nalert: {volume: [silence 2d, silence  2d]}", "R136 2:30"),
    "R105": ("any:\n  - $missiles", "R105 2:5"),
    "R106": ("none: [missile]", "R106 1:1"),
    "R106 nothing": ("title: missile", "R106 1:1"),
    "R107": ("any: [missile, '*']", "R107 1:16"),
    "R107 in a phrase": ("any: [missile ?? test]", "R107 1:7"),
    "R108": ("any: [missile]\nseverity: urgent", "R108 2:11"),
    "R109": ("any: [missile]\nexpires: 30.6.2027", "R109 2:10"),
    "R109 no such day": ("any: [missile]\nsince: 2027-02-30", "R109 2:8"),
    "R110": ("any: [missile]\nsince: 2027-07-01\nexpires: 2027-06-30", "R110 3:10"),
    "R111": (
        "rules:\n  - {id: a, any: [missile]}\n  - {id: a, any: [film]}",
        "R111 3:10",
    ),
    "R112": ("any: [missile, $broken]", "R112 1:16"),
    "R113 no letter": ("any: [missile, '...']", "R113 1:16"),
    "R113 empty": ("any: [missile, '']", "R113 1:16"),
    "R113 AND": ("any: [missile AND film]", "R113 1:15"),
    "R113 NEAR": ('any: ["missile NEAR/5 film"]', "R113 1:16"),
    "R113 two notations": ("any: [$arms dealer]", "R113 1:7"),
    "R113 no name": ("any: [$, missile]", "R113 1:7"),
    "R113 field": ('any: ["titel:missile"]', "R113 1:8"),
    "R113 = with a wildcard": ("any: [=missile*]", "R113 1:7"),
    "R115": ("any: [missile]\nlanguages: [en, klingon]", "R115 2:17"),
    "R115 a country": ("any: [missile]\nlanguages: ua", "R115 2:12"),
    "R117 no list": ("any: [missile]\ntests: {hit: a}", "R117 2:8"),
    "R117 no mapping": ("any: [missile]\ntests: [missile]", "R117 2:9"),
    "R117 two in one": ("any: [missile]\ntests:\n  - {hit: a, miss: b}", "R117 3:5"),
    "R117 a list": ("any: [missile]\ntests:\n  - hit: [a, b]", "R117 3:10"),
    "R117 a colon": ("any: [missile]\ntests:\n  - hit: {Seoul says: missile}", "R117 3:11"),
    "R118": ("any: [missile]\ntests:\n  - miss: '...'", "R118 3:5"),
    "R118 empty": ("any: [missile]\ntests:\n  - miss:", "R118 3:5"),
    "R121": ("any: [missile]\nnear: 10", "R121 2:7"),
    "R121 one line": ("all: [missile]\nnear: 10", "R121 2:7"),
    "R122": ("rules:\n  - any: [missile]", "R122 2:5"),
    "R122 odd": ("id: a/b\nany: [missile]", "R122 1:5"),
    "R102 prominence": ("any: [missile]\nprominence: minor", "R102 2:13"),
    "R102 score": ("any: [missile]\nscore: 3", "R102 2:8"),
    "R102 points": ("any: [missile]\nscore:\n  film: many", "R102 3:9"),
    "R102 no points": ("any: [missile]\nscore: {film: 0}", "R102 2:15"),
    "R102 min_score": ("any: [missile]\nscore: {film: 2}\nmin_score: -1", "R102 3:12"),
    "R124 in a score": ("any: [missile]\nscore:\n  film festival: 2", "R124 3:8"),
    "R128": ("any: [missile]\nscore: {film: 2, tug: -3}\nmin_score: 3", "R128 3:12"),
    "R128 no score": ("any: [missile]\nmin_score: 3", "R128 2:12"),
    "R102 match": ("match: [missile]", "R102 1:8"),
    "R106 match": ("match: NOT missile", "R106 1:8"),
    "R123": ('match: missile AND "film', "R123 1:20"),
    "R124": ("match: missile film", "R124 1:16"),
    "R125": ("match: missile and film", "R125 1:16"),
    "R126": ("match: missile AND", "R126 1:16"),
    "R141": ("none: [film]\nregex: KN-2", "R141 2:8"),
    "R142": ("any: [missile]\nregex: ['K(N', KN-2]", "R142 2:11"),
    "R142 in a scope": ("any: [missile]\nregex: 'title: KN]['", "R142 2:19"),
    "R143": ("any: [missile]\nregex:\n  - title: 'KN(?=2)'", "R143 3:15"),
    "R144": ("any: [missile]\nregex: 'K*'", "R144 2:9"),
    "R145": ("any: [missile]\nregex: '(K{900}){9}'", "R145 2:17"),
    "R102 regex": ("any: [missile]\nregex: {missile: a}", "R102 2:8"),
    "R102 no regex": ("any: [missile]\nregex: []", "R102 2:8"),
    "R102 an empty regex": ("any: [missile]\nregex: ['']", "R102 2:9"),
    "R127": ("match: title:( missile OR body:film )", "R127 1:27"),
}

WARNINGS = {
    "R155": ("match: missile OR sea AND film" + TESTED, "R155 1:23"),
    "R151 none": ("any: [missile]", "R151 1:1"),
    "R151 no miss": ("any: [missile]\ntests: [hit: missile]", "R151 1:1"),
    "R137": ("any: [missile]\nreview: 2026-11-03" + TESTED, "R137 2:9"),
    "R138": (
        "any: [missile]\nmute: [{story: 3, until: 2026-11-02}]" + TESTED,
        "R138 2:7",
    ),
    "R152": ("any: [missile]\nexpires: 2026-11-02" + TESTED, "R152 2:10"),
    "R153 a form": ("any: [missile, missiles]" + TESTED, "R153 1:16"),
    "R153 twice": ("any: [missile, Missile]" + TESTED, "R153 1:16"),
    "R153 a wildcard": ("any: [missile, miss*]" + TESTED, "R153 1:7"),
    "R153 a phrase": ("any: [missile, arms deal, arms deals]" + TESTED, "R153 1:27"),
    "R159": ("any: missile, rocket" + TESTED, "R159 1:6"),
    "R154": ("any: [missile, US]" + TESTED, "R154 1:16"),
    "R157": ("match: missile NEAR/5 missiles" + TESTED, "R157 1:16"),
    "R157 a part": ("match: missile SENTENCE ( missile OR film )" + TESTED, "R157 1:16"),
    "R157 a vocabulary": ("match: $good NEAR/5 $good AND missile" + TESTED, "R157 1:14"),
    "R157 lines": ("all: [missile, [film, missile]]\nnear: 5" + TESTED, "R157 2:7"),
    "R158": ('match: missile NEAR/3 "a big red film"' + TESTED, "R158 1:16"),
    "R158 first": ('match: FIRST/2 "a big missile"' + TESTED, "R158 1:8"),
    "R158 then": ('match: a1 THEN/3 "a big missile"' + TESTED, "R158 1:11"),
    "R158 near": ("all: [missile, a big red film]\nnear: 3" + TESTED, "R158 2:7"),
    "R156": ("any: [missile]\nnone: [missile, film]" + TESTED, "R156 2:7"),
}

VOCABULARIES = {
    "V101": ("", "V101 0:0"),
    "V102 title": ("title: [a]\nterms: [a1]", "V102 1:8"),
    "V102 a vocabulary under not": ("terms: [a1]\nnot: [$good]", "V102 2:6"),
    "V103": ("word: [a1]", "V103 1:1"),
    "V105": ("terms: [a1, $harbours]", "V105 1:13"),
    "V106": ("title: a", "V106 1:1"),
    "V106 empty": ("terms: []", "V106 1:1"),
    "V107": ("terms: ['*']", "V107 1:9"),
    "V112": ("terms: [$cracked]", "V112 1:9"),
    "V113": ("terms:\n  en: [a1, '!!']", "V113 2:12"),
    "V115": ("terms:\n  kr: [a1]", "V115 2:3"),
    "V116": ("terms: [a1, $v]", "V116 1:13"),
    "V117": ("terms: [a1]\ntests: {hit: a1}", "V117 2:8"),
    "V118": ("terms: [a1]\ntests:\n  - miss: '!'", "V118 3:5"),
    "V153": ("terms: [ship, ships]", "V153 1:15"),
    "V154": ("terms: [IT]", "V154 1:9"),
}


@pytest.mark.parametrize(("text", "place"), RULES.values(), ids=RULES.keys())
def test_a_mistake_in_a_rule_is_noted_at_its_place(text, place):
    book = load(text or "# nothing", broken="terms: ['*']")
    errors = [
        each
        for each in book.problems
        if each.level is Level.ERROR and not each.code.startswith("V")
    ]

    assert [f"{each.code} {each.place.line}:{each.place.column}" for each in errors] == [place]
    assert all(each.message and each.place.path == "rules/r.yaml" for each in errors)


@pytest.mark.parametrize(("text", "place"), WARNINGS.values(), ids=WARNINGS.keys())
def test_what_is_odd_about_a_rule_is_a_warning_and_the_rule_is_used(text, place):
    book = load(text, good="terms: [harbour]")

    assert found(book) == [place]
    assert book.problems[0].level is Level.WARNING
    assert len(book.rules) == 1


@pytest.mark.parametrize(("text", "place"), VOCABULARIES.values(), ids=VOCABULARIES.keys())
def test_a_mistake_in_a_vocabulary_is_noted_at_its_place(text, place):
    book = load(v=text, cracked="terms: [$nowhere]", good="terms: [harbour]")

    assert [each for each in found(book) if each != "V105 1:9"] == [place]
    assert ("v" in book.vocabularies) == (book.problems[-1].level is Level.WARNING)


def test_two_vocabularies_of_one_name_are_refused():
    assert found(load(v="terms: [a1]", v_txt="harbour")) == ["V111 0:0"]


def test_a_vocabulary_whose_name_no_rule_could_write_is_refused():
    book = load(**{"north korea": "terms: [Pyongyang]"})

    assert (found(book), book.vocabularies) == (["V122 0:0"], {})


FAILING = {
    "R119": "any: [missile]\nnone: [film]\ntests: [miss: tug, hit: missile film]",
    "R120": "any: [missile]\ntests: [hit: tug, miss: film]",
}


@pytest.mark.parametrize(("code", "text"), FAILING.items())
def test_a_test_that_fails_is_a_problem_at_its_line(code, text):
    (failure,) = failures(run_tests(load(text)))

    assert failure.code == code
    assert failure.source[failure.place.column - 1 :].startswith("hit:")


def test_a_test_of_a_vocabulary_that_fails_is_a_problem_too():
    (failure,) = failures(run_tests(load(v="terms: [ship]\ntests:\n  - miss: Ships at sea")))

    assert (failure.code, failure.place.line) == ("V120", 3)
    assert failure.hint == "because of $v: `Ships`"


def test_the_catalogue_has_exactly_the_codes_that_are_emitted():
    source = "\n".join(
        path.read_text("utf-8")
        for path in [*Path(checking.__file__).parent.glob("*.py"), *operator_files()]
        if path.name != "codes.py"
    )
    emitted = set(re.findall(r'"([RVY]\d{3})"', source))
    emitted.update(
        f"{family}{number}" for number in re.findall(r'family\}(\d{3})"', source) for family in "RV"
    )

    assert emitted == set(codes.CODES)


def operator_files():
    return Path(operators.__file__).parent.glob("*.py")


def test_every_code_of_a_rule_or_vocabulary_is_provoked_above():
    provoked = {name.split()[0] for table in (RULES, WARNINGS, VOCABULARIES) for name in table}
    provoked |= {"R140", "V111", "V120", "V121", "V122", *FAILING}
    provoked |= {"R160", "R161", "R162"}  # of the archive: see test_rules_surveying

    assert {code for code in codes.CODES if code[0] in "RV"} == provoked


@pytest.mark.parametrize("code", codes.CODES.values(), ids=codes.CODES.keys())
def test_every_code_says_what_why_and_how(code):
    assert all(part.strip() for part in (code.summary, code.why, code.example))
    assert code.summary.endswith(".")
    assert code.why.endswith(".")


def test_all_mistakes_of_all_files_are_told_in_one_run_in_the_order_of_their_places():
    text = "titel: a\nseverity: urgent\nexpires: soon\nall: [$nowhere, '*']\nnear: x"

    assert found(load(text, v="word: [a]\nterms: ['*']")) == [
        "R103 1:1",
        "R108 2:11",
        "R109 3:10",
        "R105 4:7",
        "R107 4:17",
        "R102 5:7",
        "V103 1:1",
        "V107 2:9",
    ]


def test_a_mistake_costs_its_rule_only():
    rules = """rules:
  - {id: spoilt, any: ['*']}
  - {id: sound, any: [missile]}
  - id: doubled
    any: [missile]
    feeds: {include: a, include: b}
  - {id: sound too, any: [missile]}
  - {id: last, any: [missile], titel: a}
  - {id: sound-3, any: [missile]}"""
    book = load(rules)

    assert [rule.id for rule in book.rules] == ["sound", "sound-3"]
    errors = [each for each in book.problems if each.level is Level.ERROR]
    assert [each.code for each in errors] == ["R107", "Y107", "R122", "R103"]


def test_the_first_of_two_rules_of_one_id_stays_in_force():
    book = load("rules:\n  - {id: a, any: [missile]}\n  - {id: a, any: [film]}")

    assert [rule.condition.clauses[0].node.alternatives[0].written for rule in book.rules] == [
        "missile"
    ]
    assert "rules/r.yaml:2:10" in book.problems[-1].message


def test_a_file_that_is_no_yaml_costs_none_of_the_others():
    files = [SourceFile("rules/a.yaml", "any: [missile"), SourceFile("rules/b.yaml", "any: [tug]")]
    book = load_rules(files, [], NOW)

    assert [rule.id for rule in book.rules] == ["b"]


HINTS = {
    "titel: a": "did you mean `title`?",
    "anny: [b]": "did you mean `any`?",
    "description: a": "did you mean `why`?",
    "exclude: [b]": "did you mean `none`?",
    "keywords: [b]": "did you mean `any`?",
    "priority: high": "did you mean `severity`?",
    "until: 2027-01-01": "did you mean `expires`?",
    "severity: hihg": "did you mean `high`?",
    "severity: enormous": "use one of info, low, medium, high, critical",
    "languages: [ua]": "did you mean `uk`?",
    "any: [$good_wrod]": "did you mean `$good_word`?",
    'none: ["titel:film"]': "did you mean `title:`?",
    "tests: [hitt: film]": "did you mean `hit`?",
    "feeds: {excluded: a}": "did you mean `exclude`?",
}


@pytest.mark.parametrize(("line", "hint"), HINTS.items())
def test_the_nearest_name_is_offered(line, hint):
    rule = line if line.startswith("any") else f"{line}\nany: [missile]"
    book = load(rule, good_word="terms: [harbour]")

    assert hint in [each.hint for each in book.problems]


def test_every_key_and_operator_is_known_without_a_problem():
    text = """id: all-keys
title: Missiles
why: They fly.
severity: HIGH
tags: [dprk, arms]
owner: desk
enabled: yes
all: [missile, [launch, test]]
any: [sea, land]
none: film
near: 10
score: {title:missile: 2, sea: 1}
min_score: 1
prominence: Major
match: missile AND ( launch OR test )
regex: 'launch|test'
languages: [en, pt-BR]
feeds: {include: "*Wire*", exclude: ["tag:sport"]}
full_text: yes
since: 2026-01-01
expires: 2027-06-30
stories: Mute
alert: {each: item, volume: [silence 14d]}
mute: [{story: 7, until: 2027-01-31}]
review: 2027-03-01
tests: [hit: Missile launch at sea, miss: Film]"""
    rule = only_rule(text)

    assert {line.partition(":")[0] for line in text.splitlines()} == set(known_keys())
    assert (rule.id, rule.title, rule.severity) == ("all-keys", "Missiles", Severity.HIGH)
    assert (rule.why, rule.owner, rule.tags) == ("They fly.", "desk", ("dprk", "arms"))
    assert (rule.languages, rule.enabled) == (("en", "pt"), True)
    assert rule.feeds == FeedFilter(include=("*wire*",), exclude=("tag:sport",))
    assert (rule.since, rule.expires) == (date(2026, 1, 1), date(2027, 6, 30))
    assert rule.stories is StoryMode.MUTE
    assert [sample.must_hit for sample in rule.samples] == [True, False]


def test_a_rule_is_named_by_its_file_and_titled_by_its_name():
    rule = load("any: [missile]", path="rules/deep/ru-dprk.yaml").rules[0]

    assert (rule.id, rule.title, rule.severity) == ("ru-dprk", "ru-dprk", Severity.MEDIUM)
    assert str(rule.place) == "rules/deep/ru-dprk.yaml:1:1"


def test_a_rule_is_active_from_since_to_the_end_of_expires():
    rule = only_rule("any: [missile]\nsince: 2026-11-03\nexpires: 2026-11-03")

    assert rule.is_active(NOW)
    assert not rule.is_active(NOW - timedelta(days=1))
    assert rule.is_active(NOW.replace(hour=23, minute=59))
    assert not rule.is_active(NOW + timedelta(days=1))
    assert load("any: [missile]\nenabled: no").active(NOW) == ()


VERSIONS = {
    "a comment": ("any: [missile]  # why not", True),
    "a test": ("any: [missile]\ntests: [hit: missile]", True),
    "a term": ("any: [rocket]", False),
    "a filter": ("any: [missile]\nlanguages: [en]", False),
    "a severity": ("any: [missile]\nseverity: low", False),
}


@pytest.mark.parametrize(("text", "same"), VERSIONS.values(), ids=VERSIONS.keys())
def test_the_version_of_a_rule_changes_with_what_it_decides(text, same):
    assert (only_rule(text).version == only_rule("any: [missile]").version) is same


def test_the_version_of_a_rule_changes_with_a_vocabulary_that_its_vocabulary_uses():
    def version(inner):
        return only_rule("any: [$outer]", outer="terms: [$inner]", inner=inner).version

    assert version("terms: [tug]") == version("title: Tugs\nterms: [tug]")
    assert version("terms: [tug]") != version("terms: [ferry]")
    assert version("terms: [tug]") != version("terms: [tug]\nnot: [tug of war]")


WORDS = st.sampled_from(
    [
        "all",
        "any",
        "none",
        "near",
        "match",
        "prominence",
        "tests",
        "feeds",
        "hit",
        "title",
        "missile",
        "$v",
        "*",
        "5",
        "",
    ]
)
TREES = st.recursive(
    WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*known_keys(), "rules"]), TREES, max_size=5), TREES)
def test_no_shape_of_a_file_makes_loading_or_testing_raise(rule, vocabulary):
    book = load(json.dumps(rule), v=json.dumps({"terms": vocabulary, "not": vocabulary}))

    assert book.rules or any(each.level is Level.ERROR for each in book.problems)
    assert list(failures(run_tests(book))) is not None

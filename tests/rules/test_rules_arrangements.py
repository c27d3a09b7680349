"""Arrangements: near, in order, together; what is found so, shown so, and said of it."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rulebooks import found, hits, item, load, matcher

from monitor.errors import Level
from monitor.rules.arranging import query_operator_shelf
from monitor.rules.matching import Matcher
from monitor.text.sentences import paragraph_starts, sentence_starts

# For the example of each operator: texts on which it holds, and on which it does not.
DECIDED = {
    "NEAR": (["Missile test", "Test of a missile"], ["Missile at sea: a test", "Missile"]),
    "THEN": (["Missile test", "Missiles at the test"], ["Test of a missile", "Missile"]),
    "ATLEAST": (["A missile, missiles: a missile"], ["Missile, missile", "Sea"]),
    "FIRST": (["One two three four missiles"], ["One two three four five missiles", "Sea"]),
    "SENTENCE": (
        ["A missile, said Gen. Kim, was the test", "A test. A missile test"],
        ["A missile. A test", "Missile"],
    ),
    "PARAGRAPH": (["A missile. A test", "Test\nTest. Missile"], ["A missile\nA test", "Missile"]),
}
each_operator = pytest.mark.parametrize(
    "operator", query_operator_shelf().values(), ids=query_operator_shelf()
)


@each_operator
def test_a_query_operator_brings_its_help_and_an_example_that_decides_as_it_says(operator):
    hit, miss = DECIDED[operator.name]
    rule = json.dumps({"match": operator.example})

    assert operator.help.endswith(".")
    assert 20 < len(operator.help) <= 100
    assert operator.name.isupper()
    assert operator.name in operator.example
    assert found(load(rule)) == ["R151 1:2"]
    assert [hits(rule, text) for text in (*hit, *miss)] == [True] * len(hit) + [False] * len(miss)


@each_operator
def test_a_query_operator_says_why_it_does_not_hold(operator):
    rule = matcher(json.dumps({"match": operator.example}))
    for text in DECIDED[operator.name][1]:
        (failed,) = rule.explain(item(text), "r").failed
        assert failed.reason.endswith(f": `{operator.example}`")


@each_operator
def test_a_query_operator_is_written_in_capitals_and_with_a_number_within_its_bounds(operator):
    mistakes = (
        ["a1 {}/9999 sea", "a1 {}/x sea", "a1 {}/ sea"] if operator.highest else ["a1 {}/5 sea"]
    )
    for query in [*mistakes, "a1 {}"]:
        text = query.format(operator.name).removeprefix("" if operator.between else "a1 ")
        codes = [each.code for each in load(f"match: {text}").problems]
        assert "R126" in codes
    if operator.highest:
        written = f"{operator.name}/{operator.lowest}"
        query = f"a1 {written} sea" if operator.between else f"{written} sea"
        (problem,) = load(f"match: {query.lower()}").problems
        assert (problem.code, problem.hint.split(",")[0]) == ("R125", f"write `{written}`")


MEANINGS = [
    ("missile NEAR/2 sea", "sea missile", True),
    ("missile NEAR/2 sea", "sea and missile", False),
    ("missile NEAR/3 sea", "sea and missile", True),
    ("missile NEAR/3 sea NEAR/3 tug", "tug sea missile", True),
    ("missile NEAR/3 sea NEAR/3 tug", "tug and sea missile", False),
    ("( missile OR rocket ) NEAR/3 ( sea OR land )", "land a rocket", True),
    ('"missile test" NEAR/3 sea', "sea: missile test", True),
    ('"missile test" NEAR/3 sea', "sea: the missile test", False),
    ("( missile NEAR/2 test ) NEAR/4 sea", "test missile at sea", True),
    ("( missile NEAR/2 test ) NEAR/4 sea", "test the missile sea", False),
    ("( tug OR ( missile NEAR/2 test ) ) NEAR/4 sea", "tug at sea", True),
    ("( tug OR ( missile NEAR/2 test ) ) NEAR/4 sea", "test missile sea", True),
    ("( tug OR ( missile NEAR/2 test ) ) NEAR/4 sea", "missile the test sea", False),
    ("missile THEN/3 sea", "missile at sea", True),
    ("missile THEN/3 sea", "sea a missile", False),
    ("missile THEN/3 sea", "missile is at sea", False),
    ("turn* THEN/2 off THEN/2 radar", "turned off radar", True),
    ("turn* THEN/2 off THEN/2 radar", "turned radar off", False),
    ("turn* THEN/4 off THEN/4 radar", "turned it all off in one radar", True),
    ("turn* THEN/4 off THEN/3 radar", "turned it all off in one radar", False),
    ("turn* THEN/4 ( off OR out ) THEN/4 radar", "turns out: no radar", True),
    ("missile THEN/9 ( sea THEN/2 land )", "missile sea land", True),
    ("missile THEN/9 ( sea THEN/2 land )", "sea missile land", False),
    ("$ships NEAR/3 sea", "a ship at sea", True),
    ("missile SENTENCE sea SENTENCE tug", "Sea. A tug, a missile and the sea", True),
    ("missile SENTENCE sea SENTENCE tug", "A sea, a tug. A missile", False),
    ("missile SENTENCE ( sea NEAR/2 tug )", "A missile. The sea tug. No missile", False),
    ("missile SENTENCE ( sea NEAR/2 tug )", "A missile. The sea tug, no missile", True),
    ("( missile SENTENCE sea ) NEAR/5 tug", "A missile, a sea. Tug", True),
    ("( missile SENTENCE sea ) NEAR/5 tug", "A missile. The sea. Tug", False),
    ("( missile PARAGRAPH sea ) THEN/5 tug", "A missile. Sea.\nTug", True),
    ("导弹 SENTENCE 海", "导弹落入了海。", True),
    ("ATLEAST/2 missile", "missile missiles", True),
    ("ATLEAST/2 missile", "missile", False),
    ("ATLEAST/2 ( missile OR sea )", "missile at sea", True),
    ('ATLEAST/2 ( missile OR "missile test" )', "missile test", False),
    ('ATLEAST/2 "missile test"', "missile test, missile tests", True),
    ("ATLEAST/2 $ships", "a ship, a ship of state", False),
    ("ATLEAST/2 ( missile NEAR/2 sea )", "missile sea, sea missile", True),
    ("ATLEAST/2 ( missile NEAR/2 sea )", "missile sea missile", False),
    ("ATLEAST/2 missile NEAR/3 sea", "missile sea, a b c d missile", True),
    ("ATLEAST/2 missile NEAR/3 sea", "missile sea", False),
    ("NOT ATLEAST/2 missile AND sea", "a missile at sea", True),
    ("NOT ATLEAST/2 missile AND sea", "missile missile sea", False),
    ("title:( ATLEAST/2 missile )", "missile missile", True),
    ("FIRST/2 missile", "a missile", True),
    ("FIRST/2 missile", "not a missile", False),
    ('FIRST/2 "missile test"', "a missile test", False),
    ("FIRST/3 ( missile AND sea )", "missile at sea", True),
    ("FIRST/3 ( missile AND sea )", "missile out at sea", False),
    ("FIRST/3 ( missile AND NOT sea )", "missile out at sea", True),
    ("FIRST/3 ( tug OR ( missile AND sea ) )", "missile at sea", True),
    ("FIRST/4 missile THEN/5 sea", "a missile is out at sea", True),
    ("FIRST/4 ( missile THEN/5 sea )", "a missile is out at sea", False),
    ("ATLEAST/2 FIRST/4 missile", "missile is a missile", True),
    ("ATLEAST/2 FIRST/4 missile", "missile is not a missile", False),
    ("导弹 SENTENCE 海", "导弹。海", False),
    ("title:( missile NEAR/2 sea )", "missile sea", True),
    ("title:missile NEAR/2 sea", "missile sea", True),
    ("NOT missile NEAR/2 sea AND tug", "tug missile sea", False),
    ("NOT missile NEAR/2 sea AND tug", "tug missile at sea", True),
    ("tug OR missile NEAR/2 sea", "missile sea", True),
    ("导弹 NEAR/3 海", "导弹落入了海", True),
    ("导弹 NEAR/2 海", "导弹落入了海", False),
]


@pytest.mark.parametrize(("query", "title", "fires"), MEANINGS)
def test_an_arrangement_means_what_it_says(query, title, fires):
    rule = matcher(json.dumps({"match": query}), ships="terms: [ship]\nnot: [ship of state]")

    assert bool(rule.match(item(title))) is fires
    assert rule.explain(item(title), "r").matched is fires


def test_a_false_friend_stands_near_to_nothing():
    rule = matcher("match: $ships NEAR/3 sea", ships="terms: [ship]\nnot: [ship at sea]")

    assert not rule.match(item("A ship at sea"))
    assert rule.match(item("A ship at sea, no ship"))


def test_near_runs_over_the_text_but_into_no_other_field():
    assert hits("match: missile NEAR/3 sea", "A missile", body="At sea")
    assert not hits("match: title:missile NEAR/3 body:sea", "A missile", body="Far out at sea")
    assert hits("match: tags:( missile NEAR/3 sea )", tags=("missile", "the sea"))


def test_mentions_are_counted_and_first_words_told_through_title_lead_and_body():
    assert hits("match: ATLEAST/3 missile", "A missile", lead="A missile", body="Missiles")
    assert hits("match: FIRST/4 missile", "At sea", body="A missile")
    assert not hits("match: FIRST/3 missile", "At sea", body="A missile")
    assert hits("match: FIRST/2 ( body:missile AND sea )", "Sea", body="Missile")


def test_any_distance_up_to_five_hundred_words_may_be_asked_for():
    text = "missile" + " a" * 498 + " sea"

    assert hits("match: missile NEAR/500 sea", text)
    assert not hits("match: missile NEAR/499 sea", text)
    assert found(load("match: missile NEAR/501 sea"))[0] == "R126 1:16"
    assert found(load("match: missile NEAR/1 sea"))[0] == "R126 1:16"


MISTAKES = {
    "no number": ("missile NEAR sea", "R126 1:16", "`NEAR/5`"),
    "lower case": ("missile near/5 sea", "R125 1:16", "write `NEAR/5`"),
    "no slash": ("missile NEAR5 sea", "R125 1:16", "write `NEAR/5`"),
    "another tool's": ("missile ADJ5 sea", "R125 1:16", "write `THEN/5`"),
    "a third tool's": ("missile W/5 sea", "R125 1:16", "write `NEAR/5`"),
    "mixed": ("missile NEAR/5 sea THEN/5 tug", "R127 1:27", "brackets round the inner one"),
    "two distances": ("missile NEAR/5 sea NEAR/9 tug", "R127 1:27", "brackets"),
    "AND within": ("missile NEAR/5 ( sea AND tug )", "R127 1:23", "( a OR b )"),
    "NOT within": ("missile NEAR/5 ( sea OR NOT tug )", "R127 1:23", "( a OR b )"),
    "a number too many": ("missile SENTENCE/5 sea", "R126 1:16", "write `SENTENCE`"),
    "sentences and words": ("a1 SENTENCE sea NEAR/5 tug", "R127 1:24", "brackets"),
    "another tool's count": ("ATLEAST5 missile", "R125 1:8", "write `ATLEAST/5`"),
    "AND counted": ("ATLEAST/2 ( missile AND sea )", "R127 1:18", "( a OR b )"),
    "after a term": ("missile ATLEAST/2 sea", "R124 1:16", ""),
    "nothing counted": ("tug AND ATLEAST/2", "R126 1:16", ""),
    "two fields": ("missile NEAR/5 tags:sea", "R127 1:16", "put AND between them"),
    "two other fields": ("url:a1 SENTENCE tags:sea", "R127 1:15", "put AND between them"),
    "no text": ("FIRST/5 tags:sea", "R127 1:8", "put AND between them"),
    "NOT after": ("missile NEAR/5 NOT sea", "R126 1:23", ""),
    "nothing after": ("missile NEAR/5", "R126 1:16", ""),
    "nothing before": ("NEAR/5 missile", "R126 1:8", ""),
}


@pytest.mark.parametrize(("query", "place", "hint"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_in_an_arrangement_is_noted_with_the_fix(query, place, hint):
    book = load(f"match: {query}")
    errors = [each for each in book.problems if each.level is Level.ERROR]

    assert [f"{each.code} {each.place.line}:{each.place.column}" for each in errors] == [place]
    assert hint in errors[0].hint


def test_words_that_are_operators_elsewhere_are_words_in_small_letters():
    assert hits("match: near AND then", "Near, then far")
    assert hits("match: ( first OR sentence )", "A sentence")


def test_evidence_shows_what_stood_together():
    rule = matcher("match: ( missile OR $ships ) NEAR/3 sea AND tug", ships="terms: [ship, ship*]")
    text = "sea one two three missile four five ship at sea, a tug, a missile"
    (match,) = rule.match(item(text))

    assert [(each.clause, each.text, each.start) for each in match.evidence] == [
        ("$ships", "ship", 36),
        ("match 1", "sea", 44),
        ("match 2", "tug", 51),
    ]


def test_evidence_shows_every_mention_that_was_asked_for():
    rule = matcher("match: ATLEAST/3 missile")
    (match,) = rule.match(item("Missile", body="A missile and missiles, a missile"))

    assert [(each.field, each.start) for each in match.evidence] == [
        ("title", 0),
        ("body", 2),
        ("body", 14),
    ]


REASONS = [
    ("missile NEAR/3 sea", "missile", "nothing found of `sea`"),
    ("missile NEAR/3 sea", "missile is at sea", "they do not stand within 3 words of each other"),
    ("missile THEN/3 sea", "sea missile", "they do not follow each other within 3 words"),
    ("tug OR missile NEAR/2 sea", "missile at sea", "they do not stand within 2 words"),
    ("ATLEAST/3 missile", "Missiles: a missile", "found 2 times, not 3"),
    ("FIRST/3 missile", "There is a missile", "not found among the first 3 words"),
    ("missile SENTENCE sea", "Missile. Sea", "they do not stand in one sentence"),
    ("missile PARAGRAPH sea", "Missile\nSea", "they do not stand in one paragraph"),
    ("( missile NEAR/2 sea ) NEAR/9 tug", "tug missile at sea", "they do not stand within 2"),
]


@pytest.mark.parametrize(("query", "title", "reason"), REASONS)
def test_an_explanation_says_what_stands_too_far_apart(query, title, reason):
    (failed,) = matcher(f"match: {query}").explain(item(title), "r").failed

    assert failed.reason.startswith(reason)


# --- A reference: every choice of places, tried one by one ---------------------------------------

WORDS = ["tug", "ferry", "barge", "sea"]
TERM = st.tuples(st.just("term"), st.lists(st.sampled_from(WORDS), min_size=1, max_size=2))
DISTANCES = st.integers(2, 7)


def arranged(inner):
    two_or_three = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        st.tuples(st.just("OR"), two_or_three),
        st.tuples(st.sampled_from(["NEAR", "THEN"]), two_or_three, DISTANCES),
        st.tuples(st.sampled_from(["SENTENCE", "PARAGRAPH"]), two_or_three),
        st.tuples(st.sampled_from(["ATLEAST", "FIRST"]), inner, DISTANCES),
    )


TREES = st.recursive(TERM, arranged, max_leaves=5)
SENTENCES = st.lists(st.sampled_from([*WORDS, "the"]), min_size=1, max_size=5)
PARAGRAPHS = st.lists(st.lists(SENTENCES, min_size=1, max_size=3), max_size=2)


def written(tree):
    kind, inner, *numbers = tree
    if kind == "term":
        return inner[0] if len(inner) == 1 else '"' + " ".join(inner) + '"'
    operator = "/".join([kind, *map(str, numbers)])
    if kind in ("ATLEAST", "FIRST"):
        return f"{operator} {written(inner)}"
    return "( " + f" {operator} ".join(map(written, inner)) + " )"


def as_text(paragraphs):
    return "\n".join(
        " ".join(" ".join(words).capitalize() + "." for words in sentences)
        for sentences in paragraphs
    )


def cut(*fields):
    """The words of all fields in a row, and the stretches that are a field, a sentence..."""
    words, units = [], {"field": set(), "SENTENCE": set(), "PARAGRAPH": set()}
    for paragraphs in fields:
        field = len(words)
        for sentences in paragraphs:
            paragraph = len(words)
            for each in sentences:
                units["SENTENCE"].add((len(words), len(words) + len(each)))
                words.extend(each)
            units["PARAGRAPH"].add((paragraph, len(words)))
        units["field"].add((field, len(words)))
    return words, units


def lies_in_one(stretch, units):
    return any(start <= stretch[0] and stretch[1] <= end for start, end in units)


def stand(kind, chosen, number, units):
    """Whether the stretches chosen, one for each part, stand as asked."""
    whole = min(a for a, _ in chosen), max(b for _, b in chosen)
    match kind:
        case "NEAR":
            return whole[1] - whole[0] <= number
        case "THEN":
            return all(
                one[1] <= two[0] and two[1] - one[0] <= number for one, two in pairwise(chosen)
            )
        case _:
            return lies_in_one(whole, units[kind])


@cache
def most_apart(stretches):
    """The most that can be chosen of which no two overlap."""
    return max(
        (
            1 + most_apart(frozenset(each for each in stretches if each[0] >= first[1]))
            for first in stretches
        ),
        default=0,
    )


def stretches(tree, words, units):
    """Every stretch of words, from the first up to the last, in which the tree is found."""
    kind, inner, *numbers = tree
    if kind == "term":
        every = ((at, at + len(inner)) for at in range(len(words)))
        return {
            each
            for each in every
            if words[slice(*each)] == inner and lies_in_one(each, units["field"])
        }
    if kind == "FIRST":
        return {each for each in stretches(inner, words, units) if each[1] <= numbers[0]}
    if kind == "ATLEAST":
        found = stretches(inner, words, units)
        return found if most_apart(frozenset(found)) >= numbers[0] else set()
    parts = [stretches(each, words, units) for each in inner]
    if kind == "OR":
        return set().union(*parts)
    return {
        (min(a for a, _ in chosen), max(b for _, b in chosen))
        for chosen in product(*parts)
        if stand(kind, chosen, *(numbers or [0]), units)
    }


@given(st.lists(TREES, min_size=1, max_size=4), PARAGRAPHS, PARAGRAPHS)
def test_the_matcher_agrees_with_trying_every_choice_of_places(trees, lead, body):
    listed = [{"id": f"r{n}", "match": written(tree)} for n, tree in enumerate(trees)]
    book = load(json.dumps({"rules": listed}))
    assert len(book.rules) == len(trees)
    one, together = item(lead=as_text(lead), body=as_text(body)), Matcher(book.rules)
    expected = {f"r{n}" for n, tree in enumerate(trees) if stretches(tree, *cut(lead, body))}

    matches = together.match(one)
    assert {match.rule for match in matches} == expected
    assert {each["id"] for each in listed if together.explain(one, each["id"]).matched} == expected
    assert all(match.evidence for match in matches)


# --- Sentences -----------------------------------------------------------------------------------

CUT = [
    "A missile.| A test.",
    "Why?| Because!| Yes…| No",
    'He said "no."| Then he left.',
    '"Stop!" he said.| (He did.)| She too.',
    "Gen. Kim of the D.P.R.K. Army met J. Smith.| He lost.",
    "It cost 3.5 mln. in No. 5 of the U.S. Navy.| Enough",
    "He said no.| They left",
    "导弹发射。|平壤说：“好。”|结束！|",
    "본 사람은?| 없다.| 끝",
    "هل أطلق صاروخ؟| نعم.| حسنا",
    "Ракета им. Кирова.| Цена 5 тыс. руб. за штуку.| Всё",
    "A headline\n|A line\r\n\n|Another",
    "Dots ...... and more",
    "",
]


@pytest.mark.parametrize("marked", CUT)
def test_a_text_is_cut_into_sentences(marked):
    text = marked.replace("|", "")
    starts = [0, *sentence_starts(text), len(text)]

    assert [text[a:b] for a, b in pairwise(starts)] == marked.split("|")


def test_a_paragraph_is_a_line():
    assert list(paragraph_starts("A. B.\nC\r\n\r\nD")) == [6, 11]


def test_a_long_row_of_dots_or_lines_takes_no_longer_than_it_is_long():
    for sign in (".", '."', "。", "\n", "?!"):
        assert len(list(sentence_starts(sign * 100_000))) <= 100_000


NO_LINT = [
    "missile THEN/5 missile AND tug",
    "missile NEAR/2 tug",
    "ATLEAST/2 ( missile OR missiles tug )",
    'FIRST/3 "a big missile"',
    "弾道ミサイル NEAR/4 発射 AND tug",
    '( "a big red tug" OR sea ) NEAR/2 missile',
]


@pytest.mark.parametrize("query", NO_LINT)
def test_what_can_hold_and_asks_for_two_things_is_not_doubted(query):
    assert [each for each in codes_of(query) if each in ("R157", "R158")] == []


def codes_of(query):
    return [each.code for each in load(f"match: >\n  {query}").problems]


def test_sentences_with_a_thousand_places_are_met_as_a_few_are():
    rule = matcher("match: ( tug SENTENCE ferry ) SENTENCE ( barge SENTENCE =Sea )")
    crowded = "Tug ferry barge sea. " * 1_000

    assert not rule.match(item(body=crowded))
    assert not rule.match(item(body=crowded + "The Sea."))
    assert rule.match(item(body=crowded + "Tug, barge and ferry at Sea."))

"""Evidence is exact; and the matcher, however clever, says what a simple reading says."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from rulebooks import item, load, matcher, only_rule

from monitor.rules.fields import field_text
from monitor.rules.lexicon import Lexicon
from monitor.rules.matching import Matcher
from monitor.text.tokens import spans, words

TRICKY = [
    "🚀🚀 Missile",
    "e\u0301tude — missile",
    "👩\u200d🚒 a missile's",
    "\u202bصاروخ\u202c missile",
    "朝鲜发射导弹 missile",
    "𝔘nicode 𝕞issile missile",
    "mis\u00adsile",
    "«Missile»…",
    "MISSILES.Missile",
    "U.S. missile-test F-16",
    "l\u2019Iran d'armes O'Neill's rock'n'roll",
    "ﾐｻｲﾙ 미사일",
]


def is_exact(evidence, of):
    return field_text(of, evidence.field)[evidence.start : evidence.end] == evidence.text


def test_evidence_is_a_slice_in_code_points_whatever_stands_before_it():
    rule = matcher("any: [missile, 导弹, ミサイル, 미사일, صاروخ, US, F-16, Iran, O'Neill]")
    for text in TRICKY:
        for one in (item(text), item("", body=f"x\n{text} {text}")):
            (match,) = rule.match(one)
            assert all(is_exact(each, one) and each.text for each in match.evidence)


def test_evidence_of_a_phrase_runs_from_its_first_word_to_its_last():
    rule = matcher("any: [arms deal]")
    (evidence,) = rule.match(item("🚀 The arms\u00a0— deals"))[0].evidence

    assert (evidence.start, evidence.end, evidence.text) == (6, 18, "arms\u00a0— deals")


def test_evidence_leaves_out_a_possessive():
    (evidence,) = matcher("any: [Moscow]").match(item("In Moscow's hands"))[0].evidence

    assert (evidence.start, evidence.end) == (3, 9)


def test_evidence_is_the_first_place_of_each_field():
    rule = matcher("any: [missile]")
    (match,) = rule.match(item("A missile, a missile", lead="missiles", body="No missile"))

    assert [(each.field, each.start) for each in match.evidence] == [
        ("title", 2),
        ("lead", 0),
        ("body", 3),
    ]


def test_evidence_in_tags_is_a_slice_of_the_tags_joined():
    (match,) = matcher('any: ["tags:film festival"]').match(item(tags=("news", "film festival")))
    (evidence,) = match.evidence

    assert "news, film festival"[evidence.start : evidence.end] == evidence.text == "film festival"


PIECES = st.sampled_from(
    [
        *(
            "missile",
            "Missiles",
            "导弹",
            "미사일",
            "한",
            "국",
            "😀",
            "e\u0301",
            "é",
            "U.S.",
            "F-16",
        ),
        *(
            "'s",
            "’",
            "-",
            " ",
            "\n",
            "\u00ad",
            "\u3000",
            "*",
            ".",
            "1",
            "صاروخ",
            "снаряды",
            "ё",
            "й",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=14).map("".join)
WIDE = matcher(
    "any: [missile, 导弹, 미사일, 한국, =US, F-16, صاروخ, снаряд, 'e*', 1, missile test, U.S. F-16]"
)


@given(TEXTS, TEXTS)
def test_evidence_is_exact_in_any_text(title, body):
    one = item(title, body=body)
    for match in WIDE.match(one):
        assert match.evidence
        assert all(is_exact(each, one) and each.text for each in match.evidence)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_whatever_makes_matching_raise(title, body):
    one = item(title, body=body)
    for match in WIDE.match(one):
        assert all(is_exact(each, one) for each in match.evidence)


@given(TEXTS | st.text(max_size=40))
def test_a_text_is_cut_into_the_same_words_stretch_by_stretch_as_in_one_go(text):
    assert [word for stretch in text.split() for word in words(stretch)] == words(text)
    assert [text[start:end] for start, end in spans(text)] == words(text)
    assert len(Lexicon().located(text).sequence) == len(words(text))


# --- A reference: what a rule of plain words means, in ten lines ---------------------------------

VOCABULARY = ["tug", "ferry", "barge", "canoe", "sea", "the"]
PLAIN = st.sampled_from(VOCABULARY)
TERMS = st.lists(PLAIN, min_size=1, max_size=2).map(" ".join)
CONCEPTS = st.lists(TERMS, min_size=1, max_size=3)
PLAIN_RULES = st.fixed_dictionaries(
    {},
    optional={"all": st.lists(CONCEPTS, min_size=1, max_size=3), "any": CONCEPTS, "none": CONCEPTS},
).filter(lambda rule: "all" in rule or "any" in rule)
HEADLINES = st.lists(PLAIN, max_size=8).map(" ".join)


def holds(concept, texts):
    return any(f" {term} " in f" {text} " for term in concept for text in texts)


def fires(rule, *texts):
    return (
        all(holds(concept, texts) for concept in rule.get("all", []))
        and ("any" not in rule or holds(rule["any"], texts))
        and not ("none" in rule and holds(rule["none"], texts))
    )


@given(st.lists(PLAIN_RULES, min_size=1, max_size=6), HEADLINES, HEADLINES)
def test_the_matcher_agrees_with_a_simple_reading(rules, title, body):
    listed = [rule | {"id": f"r{number}"} for number, rule in enumerate(rules)]
    together = Matcher(load(json.dumps({"rules": listed})).rules)
    one = item(title, body=body)
    expected = {f"r{number}" for number, rule in enumerate(rules) if fires(rule, title, body)}

    assert {match.rule for match in together.match(one)} == expected
    assert {each["id"] for each in listed if together.explain(one, each["id"]).matched} == expected


@given(
    st.lists(CONCEPTS, min_size=2, max_size=3),
    st.integers(1, 6),
    HEADLINES,
    HEADLINES,
)
def test_near_agrees_with_a_simple_reading(concepts, distance, title, body):
    rule = only_rule(json.dumps({"all": concepts, "near": distance}))
    line = [*title.split(), "|", *body.split()]
    windows = [
        line[at : at + distance + ("|" in line[at : at + distance])] for at in range(len(line))
    ]

    assert bool(Matcher([rule]).match(item(title, body=body))) is any(
        all(holds(concept, [" ".join(window)]) for concept in concepts) for window in windows
    )


@given(st.lists(PLAIN_RULES, min_size=1, max_size=5), st.data(), HEADLINES)
def test_a_worn_matcher_agrees_with_a_fresh_one(rules, data, title):
    listed = [rule | {"id": f"r{number}"} for number, rule in enumerate(rules)]
    loaded = load(json.dumps({"rules": listed})).rules
    worn = Matcher(data.draw(st.permutations(loaded)))
    for rule in data.draw(st.lists(st.sampled_from(loaded), max_size=4)):
        worn.drop(rule.id)
    for rule in data.draw(st.permutations(loaded)):
        worn.put(rule)

    assert worn.match(item(title)) == Matcher(loaded).match(item(title))

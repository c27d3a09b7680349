"""The rule engine on real news: how well it finds topics, and words of any language."""

from __future__ import annotations

import gzip
import json

import pytest
from corpus import CORPUS, benchmark, needs
from rulebooks import item, load

from monitor.rules.matching import Matcher
from monitor.text.tokens import spans, words

NEWS = CORPUS / "news"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    needs(NEWS),
]


@pytest.fixture(scope="module")
def sentences():
    with gzip.open(NEWS / "sib200-train.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [(row["lang"], row["text"]) for row in map(json.loads, lines)]


@pytest.fixture(scope="module")
def reuters():
    """The bench's reading of judged stories, and every fourth of them."""
    _reuters = benchmark("_reuters")
    return _reuters, list(_reuters.judged(NEWS / "reuters21578-train.jsonl.gz", every=4))


def uncovered(text):
    """Letters and digits that are in no word."""
    inside = {at for start, end in spans(text) for at in range(start, end)}
    return "".join(sign for at, sign in enumerate(text) if at not in inside and sign.isalnum())


@pytest.mark.parametrize(
    ("prominence", "precision", "recall"),
    [("any", 0.61, 0.88), ("major", 0.72, 0.83), ("title", 0.88, 0.49)],
)
def test_topics_are_found_as_well_as_ever(reuters, prominence, precision, recall):
    bench, stories = reuters
    found = bench.found_by(bench.topic_rules(prominence), stories)
    topics = {rule for names in found for rule in names}
    got = bench.macro(bench.qualities(topics, stories, found).values())

    assert len(topics) == 15
    assert got.precision >= precision
    assert got.recall >= recall


def test_every_letter_is_in_a_word_but_the_s_of_a_possessive(sentences):
    assert len({language for language, _ in sentences}) == 25
    assert {uncovered(text).strip("s") for _, text in sentences} == {""}


def test_a_word_of_a_sentence_finds_it_in_every_language(sentences):
    some = sentences[::29]
    assert len({language for language, _ in some}) == 25
    for number, (_, text) in enumerate(some):
        assert len(spans(text)) == len(words(text))
        start, end = spans(text)[number % len(words(text))]
        for term in (text[start:end], f"={text[start:end]}"):
            book = load(json.dumps({"any": [term]}))
            (match,) = Matcher(book.rules).match(item(text))
            assert match.evidence
            assert all(text[one.start : one.end] == one.text for one in match.evidence)

"""The starter rules and their vocabularies on real news: quiet where nothing is meant."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import pytest
from corpus import CORPUS, needs
from rulebooks import NOW, SHIPPED, item, shipped_files

from monitor.rules.fields import field_text
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.rules.syntax import AllOf, AnyOf, Clause, VocabularyRef

NEWS = CORPUS / "news"
BOOK = load_rules(shipped_files(SHIPPED), shipped_files(SHIPPED / "vocab"), NOW)
STATES = ("north_korea", "russia", "iran", "china", "belarus", "venezuela", "ukraine")
LANGUAGES = ("en", "ru", "uk", "ko", "zh", "zh-hant", "ja", "ar")

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    needs(NEWS),
]


def rows(name):
    with gzip.open(NEWS / name, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


@pytest.fixture(scope="module")
def sentences():
    """The same 701 sentences in each language: id -> language -> text."""
    found = {}
    for row in rows("sib200-train.jsonl.gz"):
        found.setdefault(row["id"], {})[row["lang"]] = row["text"]
    return found


def as_rules(names):
    for name in names:
        concept = AnyOf((VocabularyRef(name),))
        yield replace(
            BOOK.rules[0],
            id=name,
            condition=AllOf((Clause(name, concept),)),
            vocabularies=BOOK.vocabularies,
        )


def test_old_and_general_news_raises_hardly_an_alarm(sentences):
    matcher = Matcher(BOOK.rules)
    stories = [item(row["title"], body=row["body"]) for row in rows("reuters21578-train.jsonl.gz")]
    general = [item(text) for texts in sentences.values() for text in texts.values()]

    assert sum(bool(matcher.match(story)) for story in stories) <= len(stories) / 5_000
    assert sum(bool(matcher.match(one)) for one in general) == 0


def test_a_state_is_found_where_its_translations_say_it_is(sentences):
    """A vocabulary agrees with the other languages on nearly every sentence."""
    matcher = Matcher(as_rules(STATES))
    agreed = named = alone = 0
    for texts in sentences.values():
        heard = {
            language: {match.rule for match in matcher.match(item(texts[language]))}
            for language in LANGUAGES
        }
        for state in STATES:
            votes = sum(state in states for states in heard.values())
            if votes > len(LANGUAGES) / 2:
                named += len(LANGUAGES)
                agreed += votes
            alone += votes == 1

    assert named >= 50
    assert agreed >= 0.95 * named
    assert alone <= 8


def test_evidence_is_exact_in_every_language(sentences):
    matcher = Matcher(as_rules(BOOK.vocabularies))
    seen = 0
    for texts in sentences.values():
        for language in LANGUAGES:
            one = item(texts[language])
            for match in matcher.match(one):
                for each in match.evidence:
                    seen += 1
                    assert field_text(one, each.field)[each.start : each.end] == each.text != ""

    assert seen > 500

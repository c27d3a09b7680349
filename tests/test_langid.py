"""Telling languages that share the Latin letters, with the extra and without."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime

import pytest
from corpus import CORPUS

from monitor import langid
from monitor.model import Item
from monitor.text.language import with_language

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
SENTENCES = CORPUS / "news" / "sib200-train.jsonl.gz"


def language_told(tell, text):
    item = Item(title=text, published_at=NOW, first_seen_at=NOW)
    return with_language(item, tell).language


HEADLINES = {
    "en": "Customs officers seize a ferry in the harbour",
    "de": "Der Zoll hat im Hafen eine Fähre beschlagnahmt",
    "fr": "La douane saisit un traversier dans le port",
    "es": "La aduana incauta un transbordador en el puerto",
    "pt": "A alfândega apreendeu uma balsa no porto ontem",
    "nl": "De douane neemt een veerboot in de haven in beslag",
}


@pytest.mark.parametrize(("language", "headline"), HEADLINES.items())
def test_a_headline_gives_its_language_away_whichever_the_rules_ask_for(language, headline):
    assert language_told(langid.teller({"en", "ko"}), headline) == language


@pytest.mark.parametrize(
    "text", ["", "1 2 3 4 5 6", "Samsung Intel TSMC Nvidia", "KN-23 KN-24 a b"]
)
def test_of_what_is_no_sentence_nothing_is_told_for_sure(text):
    assert language_told(langid.teller({"en"}), text) == ""


def test_without_the_extra_nothing_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "py3langid", None)

    assert not langid.is_installed()
    assert langid.teller({"en"}) is None


def test_numpy_stays_out_until_a_text_is_to_be_told():
    program = (
        "import sys; import monitor.watch; from monitor import langid; t = langid.teller({'en'});"
        "assert 'numpy' not in sys.modules; t('a ferry'); assert 'numpy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.corpus
@pytest.mark.skipif(not SENTENCES.is_file(), reason=f"no corpus at {SENTENCES}")
@pytest.mark.parametrize(("words", "right"), [(6, 0.95), (60, 0.995)])
def test_of_the_starts_of_sentences_and_of_whole_ones_hardly_any_is_told_wrongly(words, right):
    tell = langid.teller({"en", "ru"})
    outcomes = Counter()
    with gzip.open(SENTENCES, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["lang"] in {"en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "vi", "id"}:
                told = language_told(tell, " ".join(row["text"].split()[:words]))
                outcomes["right" if told == row["lang"] else "wrong" if told else "unknown"] += 1

    assert outcomes["wrong"] <= outcomes.total() / 1_000
    assert outcomes["right"] >= outcomes.total() * right

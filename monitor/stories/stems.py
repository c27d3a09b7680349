"""Stems: what is left of a word when its endings are taken off, whatever wrote it."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import Stemmer

from monitor.text.language import SNOWBALL

_CYRILLIC = re.compile("[\u0400-\u052f]")
_ARABIC = re.compile("[\u0600-\u06ff]")
_STEMMED_FROM = 4


@lru_cache(maxsize=32_768)
def stem(folded: str, language: str) -> str:
    """The Snowball stem of a folded word: by its script, in Latin letters by the language.

    Latin letters of an unknown language are taken for English, all Cyrillic ones for Russian.
    Words of three letters and fewer, and words with digits, are their own stem. Not to be used
    by two threads at a time: stemmers keep the word they are at in themselves.
    """
    if len(folded) < _STEMMED_FROM or not folded.isalpha():
        return folded
    algorithm = _algorithm(folded, language)
    return str(_stemmer(algorithm).stemWord(folded)) if algorithm else folded


def _algorithm(folded: str, language: str) -> str:
    if folded.isascii():
        return SNOWBALL.get(language, "english")
    if _CYRILLIC.match(folded):
        return "russian"
    return "arabic" if _ARABIC.match(folded) else SNOWBALL.get(language, "")


@cache
def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(algorithm)

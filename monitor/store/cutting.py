"""What the search index holds of an item: its distinct words, each written as one token."""

from __future__ import annotations

import hashlib
import inspect
import re
import sys
import unicodedata
from functools import cache, lru_cache
from typing import Any

from monitor.text import tokens
from monitor.text.tokens import words

_ESCAPED = re.compile(r"_(?:_([0-9a-f]{2})|([a-z]))")
_TO_ESCAPE = re.compile(r"[\x00-\x2f:-`{-\x7f]")


@cache
def cut_by() -> str:
    """What decides how words are cut: the code that does it, and what Python takes for a letter.

    A change of a mere comment changes it too, and costs one more filling of the index.
    """
    here = sys.modules[__name__]
    code = inspect.getsource(tokens) + inspect.getsource(here) + unicodedata.unidata_version
    return hashlib.sha256(code.encode()).hexdigest()


def words_of(row: Any) -> list[str]:  # noqa: ANN401 - a row or an item: title, lead and body
    """The distinct words of an item, sorted, cut as the lexicon cuts a text."""
    return sorted(set[str]().union(*map(_cut, _stretches(row))))


def tokens_of(row: Any) -> str:  # noqa: ANN401 - as for words_of
    """The distinct words of an item as tokens, in no order."""
    return " ".join(set[str]().union(*map(_tokens, _stretches(row))))


def _stretches(row: Any) -> set[str]:  # noqa: ANN401 - as for words_of
    return {stretch for text in (row.title, row.lead, row.body) if text for stretch in text.split()}


@lru_cache(maxsize=65_536)
def _tokens(stretch: str) -> tuple[str, ...]:
    return tuple(map(encoded, _cut(stretch)))


@lru_cache(maxsize=65_536)
def _cut(stretch: str) -> tuple[str, ...]:
    return tuple(words(stretch))


def encoded(word: str) -> str:
    """A word as a token that FTS5 neither cuts nor folds: `US` is `_u_s`, `F-16` is `_f__2d16`."""
    return _TO_ESCAPE.sub(_escaped, word)


def _escaped(found: re.Match[str]) -> str:
    letter = found[0]
    return f"_{letter.lower()}" if letter.isalpha() else f"__{ord(letter):02x}"


def decoded(token: str) -> str:
    """The word that is written as this token."""
    if "_" not in token:
        return token  # as most are
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2].upper(), token)

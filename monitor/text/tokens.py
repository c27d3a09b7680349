"""Text cut into words, each with its exact place in the text."""

from __future__ import annotations

import re

_KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d"
_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\uffa1-\uffdc"
EAST_ASIAN = _KANA + _HAN + _HANGUL
"""The characters of East Asian scripts, each a word by itself, as a class of `re`."""

# What stands inside words but is no letter to `re`: accents, Hebrew and Arabic vowel signs,
# Devanagari and Thai signs, soft hyphens, joiners of no width.
MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\xad\u200b-\u200d\u2060\ufe20-\ufe2f\ufeff"
)
_QUOTES = "'\u2019\u02bc\u05f3\uff07"
# The quote before the last letter of a Hebrew acronym, צה"ל, is part of it.
_HEBREW_ACRONYM = '[\u05d0-\u05ea]+["\u05f4][\u05d0-\u05ea](?![\u05d0-\u05ea])'
_HYPHENS = "-\u2010\u2011"
# A character of an East Asian script, with the marks that belong to it; jamo make a syllable.
_CHARACTER = (
    "[\u1100-\u115f\ua960-\ua97f][\u1160-\u11a7]?[\u11a8-\u11ff]?"
    f"|[{EAST_ASIAN}][\u3099\u309a\uff9e\uff9f]?"
)


def _words(letter: str, rest: str, *, marks: str, quotes: str, hyphens: str) -> str:
    """A pattern whose first group is one word; `rest` is a letter or a digit."""
    quote = f"[{quotes}]"
    possessive = f"{quote}[sS](?!{rest})"
    joint = f"(?!{possessive})[{marks}{quotes}]+"
    return (
        f"({letter}(?:\\.{letter})+(?!{rest})"  # U.S., D.P.R.K.
        f"|{letter}{{1,3}}[{hyphens}](?=\\d)[\\d*?]{{1,3}}(?!\\d){rest}*"  # F-16, KN-23
        f"|(?:[cdjlmnsCDJLMNS]|[qQ]u|[dnsDNS][aeu]ll)(?={quote}{letter}{{2}})"  # l'Iran, d'armes
        + (f"|{_HEBREW_ACRONYM}" if marks else "")
        + f"|{rest}+(?:{joint}{rest}+)*{f'[{marks}]*' if marks else ''}"
        + (f"|{_CHARACTER}" if marks else "")
        + f")(?:{possessive})?"  # Moscow's is Moscow
    )


_LETTER, _REST = f"[^\\W\\d_{EAST_ASIAN}]", f"[^\\W_{EAST_ASIAN}]"
_IN_ASCII = re.compile(
    _words("[A-Za-z]", "[A-Za-z0-9]", marks="", quotes="'", hyphens="-"), re.ASCII
)
_IN_ANY = re.compile(_words(_LETTER, _REST, marks=MARKS, quotes=_QUOTES, hyphens=_HYPHENS))
_WITH_WILDCARDS = re.compile(
    _words(_LETTER, f"(?:{_REST}|[*?])", marks=MARKS, quotes=_QUOTES, hyphens=_HYPHENS)
)
_ONE_CHARACTER = re.compile(_CHARACTER)


def words(text: str) -> list[str]:
    """The words of a text as they are written, in order.

    A character of an East Asian script is a word by itself. Dotted acronyms (U.S.) and types
    (F-16) are one word; a possessive 's belongs to none.
    """
    return (_IN_ASCII if text.isascii() else _IN_ANY).findall(text)


def spans(text: str) -> list[tuple[int, int]]:
    """Where each of `words(text)` starts and ends, in code points."""
    pattern = _IN_ASCII if text.isascii() else _IN_ANY
    return [found.span(1) for found in pattern.finditer(text)]


def words_with_wildcards(chunk: str) -> list[str]:
    """The words of a term, in which `*` and `?` are letters too.

    Beside a character of an East Asian script they say nothing and are left out.
    """
    found = _WITH_WILDCARDS.findall(chunk)
    if not chunk.isascii() and any(is_character(word) for word in found):
        return [word for word in found if word.strip("*?")]
    return found


def is_character(word: str) -> bool:
    """Whether a word is one character of an East Asian script."""
    return _ONE_CHARACTER.fullmatch(word) is not None

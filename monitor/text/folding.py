"""Folding: the spellings of a word that readers take for the same, made the same."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

# Letters that no decomposition leads back to their plain form.
_LETTERS = {
    "ё": "е",
    "ѐ": "е",
    "ѝ": "и",
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
    "ʼ": "'",
    "’": "'",
    "‘": "'",
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ى": "ي",
    "ی": "ي",
    "ک": "ك",
    "ـ": "",
    "ۀ": "ه",
    "ך": "כ",
    "ם": "מ",
    "ן": "נ",
    "ף": "פ",
    "ץ": "צ",
    "\u05f3": "'",
}

# What a token may carry inside itself: the dots of U.S., the hyphen of F-16, the quote of צה"ל.
_JOINTS = '.-\u2010\u2011\u2012\u2013\u2212\uff0d"\u05f4'

# Soft hyphens, joiners, direction marks and variation selectors: seen by nobody.
INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"

# Stress marks and accents left over after composition, Hebrew points, Arabic vowel signs.
VOWEL_SIGNS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0"
)


def _code_points(ranges: str) -> frozenset[int]:
    """The code points of a character class such as `a-cx`."""
    found: set[int] = set()
    for position, character in enumerate(ranges):
        if character == "-" and 0 < position < len(ranges) - 1:
            found.update(range(ord(ranges[position - 1]), ord(ranges[position + 1]) + 1))
        else:
            found.add(ord(character))
    return frozenset(found)


_DROPPED = _code_points(INVISIBLE) | _code_points(VOWEL_SIGNS) | {ord(joint) for joint in _JOINTS}


def _is_latin_or_greek(code_point: int) -> bool:
    return (
        0xC0 <= code_point <= 0x24F
        or 0x370 <= code_point <= 0x3FF
        or 0x1E00 <= code_point <= 0x1FFF
    )


class _Filling(dict[int, str]):
    """A table for `str.translate` that works out each letter when it is first met."""

    def __missing__(self, code_point: int) -> str:
        folded = self[code_point] = _fold_letter(code_point)
        return folded


def _fold_letter(code_point: int) -> str:
    letter = chr(code_point)
    if code_point in _DROPPED:
        return ""
    if letter in _LETTERS:
        return _LETTERS[letter]
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    if _is_latin_or_greek(code_point):
        parts = unicodedata.normalize("NFKD", letter)
        return "".join(part for part in parts if not unicodedata.combining(part))
    # Cyrillic й and ї, kana voicing and Indic vowel signs change the word: they stay.
    return letter


_TABLE = _Filling()
_MOST_MARKS = 30


def normalized(form: Literal["NFC", "NFKC"], text: str) -> str:
    """Text in a normal form of Unicode, in linear time.

    Putting a run of marks in order takes the square of its length, so no letter keeps more than
    30 of them: the Stream-Safe Text Format of Unicode Standard Annex 15, marks dropped.
    """
    if text.isascii():
        return text
    if len(text) > _MOST_MARKS:
        text = _with_few_marks(text)
    return unicodedata.normalize(form, text)


def _with_few_marks(text: str) -> str:
    marks = "".join(re.escape(letter) for letter in set(text) if _is_mark(letter))
    return re.sub(f"([{marks}]{{{_MOST_MARKS}}})[{marks}]+", r"\1", text) if marks else text


def _is_mark(letter: str) -> bool:
    """Whether it is put in order among its like; a few only once they are decomposed."""
    return not letter.isascii() and (
        unicodedata.combining(unicodedata.normalize("NFKD", letter)[0]) != 0
    )


def cased(word: str) -> str:
    """A token without its dots, hyphens and widths, in the case it was written in."""
    if word.isascii():
        return word if word.isalnum() else word.replace(".", "").replace("-", "")
    plain = normalized("NFKC", word)
    return "".join(letter for letter in plain if ord(letter) not in _DROPPED)


@lru_cache(maxsize=16_384)
def fold(word: str) -> str:
    """One token without case, width, accents, stress marks, tatweel, dots or hyphens.

    Accents go from Latin and Greek letters only: й and ї are letters of their own.
    """
    if word.isascii():
        return cased(word).lower()
    # Casefolding may decompose, composing may widen: normalise on both sides of it.
    lowered = normalized("NFKC", normalized("NFKC", word).casefold())
    return normalized("NFC", lowered.translate(_TABLE))

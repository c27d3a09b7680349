"""What of a report's words is compared with other reports."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor.model import Item
from monitor.text.folding import fold
from monitor.text.tokens import is_character, words

MOST_CHARACTERS = 8_000
"""How much of a report's text is compared: its beginning."""

_NAMED_WITHIN = 40
_SHINGLE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """A report as it is compared with others. Follows from its words alone.

    `title` and `text` are as written, `text` clipped. `title_words` and `words` are theirs in
    order, as `compared` gives them; a report without a text has the words of its title.
    `shingles` are hashes of each three of `words` that follow one another, `numbers` what they
    say in digits and number words, `names` those among the first that begin with a capital, in
    order, without the ones that name nobody.
    """

    title: str
    text: str
    title_words: tuple[str, ...]
    words: tuple[str, ...]
    shingles: frozenset[int]
    numbers: frozenset[str]
    names: tuple[str, ...]


def traits_of(item: Item) -> Traits:
    """The traits of an item: its title, and its body, after its lead where that says more."""
    lead, body = item.lead[:MOST_CHARACTERS], item.body[:MOST_CHARACTERS]
    return traits(item.title, body if lead in body else f"{lead}\n{body}".strip())


def traits(title: str, text: str) -> Traits:
    """The traits of a title and a text."""
    text = text[:MOST_CHARACTERS]
    said = text or title
    written = words(said)
    told = compared(written)
    return Traits(
        title=title,
        text=text,
        title_words=compared(words(title)) if text else told,
        words=told,
        shingles=shingles_of(told),
        numbers=numbers_in(said, told),
        names=_names(written[:_NAMED_WITHIN]),
    )


def compared(written: Sequence[str]) -> tuple[str, ...]:
    """Words as they are compared: folded, units in one spelling.

    In scripts without spaces, where a word is one character, every two that follow one another
    are a word: one alone says too little.
    """
    if not any(not word.isascii() and is_character(word) for word in written):
        return tuple(map(_folded, written))
    found: list[str] = []
    run = ""
    for word in (*written, ""):
        if word and is_character(word):
            run += word
            continue
        found += [run[at : at + 2] for at in range(max(1, len(run) - 1))] if run else []
        run = ""
        if word:
            found.append(_folded(word))
    return tuple(found)


def shingles_of(told: Sequence[str]) -> frozenset[int]:
    """Hashes of each three words that follow one another; of all words where there are fewer.

    Of this process: they are never kept.
    """
    if len(told) <= _SHINGLE:
        return frozenset([hash(tuple(told))] if told else [])
    return frozenset(map(hash, zip(told, told[1:], told[2:], strict=False)))


def runs_of(told: Sequence[str], length: int) -> Iterable[str]:
    """Each `length` words that follow one another; all the words where there are fewer."""
    if len(told) <= length:
        return [" ".join(told)] if told else []
    return map(" ".join, zip(*(told[at:] for at in range(length)), strict=False))


def numbers_in(text: str, told: Iterable[str]) -> frozenset[str]:
    """What a text, of these words, says in digits and number words, like `12000` or `7.5`.

    However thousands are set apart, and whatever stands for a comma. Units (million) are no
    numbers of their own.
    """
    written = map(_number, _NUMBER.findall(text))
    return frozenset(written) | {_IN_WORDS[word] for word in told if word in _IN_WORDS}


def stable_hash(text: str) -> int:
    """64 bits, signed, the same in every process: what a database can keep."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@lru_cache(maxsize=65_536)
def _folded(word: str) -> str:
    folded = fold(word)
    return _UNITS.get(folded, folded)


def _names(written: Iterable[str]) -> tuple[str, ...]:
    capital = (_folded(word) for word in written if word[0].isupper())
    return tuple(dict.fromkeys(name for name in capital if name not in NAME_NOBODY))


def _number(written: str) -> str:
    """12,000 and 12.000 and 12 000 are one number; 7,5 is 7.5."""
    if _GROUPED.fullmatch(written):
        return "".join(filter(str.isdigit, written))
    return written.replace(",", ".")


_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f ]\d{3}(?!\d))*(?:[.,]\d+)?")
_GROUPED = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f ]\d{3})+")
_IN_WORDS = {
    word: str(number)
    for number, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],
        start=1,
    )
} | {
    word: f"{tens}0"
    for tens, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_UNITS = {
    "mln": "million",
    "mn": "million",
    "bln": "billion",
    "bn": "billion",
    "pct": "percent",
    "dlr": "dollar",
    "dlrs": "dollars",
}
NAME_NOBODY = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "these",
        "those",
        "it",
        "its",
        "he",
        "his",
        "she",
        "her",
        "they",
        "their",
        "we",
        "our",
        "you",
        "who",
        "what",
        "when",
        "where",
        "why",
        "how",
        "if",
        "while",
        "after",
        "as",
        "at",
        "but",
        "by",
        "for",
        "from",
        "in",
        "into",
        "no",
        "not",
        "of",
        "on",
        "or",
        "to",
        "with",
        "and",
        "all",
        "any",
        "both",
        "many",
        "more",
        "most",
        "new",
        "some",
        "there",
        "here",
        "is",
        "was",
        "are",
        "were",
        "said",
        "says",
        "mr",
        "mrs",
        "ms",
        "dr",
        "co",
        "corp",
        "inc",
        "ltd",
        "plc",
        "llc",
        "company",
        "group",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "today",
        "yesterday",
    ]
)
"""What is written with a capital and tells two reports apart by nothing."""

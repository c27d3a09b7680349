"""What of a report's words is compared with other reports."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import islice

from monitor.model import Item
from monitor.text.folding import fold
from monitor.text.tokens import words

MOST_CHARACTERS = 4_000
"""How much of a report's text is compared: its beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """A report as it is compared with others. Follows from its words alone.

    `title` and `text` are as written, `text` clipped; `title_words` and `words` are theirs,
    folded, in order. `shingles` are hashes of each three words of `words` that follow one
    another, `numbers` what it says in digits and number words, normalised, `names` the folded
    words among the first of the text that are written with a capital.
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
    text = item.body if item.lead in item.body else f"{item.lead}\n{item.body}".strip()
    return traits(item.title, text)


def traits(title: str, text: str) -> Traits:
    """The traits of a title and a text."""
    text = text[:MOST_CHARACTERS]
    written = words(text)
    folded = tuple(map(fold, written))
    return Traits(
        title=title,
        text=text,
        title_words=tuple(map(fold, words(title))),
        words=folded,
        shingles=shingles_of(folded),
        numbers=frozenset(word for word in folded if _NUMBER.search(word)),
        names=tuple(fold(word) for word in islice(written, 40) if word[:1].isupper()),
    )


def shingles_of(folded: tuple[str, ...]) -> frozenset[int]:
    """Hashes of each three words that follow one another."""
    return frozenset(
        stable_hash(" ".join(folded[at : at + 3])) for at in range(max(1, len(folded) - 2))
    )


def stable_hash(text: str) -> int:
    """64 bits, signed, the same in every process: what a database can keep."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


_NUMBER = re.compile(r"\d")

"""Anchors: a few hashes of a report's beginning, by which the store finds its likely copies."""

from __future__ import annotations

import hashlib
import re
from zlib import crc32

from monitor.stories.traits import Traits
from monitor.text.folding import fold
from monitor.text.tokens import words

VERSION = 1
"""Of how anchors are made. Anchors of different versions are never compared."""

GRAM = 4
WINNOW = 6
AMONG = 40
"""Of each six grams of four words that follow one another, one is kept: so texts that share nine
words in a row, among the first forty, share an anchor. Summaries keep the beginning."""

LEAST_TITLE = 5
"""Words a title must have to say by itself which report it heads."""

# ` - The Harbour Post`, ` | harbour.example`: a few words, and no clause of the sentence.
_OUTLET = re.compile(r"\s[-–—|]\s(?:(?![a-zа-я])|(?=\S*\.))\S+(?:\s[^\s–—|-]\S*){0,3}$")


def anchors_of(traits: Traits) -> tuple[int, ...]:
    """64 bits each, signed, the same in every process, in ascending order.

    Winnowing after Schleimer, Wilkerson and Aiken ("Winnowing: Local Algorithms for Document
    Fingerprinting", 2003), and one anchor for the title, which is in no other namespace.
    """
    anchors = {_stable(gram) for gram in winnowed(traits.words, traits.grain)}
    if title := title_key(traits.title):
        anchors.add(_stable(b"title\x1f" + title.encode("utf-8", "surrogatepass")))
    return tuple(sorted(anchors))


def winnowed(folded: tuple[str, ...], grain: int) -> set[bytes]:
    """The grams that are kept: of each window the one of the least hash, of equals the first."""
    size, window = GRAM * grain, WINNOW * grain
    lead = [word.encode("utf-8", "surrogatepass") for word in folded[: AMONG * grain]]
    grams = [b" ".join(lead[at : at + size]) for at in range(max(1, len(lead) - size + 1))]
    ranks = list(map(crc32, grams))
    windows = (ranks[at : at + window] for at in range(max(1, len(grams) - window + 1)))
    return {grams[ranks.index(rank)] for rank in set(map(min, windows))}


def title_key(title: str) -> str:
    """A title by which a report is known for some hours; "" where it is too short to be one.

    Folded, without the name of the outlet that some put behind it. A character of an East Asian
    script, as any single letter, counts for half a word.
    """
    for said in (_OUTLET.sub("", title), title):
        folded = [fold(word) for word in words(said)]
        if sum(1 if len(word) > 1 else 0.5 for word in folded) >= LEAST_TITLE:
            return " ".join(folded)
    return ""


def _stable(gram: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(gram, digest_size=8).digest(), "big", signed=True)

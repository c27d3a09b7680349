"""Anchors: the few hashes of a report by which its copies find it."""

from __future__ import annotations

import re

from monitor.stories.traits import Traits, compared, runs_of, stable_hash
from monitor.text.tokens import words

VERSION = 1
"""Of what cuts them, here and in `traits`: anchors of two versions are never compared."""

_LEAD = 40
_RUN = 4
_WINDOW = 6
_LEAST_TITLE = 5


def anchors_of(traits: Traits) -> tuple[int, ...]:
    """Some ten anchors of 64 bits: of the lead of the text, and of the headline.

    Winnowing (Schleimer, Wilkerson and Aiken, 2003) over runs of four words: of each six runs
    that follow one another the smallest hash is kept. Two reports that have nine words in a row
    in common among their first 40 share an anchor, wherever these stand.
    """
    hashes = [stable_hash(run) for run in runs_of(traits.words[:_LEAD], _RUN)]
    windows = range(max(1, len(hashes) - _WINDOW + 1)) if hashes else ()
    kept = dict.fromkeys(min(hashes[at : at + _WINDOW]) for at in windows)
    if key := title_key(traits.title):
        kept[stable_hash(f"title: {key}")] = None
    return tuple(kept)


def title_key(title: str) -> str:
    """A headline as it is compared: folded, and without its outlet; "" where it says too little."""
    own = _OUTLET.sub("", title)
    told = compared(words(own))
    if len(told) < _LEAST_TITLE and own != title:
        told = compared(words(title))
    return " ".join(told) if len(told) >= _LEAST_TITLE else ""


_OUTLET = re.compile(r"\s+[-\u2013\u2014|\u00b7]\s+(?:[^\s|]+\s+){0,3}[^\s|]+\s*$")

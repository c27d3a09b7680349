"""What has changed between two wordings, word by word."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

from monitor.text.clean import one_line

_WORDS = re.compile(r"\s*\S+")
# Chinese and Japanese have no spaces: each of their signs is a word.
_SIGN = re.compile("([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")

_MOST_COMPARED = 160_000
"""Words of one wording times words of the other, after what both begin and end with."""

_AROUND = 12
"""Words that stay of what is the same, at either side of a change."""

_LONGEST = 4_000
"""Characters shown of one stretch that came or went."""


class Kind(enum.StrEnum):
    """What became of a stretch of words. `left-out` is the same too, and not shown."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    LEFT_OUT = "left-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stretch of words, and what became of it."""

    kind: Kind
    text: str = ""


def differences(before: str, after: str) -> tuple[Change, ...]:
    """From one wording to the other; () where they are the same.

    Texts that differ in too much to be compared are given as a whole.
    """
    old, new = _words(before), _words(after)
    if _bare(old) == _bare(new):
        return ()
    head = _common(_bare(old), _bare(new))
    tail = _common(_bare(old[head:])[::-1], _bare(new[head:])[::-1])
    gone, come = old[head : len(old) - tail], new[head : len(new) - tail]
    runs = [(Kind.SAME, old[:head]), *_compared(gone, come), (Kind.SAME, old[len(old) - tail :])]
    shown = [(kind, words) for kind, words in runs if words]
    last = len(shown) - 1
    return tuple(
        change
        for number, (kind, words) in enumerate(shown)
        for change in _change(kind, words, first=number == 0, last=number == last)
    )


def _words(text: str) -> list[str]:
    return [part for word in _WORDS.findall(one_line(text)) for part in _SIGN.split(word) if part]


def _bare(words: Sequence[str]) -> list[str]:
    """The words without the spaces before them."""
    return [word.strip() for word in words]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _compared(gone: list[str], come: list[str]) -> Iterator[tuple[Kind, list[str]]]:
    if len(gone) * len(come) > _MOST_COMPARED:
        yield Kind.REMOVED, gone
        yield Kind.ADDED, come
        return
    matcher = SequenceMatcher(None, _bare(gone), _bare(come), autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            yield Kind.SAME, gone[a:b]
        else:
            yield Kind.REMOVED, gone[a:b]
            yield Kind.ADDED, come[c:d]


def _change(kind: Kind, words: list[str], *, first: bool, last: bool) -> Iterator[Change]:
    """A stretch as it is shown: of what is the same, only what stands near a change."""
    if kind is not Kind.SAME:
        text = "".join(words).strip()
        yield Change(kind=kind, text=text if len(text) <= _LONGEST else text[:_LONGEST] + "…")
        return
    kept = (0 if first else _AROUND) + (0 if last else _AROUND)
    if len(words) <= kept + 1:
        yield Change(kind=kind, text="".join(words).strip())
        return
    if not first:
        yield Change(kind=kind, text="".join(words[:_AROUND]).strip())
    yield Change(kind=Kind.LEFT_OUT)
    if not last:
        yield Change(kind=kind, text="".join(words[-_AROUND:]).strip())

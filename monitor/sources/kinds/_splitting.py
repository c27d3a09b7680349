"""Cutting a feed document between its entries, so that one bad entry costs no other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

_ENDS = {"![CDATA[": "]]>", "!--": "-->"}
_FORGIVEN = 50

NEWS = ("item", "entry")
PAGES = ("url", "sitemap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A document cut in pieces that together are the whole of it."""

    head: str
    entries: tuple[str, ...]
    tail: str

    def document(self, entries: Sequence[str]) -> str:
        """The document with only these of its entries."""
        return "".join((self.head, *entries, self.tail))


def split_entries(text: str, names: tuple[str, ...] = NEWS) -> Split:
    """Cut a document before each entry; what stands between two goes with the one before.

    Entries are the elements of those local names, or rather of the one that comes first.
    Text after the last entry is the tail. An entry that is not closed ends where the next
    one starts. Linear in the length of the text.
    """
    starts, last_end, name = _entry_bounds(text, names)
    if not starts:
        return Split(head=text, entries=(), tail="")
    closed = last_end > starts[-1]
    cuts = [*starts, last_end if closed else len(text)]
    entries = [text[start:end] for start, end in pairwise(cuts)]
    if not closed:
        entries[-1] += f"</{name}>"
    return Split(head=text[: starts[0]], entries=tuple(entries), tail=text[cuts[-1] :])


def _entry_bounds(text: str, names: tuple[str, ...]) -> tuple[list[int], int, str]:
    """Where entries start, where the last of them ends (0 if nowhere), and their tag."""
    starts: list[int] = []
    position, last_end, entry, forgiven = 0, 0, "", 0
    token = _token(names)
    while found := token.search(text, position):
        position = found.end()
        name = found["name"]
        if name is None:
            end = text.find(_ENDS[found[0][1:]], position) if forgiven < _FORGIVEN else -1
            if end < 0 or _is_run_over(text[position:end], names):
                # Never closed: what follows is read as if it had not been opened. Not for
                # ever, as each look ahead costs what is left of the text.
                forgiven += 1
            else:
                position = end
        elif not entry or name == entry:
            entry = name
            if found["end"]:
                close = text.find(">", position)
                last_end = close + 1 if close >= 0 else len(text)
            else:
                starts.append(found.start())
    return starts, last_end, entry


@cache
def _token(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        r"<(?:!\[CDATA\[|!--|(?P<end>/)?"
        rf"(?P<name>(?:[\w.-]{{1,60}}:)?(?:{'|'.join(names)}))(?=[\s/>]))"
    )


def _is_run_over(section: str, names: tuple[str, ...]) -> bool:
    """Whether a comment or CDATA section goes past the end of the entry that it is in."""
    for name in names:
        end, start = section.find(f"</{name}>"), section.find(f"<{name}")
        if end >= 0 and (start < 0 or end < start):
            return True
    return False

"""Places: where in an item something is found, and where several things are found together."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from monitor.rules.fields import Fields
from monitor.rules.syntax import TEXT_FIELDS
from monitor.text.tokens import is_character, words

if TYPE_CHECKING:
    from monitor.rules.compiling import Group

# Distances are counted in half words: two Chinese, Japanese or Korean characters are a word.
HALVES = 2
# Fields that are not text run on other lines, too far away to be near to anything.
_FAR = 1_000_000_000


class Hit(NamedTuple):
    """A term in a field, from the word `first` up to, not including, the word `end`.

    Ordered as read: title first, the earlier first, of two at one place the longer first.
    """

    rank: int
    first: int
    shortness: int
    feature: int
    field: str
    end: int


class Place(NamedTuple):
    """A stretch of an item, in half words, and the hits by which it is one."""

    start: int
    end: int
    hits: tuple[tuple[Group, Hit], ...]


Places = Sequence[Place]
# Where a sentence or the like starts and ends, in half words.
Unit = tuple[int, int]


class Units(NamedTuple):
    """All sentences or the like of an item, in order, and where they end."""

    all: Sequence[Unit]
    ends: Sequence[int]


class Layout:
    """The words of an item on one line of half words that runs through its text fields."""

    __slots__ = ("_fields", "_halves", "_units")

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._halves: dict[str, Sequence[int]] = {}
        self._units: dict[tuple[object, int], Units] = {}

    def halves(self, field: str) -> Sequence[int]:
        """How many half words stand before each word of a field, and before its end."""
        if not self._halves:
            total = 0
            for each in TEXT_FIELDS:
                self._halves[each] = self._measure(each, total)
                total = self._halves[each][-1]
        if field not in self._halves:
            self._halves[field] = self._measure(field, _FAR * len(self._halves))
        return self._halves[field]

    def end_of(self, field: str) -> int:
        """Where a field ends."""
        return self.halves(field)[-1]

    @property
    def end_of_text(self) -> int:
        """Where the last field of the text ends."""
        return self.end_of(TEXT_FIELDS[-1])

    def units(self, starts: Callable[[str], Iterable[int]]) -> Units:
        """The stretches into which the fields are cut where `starts` says, in order.

        Fields of which nothing was asked so far are left out; there is nothing found in them.
        """
        key = starts, len(self._halves)
        if key not in self._units:
            cut = [unit for field in self._halves for unit in self._cut(field, starts)]
            self._units[key] = Units(cut, [end for _, end in cut])
        return self._units[key]

    def place(self, group: Group, hit: Hit) -> Place:
        """The place of a hit of a group."""
        halves = self.halves(hit.field)
        return Place(halves[hit.first], halves[hit.end], ((group, hit),))

    def _cut(self, field: str, starts: Callable[[str], Iterable[int]]) -> Iterable[Unit]:
        halves = self._halves[field]
        words_at = [start for start, _ in self._fields.spans(field)]
        cuts = [bisect_left(words_at, start) for start in starts(self._fields.text(field))]
        return pairwise([halves[each] for each in (0, *cuts, len(words_at))])

    def _measure(self, field: str, before: int) -> Sequence[int]:
        text = self._fields.text(field)
        if text.isascii():
            count = len(self._fields.located(field).sequence)
            return range(before, before + HALVES * count + 1, HALVES)
        counts = [1 if is_character(word) else HALVES for word in words(text)]
        return list(accumulate(counts, initial=before))


def meetings(lines: Sequence[Places], within: int) -> list[Place]:
    """Where one place of each line stands with the others in `within` half words.

    Of several that share an end, the shortest; each line is sorted by start.
    """
    if not all(lines):
        return []
    soonest = [_soonest(line) for line in lines]
    starts = [[place.start for place in line] for line in lines]
    found: list[Place] = []
    for start in sorted({start for line in starts for start in line}):
        chosen: list[Place] = []
        for line, line_starts in zip(soonest, starts, strict=True):
            at = bisect_left(line_starts, start)
            if at == len(line):
                return found
            chosen.append(line[at])
        first, end = min(place.start for place in chosen), max(place.end for place in chosen)
        if end - first <= within:
            if found and found[-1].end == end:
                found.pop()
            found.append(Place(first, end, tuple(hit for place in chosen for hit in place.hits)))
    return found


def meetings_in(units: Units, lines: Sequence[Places]) -> list[Place]:
    """Where one place of each line stands with the others inside one of the units."""
    if not all(lines):
        return []
    tried = {bisect_left(units.ends, place.start + 1) for place in min(lines, key=len)}
    starts = [[place.start for place in line] for line in lines]
    found: list[Place] = []
    for first, end in (units.all[at] for at in sorted(tried)):
        within = [
            [
                place
                for place in line[bisect_left(begin, first) : bisect_left(begin, end)]
                if place.end <= end
            ]
            for line, begin in zip(lines, starts, strict=True)
        ]
        if all(within):
            found.extend(meetings(within, end - first))
    return found


def chains(lines: Sequence[Places], limits: Sequence[int]) -> list[Place]:
    """Where places of the lines follow one another, each two neighbours within their limit.

    A limit runs from the start of one to the end of the next, in half words. Of several chains
    with one end, the shortest.
    """
    # Each with the start of its last link. The later that is, the later the chain begins.
    found = [(place.start, place) for place in lines[0]]
    for line, limit in zip(lines[1:], limits, strict=True):
        before, found = found, []
        starts = [start for start, _ in before]
        for place in line:
            at = bisect_left(starts, place.start) - 1
            while at >= 0 and before[at][1].end > place.start:
                at -= 1
            if at >= 0 and place.end - starts[at] <= limit:
                chain = before[at][1]
                found.append((place.start, Place(chain.start, place.end, chain.hits + place.hits)))
    return in_order(place for _, place in found)


def mentions(line: Places) -> int:
    """How many places there are; of those that overlap one counts."""
    count, free_from = 0, 0
    for place in sorted(line, key=itemgetter(1)):
        if place.start >= free_from:
            count, free_from = count + 1, place.end
    return count


def in_order(places: Iterable[Place]) -> list[Place]:
    """Places as read, of two that start together the shorter first."""
    return sorted(places, key=itemgetter(0, 1))


def _soonest(line: Places) -> list[Place]:
    """For each place of a line, the one with the earliest end of it and all that start later."""
    nearest: list[Place] = []
    for here in reversed(line):
        later = nearest[-1] if nearest else here
        nearest.append(later if later.end < here.end else here)
    return nearest[::-1]

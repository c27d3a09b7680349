"""One item as the matcher reads it: which terms occur, where, and how far apart."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from monitor.model import Evidence, Item
from monitor.rules.compiling import All, Compiled, Group, Never, Some, Window
from monitor.rules.lexicon import Feature, Features, Lexicon, standing
from monitor.rules.syntax import TEXT_FIELDS
from monitor.text.tokens import is_character, spans, words

# Distances are counted in half words: two Chinese, Japanese or Korean characters are a word.
_HALVES = 2


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A term in a field, from the word `first` up to, not including, the word `end`.

    Ordered as read: title first, the earlier first, of two at one place the longer first.
    """

    rank: int
    first: int
    shortness: int
    feature: Feature
    field: str
    end: int


def field_text(item: Item, field: str) -> str:
    """The text of a field, as terms bound to it see it."""
    if field == "tags":
        return ", ".join(item.tags)
    text = getattr(item, field)
    assert isinstance(text, str)  # noqa: S101 -- every name in FIELDS is a text but for tags
    return text


class Reading:
    """The features of an item; sequences and places are worked out only when asked for."""

    __slots__ = ("_halves", "_hits", "_item", "_lexicon", "_sequences", "features")

    def __init__(self, item: Item, lexicon: Lexicon) -> None:
        self._item = item
        self._lexicon = lexicon
        self._sequences: dict[str, list[Features]] = {}
        self._hits: dict[Feature, list[Hit]] = {}
        self._halves: dict[str, list[int]] = {}
        self.features = lexicon.features(item.title)
        if not lexicon.scopes:
            if item.lead:
                self.features |= lexicon.features(item.lead)
            if item.body:
                self.features |= lexicon.features(item.body)
            return
        for field in ("lead", "body"):
            self.features |= lexicon.features(field_text(item, field))
        for field, scoped in lexicon.scopes.items():
            for feature in lexicon.features(field_text(item, field)):
                if feature in scoped:
                    self.features.add(scoped[feature])

    def holds(self, node: Compiled) -> bool:
        """Whether what `node` asks for is there."""
        match node:
            case Group():
                return self.found(node)
            case All(parts):
                return all(map(self.holds, parts))
            case Some(parts):
                return any(map(self.holds, parts))
            case Never(part):
                return not self.holds(part)

    def grounds(self, node: Compiled) -> Iterator[tuple[Group, list[Hit]]]:
        """What makes `node` hold: the groups that are found, each with its hits."""
        match node:
            case Group():
                yield node, self.hits(node)
            case All(parts):
                for part in parts:
                    yield from self.grounds(part)
            case Some(parts):
                for part in parts:
                    if self.holds(part):
                        yield from self.grounds(part)
            case Never():
                pass

    def found(self, group: Group) -> bool:
        """Whether some term of the group occurs that no false friend explains away."""
        if self.features.isdisjoint(group.features):
            return False
        if self.features.isdisjoint(group.friends):
            return True
        return bool(self.hits(group))

    def hits(self, group: Group) -> list[Hit]:
        """Where the group occurs, as read, without what false friends explain."""
        found: list[Hit] = []
        for features, friends in group.parts:
            hits = self._all_hits(features)
            unwanted = self._all_hits(friends)
            found.extend(hit for hit in hits if not any(_lies_in(hit, each) for each in unwanted))
        return sorted(found)

    def closest(self, window: Window) -> list[Hit] | None:
        """One hit of each group, all within the window and as close as can be, or None."""
        limit = window.distance * _HALVES
        lines = [self._line(group) for group in window.groups]
        best: tuple[int, list[Hit]] | None = None
        for start in sorted({place for line in lines for place, _, _ in line}):
            chosen = [_first_end_after(line, start) for line in lines]
            if None in chosen:
                break
            ends = [each for each in chosen if each is not None]
            reach = max(end for end, _ in ends) - start
            if reach <= limit and (best is None or reach < best[0]):
                best = reach, [hit for _, hit in ends]
        if best is None:
            return None
        return [self._widest(hit, group) for hit, group in zip(best[1], window.groups, strict=True)]

    def _widest(self, hit: Hit, group: Group) -> Hit:
        """The longest hit of the group that this one lies in: `North Korea`, not `North`."""
        around = [each for each in self.hits(group) if _lies_in(hit, each)]
        return max(around, key=lambda each: each.end - each.first, default=hit)

    def evidence(self, hits: Iterable[Hit], clause: str, group: Group) -> list[Evidence]:
        """The hits as exact places in the text, the first of each field."""
        first = {hit.field: hit for hit in sorted(hits, reverse=True)}
        terms = group.terms(self._lexicon)
        found: list[Evidence] = []
        for hit in sorted(first.values()):
            through, written = terms[hit.feature]
            text = field_text(self._item, hit.field)
            places = spans(text)
            start, end = places[hit.first][0], places[hit.end - 1][1]
            found.append(
                Evidence(
                    clause=f"${through}" if through else clause,
                    term=written,
                    field=hit.field,
                    start=start,
                    end=end,
                    text=text[start:end],
                )
            )
        return found

    def _all_hits(self, features: frozenset[Feature]) -> list[Hit]:
        return [hit for feature in features & self.features for hit in self._hits_of(feature)]

    def _hits_of(self, feature: Feature) -> list[Hit]:
        if feature not in self._hits:
            members = self._lexicon.members(feature)
            bound_to = self._lexicon.field_of(feature)
            self._hits[feature] = [
                Hit(rank, first, -len(members), feature, field, first + len(members))
                for rank, field in enumerate([bound_to] if bound_to else TEXT_FIELDS)
                for first in standing(members, self._sequence(field))
            ]
        return self._hits[feature]

    def _sequence(self, field: str) -> Sequence[Features]:
        if field not in self._sequences:
            self._sequences[field] = self._lexicon.sequence(field_text(self._item, field))
        return self._sequences[field]

    def _line(self, group: Group) -> list[tuple[int, int, Hit]]:
        """The hits of a group on the line of half words that runs through the text fields.

        Sorted by start; each with the earliest end of it and all that start later.
        """
        if not self._halves:
            self._halves = self._measure()
        line = [
            (self._halves[hit.field][hit.first], self._halves[hit.field][hit.end], hit)
            for hit in self.hits(group)
            if hit.field in self._halves
        ]
        line.sort()
        nearest: list[tuple[int, int, Hit]] = []
        for here in reversed(line):
            soonest = min(here, nearest[-1], key=_end) if nearest else here
            nearest.append((here[0], soonest[1], soonest[2]))
        return nearest[::-1]

    def _measure(self) -> dict[str, list[int]]:
        """For each text field, how many half words stand before each word, and in all."""
        total = 0
        halves: dict[str, list[int]] = {}
        for field in TEXT_FIELDS:
            counts = [
                1 if is_character(word) else _HALVES
                for word in words(field_text(self._item, field))
            ]
            halves[field] = list(accumulate(counts, initial=total))
            total = halves[field][-1]
        return halves


def _end(place: tuple[int, int, Hit]) -> int:
    return place[1]


def _lies_in(hit: Hit, other: Hit) -> bool:
    return hit.field == other.field and other.first <= hit.first and hit.end <= other.end


def _first_end_after(line: list[tuple[int, int, Hit]], start: int) -> tuple[int, Hit] | None:
    """The earliest end among hits that start at `start` or later."""
    at = bisect_left(line, start, key=lambda each: each[0])
    if at == len(line):
        return None
    _, end, hit = line[at]
    return end, hit

"""One item as the matcher reads it: which terms occur, where, and how far apart."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping

from monitor.model import Evidence, Item
from monitor.rules.compiling import (
    All,
    Compiled,
    Expressions,
    FeatureSet,
    Group,
    Never,
    Some,
    Standing,
)
from monitor.rules.fields import Fields, field_text
from monitor.rules.lexicon import Feature, Lexicon
from monitor.rules.places import Hit, Layout, Place, Places, in_order
from monitor.rules.regexes import Searchable
from monitor.rules.syntax import TEXT_FIELDS


class Reading:
    """The features of an item; sequences and places are worked out only when asked for."""

    __slots__ = (
        "_fields",
        "_filled",
        "_firsts",
        "_group_hits",
        "_hits",
        "_lexicon",
        "_places",
        "_searchables",
        "_shown_hits",
        "features",
        "layout",
    )

    def __init__(self, item: Item, lexicon: Lexicon) -> None:
        self._fields = Fields(item, lexicon)
        self._lexicon = lexicon
        self._firsts: dict[Feature, list[Hit]] = {}
        self._shown_hits: dict[Hit, tuple[str, str, int, int, str]] = {}
        self._hits: dict[Feature, list[Hit]] = {}
        self._group_hits: dict[Group, list[Hit]] = {}
        self._places: dict[Compiled, Places] = {}
        self._searchables: dict[str, Searchable] = {}
        self._filled: list[tuple[int, str]] = []
        self.layout = Layout(self._fields)
        self.features: set[Feature] = set()
        scopes = lexicon.scopes
        for rank, field in enumerate(TEXT_FIELDS):
            if text := field_text(item, field):
                self._filled.append((rank, field))
                found = lexicon.features(text)
                self.features |= found
                if field in scopes:
                    self.features.update(_scoped(found, scopes[field]))
        for field, scope in scopes.items():
            if field not in TEXT_FIELDS:
                self.features.update(_scoped(lexicon.features(field_text(item, field)), scope))

    def holds(self, node: Compiled) -> bool:
        """Whether what `node` asks for is there."""
        match node:
            case Group():
                return self.found(node)
            case Standing(_, parts):
                # Most often something is not there at all, which takes no places to see.
                for part in parts:
                    if not self.holds(part):
                        return False
                return bool(self.places(node))
            case Some(parts):
                return any(map(self.holds, parts))
            case All(parts):
                return all(map(self.holds, parts))
            case Never(part):
                return not self.holds(part)
            case Expressions():
                return any(self.stretches(node, ""))

    def grounds(self, node: Compiled) -> Iterator[tuple[Group, list[Hit]]]:
        """What makes `node` hold: the groups that are found, each with its hits."""
        match node:
            case Group():
                yield node, self.hits(node)
            case All(parts) | Some(parts):
                for part in filter(self.holds, parts):
                    yield from self.grounds(part)
            case Standing(how):
                shown = in_order(sorted(self.places(node), key=_length)[: how.shown])
                for group, hit in (hit for place in shown for hit in place.hits):
                    yield group, [self._widest(hit, group)]
            case Never() | Expressions():
                pass

    def stretches(self, node: Expressions, clause: str) -> Iterator[Evidence]:
        """Where the expressions are found, the first of each in each field."""
        for written, bound_to, expression in node.parts:
            for field in [bound_to] if bound_to else TEXT_FIELDS:
                text = self._fields.text(field)
                if field not in self._searchables:
                    self._searchables[field] = Searchable(text)
                if found := expression.search(self._searchables[field]):
                    start, end = found
                    yield Evidence(
                        clause=clause,
                        term=f"/{written}/",
                        field=field,
                        start=start,
                        end=end,
                        text=text[start:end],
                    )

    def found(self, group: Group) -> bool:
        """Whether some term of the group occurs that no false friend explains away."""
        if self.features.isdisjoint(group.features):
            return False
        if self.features.isdisjoint(group.friends):
            return True
        return bool(self.hits(group))

    def foremost(self, group: Group) -> list[Hit]:
        """The first hit of the group in each field: all that evidence needs."""
        if group.friends:
            return self.hits(group)
        features = self.features.intersection(group.features)
        if len(features) == 1:
            return self._firsts_of(*features)
        first: dict[str, Hit] = {}
        for hit in (hit for feature in features for hit in self._firsts_of(feature)):
            first[hit.field] = min(hit, first.get(hit.field, hit))
        return sorted(first.values())

    def hits(self, group: Group) -> list[Hit]:
        """Where the group occurs, as read, without what false friends explain."""
        if group in self._group_hits:
            return self._group_hits[group]
        found = [] if group.friends else self._all_hits(group.features)
        for features, friends in group.parts:
            hits = self._all_hits(features)
            unwanted = self._all_hits(friends) if friends else []
            found += _outside(hits, unwanted) if unwanted else hits
        found.sort()
        self._group_hits[group] = found
        return found

    def places(self, node: Compiled) -> Places:
        """Where `node` is found on the line that runs through the item, sorted."""
        found = self._places.get(node)
        if found is None:
            found = self._places[node] = self._places_of(node)
        return found

    def _places_of(self, node: Compiled) -> Places:
        match node:
            case Group():
                return in_order(self.layout.place(node, hit) for hit in self.hits(node))
            case Some(parts):
                return in_order(place for part in parts for place in self.places(part))
            case Standing(how, parts):
                return how.places([self.places(part) for part in parts], self.layout)
            case All() | Never() | Expressions():
                return ()

    def _widest(self, hit: Hit, group: Group) -> Hit:
        """The longest hit of the group that this one lies in: `North Korea`, not `North`."""
        around = [each for each in self.hits(group) if _lies_in(hit, each)]
        return max(around, key=lambda each: each.end - each.first, default=hit)

    def evidence(self, hits: Iterable[Hit], clause: str, group: Group) -> list[Evidence]:
        """The hits, in order, as exact places in the text: the first of each field."""
        found: list[Evidence] = []
        seen: set[str] = set()
        for hit in hits:
            if hit.field in seen:
                continue
            seen.add(hit.field)
            through = group.vocabulary_of(hit.feature, self._lexicon)
            found.append(Evidence(f"${through}" if through else clause, *self._shown(hit)))
        return found

    def _all_hits(self, features: FeatureSet) -> list[Hit]:
        return [
            hit
            for feature in self.features.intersection(features)
            for hit in self._hits_of(feature)
        ]

    def _hits_of(self, feature: Feature) -> list[Hit]:
        if feature not in self._hits:
            self._hits[feature] = [
                self._hit(feature, rank, field, first)
                for rank, field, begins in self._begins(feature)
                for first in begins
            ]
        return self._hits[feature]

    def _firsts_of(self, feature: Feature) -> list[Hit]:
        if feature not in self._firsts:
            self._firsts[feature] = [
                self._hit(feature, rank, field, begins[0])
                for rank, field, begins in self._begins(feature)
            ]
        return self._firsts[feature]

    def _begins(self, feature: Feature) -> Iterator[tuple[int, str, list[int]]]:
        """The words at which a term begins, in each field that has it."""
        bound_to = self._lexicon.field_of(feature)
        for rank, field in ((0, bound_to),) if bound_to else self._filled:
            begins = self._lexicon.standing(feature, self._fields.located(field))
            if begins:
                yield rank, field, begins

    def _hit(self, feature: Feature, rank: int, field: str, first: int) -> Hit:
        length = len(self._lexicon.members(feature))
        return Hit(rank, first, -length, feature, field, first + length)

    def _shown(self, hit: Hit) -> tuple[str, str, int, int, str]:
        """A hit as evidence tells of it, whatever clause it is evidence for."""
        shown = self._shown_hits.get(hit)
        if shown is None:
            places = self._fields.spans(hit.field)
            start, end = places[hit.first][0], places[hit.end - 1][1]
            text = self._fields.text(hit.field)[start:end]
            term = self._lexicon.written(hit.feature)
            shown = self._shown_hits[hit] = (term, hit.field, start, end, text)
        return shown


def _scoped(found: set[Feature], scope: Mapping[Feature, Feature]) -> Iterator[Feature]:
    """What is found in a field, as what terms bound to that field ask for."""
    return (scope[feature] for feature in found if feature in scope)


def _outside(hits: Iterable[Hit], others: Iterable[Hit]) -> Iterator[Hit]:
    """The hits that lie in none of the others."""
    firsts: dict[str, list[int]] = {}
    farthest: dict[str, list[int]] = {}
    for other in sorted(others):
        ends = farthest.setdefault(other.field, [])
        firsts.setdefault(other.field, []).append(other.first)
        ends.append(max(other.end, ends[-1]) if ends else other.end)
    for hit in hits:
        at = bisect_right(firsts.get(hit.field, ()), hit.first)
        if not at or farthest[hit.field][at - 1] < hit.end:
            yield hit


def _lies_in(hit: Hit, other: Hit) -> bool:
    return hit.field == other.field and other.first <= hit.first and hit.end <= other.end


def _length(place: Place) -> tuple[int, int]:
    return place.end - place.start, place.start

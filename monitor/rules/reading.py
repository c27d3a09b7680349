"""One item as the matcher reads it: which terms occur, where, and how far apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from monitor.model import Evidence, Item
from monitor.rules.compiling import All, Compiled, Expressions, Group, Never, Some, Standing
from monitor.rules.lexicon import Feature, Features, Lexicon, standing
from monitor.rules.places import Hit, Layout, Place, Places, in_order
from monitor.rules.regexes import Searchable
from monitor.rules.syntax import TEXT_FIELDS
from monitor.text.tokens import spans


def field_text(item: Item, field: str) -> str:
    """The text of a field, as terms bound to it see it."""
    if field == "tags":
        return ", ".join(item.tags)
    text = getattr(item, field)
    assert isinstance(text, str)  # noqa: S101 -- every name in FIELDS is a text but for tags
    return text


class Reading:
    """The features of an item; sequences and places are worked out only when asked for."""

    __slots__ = (
        "_group_hits",
        "_hits",
        "_item",
        "_lexicon",
        "_places",
        "_searchables",
        "_sequences",
        "_spans",
        "features",
        "layout",
    )

    def __init__(self, item: Item, lexicon: Lexicon) -> None:
        self._item = item
        self._lexicon = lexicon
        self._sequences: dict[str, list[Features]] = {}
        self._hits: dict[Feature, list[Hit]] = {}
        self._group_hits: dict[Group, list[Hit]] = {}
        self._spans: dict[str, list[tuple[int, int]]] = {}
        self._places: dict[Compiled, Places] = {}
        self._searchables: dict[str, Searchable] = {}
        self.layout = Layout(partial(field_text, item), TEXT_FIELDS)
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
            case Standing(_, parts):
                # Most often something is not there at all, which takes no places to see.
                return all(map(self.holds, parts)) and bool(self.places(node))
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
                text = field_text(self._item, field)
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

    def hits(self, group: Group) -> list[Hit]:
        """Where the group occurs, as read, without what false friends explain."""
        if group in self._group_hits:
            return self._group_hits[group]
        found: list[Hit] = []
        for features, friends in group.parts:
            hits = self._all_hits(features)
            unwanted = self._all_hits(friends)
            found.extend(hit for hit in hits if not any(_lies_in(hit, each) for each in unwanted))
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
        """The hits as exact places in the text, the first of each field."""
        first = {hit.field: hit for hit in sorted(hits, reverse=True)}
        terms = group.terms(self._lexicon)
        found: list[Evidence] = []
        for hit in sorted(first.values()):
            through, written = terms[hit.feature]
            text = field_text(self._item, hit.field)
            places = self._spans_of(hit.field, text)
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

    def _spans_of(self, field: str, text: str) -> list[tuple[int, int]]:
        if field not in self._spans:
            self._spans[field] = spans(text)
        return self._spans[field]

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


def _lies_in(hit: Hit, other: Hit) -> bool:
    return hit.field == other.field and other.first <= hit.first and hit.end <= other.end


def _length(place: Place) -> tuple[int, int]:
    return place.end - place.start, place.start

"""Which reports are of one event: by the words they share, weighed by how rare these are.

The likeness of two reports is the cosine of their TF-IDF vectors (Salton and Buckley, 1988), less
where neither knows the names of the other. A story is as like a report as its likest member and
its average one are, half and half: better than either link alone (`bench/bench_stories.py`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest
from typing import NamedTuple, TypeVar

from monitor.model import FeedId, ItemId, Kin, RuleId, StoryId
from monitor.stories.conflicts import Claims, conflict
from monitor.stories.copies import RECURS_AFTER
from monitor.stories.sketching import Sketch

OPEN_FOR = timedelta(days=7)
"""For how long a report may draw others to its story."""

MOST_OPEN = 20_000
"""How many reports are kept at most: the last."""

GROUP = 0.17
"""From this likeness on a report belongs to a story."""

SURE = 0.40
"""From this likeness on it tells the same event, unless one of the reports speaks against it."""

TOGETHER = 2
"""So many words they must share to be of one story at all, numbers aside."""

ENOUGH = 4
"""So many words they must share for that: three can come together by chance."""

# The prior of a word's rarity, as if so many reports had been read before, half of one with it.
_READ_BEFORE, _SEEN_BEFORE = 300, 0.5

_OF_STRANGERS = 0.8
"""What is left of the likeness of two reports that share no name, though both have some."""

_SAME_NAMES, _SAME_NUMBERS = 0.6, 0.5
"""What part of names and of numbers must be shared by two reports that surely are of one event."""

# Likely stories are found by the rarest words, this many uses of them; then the likeliest are
# looked at, and of each the latest reports.
_USES = 400
_LIKELIEST = 4
_LATEST = 12

_HEADLINE = 5
"""A report of so few telling words is but a short headline."""

_SHOWN = 3

_SHARED_ABROAD = 3
"""So many things that need no translation make two reports kin, if one of them is rare."""

_RARE, _FEW = 0.02, 3
"""What at most this part of all reports have, or so many, is rare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """The story a report belongs to, the report there that it is like most, and how much.

    `score` is the likeness to the story, from 0 to 1. `sure` says that it tells the same event,
    and not only one of its kind.
    """

    story: StoryId
    like: ItemId
    score: float
    sure: bool
    reason: str


@dataclass(slots=True, kw_only=True, eq=False)
class _Member:
    """A report of an open story: of its sketch, what others are compared with."""

    item: ItemId
    story: StoryId
    feed: FeedId
    seen_at: datetime
    terms: tuple[str, ...]
    weights: tuple[float, ...]
    named: int
    heading: str
    claims: Claims
    signs: tuple[str, ...]
    language: str
    rules: frozenset[RuleId]


class _Likeness(NamedTuple):
    """How like a story a report is: its likest report, and what another says against it."""

    score: float
    story: StoryId
    like: _Member
    against: str


_Key = TypeVar("_Key", str, StoryId)
_Postings = dict[str, list[_Member]]


class OpenStories:
    """The reports of the last days, found by their words.

    All answers follow from the reports that are in it, whatever else has been: it can be built
    anew from them at any time. Reports older than `OPEN_FOR` are to be forgotten before it is
    asked.
    """

    def __init__(self) -> None:
        self._members: dict[ItemId, _Member] = {}
        self._stories: dict[StoryId, list[_Member]] = {}
        self._terms: _Postings = {}
        self._signs: _Postings = {}
        self._oldest: datetime | None = None

    def __len__(self) -> int:
        return len(self._members)

    def add(
        self, item: ItemId, story: StoryId, feed: FeedId, sketch: Sketch, seen_at: datetime
    ) -> None:
        """Add a report of a story, in place of what was known of it."""
        self.remove(item)
        if len(self._members) >= MOST_OPEN:
            self.remove(next(iter(self._members)))
        member = _Member(
            item=item,
            story=story,
            feed=feed,
            seen_at=seen_at,
            terms=sketch.terms,
            weights=sketch.weights,
            named=sketch.named,
            heading=sketch.heading,
            claims=sketch.claims,
            signs=tuple(sketch.signs),
            language=sketch.language,
            rules=sketch.rules,
        )
        self._members[item] = member
        self._oldest = min(seen_at, self._oldest or seen_at)
        self._stories.setdefault(story, []).append(member)
        for term in member.terms:
            self._terms.setdefault(term, []).append(member)
        for sign in member.signs:
            self._signs.setdefault(sign, []).append(member)

    def __contains__(self, item: ItemId) -> bool:
        return item in self._members

    def rename(self, item: ItemId, lasting: ItemId, story: StoryId) -> None:
        """Give a report, and its story, the ids that they have from now on."""
        member = self._members.pop(item, None)
        if member is None:
            return
        self._members[lasting] = member
        if member.story != story:
            _take_out(self._stories, (member.story,), member)
            self._stories.setdefault(story, []).append(member)
        member.item, member.story = lasting, story

    def remove(self, item: ItemId) -> None:
        """Take a report out."""
        if member := self._members.pop(item, None):
            _take_out(self._stories, (member.story,), member)
            _take_out(self._terms, member.terms, member)
            _take_out(self._signs, member.signs, member)

    def forget(self, before: datetime) -> None:
        """Take out all reports that were seen before an instant."""
        if self._oldest is None or before <= self._oldest:
            return
        for item in [each.item for each in self._members.values() if each.seen_at < before]:
            self.remove(item)
        self._oldest = min((each.seen_at for each in self._members.values()), default=None)

    def story_for(
        self,
        sketch: Sketch,
        seen_at: datetime,
        feed: FeedId,
        apart: frozenset[StoryId] = frozenset(),
    ) -> Grouped | None:
        """The open story that a report belongs to, None if it opens one.

        It belongs to none of `apart`, which people have said, nor to one that has the same title
        of the same feed from at least a day ago.
        """
        comparison = _Comparison(sketch, _Rarity(self._terms, len(self._members)))
        likenesses = [
            comparison.with_story(story, self._stories[story])
            for story in comparison.likely_stories(self._terms, apart)
            if not any(_recurs(each, sketch, seen_at, feed) for each in self._stories[story])
        ]
        best = max(likenesses, key=lambda each: (each.score, -each.story), default=None)
        return comparison.grouped(best) if best and best.score >= GROUP else None

    def kin_of(self, sketch: Sketch, seen_at: datetime) -> tuple[Kin, ...]:
        """The open stories in other languages that may tell the same event, the likeliest first.

        To be shown, never to be acted upon: only what needs no translation is compared.
        """
        rarity = _Rarity(self._signs, len(self._members))
        rare = [sign for sign in sketch.signs if rarity.is_rare(sign)]
        kin: dict[StoryId, Kin] = {}
        sharing = {each for sign in rare for each in self._signs.get(sign, ())}
        for member in sorted(sharing, key=_age):
            if not _may_be_kin(sketch, member, seen_at):
                continue
            found = _kin(sketch, member, rarity)
            if found and (member.story not in kin or kin[member.story].score < found.score):
                kin[member.story] = found
        return tuple(sorted(kin.values(), key=lambda each: (-each.score, each.story)))


class _Rarity(dict[str, float]):
    """How much a term, or a sign, tells: the logarithm of how rare it is among reports."""

    def __init__(self, postings: _Postings, reports: int) -> None:
        super().__init__()
        self._postings = postings
        self._reports = reports
        self._most = math.log(_READ_BEFORE + reports)

    def __missing__(self, term: str) -> float:
        uses = len(self._postings.get(term, ()))
        rarity = self[term] = self._most - math.log(_SEEN_BEFORE + uses)
        return rarity

    def is_rare(self, term: str) -> bool:
        """Whether so few reports have it that it tells an event."""
        return len(self._postings.get(term, ())) <= max(_FEW, _RARE * self._reports)


class _Comparison:
    """A report as it is compared with others, at one moment."""

    def __init__(self, sketch: Sketch, rarity: _Rarity) -> None:
        self._sketch = sketch
        self._rarity = rarity
        self._vector = {
            term: weight * rarity[term]
            for term, weight in zip(sketch.terms, sketch.weights, strict=True)
        }
        self._norm = math.hypot(*self._vector.values())
        self._names = frozenset(sketch.terms[: sketch.named])
        self._names_weigh = sum(map(rarity.__getitem__, sketch.terms[: sketch.named]))

    def likely_stories(self, postings: _Postings, apart: frozenset[StoryId]) -> list[StoryId]:
        """The stories of the reports that share the most of the rarest words, but `apart`."""
        known = sorted(
            (len(postings[term]), term) for term in self._sketch.terms if term in postings
        )
        shared: dict[_Member, float] = {}
        left = _USES
        for uses, term in known:
            left -= uses
            if left < 0 and shared:
                break
            worth = self._vector[term] * self._rarity[term]
            for member in postings[term]:
                if member.story not in apart:
                    shared[member] = shared.get(member, 0.0) + worth
        least = min(nlargest(_LIKELIEST * _LATEST, shared.values()), default=0.0)
        likely = sorted(
            (-worth, member.story) for member, worth in shared.items() if worth >= least
        )
        return list(dict.fromkeys(story for _, story in likely))[:_LIKELIEST]

    def with_story(self, story: StoryId, members: Iterable[_Member]) -> _Likeness:
        """How like a story is. A member that contradicts the report is not like it at all."""
        latest = nlargest(_LATEST, members, key=_age)
        contradicting = [conflict(self._sketch.claims, each.claims) for each in latest]
        likenesses = [
            0.0 if against else self._likeness(each)
            for each, against in zip(latest, contradicting, strict=True)
        ]
        most = max(likenesses)
        return _Likeness(
            score=(most + sum(likenesses) / len(likenesses)) / 2,
            story=story,
            like=latest[likenesses.index(most)],
            against=next(filter(None, contradicting), ""),
        )

    def grouped(self, likeness: _Likeness) -> Grouped | None:
        """The report with a story, and why.

        None where they have hardly a word in common, or nothing but their numbers differ.
        """
        shared = self._vector.keys() & set(likeness.like.terms)
        if len(shared - _numbers(shared)) < TOGETHER or self._is_next(likeness.like):
            return None
        proven = likeness.score >= SURE and len(shared) >= ENOUGH
        words = ", ".join(self._telling(shared))
        against = likeness.against or self._of_its_kind(likeness.like)
        but = f"; another there says otherwise: {against}" if against else ""
        return Grouped(
            story=likeness.story,
            like=likeness.like.item,
            score=likeness.score,
            sure=proven and not against,
            reason=f"shares {words} with an earlier report ({likeness.score:.2f}){but}",
        )

    def _likeness(self, member: _Member) -> float:
        """The cosine of the angle between two reports, less for strangers to each other."""
        rarity, vector = self._rarity, self._vector
        product = square = 0.0
        for term, weight in zip(member.terms, member.weights, strict=True):
            component = weight * rarity[term]
            square += component * component
            if term in vector:
                product += component * vector[term]
        if not product:
            return 0.0
        return product / (self._norm * math.sqrt(square)) * self._acquaintance(member)

    def _acquaintance(self, member: _Member) -> float:
        """1 where all names of the one report are in the other; less, the fewer are."""
        return _OF_STRANGERS + (1 - _OF_STRANGERS) * self._names_shared(member)

    def _names_shared(self, member: _Member) -> float:
        """What part of the names of the one report is in the other, by what they tell."""
        names = member.terms[: member.named]
        fewest = min(self._names_weigh, sum(map(self._rarity.__getitem__, names)))
        if not fewest:
            return 1.0
        return sum(self._rarity[name] for name in names if name in self._names) / fewest

    def _is_next(self, member: _Member) -> bool:
        """Whether two headlines are the same but for a number: the next of a series."""
        mine, theirs = set(self._vector), set(member.terms)
        is_other = len(mine) <= _HEADLINE and self._sketch.heading != member.heading
        mine, theirs = mine - _numbers(mine), theirs - _numbers(theirs)
        return is_other and mine == theirs and bool(_numbers(self._vector))

    def _of_its_kind(self, member: _Member) -> str:
        """What makes two reports of like words the next of a kind and not one; "" for nothing.

        Another bank has raised its prime rate; this is today's price.
        """
        if self._names_shared(member) < _SAME_NAMES:
            return "other names"
        mine, theirs = _numbers(self._vector), _numbers(member.terms)
        fewest = min(len(mine), len(theirs))
        return "other numbers" if len(mine & theirs) < _SAME_NUMBERS * fewest else ""

    def _telling(self, shared: Iterable[str]) -> list[str]:
        """The shared terms that tell the most, as the report spells them."""
        spelt = dict(zip(self._sketch.terms, self._sketch.spelt, strict=True))
        telling = nlargest(_SHOWN, sorted(shared), key=self._vector.__getitem__)
        return [spelt[term] for term in telling]


def _take_out(index: dict[_Key, list[_Member]], keys: Iterable[_Key], member: _Member) -> None:
    """Take a report out of an index. The oldest go first, and they stand first."""
    for key in keys:
        index[key].remove(member)
        if not index[key]:
            del index[key]


def _numbers(terms: Iterable[str]) -> set[str]:
    return {term for term in terms if term[0].isdigit()}


def _age(member: _Member) -> tuple[datetime, ItemId]:
    return member.seen_at, member.item


def _recurs(member: _Member, sketch: Sketch, seen_at: datetime, feed: FeedId) -> bool:
    """Whether a report announces in the words of this one what comes after it."""
    return (
        member.feed == feed
        and member.heading == sketch.heading != ""
        and seen_at - member.seen_at >= RECURS_AFTER
    )


def _may_be_kin(sketch: Sketch, member: _Member, seen_at: datetime) -> bool:
    """Whether a report of these days is in another language, and of the same rule if of any."""
    return (
        "" not in (sketch.language, member.language)
        and sketch.language != member.language
        and seen_at - member.seen_at < OPEN_FOR
        and (not sketch.rules or not sketch.rules.isdisjoint(member.rules))
        and not conflict(sketch.claims, member.claims)
    )


def _kin(sketch: Sketch, member: _Member, rarity: _Rarity) -> Kin | None:
    """What makes two reports kin, if that is enough. They share something rare."""
    shared = _independent(sign for sign in sketch.signs if sign in member.signs)
    if len(shared) < _SHARED_ABROAD:
        return None
    fewest = min(
        sum(map(rarity.__getitem__, _independent(signs))) for signs in (sketch.signs, member.signs)
    )
    telling = nlargest(_SHOWN, sorted(shared), key=rarity.__getitem__)
    return Kin(
        story=member.story,
        language=member.language,
        score=sum(map(rarity.__getitem__, shared)) / fewest,
        reason=f"shares {', '.join(sketch.signs[sign] for sign in telling)}",
    )


def _independent(signs: Iterable[str]) -> list[str]:
    """Of signs, those that do not follow from each other: a concept may be but a place's name."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for sign in signs:
        kinds[sign.partition(" ")[0]].append(sign)
    concepts = kinds.pop("concept", [])
    others = [sign for listed in kinds.values() for sign in listed]
    return others if "place" in kinds else [*others, *concepts[:1]]

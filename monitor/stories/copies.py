"""Copies: whether a report is one that another outlet, or the same one, has brought before.

Copies of a report are cut short, reordered, retitled, framed by boilerplate. So what counts is how
much of the shorter text stands in the longer; and since reports of one kind are written after one
pattern, that numbers and names are the same weighs as much as the words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import FeedId, ItemId, StoryId
from monitor.stories.anchors import title_key
from monitor.stories.traits import Traits

WINDOW = timedelta(hours=72)
"""How long a report is looked for among earlier ones."""

SAME_TITLE_FOR = timedelta(hours=12)
"""How long one title means one report."""

RECURS_AFTER = timedelta(hours=20)
"""After this long, a feed that says the same words again announces them again."""

MOST_CANDIDATES = 20

SHARED = 0.4
SHARED_IF_SHORT = 0.8
SHARED_WITHOUT_CASE = 0.6
"""What share of the shorter text must stand in the longer. Where a script has no capitals, names
cannot be told from other words, and more must."""

SHORT = 22
"""Texts of fewer words may be nothing but a pattern."""

SAME_NUMBERS = 0.8
SAME_NAMES = 0.5
SAME_TITLE_WORDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An item as it may be a copy or have copies."""

    id: ItemId
    feed_id: FeedId
    traits: Traits
    seen_at: datetime
    story: StoryId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether two texts are one report. `score` is the share of the shorter in the longer."""

    same: bool
    score: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The report of which another is a copy, how much of one stands in the other, and why."""

    of: Report
    score: float
    reason: str


def likeness(one: Traits, other: Traits) -> Verdict:
    """Whether one text is a copy of the other, whichever is the shorter."""
    shorter, longer = sorted((one, other), key=lambda each: len(each.words))
    shared = _share(shorter.shingles, longer.shingles)

    def verdict(reason: str, *, same: bool = False) -> Verdict:
        return Verdict(same=same, score=shared, reason=reason)

    short = shorter.length < SHORT
    needed = SHARED_IF_SHORT if short else SHARED
    if not shorter.names:
        needed = max(needed, SHARED_WITHOUT_CASE)
    if shared < needed:
        return verdict(f"only {shared:.0%} of its words stand in the other")
    if _share(shorter.numbers, longer.numbers) < SAME_NUMBERS:
        return verdict(f"its numbers differ: {_some(shorter.numbers - longer.numbers)}")
    if _share(shorter.names, longer.vocabulary) < SAME_NAMES:
        return verdict(f"its names differ: {_some(set(shorter.names) - longer.vocabulary)}")
    if _share(longer.lead_names, shorter.vocabulary) < SAME_NAMES:
        return verdict(f"its names differ: {_some(set(longer.lead_names) - shorter.vocabulary)}")
    if short and _share(shorter.title_words, longer.vocabulary) < SAME_TITLE_WORDS:
        return verdict("a short text under another title")
    return verdict(f"{shared:.0%} of its words, same numbers and names", same=True)


def _share(of: Collection[object], stands_in: Collection[object]) -> float:
    """What share stands there; all of nothing does."""
    return sum(each in stands_in for each in of) / len(of) if of else 1.0


def _some(words: Collection[str], most: int = 3) -> str:
    return ", ".join(sorted(words)[:most])

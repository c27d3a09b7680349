"""Copies: whether a report is one that another outlet, or the same one, has brought before.

Copies of a report are cut short, reordered, retitled, framed by boilerplate. So what counts is how
much of the shorter text stands in the longer; and since reports of one kind are written after one
pattern, that numbers and names are the same weighs as much as the words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import FeedId, ItemId, StoryId
from monitor.stories.anchors import title_key
from monitor.stories.traits import Traits

WINDOW = timedelta(hours=72)
"""How long a report is looked for among earlier ones."""

FRESH_FOR = timedelta(hours=24)
"""After this long, what is only much the same is the next stage of it."""

SAME_TITLE_FOR = timedelta(hours=12)
"""How long one title means one report."""

RECURS_AFTER = timedelta(hours=20)
"""After this long, a feed that says the same words again announces them again."""

MOST_CANDIDATES = 20
"""Of the reports that share anchors with a fresh one, so many are compared with it: those that
share the most."""

SHARED = 0.45
SHARED_WITHOUT_NAMES = 0.6
SHARED_IF_SHORT = 0.8
"""What share of the shorter text must stand in the longer. More must where no names can be told,
as in scripts without capitals, and in texts that may be nothing but a pattern."""

SHORT = 22
"""Texts of fewer words may be nothing but a pattern."""

PATTERN = 0.25
"""What share may be no chance: from here on two reports of other numbers or names are twins."""

CLEARLY = 0.7
"""So much of a text that is not short is a copy even where each lead names somebody whom the
other text does not."""

SAME_NAMES = 0.6
"""What share of the names of a lead must stand in the other text, each weighing by its rank."""

SAME_TITLE_WORDS = 0.5
"""What share of the title's words must stand in the other report, where the text is short."""

TABLE = 5
"""A text with one number or more for so many words is a table."""


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


def copy_of(fresh: Report, candidates: Sequence[Report]) -> Copy | None:
    """The earlier report that this one repeats most of; None when it is news.

    A feed that says the very words of a day ago announces them again: what it repeats then is at
    most a report of today.
    """
    since = fresh.seen_at - (RECURS_AFTER if _recurs(fresh, candidates) else WINDOW)
    copies = [
        Copy(of=each, score=verdict.score, reason=verdict.reason)
        for each in candidates
        if since <= each.seen_at and (verdict := _verdict(fresh, each)).same
    ]
    return max(copies, key=lambda each: (each.score, -each.of.seen_at.timestamp()), default=None)


def twin_among(fresh: Report, candidates: Iterable[Report]) -> str:
    """What sets a report apart from one of these that is written after the same pattern.

    "" where none is: none says so much in the same words.
    """
    for each in candidates:
        verdict = likeness(fresh.traits, each.traits)
        if not verdict.same and verdict.score >= PATTERN:
            return verdict.reason
    return ""


def likeness(one: Traits, other: Traits) -> Verdict:
    """Whether one text is a copy of the other, whichever is the shorter.

    Titles alone say too little: a word makes another report of them.
    """
    shorter, longer = sorted((one, other), key=lambda each: len(each.words))
    if one.title_alone or other.title_alone:
        return Verdict(same=False, score=0.0, reason="a title alone says too little")
    shared = len(shorter.shingles & longer.shingles) / len(shorter.shingles)
    why_not = _why_not(shorter, longer, shared)
    reason = why_not or f"{shared:.0%} of its words stand in the other, same numbers and names"
    return Verdict(same=not why_not, score=shared, reason=reason)


def _why_not(shorter: Traits, longer: Traits, shared: float) -> str:
    """What tells two texts apart, as a sentence; "" if nothing does."""
    if shared < _needed(shorter):
        return f"only {shared:.0%} of its words stand in the other"
    if not _same_numbers(shorter, longer):
        return f"its numbers differ: {_some(shorter.numbers - longer.numbers)}"
    if _first_named(shorter.names, longer.vocabulary) < SAME_NAMES:
        return f"its names differ: {_some(set(shorter.names) - longer.vocabulary)}"
    if _first_named(longer.lead_names, shorter.vocabulary) < SAME_NAMES:
        return f"its names differ: {_some(set(longer.lead_names) - shorter.vocabulary)}"
    short = shorter.length < SHORT
    if (short or shared < CLEARLY) and _names_replaced(shorter, longer):
        return "each names somebody the other does not"
    if short and not _same_title_words(shorter, longer):
        return "a short text under another title"
    return ""


def _needed(shorter: Traits) -> float:
    if shorter.length < SHORT:
        return SHARED_IF_SHORT
    return SHARED if shorter.names else SHARED_WITHOUT_NAMES


def _verdict(fresh: Report, earlier: Report) -> Verdict:
    """The verdict on two reports: by their words, or for some hours by their titles."""
    verdict = likeness(fresh.traits, earlier.traits)
    if verdict.same and verdict.score < CLEARLY and fresh.seen_at - earlier.seen_at > FRESH_FOR:
        return replace(verdict, same=False, reason="much the same words, but of days ago")
    if verdict.same or not _same_title(fresh, earlier):
        return verdict
    hours = round((fresh.seen_at - earlier.seen_at) / timedelta(hours=1))
    ago = "hour" if hours == 1 else "hours"
    when = f"{hours} {ago} earlier" if hours else "within the hour"
    return Verdict(same=True, score=1.0, reason=f"same headline {when}")


def _same_title(fresh: Report, earlier: Report) -> bool:
    """Whether one title means one report here.

    One outlet that puts a title over two texts reports twice (`Stocks lower in late trading`);
    two outlets, unless their numbers differ, have the title and the report from a third.
    """
    if fresh.seen_at - earlier.seen_at > SAME_TITLE_FOR:
        return False
    key = title_key(fresh.traits.title)
    if not key or key != title_key(earlier.traits.title):
        return False
    if fresh.traits.title_alone or earlier.traits.title_alone:
        return True
    shorter, longer = sorted((fresh.traits, earlier.traits), key=lambda each: len(each.words))
    return fresh.feed_id != earlier.feed_id and _same_numbers(shorter, longer)


def _recurs(fresh: Report, candidates: Sequence[Report]) -> bool:
    return any(
        each.feed_id == fresh.feed_id
        and each.seen_at < fresh.seen_at - RECURS_AFTER
        and each.traits.words == fresh.traits.words
        and each.traits.title_words == fresh.traits.title_words
        for each in candidates
    )


def _same_numbers(shorter: Traits, longer: Traits) -> bool:
    """Whether all stand there, but for a stray one of five or more, as boilerplate brings.

    Of twenty, two may be strays, and so on. Tables, mostly numbers, are nearly the same every
    hour: there, none.
    """
    said = len(shorter.numbers)
    strays = len(shorter.numbers - longer.numbers)
    is_table = said * TABLE > shorter.length
    return not strays or (not is_table and strays <= min(said // 5, 1 + said // 20))


def _same_title_words(shorter: Traits, longer: Traits) -> bool:
    known = sum(word in longer.vocabulary for word in shorter.title_words)
    return known >= SAME_TITLE_WORDS * len(shorter.title_words)


def _names_replaced(shorter: Traits, longer: Traits) -> bool:
    """Whether the lead of each names somebody whom the other does not know."""
    return not (
        longer.vocabulary.issuperset(shorter.lead_names)
        or shorter.vocabulary.issuperset(longer.lead_names)
    )


def _first_named(names: Sequence[str], stand_in: Collection[str]) -> float:
    """What share of names stands there, each weighing by its rank: 1, 1/2, 1/3.

    Whom a report is about is named first; Commission, March and Corp come after.
    """
    weights = [1 / rank for rank in range(1, len(names) + 1)]
    found = sum(w for w, name in zip(weights, names, strict=True) if name in stand_in)
    return found / sum(weights) if names else 1.0


def _some(words: Collection[str], most: int = 3) -> str:
    return ", ".join(sorted(words)[:most])

"""Copies: whether a report is one that somebody else has had already, however shortened."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import FeedId, ItemId, StoryId
from monitor.stories.anchors import title_key
from monitor.stories.conflicts import claims_of, conflict
from monitor.stories.traits import NAME_NOBODY, Traits

WINDOW = timedelta(hours=72)
"""How long after a report its copies come: half of them within 3 hours, one in a hundred later
than 48."""

SAME_TITLE_FOR = timedelta(hours=12)
"""How long an equal headline means the same report: later it mostly is a series."""

RECURS_AFTER = timedelta(hours=20)
"""A feed that says the same again after so long announces it again."""

MOST_CANDIDATES = 20

_CONTAINED = 0.45
_NUMBERS = 0.8
_NAMES = 0.5
_TITLE = 0.5
_VERY_SHORT, _SHORT = 25, 60
_SURELY_CONTAINED = 0.8
_LITTLE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report that was told of, or is about to be: what it may be a copy of, or copied by."""

    id: ItemId
    feed_id: FeedId
    traits: Traits
    seen_at: datetime
    story: StoryId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """That a report is a copy: of which one, how much alike (0 to 1), and what shows it."""

    of: Report
    score: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether two reports are one, how much of the shorter is in the longer, and what says so."""

    same: bool
    score: float
    reason: str


def copy_of(fresh: Report, candidates: Sequence[Report]) -> Copy | None:
    """The report that `fresh` repeats; of several the one most like it. None where it is news."""
    best: Copy | None = None
    for each in candidates:
        age = abs(fresh.seen_at - each.seen_at)
        if age > WINDOW or (each.feed_id == fresh.feed_id and age > RECURS_AFTER):
            continue
        found = likeness(fresh.traits, each.traits)
        if not found.same and age <= SAME_TITLE_FOR:
            found = same_title(fresh.traits, each.traits, found)
        if found.same and (best is None or found.score > best.score):
            best = Copy(of=each, score=found.score, reason=found.reason)
    return best


def likeness(one: Traits, other: Traits) -> Verdict:
    """Whether two texts are one report: much of the shorter in the longer, and nothing against it.

    Feeds cut reports short, so what counts is the share of the shorter one's runs of three words.
    Reports that follow a pattern share those as well, so numbers and names must agree; and the
    less text there is, the more so must headlines.
    """
    short, long = (one, other) if len(one.words) <= len(other.words) else (other, one)
    score = _share(short.shingles, long.shingles)
    if score < _CONTAINED:
        return Verdict(same=False, score=score, reason=f"only {score:.0%} of its words in a row")
    against = _against(short, long, score)
    if not against and score < _SURELY_CONTAINED:
        against = conflict(claims_of(one.title), claims_of(other.title))
    if against:
        return Verdict(same=False, score=score, reason=against)
    return Verdict(
        same=True,
        score=score,
        reason=f"{score:.0%} of its words in a row stand in an earlier report, with its numbers"
        " and names",
    )


def same_title(one: Traits, other: Traits, found: Verdict) -> Verdict:
    """Whether equal headlines make two reports one, whose texts do not (`found`)."""
    key = title_key(one.title)
    if not key or key != title_key(other.title):
        return found
    short, long = (one, other) if len(one.words) <= len(other.words) else (other, one)
    if not _agree(short.numbers, long.numbers) and found.score < 1:
        return found
    if min(len(one.words), len(other.words)) >= _VERY_SHORT and found.score < _LITTLE:
        return found
    return Verdict(
        same=True,
        score=max(found.score, 0.5),
        reason="the same headline as an earlier report of these hours",
    )


def _against(short: Traits, long: Traits, score: float) -> str:
    """What keeps two texts with the same words in a row from being one report; "" for nothing."""
    if not _agree(short.numbers, long.numbers):
        return f"other numbers: {', '.join(sorted(short.numbers - long.numbers)[:3])}"
    said = {*long.words, *long.title_words}
    if _share(short.names, said) < _NAMES or not said.issuperset(short.names[:1]):
        return f"other names: {', '.join([n for n in short.names if n not in said][:3])}"
    if len(short.words) < _VERY_SHORT and score < _SURELY_CONTAINED:
        return f"so short, and only {score:.0%} of its words in a row"
    headline = [word for word in short.title_words if word not in NAME_NOBODY]
    if len(short.words) < _SHORT and _share(headline, said) < _TITLE:
        return "another headline"
    return ""


def _agree(numbers: Collection[str], others: Collection[str]) -> bool:
    return _share(numbers, others) >= _NUMBERS


def _share(some: Collection[object], others: Collection[object]) -> float:
    """The share of these that are among the others; 1 where there are none."""
    return sum(each in others for each in some) / len(some) if some else 1.0

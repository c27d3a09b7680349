"""The rhythm of a feed: how often it brings news, at what hours, and how busy it is just now.

Learnt from when items appeared, kept as one line of text. It is written only when items come:
what is forgotten meanwhile follows from how long ago that was.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

HALF_LIFE = timedelta(days=10)
"""News so old counts half."""

BURST_LASTS = timedelta(minutes=25)
"""After so long, of a burst a third is left (it falls off exponentially)."""

SEEDED_FROM = timedelta(days=28)
"""A first document tells of no longer than this."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_VERSION = "1"
_BUCKETS = 48
_FADES = HALF_LIFE / _HOUR
_BURST = BURST_LASTS / _HOUR
# Counts age in whole steps, so that what is rounded when it is kept still comes to age.
_STEP = 6.0
# A feed of which nothing is known brings two items a day; half an item's worth of belief.
_BELIEF = 0.5
_BELIEF_OVER = _BELIEF / (2 / 24)
_PSEUDO_COUNTS = 6.0
SHARES = (5 / 7 / 24,) * 24 + (2 / 7 / 24,) * 24
"""The part of all time that each counter covers."""

_MOST = 10**9  # no number in a rhythm is greater
_FEW = 8
_ENOUGH = 24.0
_OLD = 24.0
_SHORT = 6.0
_PINNED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What is known of a feed's habits, as of `at`.

    `counts` are the items of each hour (UTC) of weekdays, then of weekends, seen since `since`;
    older ones count less. `level` is how many came just now, fading within BURST_LASTS; what
    came in the same minute counts once. `spells` is how often news came after a pause (a short
    one counts in part), `longest` the longest pause. `holds` items stood in the last whole
    document, the first of them from `oldest`. The feed `slides` where it shows the last n items;
    else an item stands there for a `window` (0: for ever, as far as is known). `ttl` is how long
    its publisher says that it may be kept.
    All times are in hours, instants in hours since 1970: a tight loop works on them.
    """

    since: float
    at: float
    counts: tuple[float, ...] = (0.0,) * _BUCKETS
    level: float = 0.0
    spells: float = 0.0
    longest: float = 0.0
    holds: int = 0
    oldest: float = 0.0
    window: float = 0.0
    slides: bool = False
    ttl: float = 0.0

    def window_at(self, at: float) -> float:
        """Of how many hours the feed shows the items; 0 where there seems to be no end.

        One that shows none may have dropped them, and some keep them for no longer than 6 hours.
        """
        if self.slides:
            return max(at - self.oldest, 1 / 60)
        return self.window or (0.0 if self.holds else _SHORT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a document that was read showed: when its items appeared, and those since the last.

    `appeared_at` of an item is when it was published or first seen, whichever was earlier.
    `known`: some of them had been seen before, in a document or a push. A `partial` document
    says nothing of how many items the feed holds.
    """

    appeared_at: tuple[datetime, ...]
    fresh_at: tuple[datetime, ...]
    known: bool = False
    partial: bool = False
    ttl: timedelta | None = None


def hours(at: datetime) -> float:
    """Hours since 1970."""
    return (at - _EPOCH) / _HOUR


def bucket_of(hour: int) -> int:
    """The counter of a whole hour since 1970: 0 to 23 on weekdays, 24 to 47 on weekends."""
    day, of_day = divmod(hour, 24)
    return of_day if (day + 3) % 7 < 5 else of_day + 24  # 1970 began on a Thursday


# --- as text -----------------------------------------------------------------------------------


def encode(rhythm: Rhythm) -> str:
    """One line, 100 to 300 characters; `decode` reads it."""
    counts = ",".join(str(round(count * 100)) if count else "" for count in rhythm.counts)
    return " ".join(
        (
            _VERSION,
            str(round(rhythm.since * 60)),
            str(round(rhythm.at * 60)),
            str(round(rhythm.level * 100)),
            str(round(rhythm.spells * 100)),
            str(round(rhythm.longest * 60)),
            str(rhythm.holds),
            str(round(rhythm.oldest * 60)),
            str(round(rhythm.window * 60)),
            str(int(rhythm.slides)),
            str(round(rhythm.ttl * 60)),
            counts.rstrip(","),
        )
    )


def decode(text: str) -> Rhythm | None:
    """A Rhythm from its text; None from anything else: what is not understood is learnt anew."""
    version, _, rest = text.partition(" ")
    parts = rest.split(" ")
    if version != _VERSION or len(parts) != 11 or "-" in rest:
        return None
    counted = parts[10].split(",")
    try:
        numbers = [int(part) for part in parts[:10]]
        counts = [int(count) / 100 if count else 0.0 for count in counted]
    except ValueError:
        return None
    if len(counts) > _BUCKETS or max(numbers) > _MOST:
        return None
    since, at, level, spells, longest, holds, oldest, window, slides, ttl = numbers
    if since > at or max(counts) > _MOST:
        return None
    return Rhythm(
        since=since / 60,
        at=at / 60,
        counts=(*counts, *(0.0,) * (_BUCKETS - len(counts))),
        level=level / 100,
        spells=spells / 100,
        longest=longest / 60,
        holds=holds,
        oldest=oldest / 60,
        window=window / 60,
        slides=bool(slides),
        ttl=ttl / 60,
    )


# --- learning ----------------------------------------------------------------------------------


def learnt(
    before: Rhythm | None, shown: Shown, *, since_at: datetime | None, now: datetime
) -> Rhythm:
    """What is known after a document that was read; `before` where nothing new is learnt.

    `since_at` is when the feed was last seen to be well: new items have become visible after
    that. Of a feed that is met for the first time (`before` is None) all items are new to us,
    and their dates tell of its past.
    """
    if before is None or since_at is None:
        return _seeded(shown, now)
    changed = before
    if shown.fresh_at:
        changed = _with_arrivals(before, _visible(shown.fresh_at, since_at, now), hours(now))
    if not shown.partial:
        changed = _holding(changed, shown, hours(since_at), hours(now))
    ttl = (shown.ttl or timedelta()) / _HOUR
    return changed if shown.partial or changed.ttl == ttl else replace(changed, ttl=ttl)


def may_have_missed(
    before: Rhythm | None, shown: Shown, *, since_at: datetime | None, now: datetime
) -> bool:
    """Whether items may have come and gone unseen: none of those shown is known.

    Not where the feed is new to us or was empty, and not where a feed of recent items (not of
    the last n) shows fewer than it did, after half of its window or less. A part of a document
    tells only where it has as many new items as the feed, of the last n, can hold.
    """
    if since_at is None or shown.known or not shown.fresh_at:
        return False
    if shown.partial:
        return before is not None and before.slides and len(shown.fresh_at) >= before.holds
    if before is None:
        return True
    shrunk = len(shown.appeared_at) < max(before.holds, _FEW)
    within = before.window_at(hours(since_at)) >= 2 * (hours(now) - hours(since_at))
    return before.holds > 0 and not (shrunk and within)


def narrowed(rhythm: Rhythm, since_at: datetime) -> Rhythm:
    """The rhythm of a feed that may have shown more since then than it could hold."""
    return replace(rhythm, slides=True, window=0.0, oldest=max(rhythm.oldest, hours(since_at)))


def _seeded(shown: Shown, now: datetime) -> Rhythm:
    """The rhythm that the dates of a first document tell of.

    A document whose items all bear one date, or none, tells nothing of the past.
    """
    known = _without_pinned(sorted(hours(at) for at in shown.appeared_at if at <= now))
    at = hours(now)
    start = Rhythm(
        since=at,
        at=at,
        ttl=(shown.ttl or timedelta()) / _HOUR,
    )
    if shown.appeared_at and not shown.partial:
        oldest, holds = _oldest(shown.appeared_at, at), len(shown.appeared_at)
        start = replace(start, holds=holds, oldest=oldest, slides=holds >= _FEW)
    horizon = at - SEEDED_FROM / _HOUR
    recent = [each for each in known if each >= horizon]
    if not known or known[-1] - known[0] < 1 / 60:
        return start
    # Documents hold the last n items: before the oldest, nothing is known, unless it is so old
    # that all of the past that counts is covered.
    since = known[0] if len(recent) == len(known) else horizon
    return _with_arrivals(replace(start, since=since, at=since), recent, at)


def _without_pinned(known: list[float]) -> list[float]:
    """Without the few items that are far older than all others: they stand there for ever."""
    for _ in range(_PINNED):
        if len(known) < _FEW or known[1] - known[0] <= (known[-1] - known[0]) / 2:
            break
        known = known[1:]
    return known


def _oldest(appeared_at: Sequence[datetime], now: float) -> float:
    """When the oldest item of a document appeared; `now` where no date tells."""
    return min(_without_pinned(sorted(hours(at) for at in appeared_at)), default=now)


def _holding(rhythm: Rhythm, shown: Shown, since: float, now: float) -> Rhythm:
    """With what is known of how many items the feed holds, and for how long.

    One of about as many items as before, or more, shows the last n. One that shows clearly fewer
    has dropped what was old, though it stood there until `since` at least. As long as one of few
    items has dropped nothing, there is no end to it.
    """
    holds, fresh = len(shown.appeared_at), len(shown.fresh_at)
    fewer = (rhythm.holds - holds) * 10 > rhythm.holds
    if not fresh and not fewer:
        return rhythm
    oldest = _oldest(shown.appeared_at, now)
    dropped = holds < rhythm.holds + fresh
    slides = holds >= _FEW and not fewer
    window = 0.0
    if not slides and (dropped or rhythm.window):
        stood = since - rhythm.oldest if rhythm.holds else 0.0
        window = max(rhythm.window, stood, now - oldest)
    return replace(rhythm, holds=holds, oldest=oldest, slides=slides, window=window)


def _visible(fresh_at: Sequence[datetime], since_at: datetime, now: datetime) -> list[float]:
    """When new items became visible: after the last poll and before this one, whatever they say.

    Those that bear no date, or this very moment's, came at some time between. Those that are
    days old count as one: a feed that digs out its past, or renames all its items, brings no more
    news than before.
    """
    earliest, latest = hours(min(since_at, now)), hours(now)
    between = (earliest + latest) / 2
    dated = sorted(latest if at >= now else hours(at) for at in fresh_at)
    recent = [at for at in dated if at >= earliest - _OLD]
    old = [earliest] if len(recent) < len(dated) else []
    return old + sorted(between if at == latest else max(at, earliest) for at in recent)


def _with_arrivals(before: Rhythm, arrivals: Sequence[float], at: float) -> Rhythm:
    """The rhythm at the hour `at`, once these arrivals (in their order) are counted."""
    counts = _aged(before, at)
    fade = math.exp2(-max(at - before.at, 0.0) / _FADES)
    level, level_at = before.level, before.at
    spells, longest = before.spells * fade, before.longest * math.sqrt(fade)
    last = before.at
    for arrival in arrivals:
        counts[bucket_of(int(arrival))] += math.exp2(-max(at - arrival, 0.0) / _FADES)
        if not level:
            level, level_at = 1.0, arrival
        elif arrival - level_at >= 1 / 60:
            level = level * math.exp(-max(arrival - level_at, 0.0) / _BURST) + 1.0
            level_at = max(arrival, level_at)
        apart = min(max(arrival - last, 0.0) / _BURST, 1.0)
        spells += apart * math.exp2(-max(at - arrival, 0.0) / _FADES)
        longest = max(longest, arrival - last)
        last = max(arrival, last)
    return replace(
        before,
        since=min(before.since, at),  # the clock may have been put back
        at=at,
        counts=tuple(counts),
        level=level * math.exp(-max(at - level_at, 0.0) / _BURST),
        spells=spells,
        longest=longest,
    )


def _aged(rhythm: Rhythm, at: float) -> list[float]:
    factor = aged_by(rhythm, at)
    return [count * factor for count in rhythm.counts]


def aged_by(rhythm: Rhythm, at: float) -> float:
    """By what counts are to be multiplied at a later hour."""
    return math.exp2(-max(at // _STEP - rhythm.at // _STEP, 0.0) * _STEP / _FADES)


# --- knowing -----------------------------------------------------------------------------------


def tells(rhythm: Rhythm | None, at: float) -> bool:
    """Whether there is anything to go by: an item that came, or a day without any."""
    return rhythm is not None and (any(rhythm.counts) or at - rhythm.since >= _ENOUGH)


def arrived_within(rhythm: Rhythm, span: timedelta, now: datetime) -> float:
    """About how many items came within `span` before now."""
    at = hours(now)
    return Intensity.of(rhythm, at).rate * min(max(at - rhythm.since, 0.0), span / _HOUR)


_Moment = tuple[int, int, float]
"""Weeks since a Monday before 1970, days since the last Monday, hours since midnight."""


class Intensity(NamedTuple):
    """The items an hour that a rhythm leads us to expect, hour by hour, from the hour `at` on.

    A tuple, since one is made for every poll.
    """

    counts: tuple[float, ...]
    ageing: float
    exposure: float
    span: float
    since: _Moment
    at: _Moment
    rate: float

    @classmethod
    def of(cls, rhythm: Rhythm, at: float) -> Intensity:
        """As of the hour `at`: a Gamma rate under exponential forgetting."""
        ageing = aged_by(rhythm, at)
        span = max(at - rhythm.since, 0.0)
        exposure = _FADES / math.log(2) * (1 - math.exp2(-span / _FADES))
        rate = (sum(rhythm.counts) * ageing + _BELIEF) / (exposure + _BELIEF_OVER)
        return cls(rhythm.counts, ageing, exposure, span, _moment(rhythm.since), _moment(at), rate)

    def during(self, hour: int) -> float:
        """Items an hour during a whole hour since 1970."""
        return self.within(bucket_of(hour))

    def within(self, bucket: int) -> float:
        """Items an hour in the hours of one counter, smoothed to the mean where little is seen."""
        share = SHARES[bucket]
        belief = _PSEUDO_COUNTS * share
        seen = belief / self.rate
        if self.span:
            watched = _covered(self.at, bucket) - _covered(self.since, bucket)
            seen += self.exposure * watched / self.span
        return (self.counts[bucket] * self.ageing + belief) / seen


def _moment(at: float) -> _Moment:
    day, of_day = divmod(at + 72.0, 24.0)
    return (*divmod(int(day), 7), of_day)


def _covered(moment: _Moment, bucket: int) -> float:
    """How many hours of a counter have gone by until then, since that Monday before 1970."""
    weeks, of_week, of_day = moment
    if bucket < 24:
        whole, counts = weeks * 5 + min(of_week, 5), of_week < 5
    else:
        whole, counts, bucket = weeks * 2 + max(of_week - 5, 0), of_week >= 5, bucket - 24
    return whole + min(max(of_day - bucket, 0.0), 1.0) if counts else whole

"""What can be wrong with a feed: for each kind of trouble, whether a feed has it, and in words.

A sentence names the feed, what is so, since when and why, and what can be done about it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import FailureKind
from monitor.schedule import format_duration
from monitor.schedule.pacing import LEAST_SILENCE, in_words, usual_silence
from monitor.schedule.rhythms import decode
from monitor.sources.addresses import without_login
from monitor.sources.oddities import FUTURE_DATES
from monitor.store.feeds import FeedRow
from monitor.store.floods import BEFORE, DAY, Flood
from monitor.stories.identity import SHARED_LINKS
from monitor.stories.identity import in_words as keys_in_words

FAILING_FOR = timedelta(hours=1)
"""A hiccup is no news; what lasts longer than this is."""

SILENT_FOR = timedelta(days=14)
"""A feed of unknown habits that answers but brings nothing new for so long has probably moved."""

GAP_FOR = timedelta(days=7)
"""For so long it is worth saying that something may have been missed."""

WORSE_AFTER = (timedelta(days=7), timedelta(days=30))
"""A failure that lasts beyond each of these has become worse."""

FLOOD_LEAST = 50
FLOOD_TIMES = 5
FLOOD_SHARE = 0.5
FLOOD_SHARE_LEAST = 200
"""A feed is noisy that brings, in a day, at least the first and the second times its habit, or
the third of all items where it alone brings at least the fourth and more than is its habit."""


class Kind(enum.StrEnum):
    """Kinds of notes on health; a feed has at most one of those in `UNREADABLE`."""

    BLIND = "blind"
    REFUSED = "refused"
    FILE = "file"
    LIST = "list"
    CHANNEL = "channel"
    AWAY = "away"
    OUTPUTS = "outputs"
    GONE = "gone"
    BLOCKED = "blocked"
    TOO_LARGE = "too large"
    NEVER_READ = "never read"
    FAILING = "failing"
    SILENT = "silent"
    GAP = "gap"
    MOVED = "moved"
    NOISY = "noisy"
    DATES = "dates"
    KEYS = "keys"


OF_FEEDS = frozenset(Kind) - {
    Kind.BLIND,
    Kind.REFUSED,
    Kind.FILE,
    Kind.LIST,
    Kind.CHANNEL,
    Kind.AWAY,
    Kind.OUTPUTS,
}
UNREADABLE = frozenset(
    {Kind.GONE, Kind.BLOCKED, Kind.TOO_LARGE, Kind.NEVER_READ, Kind.FAILING, Kind.BLIND, Kind.LIST}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing that is wrong: `kind` and `subject` (a feed's URL, ...) are what it is known by.

    `name` is what people call the subject, `cause` why it is so, where that is known. A higher
    `grade` of the same is worse.
    """

    kind: Kind
    subject: str
    name: str
    sentence: str
    cause: str = ""
    since_at: datetime | None = None
    grade: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by."""
        return self.kind.value, self.subject


def notes_on_feed(feed: FeedRow, flood: Flood | None, now: datetime) -> Iterator[Note]:
    """Everything that is wrong with a feed that is listed and not paused."""
    if feed.paused:
        return
    found = [*_unreadable(feed, now), *_silent(feed, now)]
    found += [note for ailment in _AILMENTS for note in ailment(feed, now)]
    yield from (*found, *_noisy(feed, flood, now))


def is_failing(feed: FeedRow, now: datetime) -> bool:
    """Whether a feed has brought nothing but errors for longer than a hiccup."""
    since = feed.state.failing_since_at
    return not feed.paused and (
        feed.state.gone or (since is not None and now - since >= FAILING_FOR)
    )


def is_silent(feed: FeedRow, now: datetime) -> bool:
    """Whether a feed answers well, but has had nothing new for longer than is its habit."""
    last = feed.state.last_new_at or feed.state.first_polled_at
    return (
        not feed.paused and not is_failing(feed, now) and is_silence(last, feed.state.rhythm, now)
    )


def is_silence(last_new_at: datetime | None, rhythm: str, now: datetime) -> bool:
    """Whether nothing new since then is longer than is the habit of a feed with this rhythm."""
    if last_new_at is None or now - last_new_at < LEAST_SILENCE:
        return False
    return now - last_new_at >= (usual_silence(rhythm, now) or SILENT_FOR)


def name_of(feed: FeedRow) -> str:
    """What people call a feed."""
    return feed.name or without_login(feed.url)


def _unreadable(feed: FeedRow, now: datetime) -> Iterator[Note]:
    if not is_failing(feed, now):
        return
    state, name = feed.state, name_of(feed)
    since = state.failing_since_at or now
    long = _rounded(now - since)
    kind = _kind_of_failure(feed)
    remedy = remedy_of(state.error_kind)
    match kind:
        case Kind.GONE:
            said = f"{name} is gone for good: {state.error}. It is polled no more; {remedy}."
        case Kind.BLOCKED:
            said = f"{name} has kept us out as a bot for {long}: {state.error}; {remedy}."
        case Kind.NEVER_READ:
            said = f"{name} has never been read since it was added {long} ago: {state.error}"
            said = f"{said}; {remedy}."
        case _:
            polls = f"{state.failures:,} polls" if state.failures != 1 else "one poll"
            last = f", last read {_rounded(now - state.last_ok_at)} ago" if state.last_ok_at else ""
            said = f"{name} has failed for {long}: {state.error} ({polls}{last}); {remedy}."
    yield Note(
        kind=kind,
        subject=feed.url,
        name=name,
        sentence=said,
        cause=state.error,
        since_at=state.failing_since_at,
        grade=sum(now - since >= each for each in WORSE_AFTER) if kind is not Kind.GONE else 0,
    )


def _kind_of_failure(feed: FeedRow) -> Kind:
    if feed.state.gone:
        return Kind.GONE
    if feed.state.error_kind == FailureKind.BLOCKED:
        return Kind.BLOCKED
    if feed.state.last_ok_at is None:
        return Kind.NEVER_READ
    return Kind.TOO_LARGE if feed.state.error_kind == FailureKind.TOO_LARGE else Kind.FAILING


_ELSEWHERE = "`wirewatch feeds discover` finds whether its site has another"
_REMEDIES: dict[str, str] = {
    FailureKind.UNREACHABLE: "it is asked again, ever more rarely; pause it if its site has closed",
    FailureKind.TIMEOUT: "it is asked again; `timeout` in [poll] can give it longer",
    FailureKind.REFUSED: "give it `auth` or `headers`, or ask its publisher",
    FailureKind.TRUNCATED: "it is asked again; `wirewatch feeds probe` shows if it comes whole",
    FailureKind.TOO_LARGE: "raise `max_bytes` in [poll], or watch a smaller feed of its site",
    FailureKind.RATE_LIMITED: "give it a longer `every`",
    # What to do about a wall is told with the wall itself; this comes on top.
    FailureKind.BLOCKED: "set `contact` in [poll], so that its publisher knows whom to let pass",
    FailureKind.FORBIDDEN_ADDRESS: "`allow_private = true` permits an address on your own network",
    FailureKind.POISON: "`wirewatch feeds probe` shows what it is; it harms no other feed",
    FailureKind.GONE: "take it out of the configuration, or "
    "`wirewatch feeds resume` if you know better",
}


def remedy_of(error_kind: str) -> str:
    """What can be done about a feed that fails in this way."""
    return _REMEDIES.get(error_kind, _ELSEWHERE)


def _silent(feed: FeedRow, now: datetime) -> Iterator[Note]:
    if not is_silent(feed, now):
        return
    since = feed.state.last_new_at or feed.state.first_polled_at or now
    usual = usual_silence(feed.state.rhythm, now)
    habit = f"; it is seldom silent for longer than {in_words(usual)}" if usual else ""
    yield Note(
        kind=Kind.SILENT,
        subject=feed.url,
        name=name_of(feed),
        sentence=f"{name_of(feed)} answers, but has had nothing new for {_rounded(now - since)}"
        f"{habit}. See whether its site still publishes there; {_ELSEWHERE}.",
        since_at=since,
    )


_ZERO = timedelta()
_LONG = timedelta(hours=2)


def _gap(feed: FeedRow, now: datetime) -> Iterator[Note]:
    at = feed.state.gap_at
    if at is None or now - at >= GAP_FOR:
        return
    rhythm = decode(feed.state.rhythm)
    half = timedelta(minutes=int(rhythm.window * 30) // 5 * 5) if rhythm else timedelta()
    every = f'`every = "{format_duration(half)}"`' if _ZERO < half < _LONG else "a shorter `every`"
    yield Note(
        kind=Kind.GAP,
        subject=feed.url,
        name=name_of(feed),
        sentence=f"{name_of(feed)} showed nothing that was known when it was polled on "
        f"{at:%Y-%m-%d at %H:%M} UTC: items may have been missed. Give it {every}.",
        since_at=at,
    )


def _moved(feed: FeedRow, _now: datetime) -> Iterator[Note]:
    if not feed.state.address or feed.state.address == feed.url:
        return
    there = without_login(feed.state.address)
    yield Note(
        kind=Kind.MOVED,
        subject=feed.url,
        name=name_of(feed),
        sentence=f"{name_of(feed)} has moved for good and is polled at {there}. Write that as its "
        "`url` before the old address goes.",
        cause=there,
    )


def _odd_dates(feed: FeedRow, _now: datetime) -> Iterator[Note]:
    if FUTURE_DATES in feed.state.problems.split():
        yield Note(
            kind=Kind.DATES,
            subject=feed.url,
            name=name_of(feed),
            sentence=f"{name_of(feed)} dates most of its items in the future. They count as "
            "published when they were first seen; only its publisher can mend it.",
        )


def _unfit_keys(feed: FeedRow, _now: datetime) -> Iterator[Note]:
    """Shared links alone are common and cost nothing: ids tell items apart."""
    flaws = feed.state.key_flaws.split()
    if flaws and flaws != [SHARED_LINKS]:
        yield Note(
            kind=Kind.KEYS,
            subject=feed.url,
            name=name_of(feed),
            sentence=f"{name_of(feed)} has unfit keys: {keys_in_words(feed.state.key_flaws)}. "
            "An item that is changed in that comes twice; only its publisher can mend it.",
            grade=len(flaws),
        )


def _noisy(feed: FeedRow, flood: Flood | None, now: datetime) -> Iterator[Note]:
    first = feed.state.first_polled_at
    if flood is None or first is None or now - first < 2 * DAY:
        return
    usual = flood.before / (min(now - DAY - first, BEFORE) / DAY)
    much = flood.today >= FLOOD_TIMES * usual
    most = flood.share > FLOOD_SHARE and flood.today >= max(FLOOD_SHARE_LEAST, 2 * usual)
    if not (much or most):
        return
    old = "; most of them are old, so that it seems to publish its past again"
    yield Note(
        kind=Kind.NOISY,
        subject=feed.url,
        name=name_of(feed),
        sentence=f"{name_of(feed)} has brought {flood.today:,} items in a day, "
        f"{flood.share:.0%} of all, where {usual:,.0f} are usual"
        f"{old if 2 * flood.old > flood.today else ''}. `wirewatch feeds pause` stops it; "
        "`feeds:` in a rule keeps the rule from it.",
    )


_AILMENTS: tuple[Callable[[FeedRow, datetime], Iterator[Note]], ...] = (
    _gap,
    _moved,
    _odd_dates,
    _unfit_keys,
)


def _rounded(duration: timedelta) -> str:
    if duration < timedelta(hours=1):
        return f"{duration // timedelta(minutes=1)}m"
    unit = timedelta(days=1) if duration >= timedelta(days=2) else timedelta(hours=1)
    return format_duration(duration // unit * unit)

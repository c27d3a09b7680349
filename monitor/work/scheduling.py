"""When a feed that has been polled is due again, and what its document taught of its rhythm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.config.settings import PollSettings
from monitor.model import Failed, FailureKind, Feed, FeedState, FetchOutcome, ParsedFeed
from monitor.schedule import after_failure
from monitor.schedule.pacing import Bounds, Wait, in_words, pace
from monitor.schedule.rhythms import Shown, decode, encode, learnt, may_have_missed, narrowed
from monitor.schedule.steering import first_theta
from monitor.work.recording import Understood


def shown_by(heading: ParsedFeed, understood: Understood, *, partial: bool) -> Shown:
    """What a document shows of its feed's rhythm."""
    appeared_at: list[datetime] = []
    fresh_at: list[datetime] = []
    known = False
    for candidate in understood.candidates:
        at = candidate.item.published_at
        before = next(
            (understood.known[key] for key in candidate.identity.keys if key in understood.known),
            None,
        )
        if before is None:
            fresh_at.append(at)
        else:
            known, at = True, min(at, before.first_seen_at)
        appeared_at.append(at)
    return Shown(
        appeared_at=tuple(appeared_at),
        fresh_at=tuple(fresh_at),
        known=known,
        partial=partial,
        ttl=heading.ttl,
    )


def with_rhythm(state: FeedState, before: FeedState, shown: Shown, now: datetime) -> FeedState:
    """The state with what a document has taught, and whether something may have been missed."""
    known, since_at = decode(before.rhythm), before.last_ok_at
    rhythm = learnt(known, shown, since_at=since_at, now=now)
    if since_at is None or not may_have_missed(known, shown, since_at=since_at, now=now):
        return state if rhythm == known else replace(state, rhythm=encode(rhythm))
    return replace(state, rhythm=encode(narrowed(rhythm, since_at)), gap_at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """What all feeds share and what one is worth: `worth` is what its past hits make of it."""

    theta: float | None = None
    worth: float = 1.0
    pushed: bool = False


def scheduled(
    state: FeedState,
    outcome: FetchOutcome,
    feed: Feed,
    poll_settings: PollSettings,
    now: datetime,
    jitter: float,
    *,
    steering: Steering = Steering(),
    news: str = "",
) -> FeedState:
    """The state with the time at which the feed is due again, and why then.

    `jitter` is in [-1, 1]; `news` is what this poll brought, in words. A feed with an interval
    of its own has exactly that; a failure puts any feed off.
    """
    waits = _wait(state, outcome, feed, poll_settings, now, jitter, steering, news)
    if not isinstance(outcome, Failed):
        return replace(state, next_due_at=now + waits.length, due_because=waits.because)
    due_at = after_failure(
        every=waits.length,
        failures=state.failures,
        kind=outcome.kind,
        retry_after=outcome.retry_after,
        now=now,
        jitter=jitter,
    )
    return replace(state, next_due_at=due_at, due_because=_put_off(state, outcome))


def news_of(shown: Shown | None, since_at: datetime | None, now: datetime) -> str:
    """What a poll brought, in words: `3 items in 20 min`."""
    if shown is None or since_at is None or not shown.fresh_at:
        return ""
    count = len(shown.fresh_at)
    return f"{count} item{'s' * (count > 1)} in {in_words(now - since_at)}"


def bounds_of(
    poll_settings: PollSettings, *, fresh_for: timedelta | None = None, pushed: bool = False
) -> Bounds:
    """Within what the interval of a feed must stay."""
    return Bounds(
        least=poll_settings.min,
        most=max(poll_settings.max, poll_settings.min),
        fresh_for=fresh_for or timedelta(),
        pushed=pushed,
    )


def _wait(
    state: FeedState,
    outcome: FetchOutcome,
    feed: Feed,
    poll_settings: PollSettings,
    now: datetime,
    jitter: float,
    steering: Steering,
    news: str,
) -> Wait:
    if feed.every is not None:
        return Wait(length=feed.every, because=f"fixed, every {in_words(feed.every)}")
    fresh_for = None if isinstance(outcome, Failed) else outcome.hints.fresh_for
    theta = steering.theta
    return pace(
        decode(state.rhythm),
        theta=first_theta(poll_settings.mean) if theta is None else theta,
        weight=feed.weight * steering.worth,
        mean=poll_settings.mean,
        bounds=bounds_of(poll_settings, fresh_for=fresh_for, pushed=steering.pushed),
        now=now,
        jitter=jitter,
        news=news,
    )


def _put_off(state: FeedState, failed: Failed) -> str:
    if failed.kind is FailureKind.GONE:
        return "it is gone for good"
    if failed.retry_after:
        return f"its host asks to wait {in_words(failed.retry_after)}"
    return (
        "its last poll failed" if state.failures == 1 else f"{state.failures} polls failed in a row"
    )

"""What a digest says of the watch itself: a silence must never look like "nothing happened"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.errors import Problem
from monitor.schedule import format_duration
from monitor.sources.addresses import without_login
from monitor.store.feeds import FeedRow, listed_feeds
from monitor.store.outbox import ChannelSummary, summarise
from monitor.watch import Watch

FAILING_FOR = timedelta(hours=1)
"""A hiccup is no news; what lasts longer than this is."""

SILENT_FOR = timedelta(days=14)
"""A feed that answers but brings nothing new for so long has probably moved."""


def notes_on_health(conn: Connection, watch: Watch, now: datetime) -> tuple[str, ...]:
    """Sentences on what is wrong, each with its cause; none when all is well."""
    return (
        *(f"{_said(each)}; the last good version runs on." for each in watch.refused),
        *describe(listed_feeds(conn), summarise(conn), watch.errors, now),
    )


def describe(
    feeds: Sequence[FeedRow],
    channels: Sequence[ChannelSummary],
    problems: Sequence[Problem],
    now: datetime,
) -> tuple[str, ...]:
    """The sentences, worst first: files, deliveries given up, feeds failing, feeds silent."""
    return (
        *(f"{_said(each)}; it is not in use." for each in problems),
        *_mostly_failing(feeds),
        *(
            f"Channel {each.channel}: {each.dead:,} deliveries were given up."
            for each in channels
            if each.dead
        ),
        *(_failing(feed, now) for feed in feeds if is_failing(feed, now)),
        *(_silent(feed, now) for feed in feeds if is_silent(feed, now)),
    )


def _said(problem: Problem) -> str:
    return f"{problem.place}: {problem.message}"


def _mostly_failing(feeds: Sequence[FeedRow]) -> Iterator[str]:
    """One sentence when the watch is nearly blind: that is news at once, not after an hour."""
    polled = [each for each in feeds if each.state.last_polled_at and not each.paused]
    failing = [each for each in polled if each.state.failures]
    if failing and 2 * len(failing) >= len(polled):
        yield (
            f"{len(failing):,} of {len(polled):,} feeds could not be read when last polled, "
            f"such as {_name(failing[0])}: {failing[0].state.error}."
        )


def is_failing(feed: FeedRow, now: datetime) -> bool:
    """Whether a feed has brought nothing but errors for longer than a hiccup."""
    since = feed.state.failing_since_at
    return not feed.paused and (
        feed.state.gone or (since is not None and now - since >= FAILING_FOR)
    )


def is_silent(feed: FeedRow, now: datetime) -> bool:
    """Whether a feed answers well, but has had nothing new for long."""
    state = feed.state
    last = state.last_new_at or state.first_polled_at
    return (
        not feed.paused
        and not is_failing(feed, now)
        and last is not None
        and now - last >= SILENT_FOR
    )


def _failing(feed: FeedRow, now: datetime) -> str:
    since = feed.state.failing_since_at or now
    if feed.state.gone:
        return f"{_name(feed)} is gone for good: {feed.state.error}. It is polled no more."
    return f"{_name(feed)} has failed for {_rounded(now - since)}: {feed.state.error}."


def _silent(feed: FeedRow, now: datetime) -> str:
    last = feed.state.last_new_at or feed.state.first_polled_at or now
    return f"{_name(feed)} answers, but has had nothing new for {_rounded(now - last)}."


def _name(feed: FeedRow) -> str:
    return feed.name or without_login(feed.url)


def _rounded(duration: timedelta) -> str:
    unit = timedelta(days=1) if duration >= timedelta(days=2) else timedelta(hours=1)
    return format_duration(duration // unit * unit)

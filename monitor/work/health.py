"""How the watch itself is doing: a silence must never look like "nothing happened"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.config.settings import Settings
from monitor.errors import Problem
from monitor.model import DigestName, FeedId, Trouble
from monitor.store.deliveries import ChannelSummary, summarise
from monitor.store.feeds import FeedRow, listed_feeds
from monitor.store.floods import Flood, floods
from monitor.store.told_notes import told_to
from monitor.watch import Watch
from monitor.work.ailments import FLOOD_LEAST, UNREADABLE, Kind, Note, name_of, notes_on_feed
from monitor.work.lists import notes_on_lists
from monitor.work.publishing import notes_on_outputs
from monitor.work.telling import Telling, tell


def current_notes(
    conn: Connection, settings: Settings, feeds: Sequence[FeedRow], now: datetime
) -> tuple[Note, ...]:
    """Everything wrong with lists, outputs, channels and these feeds; none when all is well."""
    flooding = floods(conn, now, least=FLOOD_LEAST)
    return (
        *notes_on_lists(settings, now),
        *notes_on_outputs(conn, now),
        *describe(feeds, summarise(conn), flooding, now),
    )


def tell_health(conn: Connection, watch: Watch, digest: DigestName, now: datetime) -> Telling:
    """What this digest says of the health of the watch now; nothing when all is well.

    Whatever is watched no more, or is paused, has neither recovered nor can be complained of.
    """
    feeds = [feed for feed in listed_feeds(conn) if not feed.paused]
    notes = (*notes_on_files(watch), *current_notes(conn, watch.settings, feeds, now))
    lists = {each.label for each in watch.settings.opml}
    watched = {_THE_WATCH, *lists, *(feed.url for feed in feeds)}
    ill = {note.subject for note in notes if note.kind is Kind.LIST}
    ill |= {feed.url for feed in feeds if feed.state.failures}
    told = told_to(conn, digest)
    lost = {t.key for t in told if t.kind in _RECOVERING and t.subject not in watched}
    standing = [each for each in told if each.key not in lost]
    telling = tell(notes, standing, well=watched - ill, now=now)
    return replace(telling, over=(*telling.over, *sorted(lost)))


_RECOVERING = UNREADABLE | {Kind.SILENT}
_THE_WATCH = ""


def notes_on_files(watch: Watch) -> Iterator[Note]:
    """What of the operator's files is not in use."""
    for kind, problems, instead in (
        (Kind.REFUSED, watch.refused, "the last good version runs on"),
        (Kind.FILE, watch.errors, "it is not in use"),
    ):
        for each in problems:
            said = f"{each.place}: {each.message}"
            yield Note(kind=kind, subject=_subject(each), name=said, sentence=f"{said}; {instead}.")


def _subject(problem: Problem) -> str:
    """Without its line, which moves when another is written above it."""
    return f"{problem.place.path}: {problem.message}"


def describe(
    feeds: Sequence[FeedRow],
    channels: Sequence[ChannelSummary],
    flooding: Mapping[FeedId, Flood],
    now: datetime,
) -> tuple[Note, ...]:
    """Everything wrong with feeds and channels, worst first; none when all is well."""
    return (
        *_mostly_failing(feeds),
        *(note for each in channels for note in _notes_on_channel(each)),
        *(note for feed in feeds for note in notes_on_feed(feed, flooding.get(feed.id), now)),
    )


def _notes_on_channel(channel: ChannelSummary) -> Iterator[Note]:
    """That messages were given up, and that others wait for a channel that is away."""
    name, breaker = channel.channel, channel.breaker
    if channel.dead:
        yield Note(
            kind=Kind.CHANNEL,
            subject=name,
            name=name,
            sentence=f"Channel {name}: {channel.dead:,} deliveries were given up; "
            "`wirewatch deadletters list` says why.",
            grade=channel.dead,
        )
    if breaker is not None and breaker.opened_at is not None:
        mend = "; it needs you" if breaker.trouble == Trouble.AUTH.value else ""
        yield Note(
            kind=Kind.AWAY,
            subject=name,
            name=name,
            sentence=f"Channel {name} has taken nothing since {breaker.opened_at:%Y-%m-%d %H:%M} "
            f"UTC, {channel.pending:,} deliveries wait: {breaker.reason}{mend}.",
            cause=breaker.reason,
            since_at=breaker.opened_at,
        )


def _mostly_failing(feeds: Sequence[FeedRow]) -> Iterator[Note]:
    """One sentence when the watch is nearly blind: that is news at once, not after an hour."""
    polled = [each for each in feeds if each.state.last_polled_at and not each.paused]
    failing = [each for each in polled if each.state.failures]
    if failing and 2 * len(failing) >= len(polled):
        since = [each.state.failing_since_at for each in failing if each.state.failing_since_at]
        yield Note(
            kind=Kind.BLIND,
            subject=_THE_WATCH,
            name="the watch",
            sentence=f"{len(failing):,} of {len(polled):,} feeds could not be read when last "
            f"polled, such as {name_of(failing[0])}: {failing[0].state.error}.",
            cause=failing[0].state.error,
            since_at=min(since, default=None),
        )

"""A feed as pages show it: how it is doing in a word, and what is wrong with it in sentences."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.model import FailureKind, Feed, FeedId
from monitor.schedule.rhythms import Intensity, decode, hours, tells
from monitor.sources.addresses import without_login
from monitor.store.feed_days import failures_by_day, items_by_day, matched_items
from monitor.store.feeds import FeedRow
from monitor.store.floods import Flood
from monitor.web.service import Service
from monitor.work.ailments import Kind, Note, name_of, notes_on_feed, remedy_of
from monitor.work.standing import due_and_why

DAYS = 14
MATCHED_DAYS = 30
_DAY = timedelta(days=1)


class Health(enum.StrEnum):
    """How a feed is doing, in a word."""

    WELL = "well"
    NEW = "new"
    WAITS = "waits"
    SILENT = "silent"
    FAILING = "failing"
    BLOCKED = "blocked"
    GONE = "gone"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """How a feed is doing; `notes` say what is wrong with it, why, and what can be done."""

    health: Health
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """A feed in one line.

    `days` are the items of the last days (UTC), today the last, and `failed` the polls of each
    that failed. `a_day` is how many items are expected; `matches` are the matched items of 30
    days. `because` follows on "because".
    """

    id: int
    name: str
    url: str
    tags: tuple[str, ...]
    health: Health
    notes: tuple[str, ...]
    days: tuple[int, ...]
    failed: tuple[int, ...]
    a_day: float | None
    matches: int
    last_polled_at: datetime | None
    last_new_at: datetime | None
    next_poll_at: datetime | None
    because: str


def diagnosed(row: FeedRow, flood: Flood | None, now: datetime) -> Diagnosis:
    """How a feed is doing, and what is wrong with it."""
    found = tuple(notes_on_feed(row, flood, now))
    silent = any(note.kind is Kind.SILENT for note in found)
    notes = tuple(_said(note) for note in found)
    if row.state.failures and not row.state.gone and not _tells_of_failure(found, row):
        notes = (_hiccup(row), *notes)
    return Diagnosis(health=_health(row, now, silent=silent), notes=notes)


def _health(row: FeedRow, now: datetime, *, silent: bool) -> Health:
    if row.paused:
        return Health.PAUSED
    if row.state.gone:
        return Health.GONE
    if row.state.failures:
        blocked = row.state.error_kind == FailureKind.BLOCKED
        return Health.BLOCKED if blocked else Health.FAILING
    if row.rests_until_at is not None and row.rests_until_at > now:
        return Health.WAITS
    if row.state.last_polled_at is None:
        return Health.NEW
    return Health.SILENT if silent else Health.WELL


def _tells_of_failure(found: Iterable[Note], row: FeedRow) -> bool:
    return row.paused or any(note.cause == row.state.error for note in found)


def _hiccup(row: FeedRow) -> str:
    """What is no news yet, but what somebody who looks at the feed wants to know."""
    polls = "Its last poll" if row.state.failures == 1 else f"Its last {row.state.failures:,} polls"
    return f"{polls} failed: {row.state.error}; {remedy_of(row.state.error_kind)}."


def _said(note: Note) -> str:
    """The sentence without the name, which stands above it."""
    rest = note.sentence.removeprefix(f"{note.name} ")
    return rest[:1].upper() + rest[1:]


def lines_of(
    service: Service,
    conn: Connection,
    found: Iterable[tuple[FeedRow, Diagnosis]],
    now: datetime,
) -> tuple[FeedLine, ...]:
    """These feeds, each in a line; what is counted is counted for these alone."""
    shown = tuple(found)
    ids = [row.id for row, _ in shown]
    feeds: Mapping[str, Feed] = service.watch().feeds
    brought, failed = items_by_day(conn, ids, DAYS, now), failures_by_day(conn, ids, DAYS, now)
    matched = matches_of_month(service, conn, now)
    nothing = (0,) * DAYS
    lines = []
    for row, diagnosis in shown:
        due, because = due_and_why(row, now)
        feed = feeds.get(row.url)
        lines.append(
            FeedLine(
                id=int(row.id),
                name=name_of(row),
                url=without_login(row.url),
                tags=feed.tags if feed else (),
                health=diagnosis.health,
                notes=diagnosis.notes,
                days=brought.get(row.id, nothing),
                failed=failed.get(row.id, nothing),
                a_day=_a_day(row.state.rhythm, now),
                matches=matched.get(row.id, 0),
                last_polled_at=row.state.last_polled_at,
                last_new_at=row.state.last_new_at,
                next_poll_at=due,
                because=because,
            )
        )
    return tuple(lines)


def _a_day(rhythm: str, now: datetime) -> float | None:
    known = decode(rhythm)
    if known is None or not tells(known, hours(now)):
        return None
    return round(Intensity.of(known, hours(now)).rate * 24, 1)


def matches_of_month(service: Service, conn: Connection, now: datetime) -> Mapping[FeedId, int]:
    """The matched items of 30 days, by feed: those of the days that are over are counted once."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - (MATCHED_DAYS - 1) * _DAY
    over = service.memory.recall(
        "matches of feeds", today, lambda: matched_items(conn, since, today)
    )
    new = matched_items(conn, today, now + _DAY)
    return {feed: over.get(feed, 0) + new.get(feed, 0) for feed in {*over, *new}}

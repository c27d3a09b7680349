"""The overview: four figures, what needs attention, and what each rule has matched of late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.digests.planning import next_runs
from monitor.model import RuleCard, RuleId
from monitor.store.judgements import Judged, judged_by_rule
from monitor.store.paces import lags
from monitor.store.stories import count_stories, count_untold
from monitor.watch import Watch
from monitor.web.daily import DAYS, matches_by_day, since_midnight
from monitor.web.nothing import Nothing
from monitor.web.page import Page
from monitor.web.service import Service
from monitor.work.ailments import Kind, Note
from monitor.work.digesting import next_run_of
from monitor.work.health import notes_on_files
from monitor.work.standing import Standing, how_it_stands

MOST_RULES = 25
MOST_NOTES = 12
_SERIOUS = frozenset({Kind.BLIND, Kind.CHANNEL, Kind.AWAY, Kind.REFUSED, Kind.FILE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A sentence on what needs attention, with its cause and its remedy."""

    sentence: str
    kind: str
    serious: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule with its matches of 30 days, the oldest first. `noise` is their share in percent."""

    id: str
    title: str
    severity: str
    days: tuple[int, ...]
    today: int
    month: int
    noise: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDigest:
    """The digest that goes out next; `at` is None where that depends on news."""

    name: str
    at: datetime | None
    why: str
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything on one page.

    `stories` are those of 24 hours; `lag` is from publication to match, in seconds, of 7 days.
    """

    at: datetime
    stories: int
    stories_today: int
    matches_today: int
    feeds: int
    feeds_healthy: int
    last_poll_at: datetime | None
    stalled: bool
    lag: float | None
    next_digest: NextDigest | None
    pending: int
    needs: tuple[Need, ...]
    more_needs: int
    rules: tuple[RuleRow, ...]
    more_rules: int
    quiet_rules: int


def load(service: Service, _: Nothing) -> Overview:
    """Read how everything stands."""
    watch, now = service.watch(), service.now()
    with service.store.reading() as conn:
        standing = how_it_stands(conn, watch.settings, now)
        daily = matches_by_day(service, conn)
        judged = judged_by_rule(conn, now - timedelta(days=DAYS))
        took = lags(conn, now - timedelta(days=7))
        stories = count_stories(conn, now - timedelta(days=1))
        today = count_stories(conn, since_midnight(service))
        upcoming = _next_digest(service, conn, watch)
    severities = {rule.id: rule.severity.word for rule in watch.book.rules}
    rows = sorted(
        (
            _row(
                rule,
                watch.cards.get(rule),
                severities.get(rule, ""),
                days,
                judged.get(rule, Judged()),
            )
            for rule, days in daily.items()
        ),
        key=lambda row: (-row.today, -row.month, row.id),
    )
    needs = (*_needs(notes_on_files(watch)), *_needs(standing.notes))
    return Overview(
        at=now,
        stories=stories,
        stories_today=today,
        matches_today=sum(row.today for row in rows),
        feeds=standing.feeds.listed,
        feeds_healthy=_healthy(standing),
        last_poll_at=standing.last_poll_at,
        stalled=standing.stalled,
        lag=took[len(took) // 2].total_seconds() if took else None,
        next_digest=upcoming,
        pending=sum(each.pending for each in standing.channels),
        needs=needs[:MOST_NOTES],
        more_needs=max(0, len(needs) - MOST_NOTES),
        rules=tuple(rows[:MOST_RULES]),
        more_rules=max(0, len(rows) - MOST_RULES),
        quiet_rules=sum(rule.id not in daily for rule in watch.book.active(now)),
    )


def _healthy(standing: Standing) -> int:
    feeds = standing.feeds
    return feeds.listed - feeds.failing - feeds.paused - feeds.never_polled


def _needs(notes: Iterator[Note] | tuple[Note, ...]) -> Iterator[Need]:
    for note in notes:
        yield Need(sentence=note.sentence, kind=note.kind.value, serious=note.kind in _SERIOUS)


def _row(
    rule: RuleId, card: RuleCard | None, severity: str, days: tuple[int, ...], judged: Judged
) -> RuleRow:
    return RuleRow(
        id=rule,
        title=card.title if card else f"{rule} (no longer there)",
        severity=severity,
        days=days,
        today=days[-1],
        month=sum(days),
        noise=judged.percent_noise,
    )


def _next_digest(service: Service, conn: Connection, watch: Watch) -> NextDigest | None:
    """The one that goes out first."""
    found: list[NextDigest] = []
    for spec in watch.settings.digests:
        timing = next_run_of(service.store, spec, service.now())
        at = getattr(timing, "until_at", service.now())
        waiting = count_untold(conn, spec.name)
        if waiting or next_runs(spec, service.now()):  # the others only say that they watch
            found.append(NextDigest(name=spec.name, at=at, why=timing.why, stories=waiting))
    dated = [each for each in found if each.at is not None]
    return min(dated, key=lambda each: each.at or service.now(), default=next(iter(found), None))


PAGE = Page(
    name="overview",
    path="/",
    title="Overview",
    help="How everything stands: figures, what needs attention, matches of each rule.",
    load=load,
    asks=Nothing,
    shows=Overview,
    label="Overview",
    order=1,
    live=("stories", "feeds", "digests", "rules"),
)

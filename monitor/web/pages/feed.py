"""One feed: how it is doing, its rhythm, what it brought and what came of that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.config.settings import Settings
from monitor.config.showing import shown_feed
from monitor.errors import NotFound
from monitor.model import FeedId
from monitor.rendering.links import safe_link
from monitor.schedule.habits import Habit
from monitor.schedule.pacing import how_often, in_words, usual_silence
from monitor.schedule.rhythms import hours
from monitor.sources.addresses import without_login
from monitor.store.feed_days import failures_by_day
from monitor.store.feed_items import BroughtItem, items_of_feed, rules_on_feed
from monitor.store.feeds import FeedRow, feeds_called
from monitor.store.floods import floods
from monitor.store.subscriptions import with_pushes
from monitor.stories.identity import in_words as keys_in_words
from monitor.web.feed_line import MATCHED_DAYS, FeedLine, diagnosed, lines_of
from monitor.web.page import Page
from monitor.web.queries import query_of
from monitor.web.service import Service
from monitor.web.wire import Limit, Number
from monitor.work.ailments import FLOOD_LEAST, remedy_of

FAILED_DAYS = 30
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The feed by its number, and which page of its items."""

    feed: Number
    page: Number = 1
    limit: Limit = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Its habits: items an hour of weekdays and of weekends, by the hour (UTC)."""

    often: str
    silence: str
    holds: str
    weekdays: tuple[float, ...]
    weekends: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedDay:
    """A day (UTC) on which polls failed."""

    day: str
    polls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A rule, and how many items of this feed it matched in 30 days."""

    rule: str
    title: str
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting of this feed, its value as JSON, and where it comes from."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSeen:
    """Everything on the page.

    `listed`: it is still watched. `lists` may be where it is configured, if not by `settings`.
    """

    feed: FeedLine
    listed: bool
    error: str
    remedy: str
    failures: int
    failing_since_at: datetime | None
    first_polled_at: datetime | None
    last_ok_at: datetime | None
    address: str
    host: str
    pushes: str
    keys: str
    gap_at: datetime | None
    worth: float
    rhythm: Rhythm | None
    failed: tuple[FailedDay, ...]
    rules: tuple[Matched, ...]
    items: tuple[BroughtItem, ...]
    next: str | None
    settings: tuple[Setting, ...]
    lists: tuple[str, ...]


def load(service: Service, asked: Asked) -> FeedSeen:
    """Read it. Raises NotFound."""
    watch, now = service.watch(), service.now()
    skip = (asked.page - 1) * asked.limit
    with service.store.reading() as conn:
        rows = feeds_called(conn, [FeedId(asked.feed)])
        if not rows:
            raise NotFound("feed", str(asked.feed), [])
        (row,) = with_pushes(conn, rows, now)
        flood = floods(conn, now, least=FLOOD_LEAST).get(row.id)
        (line,) = lines_of(service, conn, [(row, diagnosed(row, flood, now))], now)
        failed = failures_by_day(conn, [row.id], FAILED_DAYS, now).get(row.id, ())
        rules = rules_on_feed(conn, row.id, now - MATCHED_DAYS * _DAY)
        found = items_of_feed(conn, row.id, limit=asked.limit + 1, skip=skip)
    state = row.state
    settings = tuple(_settings(watch.settings, row.url))
    return FeedSeen(
        feed=line,
        listed=row.listed,
        error=state.error,
        remedy=remedy_of(state.error_kind) if state.error else "",
        failures=state.failures,
        failing_since_at=state.failing_since_at,
        first_polled_at=state.first_polled_at,
        last_ok_at=state.last_ok_at,
        address=without_login(state.address),
        host=row.host,
        pushes=row.pushes,
        keys=keys_in_words(state.key_flaws),
        gap_at=state.gap_at,
        worth=row.worth,
        rhythm=_rhythm(row, now),
        failed=tuple(_failed(failed, now)),
        rules=tuple(
            Matched(
                rule=rule, title=watch.cards[rule].title if rule in watch.cards else rule, items=n
            )
            for rule, n in rules.items()
        ),
        items=tuple(map(_harmless, found[: asked.limit])),
        next=query_of(asked, page=asked.page + 1) if len(found) > asked.limit else None,
        settings=settings,
        lists=() if settings else tuple(each.label for each in watch.settings.opml),
    )


def _harmless(item: BroughtItem) -> BroughtItem:
    return replace(item, url=safe_link(item.url))


def _rhythm(row: FeedRow, now: datetime) -> Rhythm | None:
    habit = Habit.of(row.state.rhythm, now)
    if habit is None:
        return None
    silence = usual_silence(row.state.rhythm, now)
    window = habit.rhythm.window_at(hours(now))
    held = f"{habit.rhythm.holds} items of {in_words(timedelta(hours=window))}" if window else ""
    return Rhythm(
        often=how_often(habit.rate),
        silence=in_words(silence) if silence else "",
        holds=held,
        weekdays=tuple(round(rate, 4) for rate in habit.weekdays),
        weekends=tuple(round(rate, 4) for rate in habit.weekends),
    )


def _failed(days: tuple[int, ...], now: datetime) -> Iterator[FailedDay]:
    """The days that had failures, the last of them first."""
    for ago, polls in enumerate(reversed(days)):
        if polls:
            yield FailedDay(day=(now - ago * _DAY).date().isoformat(), polls=polls)


def _settings(settings: Settings, url: str) -> Iterator[Setting]:
    for name, value, origin in shown_feed(settings, url):
        if value not in (None, "", [], {}, False, 1.0):
            yield Setting(name=name, value=json.dumps(value, ensure_ascii=False), origin=origin)


PAGE = Page(
    name="feed",
    path="/feeds/{feed:int}",
    title="Feed",
    help="One feed: how it is doing, its rhythm, its items and what was decided on each.",
    load=load,
    asks=Asked,
    shows=FeedSeen,
    order=4,
    live=("feeds",),
    example="/feeds/1",
)

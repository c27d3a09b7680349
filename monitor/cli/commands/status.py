"""`wirewatch status`: how everything stands, from the state, whether the daemon runs or not."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from monitor.cli.opening import as_json, config_path, open_settings, reading_state
from monitor.cli.output import ago, bold, instant, print_json, print_table, say
from monitor.errors import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from monitor.model import Alert
    from monitor.store.deliveries import ChannelSummary
    from monitor.store.feeds import FeedRow
    from monitor.store.near_misses import NearMisses
    from monitor.work.ailments import Note

# Near misses of so long are told.
_NEAR = timedelta(days=7)

MOST_ALIKE = 20
"""Notes of one kind shown one by one; `--json` shows all."""


@click.command("status")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing; the exit code tells.")
@as_json
def COMMAND(quiet: bool, as_json: bool) -> int:  # noqa: N802 - the shelf's word
    """Feeds, lag, pending digests and the outbox.

    Exit code 1 when feeds fail, deliveries were given up, or nothing has been polled for long.
    """
    from monitor.desk import utc_now
    from monitor.model import DeliveryState
    from monitor.store.archive import count_items, count_matches
    from monitor.store.deliveries import list_deliveries, summarise
    from monitor.store.feeds import listed_feeds
    from monitor.store.near_misses import near_misses_since
    from monitor.store.owning import owner_of
    from monitor.store.stories import waiting_since
    from monitor.store.volume import recent_alerts, warming_alerts
    from monitor.work.ailments import is_failing, is_silent
    from monitor.work.health import current_notes
    from monitor.work.telling import summarised

    settings = open_settings()
    now = utc_now()
    path = settings.state_file
    process = owner_of(path) if path is not None else None
    with reading_state(settings) as store, store.reading() as conn:
        feeds = listed_feeds(conn)
        channels = summarise(conn)
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        items_today, matches_today = count_items(conn, day), sum(count_matches(conn, day).values())
        dead = list_deliveries(conn, state=DeliveryState.DEAD, limit=5)
        waiting = {spec.name: waiting_since(conn, spec.name) for spec in settings.digests}
        near = near_misses_since(conn, now - _NEAR)
        notes = current_notes(conn, settings, feeds, now)
        alerts, warming, articles = recent_alerts(conn, 5), warming_alerts(conn), _articles(conn)
    polled = [feed.state.last_polled_at for feed in feeds if feed.state.last_polled_at]
    last_poll_at = max(polled, default=None)
    due = _due_times(feeds, now)
    lag = max((now - min(due)).total_seconds(), 0.0) if due else 0.0
    counts = {
        "listed": len(feeds),
        "failing": sum(is_failing(feed, now) or feed.state.failures > 0 for feed in feeds),
        "silent": sum(is_silent(feed, now) for feed in feeds),
        "paused": sum(feed.paused for feed in feeds),
        "never_polled": sum(feed.state.last_polled_at is None for feed in feeds),
    }
    stalled = bool(due) and lag > max(3 * settings.poll.max.total_seconds(), 3600.0)
    files = [] if quiet else _errors_in_files()
    trouble = any((files, counts["failing"], stalled, *(c.dead or c.away for c in channels)))
    if quiet:
        return 1 if stalled else 0
    if as_json:
        print_json(
            running=process is not None,
            process=process,
            last_poll_at=last_poll_at,
            lag_seconds=round(lag, 1),
            feeds=counts,
            files=files,
            items_today=items_today,
            matches_today=matches_today,
            articles=articles,
            digests=[
                {"name": name, "waiting_since": instant(span[0]) if span else None}
                for name, span in waiting.items()
            ],
            channels=[
                {
                    "channel": each.channel,
                    "pending": each.pending,
                    "sent": each.sent,
                    "dead": each.dead,
                    "oldest_pending_at": instant(each.oldest_pending_at),
                    "last_answer": each.last_answer,
                    "breaker": _breaker_word(each),
                    "breaker_since": instant(each.breaker.opened_at) if each.breaker else None,
                    "probe_at": instant(each.breaker.probe_at) if each.breaker else None,
                }
                for each in channels
            ],
            near_misses=[
                {"rule": each.rule, "clause": each.clause, "count": each.count} for each in near
            ],
            alerts=[
                {
                    "rule": each.rule,
                    "alert": each.alert,
                    "fired_at": instant(each.fired_at),
                    "sentence": each.sentence,
                }
                for each in alerts
            ],
            warming=[{"rule": rule, "alert": alert, "why": why} for rule, alert, why in warming],
            notes=_notes_as_json(notes),
            dead=[
                {
                    "channel": each.channel,
                    "target": each.target,
                    "digest_id": each.digest_id,
                    "answer": each.answer,
                }
                for each in dead
            ],
        )
        return 1 if trouble else 0
    running = f"running (process {process})" if process else "not running on this state"
    polled_last = (
        f"last poll {ago(last_poll_at, now)} ago" if last_poll_at else "nothing polled yet"
    )
    click.echo(f"{bold('daemon')}   {running}; {polled_last}")
    click.echo(
        f"{bold('feeds')}    {counts['listed']} listed, {counts['failing']} failing, "
        f"{counts['silent']} silent, {counts['paused']} paused, "
        f"{counts['never_polled']} never polled; most overdue by {lag:.0f} s"
    )
    click.echo(
        f"{bold('today')}    {items_today:,} items, {matches_today:,} matches"
        f"{_of_articles(articles)}"
    )
    for name, span in waiting.items():
        told = f"waiting since {ago(span[0], now)}" if span else "nothing waits"
        click.echo(f"{bold('digest')}   {name}: {told}")
    for line in _of_rules(alerts, warming, near, now):
        click.echo(line)
    if channels:
        click.echo()
        print_table(
            ("channel", "breaker", "pending", "oldest", "sent", "dead", "last answer"),
            [_channel_cells(each, now) for each in channels],
        )
    for said in (
        *(f"Not in use: {wrong}; see `wirewatch check`." for wrong in files),
        *(f"Given up: {each.channel} to {each.target}: {each.answer}" for each in dead),
        *summarised(notes, MOST_ALIKE),
    ):
        say(said)
    return 1 if trouble else 0


def _breaker_word(channel: ChannelSummary) -> str:
    """Open: the channel is away. Resting: it has asked for patience. Closed: all is well."""
    if channel.away:
        return "open"
    return "resting" if channel.breaker and channel.breaker.probe_at else "closed"


def _channel_cells(channel: ChannelSummary, now: datetime) -> tuple[object, ...]:
    word, breaker = _breaker_word(channel), channel.breaker
    if breaker is not None and breaker.probe_at is not None:
        wait = "now" if breaker.probe_at <= now else f"in {ago(now, breaker.probe_at)}"
        word += f", tried {wait}"
    oldest = channel.oldest_pending_at
    return (
        channel.channel,
        word,
        channel.pending,
        f"{ago(oldest, now)} ago" if oldest else "",
        channel.sent,
        channel.dead,
        channel.last_answer,
    )


def _articles(conn: Connection) -> dict[str, int]:
    from monitor.store.full_texts import count_texts

    return {state.name.lower(): count for state, count in count_texts(conn).items()}


def _of_articles(articles: dict[str, int]) -> str:
    standing = ", ".join(
        f"{count:,} {state.replace('_', ' ')}" for state, count in articles.items()
    )
    return f"; articles: {standing}" if articles else ""


def _notes_as_json(notes: Iterable[Note]) -> list[dict[str, object]]:
    from monitor.sources.addresses import without_login
    from monitor.work.ailments import OF_FEEDS

    return [
        {
            "kind": note.kind.value,
            "feed": without_login(note.subject) if note.kind in OF_FEEDS else None,
            "name": note.name,
            "since": instant(note.since_at),
            "sentence": note.sentence,
        }
        for note in notes
    ]


def _of_rules(
    alerts: Iterable[Alert],
    warming: Iterable[tuple[str, str, str]],
    near: Sequence[NearMisses],
    now: datetime,
) -> Iterator[str]:
    from monitor.store.near_misses import by_rule

    for fired in alerts:
        yield f"{bold('alert')}    {fired.rule}, {ago(fired.fired_at, now)} ago: {fired.sentence}"
    for rule, alert, why in warming:
        yield f"{bold('warming')}  {rule}: {alert}: {why}"
    if near:
        most = ", ".join(f"{rule} {count:,}" for rule, count in by_rule(near).most_common(3))
        yield f"{bold('nearly')}   one clause short in 7 days: {most}"


def _due_times(feeds: Iterable[FeedRow], now: datetime) -> list[datetime]:
    """When feeds may be polled next: a host that asked to be left alone is not overdue."""
    from monitor.cli.feed_card import due_and_why

    return [at for feed in feeds if (at := due_and_why(feed, now)[0]) is not None]


def _errors_in_files() -> list[str]:
    """What is wrong with the rules, templates and lists as they lie there now."""
    from monitor.airlock import Airlock
    from monitor.cli.output import shown_path
    from monitor.desk import utc_now
    from monitor.watch import load_watch

    with Airlock() as airlock:
        watch = load_watch(
            config_path(),
            os.environ,
            read_opml=airlock.read_opml,
            now=utc_now(),
            bearing=True,
        )
    return [
        f"{Place(shown_path(each.place.path), each.place.line, each.place.column)}: {each.message}"
        for each in watch.errors
    ]

"""`wirewatch status`: how everything stands, from the state, whether the daemon runs or not."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from monitor.cli.opening import as_json, config_path, open_settings, reading_state
from monitor.cli.output import ago, bold, instant, print_json, print_table, say
from monitor.errors import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from monitor.store.deliveries import ChannelSummary
    from monitor.work.ailments import Note
    from monitor.work.standing import Standing

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
    from monitor.store.owning import owner_of
    from monitor.work.standing import how_it_stands

    settings = open_settings()
    now = utc_now()
    path = settings.state_file
    process = owner_of(path) if path is not None else None
    with reading_state(settings) as store, store.reading() as conn:
        standing = how_it_stands(conn, settings, now)
    if quiet:
        return 1 if standing.stalled else 0
    files = _errors_in_files()
    if as_json:
        print_json(**_as_json(standing, files, process))
    else:
        _print(standing, files, process, now)
    return 1 if standing.in_trouble or files else 0


def _as_json(standing: Standing, files: list[str], process: int | None) -> dict[str, object]:
    return {
        "running": process is not None,
        "process": process,
        "last_poll_at": standing.last_poll_at,
        "lag_seconds": round(standing.lag.total_seconds(), 1),
        "feeds": asdict(standing.feeds),
        "files": files,
        "items_today": standing.items_today,
        "matches_today": standing.matches_today,
        "articles": dict(standing.articles),
        "digests": [
            {"name": name, "waiting_since": instant(since)}
            for name, since in standing.waiting_since.items()
        ],
        "channels": [_channel_as_json(each) for each in standing.channels],
        "near_misses": [
            {"rule": each.rule, "clause": each.clause, "count": each.count}
            for each in standing.near_misses
        ],
        "alerts": [
            {
                "rule": each.rule,
                "alert": each.alert,
                "fired_at": instant(each.fired_at),
                "sentence": each.sentence,
            }
            for each in standing.alerts
        ],
        "warming": [
            {"rule": rule, "alert": alert, "why": why} for rule, alert, why in standing.warming
        ],
        "notes": _notes_as_json(standing.notes),
        "dead": [
            {
                "id": int(each.id),
                "channel": each.channel,
                "target": each.target,
                "digest_id": each.digest_id,
                "answer": each.answer,
            }
            for each in standing.dead
        ],
    }


def _channel_as_json(channel: ChannelSummary) -> dict[str, object]:
    breaker = channel.breaker
    return {
        "channel": channel.channel,
        "pending": channel.pending,
        "sent": channel.sent,
        "dead": channel.dead,
        "oldest_pending_at": instant(channel.oldest_pending_at),
        "last_answer": channel.last_answer,
        "breaker": _breaker_word(channel),
        "breaker_since": instant(breaker.opened_at) if breaker else None,
        "probe_at": instant(breaker.probe_at) if breaker else None,
    }


def _print(standing: Standing, files: list[str], process: int | None, now: datetime) -> None:
    from monitor.work.telling import summarised

    running = f"running (process {process})" if process else "not running on this state"
    last = standing.last_poll_at
    polled_last = f"last poll {ago(last, now)} ago" if last else "nothing polled yet"
    feeds = standing.feeds
    click.echo(f"{bold('daemon')}   {running}; {polled_last}")
    click.echo(
        f"{bold('feeds')}    {feeds.listed} listed, {feeds.failing} failing, "
        f"{feeds.silent} silent, {feeds.paused} paused, "
        f"{feeds.never_polled} never polled; most overdue by {standing.lag.total_seconds():.0f} s"
    )
    click.echo(
        f"{bold('today')}    {standing.items_today:,} items, {standing.matches_today:,} matches"
        f"{_of_articles(standing.articles)}"
    )
    for name, since in standing.waiting_since.items():
        told = f"waiting since {ago(since, now)}" if since else "nothing waits"
        click.echo(f"{bold('digest')}   {name}: {told}")
    for line in _of_rules(standing, now):
        click.echo(line)
    if standing.channels:
        click.echo()
        print_table(
            ("channel", "breaker", "pending", "oldest", "sent", "dead", "last answer"),
            [_channel_cells(each, now) for each in standing.channels],
        )
    for said in (
        *(f"Not in use: {wrong}; see `wirewatch check`." for wrong in files),
        *(f"Given up: {each.channel} to {each.target}: {each.answer}" for each in standing.dead),
        *summarised(standing.notes, MOST_ALIKE),
    ):
        say(said)


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


def _of_articles(articles: Mapping[str, int]) -> str:
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


def _of_rules(standing: Standing, now: datetime) -> Iterator[str]:
    from monitor.store.near_misses import by_rule

    for fired in standing.alerts:
        yield f"{bold('alert')}    {fired.rule}, {ago(fired.fired_at, now)} ago: {fired.sentence}"
    for rule, alert, why in standing.warming:
        yield f"{bold('warming')}  {rule}: {alert}: {why}"
    if standing.near_misses:
        counted = by_rule(standing.near_misses).most_common(3)
        most = ", ".join(f"{rule} {count:,}" for rule, count in counted)
        yield f"{bold('nearly')}   one clause short in 7 days: {most}"


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

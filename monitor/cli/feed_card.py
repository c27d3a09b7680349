"""Everything about one feed on a card: how it is doing, its rhythm, when it is polled and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click

from monitor.cli.output import ago, bold, dim, print_json
from monitor.schedule.habits import Habit
from monitor.schedule.pacing import how_often, in_words, usual_silence
from monitor.schedule.rhythms import hours
from monitor.sources.addresses import without_login
from monitor.store.feeds import FeedRow
from monitor.stories.identity import in_words as keys_in_words
from monitor.work.ailments import remedy_of
from monitor.work.standing import due_and_why

_BARS = "▁▂▃▄▅▆▇█"


def next_poll(row: FeedRow, now: datetime, zone: ZoneInfo) -> str:
    """When it is polled and why: `14:32 because busy hour, 3 items in 20 min`."""
    if row.paused or row.state.gone:
        return "never, paused" if row.paused else "never, gone"
    due, because = due_and_why(row, now)
    if due is None or due <= now:
        return "now"
    form = "%H:%M" if due - now < timedelta(hours=20) else "%Y-%m-%d %H:%M"
    said = format(due.astimezone(zone), form)
    return f"{said} because {because}" if because else said


def print_card(row: FeedRow, state: str, now: datetime, zone: ZoneInfo) -> None:
    """The card, for people."""
    lines = [
        ("state", state),
        ("items", f"{row.items:,} kept, {row.matches:,} matches"),
        ("newest", ago(row.state.last_new_at, now)),
        *_rhythm_lines(row, now),
        ("last poll", ago(row.state.last_polled_at, now)),
        ("next poll", next_poll(row, now, zone)),
        *([("pushes", row.pushes)] if row.pushes else []),
        *_trouble_lines(row, now),
    ]
    click.echo(f"{bold(row.name or '-')}  {without_login(row.url)}")
    for label, said in lines:
        click.echo(f"{dim(f'{label:<10}')}  {said}")


def print_card_json(row: FeedRow, state: str, now: datetime) -> None:
    """The card, for machines: rates in items an hour, times in seconds."""
    habit = Habit.of(row.state.rhythm, now)
    silence = usual_silence(row.state.rhythm, now)
    due, because = due_and_why(row, now)
    print_json(
        url=without_login(row.url),
        name=row.name,
        state=state,
        items=row.items,
        matches=row.matches,
        last_polled_at=row.state.last_polled_at,
        last_new_at=row.state.last_new_at,
        next_due_at=due,
        because=because,
        pushed=row.pushed,
        pushes=row.pushes,
        items_per_day=habit and round(habit.rate * 24, 2),
        weekdays=habit and [round(rate, 4) for rate in habit.weekdays],
        weekends=habit and [round(rate, 4) for rate in habit.weekends],
        holds=habit and habit.rhythm.holds,
        window_seconds=habit and round(habit.rhythm.window_at(hours(now)) * 3600),
        usual_silence_seconds=silence and round(silence.total_seconds()),
        worth=row.worth,
        gap_at=row.state.gap_at,
        key_flaws=row.state.key_flaws.split(),
        error=row.state.error,
        remedy=remedy_of(row.state.error_kind) if row.state.error else "",
        failures=row.state.failures,
        failing_since_at=row.state.failing_since_at,
    )


def _rhythm_lines(row: FeedRow, now: datetime) -> Iterator[tuple[str, str]]:
    habit = Habit.of(row.state.rhythm, now)
    if habit is None:
        yield "rhythm", "not known yet"
        return
    most = max(*habit.weekdays, *habit.weekends)
    yield "rhythm", how_often(habit.rate)
    yield "weekdays", f"{_drawn(habit.weekdays, most)}  0 to 23 h UTC"
    yield "weekends", f"{_drawn(habit.weekends, most)}  at most {how_often(most)}"
    if (silence := usual_silence(row.state.rhythm, now)) is not None:
        yield "silence", f"up to {in_words(silence)} is usual"
    if hours_held := habit.rhythm.window_at(hours(now)):
        window = in_words(timedelta(hours=hours_held))
        yield "holds", f"{habit.rhythm.holds} items of {window}"
    if row.worth != 1.0:
        yield "worth", f"{row.worth:g} times as much as others, by its past matches"


def _drawn(rates: Sequence[float], most: float) -> str:
    return "".join(_BARS[round(rate / most * (len(_BARS) - 1))] for rate in rates)


def _trouble_lines(row: FeedRow, now: datetime) -> Iterator[tuple[str, str]]:
    if row.state.error:
        yield "failing", f"for {ago(row.state.failing_since_at, now)}: {row.state.error}"
        yield "remedy", remedy_of(row.state.error_kind)
    if row.state.key_flaws:
        yield "keys", keys_in_words(row.state.key_flaws)
    if row.state.gap_at is not None:
        when = ago(row.state.gap_at, now)
        yield "gap", f"{when} ago nothing that it showed was known: some may have been missed"

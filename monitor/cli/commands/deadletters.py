"""`wirewatch deadletters`: messages that were given up, and what is to become of them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import click

from monitor.cli.grouping import Group
from monitor.cli.opening import as_json, asked_of_daemon, open_settings, owned_state, reading_state
from monitor.cli.output import ago, print_json, print_table, say
from monitor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.store.deliveries import DeliveryRow


@click.group("deadletters", cls=Group)
def COMMAND() -> None:  # noqa: N802 - the shelf's word
    """Messages that were given up: list them, try them once more, or drop them."""


@COMMAND.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=100, help="The newest so many.")
@as_json
def list_letters(limit: int, as_json: bool) -> int:
    """The dead letters, newest first, and why each was given up.

    Exit code 1 when there are any.
    """
    from monitor.desk import utc_now
    from monitor.model import DeliveryState
    from monitor.store.deliveries import list_deliveries

    now = utc_now()
    with reading_state(open_settings()) as store, store.reading() as conn:
        found = list_deliveries(conn, state=DeliveryState.DEAD, limit=limit)
    if as_json:
        for row in found:
            print_json(**_described(row))
    elif found:
        print_table(
            ("id", "digest", "channel", "to", "age", "tries", "class", "reason"),
            [_cells(row, now) for row in found],
        )
        say("`wirewatch deadletters retry ID` sends one again, `drop ID` gives it up.")
    else:
        say("no dead letters")
    return 1 if found else 0


@COMMAND.command("retry")
@click.argument("ids", type=int, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every dead letter.")
@click.option("--channel", default="", help="Every dead letter of this channel.")
def retry(ids: tuple[int, ...], everything: bool, channel: str) -> int:
    """Send dead letters once more, under their old keys, as if they were new.

    A daemon that runs on this state delivers them in its own time; without one it is done here.
    Exit code 1 when one of them is not delivered.
    """
    return _change("retry", ids, everything=everything, channel=channel)


@COMMAND.command("drop")
@click.argument("ids", type=int, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every dead letter.")
@click.option("--channel", default="", help="Every dead letter of this channel.")
def drop(ids: tuple[int, ...], everything: bool, channel: str) -> int:
    """Give dead letters up: nobody is sent them, and nobody is told of them any more."""
    return _change("drop", ids, everything=everything, channel=channel)


def _change(verb: str, ids: Sequence[int], *, everything: bool, channel: str) -> int:
    if sum((bool(ids), everything, bool(channel))) != 1:
        raise UsageError("name dead letters by their ids, or give --channel NAME, or --all")
    settings = open_settings()
    asked = json.dumps({"ids": list(ids), "channel": channel})
    answer = asked_of_daemon(settings, f"deadletters-{verb}", asked)
    if answer is not None:
        done, failed, how = int(str(answer["letters"])), 0, " by the running daemon"
    else:
        done, failed = _here(verb, asked)
        how = ""
    if verb == "drop":
        click.echo(f"dropped: {done}")
    elif how:
        click.echo(f"queued: {done}, to be sent{how}")
    else:
        click.echo(f"tried again: {done}, of which {failed} failed")
    return 1 if failed else 0


def _here(verb: str, asked: str) -> tuple[int, int]:
    """Do it without a daemon; how many letters, and how many deliveries have failed."""
    from monitor.airlock import Airlock
    from monitor.cli.opening import open_watch
    from monitor.desk import begin, utc_now
    from monitor.once import Round, deliver_round
    from monitor.work.deadletters import change

    settings = open_settings()
    if verb == "drop":
        with owned_state(settings) as store:
            return change(store, verb, asked, utc_now()), 0
    with Airlock() as airlock:
        watch = open_watch(airlock)
    with owned_state(watch.settings) as store:
        begin(store, watch, utc_now())
        done = change(store, verb, asked, utc_now())
        return done, deliver_round(store, watch, Round()).deliveries_failed


def _described(row: DeliveryRow) -> dict[str, object]:
    return {
        "id": int(row.id),
        "digest_id": row.digest_id,
        "channel": row.channel,
        "target": row.target,
        "created_at": row.created_at,
        "attempts": row.attempts,
        "trouble": row.trouble,
        "answer": row.answer,
    }


def _cells(row: DeliveryRow, now: datetime) -> tuple[object, ...]:
    age = ago(row.created_at, now)
    return (
        row.id,
        row.digest_id,
        row.channel,
        row.target,
        age,
        row.attempts,
        row.trouble,
        row.answer,
    )

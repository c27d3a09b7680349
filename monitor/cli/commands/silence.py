"""`wirewatch silence`: not to hear for a while of whatever fits a matcher."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from monitor.cli.grouping import Group
from monitor.cli.opening import (
    as_json,
    asked_of_daemon,
    end_given,
    open_settings,
    open_watch,
    owned_state,
    reading_state,
)
from monitor.cli.output import instant, print_json, print_table, say, shortened

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.digests.muting import Muting
    from monitor.store.silences import SilenceRow


@click.group("silence", cls=Group)
def COMMAND() -> None:  # noqa: N802 - the shelf's word
    """Add, list and end silences: what fits one is held back, on record and counted."""


@COMMAND.command("add")
@click.argument("matcher", nargs=-1, required=True)
@click.option("--until", required=True, help="A day, an instant, or a time from now as `7d`.")
@click.option("--comment", required=True, help="Why; shown wherever something is held back.")
@click.option("--force", is_flag=True, help="Even if it names what does not exist (yet).")
@as_json
def add(matcher: tuple[str, ...], until: str, comment: str, force: bool, as_json: bool) -> None:
    """Tell nobody, until then, of what fits MATCHER: conditions that must all hold.

    Like 'rule=ru-* severity<=medium', 'feed="Example Wire"', 'title=*earnings* lang!=ru'; a word
    alone is a rule. There are rule, tag, severity, feed, lang, story, digest and title. Put all
    of it in quotes, since a shell has its own ideas of < and *. A day counts to its end (UTC).
    """
    from monitor.desk import utc_now

    now = utc_now()
    until_at = end_given(until, now)
    if until_at <= now:
        raise click.BadParameter(f"`{until}` is past", param_hint="--until")
    asked = {
        "matcher": " ".join(matcher),
        "until": until_at.isoformat(),
        "comment": comment,
        "force": force,
    }
    settings = open_settings()
    answer = asked_of_daemon(settings, "silence", json.dumps(asked)) or _add_here(asked)
    if as_json:
        print_json(**answer)
        return
    click.echo(f"silence #{answer['id']} until {instant(until_at)}: {answer['matcher']}")
    _say_what_it_does(answer)


def _add_here(asked: Mapping[str, object]) -> Mapping[str, object]:
    """Add it without a daemon."""
    from monitor.airlock import Airlock
    from monitor.desk import utc_now
    from monitor.work.silencing import silence

    with Airlock() as airlock:
        watch = open_watch(airlock, bearing=True)
        with owned_state(watch.settings) as store:
            return silence(store, watch, json.dumps(asked), utc_now())


def _say_what_it_does(answer: Mapping[str, object]) -> None:
    held, matches, days = (answer[name] for name in ("would_have_held", "matches", "days"))
    past = f"of {matches} matches of the last {days} days"
    if not matches:
        say(f"warning: no digest heard of a match in the last {days} days to try it on")
    elif not held:
        say(f"warning: would have held back none {past}; is the matcher as it was meant?")
    else:
        examples = answer["examples"]
        click.echo(f"would have held back {held} {past}, such as")
        for title in examples if isinstance(examples, list) else []:
            click.echo(f"  {shortened(title, 90) or '(no title)'}")
    if answer["taken_out"]:
        click.echo(f"{answer['taken_out']} that waited for a digest are held back now")


@COMMAND.command("list")
@click.option("--all", "every", is_flag=True, help="Those that have ended too.")
@as_json
def list_silences(every: bool, as_json: bool) -> None:
    """The silences that hold now, what each has held back so far, and the mutes that hold now."""
    from monitor.desk import utc_now
    from monitor.store import silences as silence_rows
    from monitor.watch import read_book
    from monitor.work.holding import holds_now

    now, settings = utc_now(), open_settings()
    book = read_book(settings.rules, now, [])
    with reading_state(settings) as store, store.reading() as conn:
        rows = [row for row in silence_rows.list_silences(conn) if every or row.holds_at(now)]
        holds = holds_now(conn, book.rules, now)
    mutings = [each for story in sorted(holds.mutings) for each in holds.mutings[story]]
    if as_json:
        for row in rows:
            print_json(**_silence_fields(row, now))
        for each in mutings:
            print_json(**_mute_fields(each))
        return
    if rows:
        _print_silences(rows, now)
    else:
        say("no silence" if every else "no silence holds now")
    if mutings:
        click.echo()
        print_table(
            ("mute of story", "until", "by", "comment"),
            [(each.story, instant(each.until_at), _by(each), each.note) for each in mutings],
        )


def _print_silences(rows: list[SilenceRow], now: datetime) -> None:
    print_table(
        ("silence", "matcher", "until", "held back", "comment"),
        [
            (
                row.silence.id,
                row.silence.matcher,
                f"{'' if row.holds_at(now) else 'ended '}{instant(row.silence.until_at)}",
                row.held,
                row.silence.comment,
            )
            for row in rows
        ],
    )
    for row in rows:
        if not row.silence.conditions:
            say(f"warning: #{row.silence.id} holds nothing back: this version cannot read it")


def _silence_fields(row: SilenceRow, now: datetime) -> dict[str, object]:
    silence = row.silence
    return {
        "kind": "silence",
        "id": int(silence.id),
        "matcher": silence.matcher,
        "created_at": row.created_at,
        "until_at": silence.until_at,
        "comment": silence.comment,
        "held": row.held,
        "holds": row.holds_at(now),
    }


def _mute_fields(muting: Muting) -> dict[str, object]:
    return {
        "kind": "mute",
        "story": int(muting.story),
        "until_at": muting.until_at,
        "comment": muting.note,
        "rule": muting.rule,
    }


def _by(muting: Muting) -> str:
    return "hand" if muting.rule is None else f"rule file {muting.rule}"


@COMMAND.command("expire")
@click.argument("silence", metavar="ID", type=click.IntRange(min=1))
@as_json
def expire(silence: int, as_json: bool) -> None:
    """End a silence now. What comes after is told; what was held back stays untold."""
    from monitor.desk import utc_now
    from monitor.work.silencing import expire

    settings = open_settings()
    answer = asked_of_daemon(settings, "expire", str(silence))
    if answer is None:
        with owned_state(settings) as store:
            answer = expire(store, str(silence), utc_now())
    if as_json:
        print_json(**answer)
        return
    click.echo(f"silence #{silence} has ended")

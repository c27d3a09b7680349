"""`wirewatch digests`: what would be told, telling it now, and what was told."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from monitor.cli.grouping import Group
from monitor.cli.opening import (
    as_json,
    asked_of_daemon,
    open_settings,
    open_watch,
    owned_state,
    pick,
    reading_state,
)
from monitor.cli.output import ago, instant, print_json, print_table, say
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.once import Round
    from monitor.work.requests import Answer

FORMS = ("text", "html", "chat")
_MOST_HELD = 10


@click.group("digests", cls=Group)
def COMMAND() -> None:  # noqa: N802 - the shelf's word
    """List, preview, send, show and resend digests."""


@COMMAND.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=10, help="Past digests shown.")
@as_json
def list_digests(limit: int, as_json: bool) -> None:
    """The digests configured, when they run next, and what was told last."""
    from monitor.desk import utc_now
    from monitor.digests.planning import GoesOut
    from monitor.store import digests as digest_rows
    from monitor.work.digesting import next_run_of

    settings = open_settings()
    now = utc_now()
    with reading_state(settings) as store:
        with store.reading() as conn:
            past = digest_rows.list_digests(conn, limit)
        timings = [(spec, next_run_of(store, spec, now)) for spec in settings.digests]
    if as_json:
        for spec, timing in timings:
            due = now if isinstance(timing, GoesOut) else timing.until_at
            print_json(
                digest=spec.name,
                cadence=spec.cadence,
                to=list(spec.to),
                next_at=due,
                why=timing.why,
            )
        for row in past:
            print_json(
                id=row.id,
                digest=row.name,
                planned_at=row.planned_at,
                stories=row.stories,
                messages=row.deliveries,
                sent=row.sent,
            )
        return
    rows = []
    for spec, timing in timings:
        due = now if isinstance(timing, GoesOut) else timing.until_at
        when = instant(due) or "when news comes"
        rows.append((spec.name, spec.cadence, ", ".join(spec.to), when, timing.why))
    print_table(("digest", "cadence", "to", "next", "why"), rows)
    if past:
        click.echo()
        print_table(
            ("id", "digest", "planned", "stories", "messages", "sent"),
            [
                (
                    row.id,
                    row.name,
                    f"{ago(row.planned_at, now)} ago",
                    row.stories,
                    row.deliveries,
                    row.sent,
                )
                for row in past
            ],
        )


@COMMAND.command("preview")
@click.argument("name")
@click.option("--format", "form", type=click.Choice(FORMS), default="text", help="Which form.")
@click.option("--open", "opened", is_flag=True, help="Show the page in a browser.")
@as_json
def preview(name: str, form: str, opened: bool, as_json: bool) -> None:
    """What would be sent now, byte for byte; nothing is sent or marked as told.

    On stderr: when it goes out, and why each story is in it.
    """
    settings = open_settings()
    spec = pick("digest", name, {spec.name: spec for spec in settings.digests})
    # A running daemon may hold another version of the files than the one that lies here.
    answer = dict(asked_of_daemon(settings, "preview", name) or _preview_here(name))
    warnings = answer.pop("warnings")
    for warning in warnings if isinstance(warnings, list) else []:
        say(f"warning: {warning}")
    if opened:
        path = settings.state_folder / f"preview-{name}.html"
        path.write_text(str(answer["html"]), encoding="utf-8")
        say(f"written to {path}")
        click.launch(Path(path).absolute().as_uri())
        return
    if as_json:
        print_json(**answer)
        return
    held = answer["held"]
    for each in held[:_MOST_HELD] if isinstance(held, list) else []:
        say(f"held back: {each['title']} ({each['why']})")
    if isinstance(held, list) and len(held) > _MOST_HELD:
        say(f"held back: {len(held) - _MOST_HELD:,} more; --json lists all")
    if form != "html":
        say(f"Subject: {answer['subject']}")
    sys.stdout.write(str(answer[form]))
    for line in explained(answer, spec.timezone):
        say(line)


def explained(answer: Mapping[str, object], timezone: str) -> Iterator[str]:
    """When a digest that was previewed goes out, and why each story is in it."""
    zone = ZoneInfo(timezone)

    def local(written: object) -> str:
        return f"{datetime.fromisoformat(str(written)).astimezone(zone):%a %-d %b %Y, %H:%M}"

    yield ""
    when = local(answer["next_at"]) if answer["next_at"] else "when there is news"
    yield f"Goes out: {when} ({timezone}): {answer['next_why']}"
    runs = answer["next_runs"]
    if isinstance(runs, list) and runs:
        yield f"The next times: {'; '.join(map(local, runs))}"
    because = answer["because"]
    for each in because if isinstance(because, list) else ():
        yield f"  story {each['story']}, {each['title']}"
        yield from (f"    {why}" for why in each["why"])


def _preview_here(name: str) -> Answer:
    from monitor.airlock import Airlock
    from monitor.desk import utc_now
    from monitor.work.requests import Desk, carry_out

    with Airlock() as airlock:
        watch = open_watch(airlock, bearing=True)
    with reading_state(watch.settings) as store:
        return carry_out("preview", name, Desk(store=store, watch=watch, now=utc_now()))


@COMMAND.command("send")
@click.argument("name")
@as_json
def send(name: str, as_json: bool) -> int:
    """Send what waits now, whatever the cadence and quiet hours say.

    A daemon that runs on this state does it, and delivers in its own time.
    """
    settings = open_settings()
    pick("digest", name, {spec.name: spec for spec in settings.digests})
    answer = asked_of_daemon(settings, "send", name)
    failed, said = 0, "queued for the running daemon"
    if answer is None:
        answer, tally = _do_here("send", name)
        failed = tally.deliveries_failed
        said = f"{tally.deliveries_sent} messages delivered, {failed} not"
    if answer["id"] is None:
        say(f"nothing waits for `{name}`")
    warnings = _warn(answer)
    if as_json:
        print_json(**answer)
    elif answer["id"] is not None:
        click.echo(f"digest {answer['id']}: {answer['stories']} stories; {said}")
    return 1 if failed or warnings else 0


@COMMAND.command("show")
@click.argument("digest_id", metavar="ID")
@click.option("--format", "form", type=click.Choice(FORMS), help="Only what it said, in this form.")
@as_json
def show(digest_id: str, form: str | None, as_json: bool) -> None:
    """What a digest said that went out, when, why, and how its deliveries fared.

    The beginning of an id will do where it is of one digest only.
    """
    from monitor.cli.digest_sheet import print_sheet, sheet_fields
    from monitor.store.digest_cards import digest_card, digest_id_of

    with reading_state(open_settings()) as store, store.reading() as conn:
        card = digest_card(conn, digest_id_of(conn, digest_id))
    if as_json:
        print_json(**sheet_fields(card))
        return
    if form is None:
        print_sheet(card)
        return
    if card.message is None:
        raise UsageError(f"what digest {card.id} said is not kept")
    if form != "html":
        say(f"Subject: {card.message.subject}")
    said = {"text": card.message.text, "html": card.message.html, "chat": card.message.chat}
    sys.stdout.write(said[form])


@COMMAND.command("resend")
@click.argument("digest_id", metavar="ID")
@click.option("--to", multiple=True, metavar="CHANNEL", help="Not to whom it is addressed.")
@as_json
def resend(digest_id: str, to: tuple[str, ...], as_json: bool) -> int:
    """Send what a digest said once more, word for word.

    The beginning of an id will do where it is of one digest only. A daemon that runs on this
    state does it, and delivers in its own time.
    """
    argument = json.dumps({"id": digest_id, "to": to})
    answer = asked_of_daemon(open_settings(), "resend", argument)
    failed, said = 0, "queued for the running daemon"
    if answer is None:
        answer, tally = _do_here("resend", argument)
        failed = tally.deliveries_failed
        said = f"{tally.deliveries_sent} messages delivered, {failed} not"
    warnings = _warn(answer)
    if as_json:
        print_json(**answer)
    else:
        channels = answer["channels"]
        named = ", ".join(channels) if isinstance(channels, list) else ""
        click.echo(f"digest {answer['id']} to {named}: {said}")
    return 1 if failed or warnings else 0


def _warn(answer: Answer) -> bool:
    """Tell the warnings of an answer; whether there are any."""
    warnings = answer["warnings"]
    for warning in warnings if isinstance(warnings, list) else []:
        say(f"warning: {warning}")
    return bool(warnings)


def _do_here(request: str, argument: str) -> tuple[Answer, Round]:
    """Carry out a request without a daemon, and deliver what it has queued."""
    from monitor.airlock import Airlock
    from monitor.desk import begin, utc_now
    from monitor.once import Round, deliver_round, publish_round
    from monitor.work.requests import Desk, carry_out

    with Airlock() as airlock:
        watch = open_watch(airlock)
    with owned_state(watch.settings) as store:
        begin(store, watch, utc_now())
        desk = Desk(store=store, watch=watch, now=utc_now())
        answer = carry_out(request, argument, desk)
        tally = deliver_round(store, watch, Round())
        publish_round(store, watch)
        return answer, tally

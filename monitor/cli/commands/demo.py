"""`wirewatch demo`: the offline tour, told in the terminal."""

from __future__ import annotations

import re
import sys
import tempfile
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.opening import command_name, starter_kit
from monitor.cli.output import bold, dim, painted, progress, say

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.settings import Settings
    from monitor.demo.touring import Moment
    from monitor.work.digesting import Planned

PAGE = Path("digest.html")
_WHY = re.compile(r"^( *why: .*? because )(.*)$")


@click.command("demo")
@click.option("--once", is_flag=True, help="End after the first morning digest.")
def COMMAND(once: bool) -> int:  # noqa: N802 - the shelf's word
    """Play three days of an invented newswire through the real pipeline, in seconds.

    No network, account or file is needed: feeds are served on this machine, and the state is
    thrown away. Prints alerts as they come and every morning's digest; writes digest.html. Then
    the pages are served on this machine, to look around and to try rules, until Ctrl-C.
    """
    from monitor.demo.touring import DAYS, MORNING, STEP, tour
    from monitor.desk import utc_now

    days = 1 if once else DAYS
    start = (utc_now() - timedelta(days=DAYS + 1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    say("13 invented outlets on this machine; the starter rules; one day takes about a second.\n")
    counted = {"new": 0, "duplicates": 0, "matches": 0}
    failing: dict[str, str] = {}
    steps = int((timedelta(days=days, hours=6)) / STEP) + 1
    with (
        tempfile.TemporaryDirectory(prefix="wirewatch-demo-") as folder,
        progress("playing the newswire", steps) as bar,
    ):
        configured: list[Settings] = []
        for moment in tour(
            starter_kit(), Path(folder), start, days=days, on_settings=configured.append
        ):
            bar.step()
            _count(moment, counted, failing)
            for planned in moment.planned:
                bar.clear()
                if planned.digest.name == MORNING:
                    _show_digest(planned)
                else:
                    _show_alert(planned)
        bar.clear()
        _sum_up(counted, failing)
        if not once:
            _serve(configured[0], Path(folder), moment.at)
    return 0


def _sum_up(counted: dict[str, int], failing: dict[str, str]) -> None:
    say(
        f"\n{counted['new']} items, {counted['duplicates']} of them copies; "
        f"{counted['matches']} matches."
    )
    for error in failing.values():
        say(f"One outlet always failed, and cost nobody anything: {error}")
    say(f"The page as it would be mailed: {PAGE.absolute()}")
    say("\nNext, with real feeds:")
    command = command_name()
    for line in (f"{command} init desk", "cd desk", f"{command} once"):
        say(f"  {line}")


def _serve(settings: Settings, folder: Path, at: datetime) -> None:
    """The pages of what was found, until Ctrl-C."""
    from monitor.airlock import Airlock
    from monitor.demo.showing import Show, showing, to_play_with
    from monitor.store.engine import Store
    from monitor.web.access import Keys

    settings = to_play_with(settings, folder)
    with Airlock() as airlock, Store.open(settings.state.url.reveal()) as store:
        show = Show(settings=settings, store=store, airlock=airlock, stands_at=at)
        with showing(show, settings.web.listen, Keys(full="")) as url:
            say("\nThe pages, with rules to try, until Ctrl-C:")
            click.echo(f"  {url}/")
            with suppress(KeyboardInterrupt):
                threading.Event().wait()


def _count(moment: Moment, counted: dict[str, int], failing: dict[str, str]) -> None:
    for polled in moment.polled:
        counted["new"] += polled.new + polled.duplicates
        counted["duplicates"] += polled.duplicates
        counted["matches"] += polled.matches
        if polled.error:
            failing[polled.feed] = polled.error


def _show_alert(planned: Planned) -> None:
    """One line for each story of an alert, with what is new about it, and its reason."""
    from monitor.rendering.news import mark_of, news_of

    at = f"{planned.digest.planned_at:%a %H:%M}"
    for story in planned.digest.stories:
        told = mark_of(story).upper() or f"ALERT {story.severity.word}"
        mark = painted(told, "31", sys.stdout)
        terms = dict.fromkeys(one.text for match in story.lead.matches for one in match.evidence)
        why = f"because {', '.join(list(terms)[:4])} ({story.lead.item.source})"
        click.echo(f"{at}  {mark}  {bold(story.lead.item.title)}")
        for each in (*news_of(story), dim(why)):
            click.echo(f"           {each}")


def _show_digest(planned: Planned) -> None:
    """The text of the mail, and its page in a file."""
    rule = "─" * 72
    click.echo(f"\n{dim(rule)}")
    for line in planned.message.text.splitlines():
        why = _WHY.match(line)
        if why:
            click.echo(f"{dim(why[1])}{painted(why[2], '33', sys.stdout)}")
        elif line.strip().startswith(("http://", "https://")):
            click.echo(dim(line))
        elif line and not line.startswith(" ") and line.isupper():
            click.echo(bold(line))
        else:
            click.echo(line)
    click.echo(f"{dim(rule)}\n")
    PAGE.write_text(planned.message.html, encoding="utf-8")

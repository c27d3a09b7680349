"""`wirewatch doctor`: what would keep Wirewatch from working here."""

from __future__ import annotations

import click

from monitor.cli.opening import as_json, open_watch
from monitor.cli.output import painted, print_json, say


@click.command("doctor")
@click.option("--feeds", "sample", type=click.IntRange(min=0), default=5, help="Feeds to try.")
@as_json
def COMMAND(sample: int, as_json: bool) -> int:  # noqa: N802 - the shelf's word
    """Check the state, the clock, name lookup, each channel and a sample of feeds.

    Every finding has an id and a hint. Exit code 1 when something does not work.
    """
    import sys

    from monitor.airlock import Airlock
    from monitor.cli.examining import examine

    with Airlock() as airlock:
        watch = open_watch(airlock, bearing=True)
        bad = 0
        for finding in examine(watch, airlock, sample=sample):
            bad += finding.level == "error"
            if as_json:
                print_json(
                    id=finding.id,
                    level=finding.level,
                    subject=finding.subject,
                    message=finding.message,
                    hint=finding.hint,
                )
                continue
            colour = {"ok": "32", "warning": "33", "error": "31"}[finding.level]
            mark = painted(
                {"ok": "ok  ", "warning": "warn", "error": "FAIL"}[finding.level],
                colour,
                sys.stdout,
            )
            click.echo(f"{mark} {finding.id} {finding.subject}: {finding.message}")
            if finding.hint:
                click.echo(f"          {finding.hint}")
    if not as_json:
        say("all well" if not bad else f"{bad} things do not work")
    return 1 if bad or watch.errors else 0

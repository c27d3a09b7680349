"""`wirewatch state`: looking after the state itself."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from monitor.cli.grouping import Group
from monitor.cli.opening import as_json, open_settings, owned_state, reading_state
from monitor.cli.output import print_json, print_table, progress, say
from monitor.errors import UsageError


@click.group("state", cls=Group)
def COMMAND() -> None:  # noqa: N802 - the shelf's word
    """Migrate, back up, inspect and prune the state."""


@COMMAND.command("migrate")
def migrate() -> None:
    """Create the state, or bring it up to date. `run` and `once` do so by themselves."""
    from monitor.store.migrating import HEAD

    with owned_state(open_settings()):
        say(f"the state is at schema {HEAD}")


@COMMAND.command("backup")
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace TARGET if it exists.")
def backup(target: Path | None, force: bool) -> None:
    """Copy an SQLite state to TARGET, consistent, also while the daemon runs."""
    from monitor.desk import utc_now

    settings = open_settings()
    target = target or settings.state_folder / f"wirewatch-{utc_now():%Y%m%d-%H%M%S}.db"
    state = settings.state_file
    if state is not None and state.exists() and target.exists() and target.samefile(state):
        raise UsageError(f"{target} is the state itself; name another file")
    if target.exists() and not force:
        raise UsageError(f"{target} exists; name another file, or add --force")
    with reading_state(settings) as store:
        store.backup(target)
    click.echo(str(target))


@COMMAND.command("info")
@as_json
def info(as_json: bool) -> None:
    """What is stored, where, and in which version."""
    from monitor.config.showing import masked_database
    from monitor.store.housekeeping import state_info

    settings = open_settings()
    with reading_state(settings) as store, store.reading() as conn:
        found = asdict(state_info(conn))
    found = {"url": masked_database(settings.state.url), **found}
    path = settings.state_file
    if path is not None and path.exists():
        found["bytes"] = path.stat().st_size
    if as_json:
        print_json(**found)
    else:
        print_table(("what", "value"), list(found.items()))


@COMMAND.command("prune")
@click.option("--dry-run", is_flag=True, help="Say from when on, delete nothing.")
def prune(dry_run: bool) -> None:
    """Delete now what is past its keep, as the daemon does by itself."""
    from monitor.desk import utc_now
    from monitor.work.housekeeping import keep_house

    settings = open_settings()
    now = utc_now()
    if dry_run:
        for what, keep in (
            ("items no rule fired on", settings.state.keep_items),
            ("items a rule fired on", settings.state.keep_matched),
            ("messages sent", settings.state.keep_deliveries),
        ):
            click.echo(f"{what} from before {_day(now - keep)}")
        return
    with owned_state(settings) as store, progress("pruning", 0) as bar:
        gone = keep_house(
            store, settings.state, now, most_bites=sys.maxsize, on_bite=lambda _: bar.step(100)
        )
    click.echo(f"{gone.items} items, {gone.keys} keys, {gone.deliveries} messages deleted")


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"

"""`wirewatch once`: one round, for cron."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from monitor.cli.opening import as_json, open_watch, owned_state
from monitor.cli.output import print_json, progress, say
from monitor.errors import Temporary

if TYPE_CHECKING:
    from monitor.work.polling import Polled

SEVERAL = 3
"""That many hosts do not fail at the same time by chance."""


@click.command("once")
@click.option("--all", "every_feed", is_flag=True, help="Poll every feed now, due or not.")
@click.option("--no-send", is_flag=True, help="Poll only: plan no digest, deliver nothing.")
@click.option("-v", "--verbose", is_flag=True, help="One line for every feed and delivery.")
@as_json
def COMMAND(every_feed: bool, no_send: bool, verbose: bool, as_json: bool) -> int:  # noqa: N802
    """Poll all due feeds, plan and deliver digests, then end.

    Exit code 1 when a feed or a delivery failed, 75 when no host at all could be reached.
    """
    from monitor.airlock import Airlock
    from monitor.desk import secrets_of, steady, utc_now
    from monitor.once import one_round, refresh_lists
    from monitor.sources.addresses import without_login
    from monitor.store import feeds as feed_rows
    from monitor.telemetry import to_stderr

    with Airlock(workers=2) as airlock:
        watch = open_watch(airlock)
        if verbose:
            to_stderr(watch.settings.log_format, secrets_of(watch.settings))
        with owned_state(watch.settings) as store, progress("polling", len(watch.feeds)) as bar:
            if asyncio.run(refresh_lists(watch.settings, airlock)):
                watch = open_watch(airlock)
            failures: list[Polled] = []
            steady()

            def note(polled: Polled) -> None:
                bar.step()
                if polled.answer == "failed":
                    failures.append(polled)

            tally = asyncio.run(
                one_round(
                    store,
                    watch,
                    airlock,
                    every_feed=every_feed,
                    sending=not no_send,
                    on_polled=note,
                )
            )
            with store.reading() as conn:
                resting = feed_rows.resting(conn, utc_now())
    for host, because, waiting in resting:
        feeds = f"{waiting} due feed{'s wait' if waiting > 1 else ' waits'}"
        say(f"{host}: {feeds}, because {because}")
    if not verbose:
        for failure in failures:
            say(f"failed: {without_login(failure.feed)}: {failure.error}")
    if as_json:
        print_json(**tally.as_dict())
    else:
        click.echo(
            f"{tally.feeds_polled} feeds polled ({tally.not_modified} unchanged, "
            f"{tally.failed} failed), {tally.items_new} new items, {tally.duplicates} duplicates, "
            f"{tally.matches} matches; {tally.digests} digests, {tally.deliveries_sent} messages "
            f"delivered, {tally.deliveries_failed} not; {tally.seconds:.1f} s"
        )
    if tally.failed == tally.feeds_polled and _network_is_away(failures):
        say("No host could be reached: the network seems to be away.")
        return Temporary.exit_code
    return 1 if tally.failed or tally.deliveries_failed or watch.errors else 0


def _network_is_away(failures: list[Polled]) -> bool:
    """Whether what failed are several hosts, and none of them could be reached."""
    from monitor.model import FailureKind
    from monitor.sources.addresses import host_of

    hosts = {host_of(each.feed) for each in failures}
    return len(hosts) >= SEVERAL and all(
        each.error_kind == FailureKind.UNREACHABLE for each in failures
    )

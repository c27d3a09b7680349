"""`wirewatch mute`: not to hear of a story for a while."""

from __future__ import annotations

import json

import click

from monitor.cli.opening import asked_of_daemon, end_given, open_settings, owned_state
from monitor.cli.output import instant, say


@click.command("mute")
@click.argument("story", type=click.IntRange(min=1))
@click.option("--until", required=True, help="A day, an instant, or a time from now as `7d`.")
@click.option("--comment", default="", help="Why; shown wherever the story is.")
def COMMAND(story: int, until: str, comment: str) -> None:  # noqa: N802 - the shelf's word
    """Tell nobody of a story until then, whatever rule finds it.

    A day counts to its end (UTC). To end a mute, set it anew with `--until 0`.
    """
    from monitor.desk import utc_now
    from monitor.work.requests import mute_story

    now = utc_now()
    until_at = end_given(until, now)
    if until_at <= now and until.strip() != "0":
        raise click.BadParameter(
            f"`{until}` is past; to end a mute write `--until 0`", param_hint="--until"
        )
    asked = {"story": story, "until": until_at.isoformat(), "comment": comment}
    settings = open_settings()
    answer = asked_of_daemon(settings, "mute", json.dumps(asked))
    if answer is None:
        with owned_state(settings) as store:
            answer = mute_story(store, json.dumps(asked), now)
    muted = answer["story"]
    if muted != story:
        say(f"story {story} was merged into {muted}")
    said = f"muted until {instant(until_at)}" if until_at > now else "no longer muted"
    click.echo(f"story {muted}: {said}")

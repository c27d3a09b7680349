"""`wirewatch init`: the starter kit, written beside whatever is there."""

from __future__ import annotations

import secrets
import shlex
from pathlib import Path

import click

from monitor.cli.opening import command_name, starter_kit
from monitor.cli.output import say
from monitor.web.tokens import make_token


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".")
def COMMAND(folder: str) -> int:  # noqa: N802 - the shelf's word
    """Write a commented config.toml, starter rules, vocabularies and templates into DIR.

    A file that exists already is left as it is.
    """
    kit, target = starter_kit(), Path(folder)
    sources = [
        kit / "config.toml",
        *sorted((kit / "rules").rglob("*.yaml")),
        *sorted((kit / "templates").glob("*.j2")),
    ]
    kept = 0
    for source in sources:
        path = target / source.relative_to(kit)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(source.read_text(encoding="utf-8"))
        except FileExistsError:
            kept += 1
            say(f"kept    {path} (it exists)")
        else:
            click.echo(f"wrote   {path}")
    token = target / "state" / "web.token"
    if make_token(token, lambda: secrets.token_urlsafe(24)):
        click.echo(f"wrote   {token} (it opens the pages; only you can read it)")
    here = "" if folder == "." else f"cd {shlex.quote(folder)} && "
    name = command_name()
    say(f"\nNext: {here}{name} check && {name} once && {name} status")
    if kept == len(sources):
        say("Nothing was written: every file was there already.")
    return 0

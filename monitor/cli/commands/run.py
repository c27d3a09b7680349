"""`wirewatch run`: the daemon."""

from __future__ import annotations

import os

import click

from monitor.cli.opening import config_path, open_settings


@click.command("run")
def COMMAND() -> int:  # noqa: N802 - the shelf's word
    """Run until SIGTERM or Ctrl-C. SIGHUP, or a changed file, reloads everything."""
    from monitor.daemon import run
    from monitor.desk import secrets_of
    from monitor.telemetry import to_stderr

    settings = open_settings()
    to_stderr(settings.log_format, secrets_of(settings))
    return run(config_path(), os.environ)

"""The front desk of the command line: finds the verb, and turns what goes wrong into exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path

import click

from monitor import __version__
from monitor.cli.grouping import Group
from monitor.cli.output import failed, print_problems, say
from monitor.errors import UnusableFiles, WirewatchError

VERBS = {
    "demo": ("demo", "offline tour: the real pipeline on an invented newswire"),
    "init": ("init", "write a commented config.toml, starter rules and templates"),
    "doctor": ("doctor", "find out what would keep Wirewatch from working here"),
    "check": ("check", "lint config, rules, vocabularies and templates, and run rule tests"),
    "test": ("test", "run the inline tests of rules and vocabularies"),
    "match": ("match", "match items against rules, without config or state"),
    "backtest": ("backtest", "a rule against the archive: hits per day, gained and lost items"),
    "run": ("run", "run the daemon"),
    "once": ("once", "poll what is due, plan and deliver digests, then end (for cron)"),
    "status": ("status", "how feeds, digests and deliveries stand"),
    "feeds": ("feeds", "list, add, discover, probe, pause, import and export feeds"),
    "rules": ("rules", "list and show rules"),
    "stories": ("stories", "list and show stories"),
    "mute": ("mute", "tell nobody of a story until a day"),
    "silence": ("silence", "hold back for a while whatever fits a matcher"),
    "replay": ("replay", "run recorded items through the whole decision, in memory"),
    "digests": ("digests", "list, preview and send digests"),
    "notify": ("notify", "try a channel"),
    "deadletters": ("deadletters", "list, retry and drop messages that were given up"),
    "search": ("search", "search the archive"),
    "export": ("export", "write the archive as JSON Lines or CSV"),
    "state": ("state", "migrate, back up, inspect and prune the state"),
    "config": ("config", "show the configuration and its schema"),
    "explain": ("explain", "what a problem code means and how it is put right"),
    "completion": ("completion", "shell completion for bash, zsh or fish"),
}
"""Every verb: the module that holds it, and its line in `--help`."""


_BEFORE_THE_VERB = frozenset({"-c", "--config", "--debug"})


class Verbs(Group):
    """Knows all verbs by name, and imports the one that is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of a user's life."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself; imports its module."""
        del ctx
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"monitor.cli.commands.{VERBS[cmd_name][0]}")
        command: click.Command = module.COMMAND
        return command

    def lines(self, ctx: click.Context) -> Iterator[tuple[str, str]]:
        """The list of verbs, without importing any of them."""
        del ctx
        yield from ((name, text) for name, (_, text) in VERBS.items())


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="wirewatch", message="%(prog)s %(version)s")
@click.option(
    "-c",
    "--config",
    metavar="FILE",
    default=None,
    help="The configuration; else $WIREWATCH_CONFIG, else ./config.toml.",
)
@click.option("--debug", is_flag=True, help="Show where in the program a mistake of ours happened.")
@click.pass_context
def cli(ctx: click.Context, config: str | None, debug: bool) -> None:
    """Watch news feeds with tested rules; be told once, with the reason why."""
    ctx.ensure_object(dict)
    ctx.obj["config"] = config
    ctx.obj["debug"] = debug


def main(args: Sequence[str] | None = None) -> None:
    """Run a verb and leave with the contract's exit code."""
    _speak_utf8()
    asked = os.environ.get("_WIREWATCH_COMPLETE")
    if asked:
        from click.shell_completion import shell_complete

        sys.exit(shell_complete(cli, {}, "wirewatch", "_WIREWATCH_COMPLETE", asked))
    code = code_of(list(sys.argv[1:] if args is None else args))
    try:
        sys.stdout.flush()
    except OSError:  # it has been told
        _hang_up()
    sys.exit(code)


def code_of(args: Sequence[str]) -> int:
    """Run a verb; its exit code. Whatever goes wrong ends as one clear line on stderr."""
    try:
        with cli.make_context("wirewatch", list(args)) as ctx:
            result = cli.invoke(ctx)
            sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        return _misused(error)
    except WirewatchError as error:
        return _refused(error)
    except (click.Abort, KeyboardInterrupt):
        return failed("interrupted", 130)
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more can be told to them.
        _hang_up()
        return 0
    except OSError as error:
        # With a name, it is a file that somebody named; without one, the world.
        where, code = (f"{error.filename}: ", 2) if error.filename else ("", 1)
        return failed(f"{where}{error.strerror or error}", code)
    except Exception as error:
        if "--debug" in args:
            raise
        said = f"{type(error).__name__}: {error}"
        return failed(f"a mistake of ours: {said} (`wirewatch --debug ...` shows where)", 1)
    return result if isinstance(result, int) else 0


def _misused(error: click.ClickException) -> int:
    """A call that click cannot make sense of."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        say(error.format_message())
        return 2
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    hint = f" (see `{ctx.command_path} --help`)" if ctx else ""
    if isinstance(error, click.NoSuchOption) and error.option_name in _BEFORE_THE_VERB:
        return failed(f"`{error.option_name}` goes before the verb", 2)
    return failed(f"{error.format_message()}{hint}", 2)


def _refused(error: WirewatchError) -> int:
    """What cannot be done, in the words of whoever found out."""
    if isinstance(error, UnusableFiles):
        print_problems(error.problems, stream=sys.stderr)
        return error.exit_code
    return failed(str(error), error.exit_code)


def _speak_utf8() -> None:
    """UTF-8 in and out whatever the locale; what cannot be written is shown escaped."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open("r+", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _hang_up() -> None:
    """Let the rest of stdout go nowhere, so that the interpreter's last flush cannot fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

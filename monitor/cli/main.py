"""The front desk of the command line: finds the verb, and turns what goes wrong into exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from monitor import __version__
from monitor.cli.output import failed, print_problems
from monitor.errors import UnusableFiles, WirewatchError, did_you_mean

VERBS = {
    "demo": ("demo", "offline tour: the real pipeline on an invented newswire"),
    "init": ("init", "write a commented config.toml, starter rules and templates"),
    "doctor": ("doctor", "find out what would keep Wirewatch from working here"),
    "check": ("check", "lint config, rules, vocabularies and templates, and run rule tests"),
    "test": ("test", "run the inline tests of rules and vocabularies"),
    "match": ("match", "match items against rules, without config or state"),
    "run": ("run", "run the daemon"),
    "once": ("once", "poll what is due, plan and deliver digests, then end (for cron)"),
    "status": ("status", "how feeds, digests and deliveries stand"),
    "feeds": ("feeds", "list, add, discover, probe, pause, import and export feeds"),
    "rules": ("rules", "list and show rules"),
    "stories": ("stories", "list and show stories"),
    "replay": ("replay", "run recorded items through the whole decision, in memory"),
    "digests": ("digests", "list, preview and send digests"),
    "notify": ("notify", "try a channel"),
    "search": ("search", "search the archive"),
    "export": ("export", "write the archive as JSON Lines or CSV"),
    "state": ("state", "migrate, back up, inspect and prune the state"),
    "config": ("config", "show the configuration and its schema"),
    "explain": ("explain", "what a problem code means and how it is put right"),
    "completion": ("completion", "shell completion for bash, zsh or fish"),
}
"""Every verb: the module that holds it, and its line in `--help`."""


class Verbs(click.Group):
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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs, without importing any of them."""
        del ctx
        with formatter.section("Verbs"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Offer the nearest verb for one that does not exist."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], VERBS)
            raise click.UsageError(f"no verb `{args[0]}`" + (f"; {hint}" if hint else ""), ctx)
        return super().resolve_command(ctx, args)


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
    sys.exit(code_of(list(sys.argv[1:] if args is None else args)))


def code_of(args: Sequence[str]) -> int:
    """Run a verb; its exit code. Whatever goes wrong ends as one clear line on stderr."""
    try:
        result = cli.main(args=list(args), prog_name="wirewatch", standalone_mode=False)
    except click.UsageError as error:
        hint = f" (see `{error.ctx.command_path} --help`)" if error.ctx else ""
        return failed(f"{error.format_message()}{hint}", 2)
    except click.ClickException as error:
        return failed(error.format_message(), 2)
    except UnusableFiles as error:
        print_problems(error.problems, stream=sys.stderr)
        return error.exit_code
    except WirewatchError as error:
        return failed(str(error), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return failed("interrupted", 130)
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more can be flushed to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return failed(f"{where}{error.strerror or error}", 1)
    except Exception as error:
        if "--debug" in args:
            raise
        said = f"{type(error).__name__}: {error}"
        return failed(f"a mistake of ours: {said} (`wirewatch --debug ...` shows where)", 1)
    return result if isinstance(result, int) else 0

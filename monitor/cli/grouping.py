"""Verbs that have verbs of their own: help lines in full, and the nearest name for a wrong one."""

from __future__ import annotations

from collections.abc import Iterator

import click

from monitor.errors import did_you_mean


class Group(click.Group):
    """A group of verbs, in the order in which they were written."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """As written: what comes first in use comes first."""
        del ctx
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with the first sentence of their help, however long."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(self.lines(ctx)))

    def lines(self, ctx: click.Context) -> Iterator[tuple[str, str]]:
        """Each verb and its line."""
        del ctx
        for name, command in self.commands.items():
            yield name, " ".join((command.help or "").partition("\n\n")[0].split())

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Offer the nearest verb for one that does not exist."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            hint = did_you_mean(args[0], known)
            raise click.UsageError(f"no verb `{args[0]}`" + (f"; {hint}" if hint else ""), ctx)
        return super().resolve_command(ctx, args)

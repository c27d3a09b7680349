"""`wirewatch completion`: shell completion, as click makes it."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def COMMAND(ctx: click.Context, shell: str) -> None:  # noqa: N802 - the shelf's word
    """Print what a shell must read to complete verbs and options.

    For bash: wirewatch completion bash > ~/.local/share/bash-completion/completions/wirewatch
    """
    maker = get_completion_class(shell)
    assert maker is not None  # noqa: S101 - click knows all three
    root = ctx.find_root().command
    script = maker(root, {}, "wirewatch", "_WIREWATCH_COMPLETE").source()
    click.echo(script)

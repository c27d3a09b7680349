"""`wirewatch explain`: the catalogue of problem codes."""

from __future__ import annotations

import click

from monitor.cli.output import bold
from monitor.errors import NotFound


def catalogue() -> dict[str, str]:
    """Every code there is, with its explanation."""
    from monitor.config.codes import CODES as CONFIG
    from monitor.rendering.codes import CODES as TEMPLATES
    from monitor.rules.codes import CODES as RULES
    from monitor.watch import CODES as FILES

    rules = {
        code: f"{each.summary}\n{each.why}\n\nAs it should be:\n\n"
        + "\n".join(f"    {line}" for line in each.example.splitlines())
        for code, each in RULES.items()
    }
    return {**CONFIG, **FILES, **rules, **TEMPLATES}


@click.command("explain")
@click.argument("code", required=False)
def COMMAND(code: str | None) -> None:  # noqa: N802 - the shelf's word
    """Explain a problem code, such as R103; without one, list them all."""
    known = catalogue()
    if code is None:
        for name, text in sorted(known.items()):
            click.echo(f"{bold(name)}  {text.splitlines()[0]}")
        return
    if code.upper() not in known:
        raise NotFound("code", code, known)
    click.echo(f"{bold(code.upper())}\n{known[code.upper()]}")

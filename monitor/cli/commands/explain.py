"""`wirewatch explain`: the catalogue of problem codes."""

from __future__ import annotations

import click

from monitor.cli.opening import as_json
from monitor.cli.output import bold, print_json
from monitor.errors import NotFound


def catalogue() -> dict[str, str]:
    """Every code there is, with its explanation."""
    from monitor.cli.items_in import CODES as ITEMS
    from monitor.config.codes import CODES as CONFIG
    from monitor.rendering.codes import CODES as TEMPLATES
    from monitor.rules.codes import CODES as RULES
    from monitor.watch import CODES as FILES

    rules = {
        code: f"{each.summary}\n{each.why}\n\nAs it should be:\n\n"
        + "\n".join(f"    {line}" for line in each.example.splitlines())
        for code, each in RULES.items()
    }
    return {**CONFIG, **FILES, **ITEMS, **rules, **TEMPLATES}


@click.command("explain")
@click.argument("code", required=False)
@as_json
def COMMAND(code: str | None, as_json: bool) -> None:  # noqa: N802 - the shelf's word
    """Explain a problem code, such as R103; without one, list them all."""
    known = catalogue()
    if code is not None and code.upper() not in known:
        raise NotFound("code", code.upper(), known)
    wanted = sorted(known) if code is None else [code.upper()]
    for name in wanted:
        if as_json:
            print_json(code=name, text=known[name])
        elif code is None:
            click.echo(f"{bold(name)}  {known[name].splitlines()[0]}")
        else:
            click.echo(f"{bold(name)}\n{known[name]}")

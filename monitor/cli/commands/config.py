"""`wirewatch config`: what is configured, and what can be."""

from __future__ import annotations

import json

import click

from monitor.cli.grouping import Group
from monitor.cli.opening import as_json, open_settings
from monitor.cli.output import print_json, print_table


@click.group("config", cls=Group)
def COMMAND() -> None:  # noqa: N802 - the shelf's word
    """Show the configuration and its schema."""


@COMMAND.command("show")
@as_json
def show(as_json: bool) -> None:
    """Every setting as it is in force, and where it comes from. Secrets are masked."""
    from monitor.config.showing import shown_settings

    rows = shown_settings(open_settings())
    if as_json:
        for name, value, origin in rows:
            print_json(setting=name, value=value, origin=origin)
        return
    print_table(
        ("setting", "value", "from"),
        [(name, json.dumps(value, ensure_ascii=False), origin) for name, value, origin in rows],
    )


@COMMAND.command("schema")
@click.option("--rules", "of_rules", is_flag=True, help="Of rule files instead.")
def schema(of_rules: bool) -> None:
    """JSON Schema of config.toml, for editors."""
    from monitor.cli.rule_schema import rule_schema
    from monitor.config.tables import json_schema

    shown = rule_schema() if of_rules else json_schema()
    click.echo(json.dumps(shown, indent=2, ensure_ascii=False))

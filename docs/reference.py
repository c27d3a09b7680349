"""Writes docs/reference.md from the shelves and tables of the program: `./run.sh docs`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from monitor.cli.commands.explain import catalogue
from monitor.cli.main import VERBS, cli
from monitor.cli.rule_schema import key_meanings
from monitor.config.tables import TABLES, Setting, Table
from monitor.rules.arranging import query_operator_shelf
from monitor.rules.loading import operator_shelf
from monitor.sources.reading import source_kinds
from monitor.web.openapi import document


def reference() -> str:
    """The whole page."""
    return "\n".join(
        [
            "# Reference",
            "",
            "Made from the program itself by `./run.sh docs`; a test holds the two together.",
            "",
            *_verbs(),
            *_settings(),
            *_rule_keys(),
            *_query_operators(),
            *_sources(),
            *_api(),
            *_codes(),
        ]
    )


def _verbs() -> Iterator[str]:
    yield "## Verbs"
    yield ""
    yield "Exit codes: 0 fine; 1 findings (a mistake in a file, a failed test, feed or delivery);"
    yield "2 usage, or a configuration that cannot be used; 3 only warnings, with `--strict`;"
    yield "75 temporary, try again. Data goes to stdout, progress and logs to stderr."
    yield ""
    context = click.Context(cli, info_name="wirewatch")
    yield from _options(cli, context)
    for name in VERBS:
        command = cli.get_command(context, name)
        assert command is not None
        yield from _command(command, click.Context(command, parent=context, info_name=name))


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _command(inner, click.Context(inner, parent=context, info_name=name))
        return
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"### `{context.command_path} {pieces}`"
    yield ""
    yield inspect.cleandoc(command.help or "")
    yield ""
    yield from _options(command, context)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    rows = [
        record
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option)
        and "--help" not in parameter.opts
        and (record := parameter.get_help_record(context))
    ]
    if rows:
        yield from _table(("option", "meaning"), [(f"`{name}`", text) for name, text in rows])


def _settings() -> Iterator[str]:
    yield "## Settings"
    yield ""
    yield "All in `config.toml`; an empty file is valid. Any setting outside a list can come from"
    yield "the environment: `WIREWATCH_POLL__MEAN=5m` sets `mean` in `[poll]`. What is in force,"
    yield "and where it comes from, says `wirewatch config show`."
    yield ""
    for table in TABLES:
        yield f"### {_heading(table)}"
        yield ""
        yield table.help
        yield ""
        yield from _table(
            ("setting", "default", "meaning"), [_setting(each) for each in table.settings]
        )


def _heading(table: Table) -> str:
    if not table.name:
        return "At the top"
    return f"`[[{table.name}]]`" if table.many else f"`[{table.name}]`"


def _setting(setting: Setting) -> tuple[str, str, str]:
    default = f"`{setting.default}`" if setting.default else ""
    return f"`{setting.name}`", default, setting.help


def _rule_keys() -> Iterator[str]:
    yield "## Rule keys"
    yield ""
    operators = {operator.name: operator for operator in operator_shelf()}
    rows = [(f"`{key}`", meaning) for key, meaning in key_meanings().items()]
    yield from _table(("key", "meaning"), rows)
    for operator in operators.values():
        yield "```yaml"
        yield operator.example.strip()
        yield "```"
        yield ""


def _query_operators() -> Iterator[str]:
    yield "## Query operators"
    yield ""
    yield "In `match:`, beside AND, OR, NOT, brackets and fields."
    yield ""
    rows = [
        (
            f"`{operator.name}/n`" if operator.highest else f"`{operator.name}`",
            operator.help,
            f"`{operator.example}`",
        )
        for operator in query_operator_shelf().values()
    ]
    yield from _table(("operator", "meaning", "example"), rows)


def _sources() -> Iterator[str]:
    yield "## Kinds of feeds"
    yield ""
    rows = [(f"`{name}`", kind.help) for name, kind in source_kinds().items()]
    yield from _table(("kind", "what is read"), rows)


def _api() -> Iterator[str]:
    yield "## API"
    yield ""
    yield "What each takes and gives is in `/api/v1/openapi.json`; how to ask, in [api.md](api.md)."
    yield ""
    rows = [
        (f"`{method.upper()} {path}`", _done_by(described))
        for path, methods in sorted(document()["paths"].items())
        for method, described in methods.items()
    ]
    yield from _table(("operation", "what it does"), rows)


def _done_by(described: Mapping[str, str]) -> str:
    """What an operation does: pages say it in their description, actions in their summary."""
    return described.get("description") or described["summary"]


def _codes() -> Iterator[str]:
    yield "## Problem codes"
    yield ""
    yield "`wirewatch explain CODE` says more."
    yield ""
    rows = [(f"`{code}`", text.splitlines()[0]) for code, text in sorted(catalogue().items())]
    yield from _table(("code", "meaning"), rows)


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


if __name__ == "__main__":
    Path(__file__).with_name("reference.md").write_text(reference(), encoding="utf-8")

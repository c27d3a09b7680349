"""`wirewatch rules`: the rules there are."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli.grouping import Group
from monitor.cli.opening import as_json, clock, open_rules, rules_folder
from monitor.cli.output import bold, print_json, print_table, say, shown_path
from monitor.errors import Level, NotFound, Problem


@click.group("rules", cls=Group)
def COMMAND() -> None:  # noqa: N802 - the shelf's word
    """List and show rules."""


@COMMAND.command("list")
@click.option("--rules", "folder", metavar="DIR", help="The folder of rules.")
@as_json
def list_rules(folder: str | None, as_json: bool) -> int:
    """Every rule: whether it is active, how severe, how many tests it has."""
    now = clock()
    problems: list[Problem] = []
    book = open_rules(rules_folder(folder), now, problems)
    rules = sorted(book.rules, key=lambda rule: rule.id)
    if as_json:
        for rule in rules:
            print_json(
                id=rule.id,
                title=rule.title,
                severity=rule.severity.word,
                tags=list(rule.tags),
                owner=rule.owner,
                active=rule.is_active(now),
                tests=len(rule.samples),
                path=shown_path(rule.place.path),
                line=rule.place.line,
            )
    else:
        print_table(
            ("rule", "severity", "active", "tests", "title"),
            [
                (
                    rule.id,
                    rule.severity.word,
                    "yes" if rule.is_active(now) else "no",
                    len(rule.samples),
                    rule.title,
                )
                for rule in rules
            ],
        )
    errors = sum(each.level is Level.ERROR for each in problems)
    if errors:
        say(f"{errors} errors in rule files: see `wirewatch check`")
    return 1 if errors else 0


@COMMAND.command("show")
@click.argument("rule_id", metavar="ID")
@click.option("--rules", "folder", metavar="DIR", help="The folder of rules.")
@as_json
def show_rule(rule_id: str, folder: str | None, as_json: bool) -> None:
    """The file of one rule, and the vocabularies it uses."""
    book = open_rules(rules_folder(folder), clock(), [])
    rule = next((each for each in book.rules if each.id == rule_id), None)
    if rule is None:
        raise NotFound("rule", rule_id, [each.id for each in book.rules])
    text = Path(rule.place.path).read_text(encoding="utf-8-sig").rstrip()
    vocabularies = sorted(rule.vocabularies.items())
    if as_json:
        print_json(
            id=rule.id,
            title=rule.title,
            path=shown_path(rule.place.path),
            line=rule.place.line,
            vocabularies=[name for name, _ in vocabularies],
            text=text,
        )
        return
    click.echo(bold(f"# {shown_path(rule.place.path)}"))
    click.echo(text)
    for name, vocabulary in vocabularies:
        click.echo(f"# ${name}: {len(vocabulary.terms)} terms, {shown_path(vocabulary.place.path)}")

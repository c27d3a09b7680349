"""`wirewatch rules`: the rules there are."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.grouping import Group
from monitor.cli.opening import (
    as_json,
    clock,
    config_path,
    open_rules,
    open_settings,
    reading_state,
    rules_folder,
    tags_of_feeds,
)
from monitor.cli.output import bold, print_json, print_table, say, shown_path
from monitor.errors import Level, NotFound, Problem

if TYPE_CHECKING:
    from monitor.rules.rulebook import Rule
    from monitor.work.surveying import InArchive


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
    """The file of one rule, how it compiled, and how it fares in the archive."""
    from dataclasses import asdict

    from monitor.cli.rule_sheet import archive_lines, compiled_lines
    from monitor.rules.dissecting import dissect
    from monitor.rules.matching import Matcher

    book = open_rules(rules_folder(folder), clock(), [])
    rule = next((each for each in book.rules if each.id == rule_id), None)
    if rule is None:
        raise NotFound("rule", rule_id, [each.id for each in book.rules])
    dissected = dissect(Matcher([rule]), rule.id)
    archive = _in_archive(rule)
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
            compiled=asdict(dissected)
            | {
                "conditions": [
                    {"clause": clause, "asks": asks} for clause, asks in dissected.conditions
                ],
                "scores": [
                    {"query": query, "points": points} for query, points in dissected.scores
                ],
            },
            archive=None if archive is None else archive.as_dict(),
        )
        return
    click.echo(bold(f"# {shown_path(rule.place.path)}"))
    click.echo(text)
    for name, vocabulary in vocabularies:
        click.echo(f"# ${name}: {len(vocabulary.terms)} terms, {shown_path(vocabulary.place.path)}")
    for line in compiled_lines(dissected, archive):
        click.echo(f"# {line}")
    if archive is not None and archive.items:
        for line in archive_lines(archive):
            click.echo(f"# {line}")


@COMMAND.command("suggest")
@click.argument("rule_id", metavar="ID")
@click.option("--days", type=click.IntRange(min=1), default=90, help="Hits of how far back.")
@as_json
def suggest_terms(rule_id: str, days: int, as_json: bool) -> None:
    """Words that set the rule's hits apart, and spellings of its terms that it misses."""
    from dataclasses import asdict

    from monitor.rules.archive_linting import LEAST_ITEMS
    from monitor.work.surveying import suggest

    now = clock()
    book = open_rules(rules_folder(None), now, [])
    rule = next((each for each in book.rules if each.id == rule_id), None)
    if rule is None:
        raise NotFound("rule", rule_id, [each.id for each in book.rules])
    with reading_state(open_settings()) as store, store.reading() as conn:
        found = suggest(conn, rule, now - timedelta(days=days), tags_of_feeds(rule))
    if found.items < LEAST_ITEMS:
        say(f"only {found.items:,} items are indexed; {LEAST_ITEMS:,} at least say something")
    if as_json:
        print_json(
            rule=rule_id,
            items=found.items,
            hits=found.hits,
            words=[asdict(each) for each in found.telling],
            spellings=[asdict(each) | {"headline": title} for each, title in found.spellings],
        )
        return
    click.echo(bold(f"{rule_id}: {found.hits:,} hits in {days} days, {found.items:,} items"))
    print_table(
        ("word", "hits", "items", "G2"),
        [(each.word, each.hits, each.items, f"{each.g2:.0f}") for each in found.telling],
    )
    print_table(
        ("spelling", "of", "items", "as in"),
        [(each.word, each.term, each.items, title) for each, title in found.spellings],
    )


def _in_archive(rule: Rule) -> InArchive | None:
    """How the rule fares in the archive, where there is one."""
    from monitor.errors import WirewatchError
    from monitor.work.surveying import look_up

    if not config_path().is_file():
        return None
    try:
        with reading_state(open_settings()) as store, store.reading() as conn:
            return look_up(conn, rule, clock(), tags_of_feeds(rule))
    except WirewatchError:
        # A rule can be looked at before there is a state, and beside one that is away.
        return None

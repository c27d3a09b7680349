"""`wirewatch search`: stored items that a query finds, by the same matcher as rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.commands.export import duration
from monitor.cli.opening import (
    as_json,
    open_rules,
    open_settings,
    pick,
    reading_state,
    tags_of_feeds,
)
from monitor.cli.output import ago, bold, dim, instant, print_json, say
from monitor.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.settings import Settings
    from monitor.model import Match, Reported
    from monitor.rules.rulebook import Rule
    from monitor.store.full_texts import TextRow

# `-word` is a word not wanted: nothing may be taken for an option but those spelt out.
_AS_WRITTEN = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


@click.command("search", context_settings=_AS_WRITTEN)
@click.argument("query", nargs=-1)
@click.option("--rule", "rule_id", metavar="ID", help="What this rule finds now, not a query.")
@click.option("--since", metavar="DURATION", help="Only what was seen in the last, as 7d.")
@click.option("--limit", type=click.IntRange(min=1), default=50, help="How many at most.")
@as_json
def COMMAND(  # noqa: N802 - the shelf's word
    query: tuple[str, ...], rule_id: str | None, since: str | None, limit: int, as_json: bool
) -> int:
    """Search the archive, newest first, in the language of `match:` in a rule.

    Words and "phrases" side by side must all be found. A word finds its forms, `=word` only
    itself, $name a vocabulary's terms, `a OR b` either; -word or NOT word must not be found;
    `a NEAR/5 b`, `title:a` and ( ) work as in rules.
    """
    from monitor.desk import utc_now
    from monitor.rules.matching import Matcher
    from monitor.store.archive import iter_items
    from monitor.store.full_texts import text_rows
    from monitor.work.searching import Narrower

    for word in query:
        if word.startswith("--"):
            raise click.NoSuchOption(word, ctx=click.get_current_context())
    if bool(query) is (rule_id is not None):
        raise UsageError("give a query, or a rule with --rule ID, and not both")
    now = utc_now()
    settings = open_settings()
    rule = _rule_named(rule_id, settings, now) if rule_id else _rule_of(query, settings, now)
    tags = tags_of_feeds(rule)
    matcher = Matcher([rule])
    since_at = now - duration(since) if since else None
    found = 0
    with reading_state(settings) as store, store.reading() as conn:
        for each in iter_items(conn, since_at=since_at, among=Narrower(conn).items_for(rule)):
            for match in matcher.match(each.item, tags.get(each.item.feed, ())):
                found += 1
                if as_json:
                    article = text_rows(conn, [each.item_id]).get(each.item_id)
                    _print_json(each, match, article)
                else:
                    _show(each, match, now)
            if found >= limit:
                break
    say(f"{found} found" + (" (there may be more: --limit)" if found >= limit else ""))
    return 0


def _rule_named(rule_id: str, settings: Settings, now: datetime) -> Rule:
    book = open_rules(settings.rules, now, [])
    rule: Rule = pick("rule", rule_id, {each.id: each for each in book.rules})
    return rule


def _rule_of(query: tuple[str, ...], settings: Settings, now: datetime) -> Rule:
    from monitor.rules.asking import rule_of_query
    from monitor.rules.vocabularies import read_vocabularies
    from monitor.rules.yaml_nodes import SourceFile
    from monitor.watch import vocabulary_files

    read = read_vocabularies(
        SourceFile(str(path), path.read_bytes()) for path in vocabulary_files(settings.rules)
    )
    return rule_of_query(" ".join(query), read.usable, now, broken=read.broken)


def _print_json(report: Reported, match: Match, article: TextRow | None) -> None:
    print_json(
        id=int(report.item_id),
        title=report.item.title,
        url=report.item.url,
        source=report.item.source,
        published_at=instant(report.item.published_at),
        terms=list(dict.fromkeys(one.text for one in match.evidence)),
        article=article and {"state": article.state.value, "reason": article.reason},
    )


def _show(report: Reported, match: Match, now: datetime) -> None:
    item = report.item
    terms = ", ".join(dict.fromkeys(one.text for one in match.evidence))
    said = f"{item.source}, {ago(item.published_at, now)} ago: {terms}"
    click.echo(f"{bold(item.title)}\n  {said}\n  {dim(item.url)}")

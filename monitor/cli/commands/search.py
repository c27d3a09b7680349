"""`wirewatch search`: stored items that a query finds, by the same matcher as rules."""

from __future__ import annotations

import json
import re

import click

from monitor.cli.commands.export import duration
from monitor.cli.opening import as_json, open_settings, reading_state
from monitor.cli.output import ago, bold, dim, instant, print_json, say
from monitor.errors import Problem, UsageError

# Words, phrases with what binds them, and brackets; what is unwanted has a dash before it.
_PARTS = re.compile(r'((?<![^\s(])-(?=[^\s-]))?((?:\w+:|=)*"[^"]*"|[()]|[^\s()]+)')
_LEADS_ON = re.compile(r"NOT|[A-Z]+/\d+|\w+:")


# `-word` is a word not wanted: nothing may be taken for an option but those spelt out.
_AS_WRITTEN = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


@click.command("search", context_settings=_AS_WRITTEN)
@click.argument("query", nargs=-1, required=True)
@click.option("--since", metavar="DURATION", help="Only what was seen in the last, as 7d.")
@click.option("--limit", type=click.IntRange(min=1), default=50, help="How many at most.")
@as_json
def COMMAND(  # noqa: N802 - the shelf's word
    query: tuple[str, ...], since: str | None, limit: int, as_json: bool
) -> int:
    """Search the archive, newest first, in the language of `match:` in a rule.

    Words and "phrases" side by side must all be found. A word finds its forms, `=word` only
    itself, $name a vocabulary's terms, `a OR b` either; -word or NOT word must not be found;
    `a NEAR/5 b`, `title:a` and ( ) work as in rules.
    """
    from monitor.desk import utc_now
    from monitor.rules.loading import load_rules
    from monitor.rules.matching import Matcher
    from monitor.rules.yaml_nodes import SourceFile
    from monitor.store.archive import iter_items
    from monitor.watch import vocabulary_files
    from monitor.work.searching import Narrower

    for word in query:
        if word.startswith("--"):
            raise click.NoSuchOption(word, ctx=click.get_current_context())
    now = utc_now()
    settings = open_settings()
    vocabularies = [
        SourceFile(str(path), path.read_bytes()) for path in vocabulary_files(settings.rules)
    ]
    book = load_rules([SourceFile("query.yaml", as_rule(" ".join(query)))], vocabularies, now)
    if not book.rules:
        wrong = [each for each in book.problems if each.place.path == "query.yaml"]
        raise UsageError("; ".join(_sentence(each) for each in wrong))
    matcher = Matcher(book.rules)
    since_at = now - duration(since) if since else None
    found = 0
    with reading_state(settings) as store, store.reading() as conn:
        among = Narrower(conn).items_for(book.rules[0])
        for each in iter_items(conn, since_at=since_at, among=among):
            for match in matcher.match(each.item):
                found += 1
                if as_json:
                    print_json(
                        id=int(each.item_id),
                        title=each.item.title,
                        url=each.item.url,
                        source=each.item.source,
                        published_at=instant(each.item.published_at),
                        terms=list(dict.fromkeys(one.text for one in match.evidence)),
                    )
                else:
                    terms = ", ".join(dict.fromkeys(one.text for one in match.evidence))
                    said = f"{each.item.source}, {ago(each.item.published_at, now)} ago: {terms}"
                    click.echo(f"{bold(each.item.title)}\n  {said}\n  {dim(each.item.url)}")
            if found >= limit:
                break
    say(f"{found} found" + (" (there may be more: --limit)" if found >= limit else ""))
    return 0


def _sentence(problem: Problem) -> str:
    return f"{problem.message}: {problem.hint}" if problem.hint else problem.message


def as_rule(query: str) -> str:
    """The query as the text of a rule file: what stands side by side must all be found."""
    from monitor.rules.arranging import query_operator_shelf

    shelf = query_operator_shelf()
    joining = {"AND", "OR", *(name for name in shelf if shelf[name].between)}
    said: list[str] = []
    open_end = True
    for unwanted, part in _PARTS.findall(query):
        joins = part == ")" or part.partition("/")[0] in joining
        if not open_end and not joins:
            said.append("AND")
        said += ["NOT", part] if unwanted else [part]
        # After an operator or a field, what it is about must follow.
        open_end = part != ")" and (joins or part == "(" or _LEADS_ON.fullmatch(part) is not None)
    return json.dumps({"title": "query", "match": " ".join(said)}, ensure_ascii=False)

"""`wirewatch match`: which rules fire on an item, and why; without config or state."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

import click

from monitor.cli.opening import as_json, clock, open_rules, rules_folder
from monitor.cli.output import bold, dim, print_json, print_problems, say
from monitor.errors import Level, NotFound, Problem, UnusableFiles, UsageError
from monitor.model import Evidence, Item, RuleId

if TYPE_CHECKING:
    from monitor.airlock import Airlock
    from monitor.cli.items_in import Given, Reading, ToText
    from monitor.rules.matching import Explanation
    from monitor.rules.rulebook import Rule, RuleBook


_BLANK = b"\xef\xbb\xbf \t\r\n"


@click.command("match")
@click.argument("text_from", metavar="[-]", required=False)
@click.option("--rules", "folder", metavar="DIR", help="The folder of rules, or one rule file.")
@click.option("--rule", "only", metavar="ID", help="Only this rule.")
@click.option("--items", "items_file", metavar="FILE", help="Items, one JSON object a line.")
@click.option("--title", help="The title of one item.")
@click.option("--text", help="The text of one item.")
@as_json
def COMMAND(  # noqa: N802 - the contract's options
    text_from: str | None,
    folder: str | None,
    only: str | None,
    items_file: str | None,
    title: str | None,
    text: str | None,
    as_json: bool,
) -> int:
    """Match items against rules: --items FILE, or --title and --text, or `-` for stdin.

    Stdin may hold items, one JSON object a line, or the text of one.

    With --rule and without a hit, says which clause of that rule did not hold.
    """
    from monitor.airlock import Airlock
    from monitor.cli.items_in import Reading
    from monitor.rules.matching import Matcher
    from monitor.text.language import with_language
    from monitor.watch import teller

    _require_one(text_from, items_file, title or text)
    now = clock()
    problems: list[Problem] = []
    book = open_rules(rules_folder(folder), now, problems)
    broken = [each for each in problems if each.level is Level.ERROR]
    print_problems(broken if book.rules else problems, stream=sys.stderr)
    wanted = _wanted(book, only, now)
    matcher, tell = Matcher(wanted), teller(wanted)
    hits = 0
    with Airlock() as airlock:
        wrong: list[Problem] = []
        reading = Reading(to_text=cleaner(airlock), now=now, problems=wrong)
        for each in _items(reading, text_from, items_file, title, text):
            item = with_language(each.item, tell) if tell else each.item
            matches = matcher.match(item)
            for match in matches:
                hits += 1
                if as_json:
                    print_json(
                        item=each.id,
                        rule=match.rule,
                        severity=match.severity.word,
                        score=match.score,
                        evidence=[evidence_fields(one) for one in match.evidence],
                    )
                else:
                    _show(each.item, match.rule, match.severity.word, match.evidence)
            if only is not None and not matches and not as_json and items_file is None:
                _show_misses(matcher.explain(item, RuleId(only)))
    if wrong:
        raise UnusableFiles(wrong)
    if not as_json:
        say(f"{hits} {'match' if hits == 1 else 'matches'}")
    return 1 if broken else 0


def _require_one(text_from: str | None, *others: str | None) -> None:
    if text_from not in (None, "-"):
        raise UsageError(f"`{text_from}`? write `-` for stdin, or --items FILE")
    if sum(bool(each) for each in (text_from, *others)) != 1:
        raise UsageError("give --items FILE, or --title and --text, or `-` for stdin")


def _wanted(book: RuleBook, only: str | None, now: datetime) -> tuple[Rule, ...]:
    """The active rules, or the one asked for. Raises NotFound, and UsageError where it sleeps."""
    if only is None:
        return book.active(now)
    named = {rule.id: rule for rule in book.rules}
    if only not in named:
        raise NotFound("rule", only, named)
    rule = named[RuleId(only)]
    if not rule.is_active(now):
        raise UsageError(f"rule `{only}` is not active: see its `enabled`, `since` and `expires`")
    return (rule,)


def _items(
    reading: Reading,
    text_from: str | None,
    items_file: str | None,
    title: str | None,
    text: str | None,
) -> Iterator[Given]:
    """The items asked about. Stdin may hold items, or the text of one."""
    from monitor.cli.items_in import looks_like_items

    if items_file:
        yield from reading.file(items_file)
        return
    if text_from:
        before, first = _first_line(sys.stdin.buffer)
        if looks_like_items(first):
            # Never gathered: hits come while whoever writes is still writing.
            yield from reading.lines(chain(before, (first,), sys.stdin.buffer), "stdin")
            return
        text = b"".join((*before, first, sys.stdin.buffer.read())).decode("utf-8-sig", "replace")
    yield reading.given({"id": "1", "title": title, "summary": text})


def _first_line(lines: BinaryIO) -> tuple[list[bytes], bytes]:
    """The first line that says something, b"" for none, and the blank ones before it."""
    before: list[bytes] = []
    for line in lines:
        if line.strip(_BLANK):
            return before, line
        before.append(line)
    return before, b""


def cleaner(airlock: Airlock) -> ToText:
    """Text as it is; only what may be markup goes through the airlock."""

    def to_text(text: str) -> str:
        if "<" not in text and "&" not in text:
            return text
        return airlock.plain_or_html(text)

    return to_text


def evidence_fields(one: Evidence) -> dict[str, object]:
    """Evidence in the contract's words."""
    return {
        "clause": one.clause,
        "term": one.term,
        "field": one.field,
        "start": one.start,
        "end": one.end,
        "text": one.text,
    }


def _show(item: Item, rule: str, severity: str, evidence: Iterable[Evidence]) -> None:
    click.echo(f"{bold(item.title or '(no title)')}\n  {rule} ({severity}) because")
    for line in dict.fromkeys(_reasons(item, evidence)):
        click.echo(f"    {line}")


def _reasons(item: Item, evidence: Iterable[Evidence]) -> Iterator[str]:
    for one in evidence:
        if one.field in {"title", "lead", "body"}:
            whole: str = getattr(item, one.field)
            before = whole[max(0, one.start - 30) : one.start].replace("\n", " ")
            after = whole[one.end : one.end + 30].replace("\n", " ")
            shown = f"{dim(before)}{bold(one.text)}{dim(after)}"
        else:
            shown = bold(one.text)
        yield f"{one.clause}: {shown}  {dim(f'{one.term} in {one.field}')}"


def _show_misses(explanation: Explanation) -> None:
    for clause in explanation.clauses:
        mark = "held" if clause.held else "did not hold"
        click.echo(f"  {clause.clause}: {mark}{f': {clause.reason}' if clause.reason else ''}")

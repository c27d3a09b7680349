"""Words: regular expressions against `re`, long lists of names, and telling languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial

import _news
from _measuring import asked_for_quick, median, print_machine, print_table, seconds_of, times

from monitor import langid
from monitor.model import Item
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.rules.regexes import Expression, Searchable, compile_regex
from monitor.rules.yaml_nodes import SourceFile
from monitor.text.language import with_language

NOW = datetime(2026, 11, 1, tzinfo=UTC)
HOSTILE = {
    "(a+)+$": "a",
    "(a|aa)+$": "a",
    r"\b(?:(?:\w+)*\s*)*!": "ab ",
    ".*russia.*korea.*missile.*": "russia korea ",
    r"(?:korea(?:n)?s?\s*)*arms(?:\s*\w+)*\s*deal": "korea arms ",
    "x.{0,200}y.{0,200}z": "xy",
}


def regexes_on_hostile_text(longest: int) -> None:
    """Twenty characters for `re`, which some of these keep busy for hours beyond that."""
    rows = []
    for pattern, part in HOSTILE.items():
        ours = compile_regex(pattern)
        text = (part * longest)[:longest] + "."
        seconds = [
            median(seconds_of(partial(_search, ours, text[:n])) for _ in range(3))
            for n in (22, longest // 100, longest)
        ]
        theirs = re.compile(pattern, re.IGNORECASE)
        plain = seconds_of(partial(theirs.search, text[:21] + "."))
        rows.append(
            (
                pattern,
                f"{plain * 1e6:,.0f}",
                f"{seconds[0] * 1e6:,.0f}",
                f"{seconds[1] * 1e3:.2f}",
                f"{seconds[2] * 1e3:,.1f}",
                times(seconds[2], seconds[1]),
            )
        )
    head = ("pattern", "re, 22 chars us", "ours, 22 us", f"{longest // 100:,} ms")
    print_table((*head, f"{longest:,} ms", "for x100"), rows)


def _search(expression: Expression, text: str) -> None:
    expression.search(Searchable(text))


def regexes_beside_terms(items: list[Item]) -> None:
    """What a pattern costs a rule: only items with its terms are searched."""
    rows, base = [], 0.0
    for name, more in {
        "terms alone": "",
        "and a pattern": "regex: 'missiles?|tanker|vessel'",
        r"and a pattern with \b": r"regex: '\b(?:missiles?|tanker|vessel)\b'",
    }.items():
        text = f"any: [missile, ammunition, satellite, tanker]\n{more}"
        matcher = Matcher(load_rules([SourceFile("r.yaml", text)], [], NOW).rules)
        found = sum(bool(matcher.match(item)) for item in items)
        seconds = median(
            seconds_of(lambda m=matcher: [m.match(item) for item in items]) for _ in range(5)
        )
        base = base or seconds
        rows.append((name, f"{seconds / len(items) * 1e6:.1f}", times(seconds, base), found))
    print_table(("rule", "us an item", "ratio", "hits"), rows)


def names(number: int) -> None:
    """A list of names as plain text: loading it, and what it costs an item."""
    listed = "\n".join(f"Vessel {each:,} of Line {each % 977}" for each in range(number))
    rows = []
    for suffix, text in ((".txt", listed), (".yaml", f"terms:\n{_as_yaml(listed)}")):
        vocabulary = SourceFile(f"vocab/names{suffix}", text)
        if len(text) < 2_000_000:
            seconds = median(
                seconds_of(lambda v=vocabulary: load_rules([], [v], NOW)) for _ in range(3)
            )
            rows.append((f"{number:,} names, {suffix}", f"{seconds:.2f}"))
    print_table(("list", "s to load"), rows)


def _as_yaml(listed: str) -> str:
    return "\n".join(f"  - '{line}'" for line in listed.splitlines())


def languages(items: list[Item]) -> None:
    """Telling the language of items that say nothing of it."""
    tell = langid.teller({"en", "ko"})
    if tell is None:
        print("skipped: py3langid is not installed")
        return
    opening = seconds_of(lambda: tell("a ferry in the harbour"))
    told = sum(bool(with_language(item, tell).language) for item in items)
    seconds = median(
        seconds_of(lambda: [with_language(item, tell) for item in items]) for _ in range(3)
    )
    rows = [(f"{seconds / len(items) * 1e6:.0f}", f"{opening:.2f}", f"{told / len(items):.1%}")]
    print_table(("us an item", "s to open", "told"), rows)


def main() -> None:
    quick = asked_for_quick(__doc__ or "")
    print_machine()
    items = [
        Item(title=each.title, lead=each.lead, published_at=NOW, first_seen_at=NOW)
        for feed in range(10 if quick else 100)
        for each in _news.edition(feed, 1)
    ]
    regexes_on_hostile_text(10_000 if quick else 1_000_000)
    regexes_beside_terms(items)
    names(2_000 if quick else 50_000)
    languages(items)


if __name__ == "__main__":
    main()

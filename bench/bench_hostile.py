"""Hostile items and rules: processor time at n, 2n, 4n and 8n, and how it grows.

Eight times the text may take eight times as long. What takes more than twelve times as long, and
more than a blink, is marked.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from _measuring import asked_for_quick, print_machine, print_table, times

from monitor.model import Item
from monitor.rules.forms import stems
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.rules.yaml_nodes import SourceFile
from monitor.text.folding import fold

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
LINEAR = 8
SUSPECT = 12
# Milliseconds below which a ratio says more about the clock than about the work.
BLINK = 20

WIDE = ["missile", "=US", "e*", "missile test", "F-16", "导弹", "*a*a*a*b", "a??b*"]

TEXTS: dict[str, tuple[Callable[[int], str], int]] = {
    "words, title of 1 MB": (lambda n: ("missile test the sea " * n)[:n], 1_000_000),
    "unlike words": (lambda n: " ".join(f"ea{at}" for at in range(n)), 100_000),
    "one word, a": (lambda n: "a" * n, 1_000_000),
    "no space": (lambda n: ("abcdefg" * n)[:n], 500_000),
    "no width inside words": (lambda n: "mis\u200bsi\u200ble " * n, 50_000),
    "direction marks": (lambda n: "\u202emissile\u202c " * n, 50_000),
    "half surrogates": (lambda n: "\ud800a" * n, 200_000),
    "NUL": (lambda n: "\0a" * n, 200_000),
    "accents on one letter": (lambda n: "a" + "\u0301\u0323" * n, 100_000),
    "dots": (lambda n: "." * n, 100_000),
    "a.a.": (lambda n: "a." * n, 100_000),
    "quotes": (lambda n: "'" * n, 100_000),
    "a'a'": (lambda n: "a'" * n, 100_000),
    "a'a' beyond ASCII": (lambda n: "é" + "a\u2019" * n, 100_000),
    "a-1-": (lambda n: "a-1-" * n, 100_000),
    "brackets": (lambda n: "(" * n, 100_000),
    "1,1,": (lambda n: "1," * n, 100_000),
    "Chinese": (lambda n: "导弹" * n, 200_000),
    "Korean": (lambda n: "미사일을" * n, 100_000),
    "Arabic": (lambda n: "والصاروخ" * n, 50_000),
}

RULES: dict[str, dict[str, object]] = {
    "wildcards": {"any": ["*a*a*a*a*a*b", "?*a*a*a*c*", "*e*e*e*y"]},
    "NEAR in NEAR in NEAR": {"match": "( ( tug NEAR/50 ferry ) NEAR/100 barge ) NEAR/500 sea"},
    "THEN of itself": {"match": "( tug THEN/500 tug ) THEN/2 ( ferry THEN/500 ferry )"},
    "THEN in vain": {"match": "( tug NEAR/500 ferry ) THEN/4 ( barge NEAR/500 sea )"},
    "SENTENCE in SENTENCE": {"match": "( tug SENTENCE ferry ) SENTENCE ( barge SENTENCE sea )"},
    "PARAGRAPH of many": {
        "match": "( ( tug NEAR/3 ferry ) PARAGRAPH ( barge THEN/3 sea ) ) PARAGRAPH sea"
    },
    "ATLEAST of many": {"match": "ATLEAST/50 ( tug NEAR/500 sea )"},
    "near, six concepts": {
        "all": [["tug", "sea"], ["ferry", "tug"], ["barge", "tug"], ["sea"], ["ferry"], ["tug"]],
        "near": 6,
    },
    "a phrase of 81 words": {"any": ["tug ferry barge sea " * 20 + "canoe"]},
    "10,000 alternatives": {"any": [*(f"w{at}" for at in range(10_000)), "tug"]},
    "prominence of what is near": {
        "match": "( tug NEAR/5 barge ) SENTENCE ( ferry THEN/9 sea )",
        "prominence": "major",
    },
}
BODY_WORDS = 100_000


@dataclass(frozen=True, slots=True)
class Growth:
    """Milliseconds of processor time at n, 2n, 4n and 8n."""

    name: str
    milliseconds: tuple[float, ...]

    @property
    def is_suspect(self) -> bool:
        """Whether time grows faster than text, as far as can be told."""
        first, *_, last = self.milliseconds
        return last > BLINK and last > SUSPECT * first


def matcher_of(rule: dict[str, object]) -> Matcher:
    """One rule, given as its file would."""
    book = load_rules([SourceFile("r.yaml", json.dumps(rule))], [], NOW)
    if not book.rules:
        raise AssertionError(book.problems)
    return Matcher(book.rules)


def item(title: str = "", body: str = "") -> Item:
    return Item(title=title, body=body, published_at=NOW, first_seen_at=NOW)


def milliseconds_of(rule: dict[str, object], one: Item) -> float:
    """What a matcher that has met none of these words takes: the better of two."""
    return min(_milliseconds_of(matcher_of(rule), one) for _ in range(2))


def _milliseconds_of(matcher: Matcher, one: Item) -> float:
    # One run may not know the words of another. The garbage collector, which looks through all
    # that lives again and again, would be measured instead: with it places cost up to three times
    # as much.
    fold.cache_clear()
    stems.cache_clear()
    gc.collect()
    gc.disable()
    begun = time.process_time()
    matcher.match(one)
    spent = time.process_time() - begun
    gc.enable()
    return spent * 1_000


def growths(shrunk: int) -> Iterator[Growth]:
    """Every hostile text with wide rules, every hostile rule with a long text."""
    for name, (text, most) in TEXTS.items():
        yield Growth(
            name,
            tuple(milliseconds_of({"any": WIDE}, item(text(size))) for size in sizes(most, shrunk)),
        )
    for name, rule in RULES.items():
        bodies = ("tug ferry barge sea " * (size // 4) for size in sizes(BODY_WORDS, shrunk))
        yield Growth(name, tuple(milliseconds_of(rule, item(body=body)) for body in bodies))


def sizes(most: int, shrunk: int) -> list[int]:
    """n, 2n, 4n and 8n, the last a `shrunk`-th of the most."""
    return [most // shrunk // part for part in (8, 4, 2, 1)]


def main() -> None:
    shrunk = 50 if asked_for_quick(__doc__ or "") else 1
    print_machine()
    rows = []
    for each in growths(shrunk):
        first, *_, last = each.milliseconds
        rows.append(
            (
                each.name,
                *(f"{figure:.1f}" for figure in each.milliseconds),
                times(last, max(first, 0.01)),
                "more than linear" if each.is_suspect else "",
            )
        )
    print_table(("ms", "n", "2n", "4n", "8n", f"8n/n, linear {LINEAR}", ""), rows)


if __name__ == "__main__":
    main()

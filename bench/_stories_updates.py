"""How many real updates are told as such, and how many plain repeats, beside two simple rules."""

from __future__ import annotations

import difflib
import gzip
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from _measuring import HOUSE, print_table

from monitor.stories.traits import traits
from monitor.stories.updating import update_in

CORPUS = HOUSE.parent / "shared" / "corpus"

Text = tuple[str, str]
Rule = Callable[[Text, Text], bool]
"""Whether the second text is an update of the first; each is a title and a body."""


def ours(known: Text, fresh: Text) -> bool:
    return update_in(traits(*fresh), [traits(*known)], same_item=False) is not None


def differs(known: Text, fresh: Text) -> bool:
    """What readers do that compare a hash of the content."""
    return known != fresh


def much_differs(known: Text, fresh: Text) -> bool:
    """What a diff of the words would say."""
    words, others = known[1].split(), fresh[1].split()
    return difflib.SequenceMatcher(None, words, others, autojunk=False).ratio() < 0.9


RULES: dict[str, Rule] = {
    "ours": ours,
    "another hash": differs,
    "words differ by 10 %": much_differs,
}


def print_tables() -> None:
    """The share of each kind of pair that is told as an update, by rule."""
    print("Updates: pairs told as an update")
    print()
    rows = []
    for name, wanted, pairs in _kinds():
        told = [sum(rule(*pair) for pair in pairs) / len(pairs) for rule in RULES.values()]
        rows.append((name, len(pairs), wanted, *(f"{each:.1%}" for each in told)))
    print_table(("pairs", "of them", "wanted", *RULES), rows)


def _kinds() -> Iterator[tuple[str, str, list[tuple[Text, Text]]]]:
    natural = _lines("dedup/reuters_natural_pairs-odd.jsonl.gz")
    for label, name, wanted in (("U", "updated stories", "all"), ("D", "plain repeats", "none")):
        yield name, wanted, [_in_order(pair) for pair in natural if pair["label"] == label]
    stories = {
        int(row["id"]): (row["title"], row["body"])
        for row in _lines("news/reuters21578-train.jsonl.gz")
    }
    reprints = [
        row
        for row in _lines("dedup/reuters_synthetic_reprints-500.jsonl.gz")
        if row["base_id"] in stories
    ][::3]
    for variant in reprints[0]["variants"]:
        told = [(stories[row["base_id"]], _text(row["variants"][variant])) for row in reprints]
        yield variant, "all" if variant.startswith("U") else "none", told
        if variant.startswith("T"):
            yield f"{variant}, then the full text", "none", [(b, a) for a, b in told]
    some = [each for each in stories.values() if 60 < len(each[1].split()) < 300]
    chance = random.Random(3)
    replaced = [(each, other) for each in some[::40] if (other := _renumbered(each, chance))]
    yield "one number replaced", "all", replaced


def _in_order(pair: dict[str, Any]) -> tuple[Text, Text]:
    one, other = sorted((pair["a"], pair["b"]), key=lambda each: str(each["ts"]))
    return _text(one), _text(other)


def _text(row: dict[str, Any]) -> Text:
    return row["title"], row["body"]


def _renumbered(text: Text, chance: random.Random) -> Text | None:
    title, body = text
    found = re.findall(r"(?<![\w.,/-])\d{2,6}(?![\w.,/-])", body)
    if not found:
        return None
    number = chance.choice(found)
    other = str(int(number) + chance.choice((3, 7, 11)))
    return title, re.sub(rf"(?<![\w.,/-]){number}(?![\w.,/-])", other, body)


def _lines(name: str) -> list[dict[str, Any]]:
    with gzip.open(Path(CORPUS) / name, "rt") as rows:
        return [json.loads(row) for row in rows]

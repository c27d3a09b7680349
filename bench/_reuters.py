"""Judged Reuters stories, the topic rules for them, and how well rules find their topics."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.model import Item
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.rules.yaml_nodes import SourceFile

WRITTEN = Path(__file__).parent / "data" / "reuters.yaml"
LONG_AGO = datetime(1987, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An item and the topics its editors gave it."""

    item: Item
    topics: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What share of the found is right, and what share of the right is found."""

    precision: float
    recall: float


def judged(corpus: Path, every: int = 1) -> Iterator[Story]:
    """The stories that have judgements: each `every`-th of them."""
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["judged"]]
    for row in rows[::every]:
        one = Item(
            title=row["title"], body=row["body"], published_at=LONG_AGO, first_seen_at=LONG_AGO
        )
        yield Story(item=one, topics=frozenset(row["topics"]))


def topic_rules(prominence: str = "any") -> Matcher:
    """The topic rules, each with this prominence."""
    text = WRITTEN.read_text(encoding="utf-8")
    asked = text.replace("    any: [", f"    prominence: {prominence}\n    any: [")
    book = load_rules([SourceFile("reuters.yaml", asked)], [], LONG_AGO)
    if len(book.rules) != text.count("- id:"):
        raise AssertionError(book.problems)
    return Matcher(book.rules)


def found_by(matcher: Matcher, stories: Iterable[Story]) -> list[frozenset[str]]:
    """The topics that rules find, story by story."""
    return [frozenset(match.rule for match in matcher.match(each.item)) for each in stories]


def qualities(
    topics: Iterable[str], stories: list[Story], found: list[frozenset[str]]
) -> dict[str, Quality]:
    """Precision and recall of each topic. One that is never found has a precision of 0."""
    told: Counter[str] = Counter()
    true: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for story, names in zip(stories, found, strict=True):
        told.update(names)
        true.update(story.topics)
        right.update(names & story.topics)
    return {
        topic: Quality(
            precision=right[topic] / max(told[topic], 1), recall=right[topic] / max(true[topic], 1)
        )
        for topic in topics
    }


def macro(each: Iterable[Quality]) -> Quality:
    """The mean over topics, large and small alike."""
    listed = list(each)
    return Quality(
        precision=sum(one.precision for one in listed) / len(listed),
        recall=sum(one.recall for one in listed) / len(listed),
    )

"""Stories to match and rules to match them with, as many as are asked for, always the same."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import _news
from _measuring import HOUSE

from monitor.errors import Place
from monitor.model import Item, RuleId
from monitor.rules.query_operators.near import Near
from monitor.rules.rulebook import Rule
from monitor.rules.syntax import AllOf, AnyOf, Clause, Node, Not, Placed, Term
from monitor.rules.terms import read_term

CORPUS = HOUSE.parent / "shared" / "corpus" / "news" / "reuters21578-train.jsonl.gz"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
_WORD = re.compile(r"[a-z]{3,}")

# How common a word is, as a share of the stories that have it: rules mix all three kinds.
_BANDS = ((0.0002, 0.001), (0.001, 0.004), (0.004, 0.03))


@dataclass(frozen=True, slots=True)
class Story:
    title: str
    body: str

    @property
    def item(self) -> Item:
        return Item(
            title=self.title,
            body=self.body,
            url="",
            guid=self.title,
            source="Wire",
            feed="https://wire.example/rss",
            language="en",
            published_at=NOW,
            first_seen_at=NOW,
        )

    @property
    def text(self) -> str:
        return f"{self.title}\n{self.body}".lower()


@dataclass(frozen=True, slots=True)
class Plan:
    """A rule as bare words: what the baselines need of it. A concept is its alternatives."""

    required: tuple[tuple[str, ...], ...]
    forbidden: tuple[str, ...]
    near: int


@cache
def stories() -> tuple[Story, ...]:
    """Real newswire if the corpus is there, invented news otherwise."""
    if CORPUS.is_file():
        with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
            found = map(json.loads, lines)
            return tuple(Story(each["title"], each["body"]) for each in found if each["body"])
    return tuple(
        Story(each.title, f"{each.lead} {_news.news(feed, number + 50).lead}")
        for feed in range(100)
        for number in range(100)
        if (each := _news.news(feed, number))
    )


def items(count: int) -> list[Item]:
    """The latest stories: rules are drawn from earlier ones."""
    return [story.item for story in stories()[-count:]]


def plans(count: int, seed: int = 1) -> Iterator[Plan]:
    """Rules after the shape of press-monitoring queries, seeded by a story each.

    Two or three concepts of one to ten alternatives, of words of three bands of frequency;
    phrases, wildcards, exclusions (a third) and distances (a quarter).
    """
    chance = random.Random(seed)
    seeds, bands = stories()[: len(stories()) // 2], _bands()
    while count:
        words = _WORD.findall(chance.choice(seeds).text)
        by_band = [[word for word in words if word in band] for band in bands]
        wanted = chance.sample(range(3), k=chance.choice((2, 2, 3)))
        if not all(by_band[each] for each in wanted):
            continue
        count -= 1
        yield Plan(
            required=tuple(
                _concept(chance, by_band[each], words, sorted_words()[each]) for each in wanted
            ),
            forbidden=tuple(chance.sample(sorted_words()[1], k=2))
            if chance.random() < 0.35
            else (),
            near=10 if chance.random() < 0.25 else 0,
        )


def _concept(
    chance: random.Random, here: Sequence[str], words: Sequence[str], band: Sequence[str]
) -> tuple[str, ...]:
    first = chance.choice(here)
    at = words.index(first)
    kind = chance.random()
    if kind < 0.18 and at + 1 < len(words):
        first = f"{first} {words[at + 1]}"
    elif kind < 0.25 and len(first) > 5:
        first = f"{first[:5]}*"
    return (first, *chance.sample(band, k=chance.randrange(10 if len(band) > 5_000 else 3)))


@cache
def _bands() -> tuple[frozenset[str], ...]:
    counts = Counter(word for story in stories() for word in set(_WORD.findall(story.text)))
    total = len(stories())
    return tuple(
        frozenset(word for word, count in counts.items() if low * total < count <= high * total)
        for low, high in _BANDS
    )


@cache
def sorted_words() -> tuple[list[str], ...]:
    return tuple(sorted(band) for band in _bands())


def rule_of(number: int, plan: Plan) -> Rule:
    """The plan as a rule."""
    concepts = tuple(_any_of(each) for each in plan.required)
    clauses = [Clause(f"all {at}", each) for at, each in enumerate(concepts, start=1)]
    if plan.forbidden:
        node: Node = Not(_any_of(plan.forbidden))
        clauses.append(Clause("none", node))
    if plan.near:
        clauses.append(Clause(f"near {plan.near}", Placed(Near(plan.near), concepts)))
    return Rule(
        id=RuleId(f"invented-{number}"),
        title=f"Invented rule {number}",
        condition=AllOf(tuple(clauses)),
        version=str(number),
        place=Place("invented.yaml", number, 1),
    )


def _any_of(words: Sequence[str]) -> AnyOf:
    return AnyOf(tuple(_term(word) for word in words))


@cache
def _term(word: str) -> Term:
    term = read_term(word)
    assert isinstance(term, Term), word
    return term


def yaml_of(number: int, plan: Plan) -> str:
    """The plan as a rule file."""
    lines = [f"title: Invented rule {number}", "severity: low", "tags: [invented]", "all:"]
    lines += [f"  - [{', '.join(each)}]" for each in plan.required]
    if plan.forbidden:
        lines.append(f"none: [{', '.join(plan.forbidden)}]")
    if plan.near:
        lines.append(f"near: {plan.near}")
    first = " ".join(each[0].strip("*") for each in plan.required)
    lines += ["tests:", f"  - hit: {first}", "  - miss: Nothing of it happened"]
    return "\n".join(lines) + "\n"

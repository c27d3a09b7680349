"""How well reports of one event are brought together, beside simpler ways."""

from __future__ import annotations

import csv
import gzip
import json
import math
import os
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from _measuring import HOUSE, median, print_table, seconds_of

from monitor.model import FeedId, ItemId, StoryId
from monitor.stories.grouping import GROUP, SURE, OpenStories
from monitor.stories.sketching import Sketch, sketch_of

CORPUS = Path(os.environ.get("WIREWATCH_CORPUS", HOUSE.parent / "shared" / "corpus"))
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WIRE = FeedId(1)
ORDERS = (None, 1, 2)
"""The order of the file, and shuffled by these seeds."""

Row = dict[str, Any]
Clusters = dict[int, int]
Way = Callable[[Sequence[Row], Iterable[int]], Clusters]


def rows(name: str) -> list[Row]:
    """The lines of a file of the corpus."""
    with gzip.open(CORPUS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """BCubed precision and recall; the share of events whose first report was swallowed."""

    precision: float
    recall: float
    swallowed: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def quality(events: Sequence[Row], clusters: Clusters) -> Quality:
    """How well clusters, in the order in which reports came, are the events."""
    together: Counter[tuple[int, str]] = Counter()
    sizes: Counter[int] = Counter()
    true: Counter[str] = Counter()
    known: set[str] = set()
    swallowed = 0
    for report, cluster in clusters.items():
        event = events[report]["story"]
        swallowed += event not in known and cluster in sizes
        known.add(event)
        together[cluster, event] += 1
        sizes[cluster] += 1
        true[event] += 1
    total = len(clusters)
    return Quality(
        precision=sum(n * n / sizes[cluster] for (cluster, _), n in together.items()) / total,
        recall=sum(n * n / true[event] for (_, event), n in together.items()) / total,
        swallowed=swallowed / len(known),
    )


def ours(least: float = GROUP) -> Way:
    """The way of `stories.grouping`, at a threshold."""

    def cluster(events: Sequence[Row], order: Iterable[int]) -> Clusters:
        stories = OpenStories()
        clusters: Clusters = {}
        for minute, report in enumerate(order):
            sketch = sketch_of("", events[report]["text"], "en")
            at = NOON + timedelta(minutes=minute)
            found = stories.story_for(sketch, at, WIRE)
            joins = found is not None and (found.sure if least == SURE else found.score >= least)
            story = found.story if found and joins else StoryId(report)
            clusters[report] = story
            stories.add(ItemId(report), story, WIRE, sketch, at)
        return clusters

    return cluster


def single_link(like: Callable[[set[str], set[str]], float], least: float) -> Way:
    """Each report joins the one that it is like most, if it is enough so."""

    def cluster(events: Sequence[Row], order: Iterable[int]) -> Clusters:
        clusters: Clusters = {}
        before: list[tuple[set[str], int]] = []
        for report in order:
            words = set(re.findall(r"\w+", events[report]["text"].lower()))
            best, story = max(((like(words, one), its) for one, its in before), default=(0.0, -1))
            clusters[report] = story if best >= least else report
            before.append((words, clusters[report]))
        return clusters

    return cluster


def jaccard(one: set[str], other: set[str]) -> float:
    """The share of all words that two texts have in common."""
    return len(one & other) / len(one | other)


def cosine(one: set[str], other: set[str]) -> float:
    """The cosine of two sets of words, all of the same weight."""
    return len(one & other) / math.sqrt(len(one) * len(other))


WAYS: dict[str, Way] = {
    f"ours, grouped (>= {GROUP})": ours(),
    f"ours, sure (>= {SURE})": ours(SURE),
    "same text": single_link(lambda one, other: float(one == other), 1.0),
    "word Jaccard >= .5": single_link(jaccard, 0.5),
    "word Jaccard >= .2": single_link(jaccard, 0.2),
    "word cosine, single link, >= .6": single_link(cosine, 0.6),
    "word cosine, single link, >= .4": single_link(cosine, 0.4),
}


def measured(way: Way, events: Sequence[Row]) -> Quality:
    """The mean over the orders in which reports may come."""
    found = []
    for seed in ORDERS:
        order = list(range(len(events)))
        if seed is not None:
            random.Random(seed).shuffle(order)
        found.append(quality(events, way(events, order)))
    return Quality(
        precision=sum(each.precision for each in found) / len(found),
        recall=sum(each.recall for each in found) / len(found),
        swallowed=sum(each.swallowed for each in found) / len(found),
    )


def without_twins(events: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """One event of each topic, and the other one."""
    twins = [row for row in events if row["story"].endswith("+")]
    return [row for row in events if row not in twins], twins


def print_events() -> None:
    """ECB+: short reports of events, each with a twin that is alike on purpose."""
    events = rows("dedup/ecbplus_short-traindev")
    first, second = without_twins(events)
    table = []
    for name, way in WAYS.items():
        apart, other, twins = (measured(way, each) for each in (first, second, events))
        table.append(
            [
                name,
                f"{apart.f1:.3f}",
                f"{other.f1:.3f}",
                f"{twins.f1:.3f}",
                f"{twins.precision:.3f}",
                f"{twins.recall:.3f}",
                f"{twins.swallowed:.1%}",
            ]
        )
    print(f"\nECB+, {len(events)} reports, one pass, mean of {len(ORDERS)} orders; BCubed\n")
    print_table(
        ["", "F1, no twins", "F1, twins only", "F1, all", "precision", "recall", "swallowed"], table
    )


def pairs_f1(length: str) -> float:
    """Of pairs of articles of a trade press, by their titles and what is named beside."""
    pairs = rows("dedup/gedikli_energy_pairs")
    sketches = {
        each["url"]: sketch_of(each["title"], each.get(length, ""), "en")
        for each in rows("dedup/gedikli_energy_articles")
    }
    grouped = grouped_pairs(sketches, pairs)
    right = sum(pair["related"] for pair in grouped)
    return 2 * right / (len(grouped) + sum(pair["related"] for pair in pairs))


def grouped_pairs(sketches: dict[str, Sketch], pairs: Sequence[Row]) -> list[Row]:
    """The pairs that are grouped when only the second has a story that the first may join."""
    grouped: list[Row] = []
    others, its = StoryId(0), StoryId(1)
    for second in {pair["b"] for pair in pairs}:
        stories = OpenStories()
        for number, (url, sketch) in enumerate(sketches.items()):
            stories.add(ItemId(number), its if url == second else others, WIRE, sketch, NOON)
        grouped += [
            pair
            for pair in pairs
            if pair["b"] == second
            and stories.story_for(sketches[pair["a"]], NOON, WIRE, frozenset([others]))
        ]
    return grouped


def print_pairs() -> None:
    """Articles pair by pair, the more of them the better."""
    lengths = {"title": "", "title and summary": "summary", "title and text": "text"}
    table = [[name, f"{pairs_f1(length):.3f}"] for name, length in lengths.items()]
    print("Articles on energy, 4,950 pairs\n")
    print_table(["", "F1"], table)


def headlines() -> dict[str, dict[str, int]]:
    """Headlines of twin events, made to be told apart, and of one event in other words."""
    with (CORPUS / "dedup/twin_headlines.tsv").open(encoding="utf-8") as lines:
        pairs = list(csv.DictReader(lines, delimiter="\t"))
    counted = {kind: dict.fromkeys(("pairs", "grouped", "sure"), 0) for kind in _KINDS.values()}
    for pair in pairs:
        stories = OpenStories()
        stories.add(ItemId(1), StoryId(1), WIRE, sketch_of(pair["a"], "", "en"), NOON)
        found = stories.story_for(sketch_of(pair["b"], "", "en"), NOON, WIRE)
        counts = counted[_KINDS[pair["same_event"]]]
        counts["pairs"] += 1
        counts["grouped"] += found is not None
        counts["sure"] += found is not None and found.sure
    return counted


_KINDS = {"0": "twins", "1": "one event"}


def print_headlines() -> None:
    """How many are grouped, each pair by itself."""
    counted = headlines()
    print("Headlines, each pair by itself\n")
    print_table(
        ["", *counted["twins"]], [[kind, *counts.values()] for kind, counts in counted.items()]
    )


def print_translations(languages: Sequence[str] = ("ru", "uk", "ko", "zh", "ar", "de")) -> None:
    """SIB-200: sentences found again among their translations."""
    texts: dict[str, dict[int, str]] = defaultdict(dict)
    for row in rows("news/sib200-train"):
        texts[row["lang"]][int(row["id"])] = row["text"]
    table = []
    for language in languages:
        stories = OpenStories()
        for number, text in texts[language].items():
            stories.add(ItemId(number), StoryId(number), WIRE, sketch_of("", text, language), NOON)
        right = others = 0
        for number, text in texts["en"].items():
            found = {kin.story for kin in stories.kin_of(sketch_of("", text, "en"), NOON)}
            right += number in found
            others += len(found - {StoryId(number)})
        table.append([language, len(texts["en"]), right, others])
    print("English sentences and their translations (others: mostly of the same article)\n")
    print_table(["", "sentences", "found", "others"], table)


def print_speed(sizes: Sequence[int] = (1_000, 10_000), asked: int = 300) -> None:
    """What a report costs, beside so many open ones: a stream of Reuters news."""
    news = [(row["title"], row["body"]) for row in rows("news/reuters21578-train")]
    sketches = [sketch_of(title, body, "en") for title, body in news[: max(sizes) + asked]]
    table = []
    for size in sizes:
        stories = OpenStories()

        def fill(stories: OpenStories = stories, size: int = size) -> None:
            for number, sketch in enumerate(islice(sketches, size)):
                story = StoryId(number // 2)
                stories.add(ItemId(number), story, WIRE, sketch, NOON + timedelta(minutes=number))

        adding = seconds_of(fill) / size
        took = [
            seconds_of(lambda sketch=sketch, stories=stories: stories.story_for(sketch, NOON, WIRE))
            for sketch in sketches[-asked:]
        ]
        kin = [
            seconds_of(lambda sketch=sketch, stories=stories: stories.kin_of(sketch, NOON))
            for sketch in sketches[-asked:]
        ]
        spans = [median(took), sorted(took)[int(0.99 * asked)], median(kin), adding]
        table.append([f"{size:,} open", *(f"{1_000 * each:.3f}" for each in spans)])
    print("Milliseconds a report\n")
    print_table(["", "story_for", "its p99", "kin_of", "add"], table)


def print_tables() -> None:
    """All of it; says so where the corpus is missing."""
    if not (CORPUS / "dedup").is_dir():
        print(f"skipped: no corpus at {CORPUS}")
        return
    print_events()
    print_pairs()
    print_headlines()
    print_translations()
    print_speed()

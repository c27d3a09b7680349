"""How many copies are found, and how many different reports are taken for copies."""

from __future__ import annotations

import gzip
import json
import math
import os
import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from _measuring import HOUSE, median, print_table, seconds_of

from monitor.model import FeedId, ItemId
from monitor.stories.anchors import anchors_of
from monitor.stories.copies import MOST_CANDIDATES, WINDOW, Report, copy_of, likeness
from monitor.stories.traits import Traits, traits

CORPUS = Path(os.environ.get("WIREWATCH_CORPUS", HOUSE.parent / "shared" / "corpus"))
SEED = 1987

Row = dict[str, Any]
Pair = tuple[Traits, Traits]
Same = Callable[[Traits, Traits], bool]


def rows(name: str) -> list[Row]:
    """The lines of a file of the corpus."""
    with gzip.open(CORPUS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def traits_in(row: Row) -> Traits:
    """The traits of a row that has a title and a body."""
    return traits(row["title"], row["body"])


# --- Ways to tell a copy ----------------------------------------------------------------------


def ours(one: Traits, other: Traits) -> bool:
    return likeness(one, other).same


def ours_by_anchors(one: Traits, other: Traits) -> bool:
    """As it is in the daemon: what shares no anchor is never compared."""
    shared = set(anchors_of(one)) & set(anchors_of(other))
    return bool(shared) and likeness(one, other).same


def jaccard(one: Traits, other: Traits) -> float:
    both = len(one.shingles & other.shingles)
    return both / (len(one.shingles) + len(other.shingles) - both)


def half_of_both(one: Traits, other: Traits) -> bool:
    return jaccard(one, other) >= 0.5


def same_title(one: Traits, other: Traits) -> bool:
    return bool(one.title_words) and one.title_words == other.title_words


def simhash(of: Traits) -> int:
    """64 bits after Charikar (2002), of three-word shingles."""
    sums = [0] * 64
    for shingle in set(_ngrams(of.words, 3)) or {of.words}:
        digest = blake2b(" ".join(shingle).encode(), digest_size=8).digest()
        bits = int.from_bytes(digest, "big")
        for at in range(64):
            sums[at] += 1 if bits >> at & 1 else -1
    return sum(1 << at for at in range(64) if sums[at] > 0)


def near_simhash(one: Traits, other: Traits) -> bool:
    """No more than three bits apart: Manku, Jain and Das Sarma (2007)."""
    return (simhash(one) ^ simhash(other)).bit_count() <= 3


def trimmed_ngrams(one: Traits, other: Traits) -> bool:
    """The text test of lemon24/reader's entry_dedupe, as it is described.

    At least 48 words, the longer text trimmed, n-grams weighted by their length, and the more
    alike the shorter they are. What it asks before (same title, link or time) is left out, in its
    favour.
    """
    length = min(len(one.words), len(other.words))
    if length < 48:
        return False
    alike = total = 0.0
    for size in (1, 2, 3, 4):
        here, there = (Counter(_ngrams(each.words[:length], size)) for each in (one, other))
        alike += size * (here & there).total()
        total += size * (here | there).total()
    return alike / total >= (0.9 if length < 64 else 0.8 if length < 128 else 0.6)


def _ngrams(words: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return zip(*(words[at:] for at in range(size)), strict=False)


WAYS: dict[str, Same] = {
    "ours": ours,
    "ours, by anchors": ours_by_anchors,
    "Jaccard >= .5": half_of_both,
    "equal titles": same_title,
    "SimHash-64, k <= 3": near_simhash,
    "reader's text test": trimmed_ngrams,
}


# --- Pairs ------------------------------------------------------------------------------------


def reprints(every: int = 1) -> dict[str, list[Pair]]:
    """A story and its edit, by the name of the edit; and two summaries of it.

    The story itself is held out for some: there, its variant under another headline stands in.
    """
    wire = {row["id"]: row for row in rows("news/reuters21578-train")}
    found: dict[str, list[Pair]] = defaultdict(list)
    for story in islice(rows("dedup/reuters_synthetic_reprints-500"), 0, None, every):
        variants = {name: traits_in(row) for name, row in story["variants"].items()}
        known = story["base_id"] in wire
        base = traits_in(wire[story["base_id"]]) if known else variants["H_headline"]
        for name, variant in variants.items():
            if variant is not base:
                found[name.split("_")[0] if name != "T25_L" else name].append((base, variant))
        found["T50/T25_L"].append((variants["T50"], variants["T25_L"]))
    return found


def natural_pairs() -> dict[str, list[Pair]]:
    """Pairs as they came over the wire: D the same report, U the same updated, N different."""
    found: dict[str, list[Pair]] = defaultdict(list)
    for row in rows("dedup/reuters_natural_pairs-odd"):
        found[row["label"]].append((traits_in(row["a"]), traits_in(row["b"])))
    return found


def templated(most: int = 2_000) -> list[Pair]:
    """Different reports after one pattern: 48 hours apart, with a Jaccard of .15 or more."""
    dated = [(datetime.fromisoformat(row["date"]), row) for row in _dated_news()]
    read = [(at, traits_in(row)) for at, row in dated]
    often = Counter(shingle for _, each in read for shingle in each.shingles)
    holders: dict[int, list[int]] = defaultdict(list)
    found = []
    for number, (at, each) in enumerate(read):
        some = [shingle for shingle in each.shingles if 2 <= often[shingle] <= 200]
        for other in sorted({holder for shingle in some for holder in holders[shingle]}):
            before, earlier = read[other]
            if abs(at - before) >= timedelta(hours=48) and jaccard(earlier, each) >= 0.15:
                found.append((earlier, each))
        for shingle in some:
            holders[shingle].append(number)
    random.Random(SEED).shuffle(found)
    return found[:most]


def _dated_news() -> list[Row]:
    return [row for row in rows("news/reuters21578-train") if row["date"] and row["body"]]


def merged(same: Same, pairs: Sequence[Pair]) -> float:
    """The share of pairs that are taken for copies."""
    return sum(same(*pair) for pair in pairs) / len(pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How well D is told from N. U is neither: research counted it so."""

    precision: float
    f1: float


def told_apart(same: Same, pairs: dict[str, list[Pair]]) -> Told:
    right = sum(same(*pair) for pair in pairs["D"])
    wrong = sum(same(*pair) for pair in pairs["N"])
    return Told(
        precision=right / max(right + wrong, 1),
        f1=2 * right / (right + wrong + len(pairs["D"])),
    )


def print_pairs() -> None:
    """Recall by edit; precision and F1 on natural pairs; different reports merged."""
    edited, natural, patterns = reprints(), natural_pairs(), templated()
    table = []
    for way, same in WAYS.items():
        recall = {edit: merged(same, pairs) for edit, pairs in edited.items()}
        told = told_apart(same, natural)
        shares = [*recall.values(), sum(recall.values()) / len(recall), min(recall.values())]
        cells = [f"{100 * each:.1f}" for each in shares]
        cells += [f"{told.precision:.3f}", f"{told.f1:.3f}"]
        table.append([way, *cells, f"{100 * merged(same, natural['U']):.0f}"])
        table[-1].append(f"{100 * merged(same, patterns):.2f}")
    print(f"Copies found, per cent, of {len(edited['B'])} stories and as many edits each; D and N")
    print("told apart; merged of updates, and of different reports after one pattern\n")
    print_table(["", *edited, "macro", "worst", "P", "F1", "U", "pattern"], table)


# --- A stream ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A report of story `of`, as a feed brings it."""

    at: datetime
    of: int
    feed: FeedId
    row: Row


def wire_with_copies(stories: int = 400, every: int = 1) -> tuple[list[Arrival], set[int]]:
    """Reuters news as it came, and of some stories 15 copies each; and which those are.

    Half of the copies come within 2.6 hours, nine of ten within 12.6.
    """
    chance = random.Random(SEED)
    news = _dated_news()
    when = {row["id"]: datetime.fromisoformat(row["date"]) for row in news}
    arrivals = [Arrival(at=when[row["id"]], of=row["id"], feed=FeedId(0), row=row) for row in news]
    copied = [
        story for story in rows("dedup/reuters_synthetic_reprints-500") if story["base_id"] in when
    ][:stories:every]
    for story in copied:
        for row in fifteen_copies(story["variants"]):
            lag = timedelta(hours=min(chance.lognormvariate(math.log(2.6), 1.23), 60))
            feed = FeedId(chance.randrange(1, 18))
            of = story["base_id"]
            arrivals.append(Arrival(at=when[of] + lag, of=of, feed=feed, row=row))
    return sorted(arrivals, key=lambda each: each.at), {story["base_id"] for story in copied}


def fifteen_copies(variants: dict[str, Row]) -> list[Row]:
    """The edits of the corpus, and what outlets make of them: cut, under other headlines."""
    made = [
        _cut(variants["L_locale"], 40),
        _cut(variants["B_boiler"], 60),
        _cut(variants["H_headline"], 35),
        {**variants["R_reorder"], "title": variants["H_headline"]["title"]},
    ]
    return [*variants.values(), *made][:15]


def _cut(row: Row, words: int) -> Row:
    kept = row["body"].split()
    return {**row, "body": " ".join(kept[:words]) + (" ..." if len(kept) > words else "")}


def original_by(same: Same) -> Callable[[Report, Sequence[Report]], Report | None]:
    def original(fresh: Report, candidates: Sequence[Report]) -> Report | None:
        return next((each for each in candidates if same(fresh.traits, each.traits)), None)

    return original


def our_original(fresh: Report, candidates: Sequence[Report]) -> Report | None:
    copy = copy_of(fresh, candidates)
    return copy.of if copy else None


@dataclass
class Desk:
    """Who has what: reports by their anchors, the last sixty of each."""

    by_anchor: dict[int, list[Report]]

    def candidates(self, report: Report, anchors: Iterable[int]) -> list[Report]:
        """Those of the last three days that share the most anchors."""
        since = report.seen_at - WINDOW
        shared: Counter[ItemId] = Counter()
        known = {}
        for anchor in anchors:
            for each in self.by_anchor[anchor][-60:]:
                if each.seen_at >= since:
                    shared[each.id] += 1
                    known[each.id] = each
        return [known[item] for item, _ in shared.most_common(MOST_CANDIDATES)]

    def keep(self, report: Report, anchors: Iterable[int]) -> None:
        for anchor in anchors:
            self.by_anchor[anchor].append(report)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What of a stream is told: alerts by story, and reports muted, each by which."""

    alerts: Counter[int]
    muted: list[tuple[Arrival, Arrival]]


def heard(
    arrivals: Sequence[Arrival], original: Callable[[Report, Sequence[Report]], Report | None]
) -> Heard:
    """Bring reports to the desk, one after the other, and see which it would tell."""
    desk = Desk(by_anchor=defaultdict(list))
    told = Heard(alerts=Counter(), muted=[])
    for number, arrival in enumerate(arrivals):
        its = traits_in(arrival.row)
        report = Report(
            id=ItemId(number), feed_id=arrival.feed, traits=its, seen_at=arrival.at, story=None
        )
        anchors = anchors_of(its)
        found = original(report, desk.candidates(report, anchors))
        desk.keep(report, anchors)
        if found is None:
            told.alerts[arrival.of] += 1
        else:
            told.muted.append((arrival, arrivals[found.id]))
    return told


def print_stream() -> None:
    """Alerts for a story that comes sixteen times, in the midst of other news."""
    arrivals, copied = wire_with_copies()
    table = []
    ways = {"ours": our_original}
    ways |= {way: original_by(WAYS[way]) for way in ("Jaccard >= .5", "equal titles")}
    for way, original in ways.items():
        told = heard(arrivals, original)
        alerts = [told.alerts[story] for story in copied]
        wrong = [one for one, other in told.muted if one.of != other.of]
        once = sum(each == 1 for each in alerts) / len(alerts)
        mean = sum(alerts) / len(alerts)
        table.append([way, f"{mean:.3f}", f"{100 * once:.1f}", len(wrong)])
    print(f"{len(arrivals):,} reports, {len(copied)} stories of them sixteen times\n")
    print_table(["", "alerts a story", "one, %", "muted by another of the wire"], table)


# --- Speed ------------------------------------------------------------------------------------


def print_speed(most: int = 600) -> None:
    """What a report of about 100 words costs."""
    some = [row for row in _dated_news() if 90 <= len(row["body"].split()) <= 110][:most]
    read = [traits_in(row) for row in some]
    works: dict[str, Callable[[], Iterable[object]]] = {
        "traits": lambda: map(traits_in, some),
        "anchors": lambda: map(anchors_of, read),
        "likeness of strangers": lambda: map(likeness, read, read[1:]),
        "likeness of the same": lambda: map(likeness, read, read),
    }
    table = []
    for name, work in works.items():
        took = median(seconds_of(lambda work=work: deque(work(), maxlen=0)) for _ in range(5))
        table.append([name, f"{took / len(some) * 1e6:.0f}"])
    anchors = sum(len(anchors_of(each)) for each in read) / len(read)
    print(f"{anchors:.1f} anchors a report of 100 words; microseconds a report:\n")
    print_table(["", "us"], table)


def print_tables() -> None:
    """All of it; says so where the corpus is missing."""
    if not (CORPUS / "dedup").is_dir():
        print(f"skipped: no corpus at {CORPUS}")
        return
    print_pairs()
    print_stream()
    print_speed()

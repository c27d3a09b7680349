"""Rules: what an item costs at 10 to 100,000 rules, what rules weigh, how fast they are loaded."""

from __future__ import annotations

import gc
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import _rule_sets as sets
from _measuring import asked_for_quick, memory_of, print_machine, print_table, times

from monitor.config.settings import Settings, StateSettings
from monitor.model import DigestName, DigestSpec, Item, Secret
from monitor.rule_cache import cache_path, no_collecting, read_cache
from monitor.rules.caching import RuleCache
from monitor.rules.frequencies import Frequencies
from monitor.rules.loading import Recall, load_rules
from monitor.rules.matching import Matcher
from monitor.rules.yaml_nodes import SourceFile
from monitor.text.folding import fold
from monitor.text.tokens import words
from monitor.watch import build_watch, read_book

GOALS = {100: 15_000, 1_000: 10_000, 10_000: 5_000, 100_000: 1_000}
"""Items a second."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one number of rules: microseconds of processor time an item, seconds, MB."""

    rules: int
    compiled: float
    weight: float
    hits: float
    ours: float
    again: float
    scan: float
    near: float
    loop: float
    automaton: float


# --- Ours -------------------------------------------------------------------------------------


def frequencies() -> Frequencies:
    """How often words are found in the earlier half: what a running archive knows."""
    half = sets.stories()[: len(sets.stories()) // 2]
    counts = Counter(word for story in half for word in {fold(each) for each in words(story.text)})
    return Frequencies.of(counts, len(half))


def measure(count: int, measured: int, naively: int) -> Figures:
    """One number of rules, in a process of its own."""
    plans = list(sets.plans(count))
    rules = [sets.rule_of(number, plan) for number, plan in enumerate(plans)]
    items = sets.items(8_000)
    known, fresh = items[:-measured], items[-measured:]
    weigh = frequencies()
    gc.collect()
    before = memory_of_this()
    begun = time.process_time()
    matcher = Matcher(rules, weigh)
    compiled = time.process_time() - begun
    gc.collect()
    weight = memory_of_this() - before
    # A running daemon has met most words; what is measured are stories it has not met.
    for each in known:
        matcher.match(each)
    lexicon_only = Matcher(rules[:1], weigh)
    for each in known:
        lexicon_only.match(each)
    gc.collect()
    gc.freeze()  # as the daemon does
    hits = 0

    def match_all() -> None:
        nonlocal hits
        hits = sum(len(matcher.match(each)) for each in fresh)

    ours = micros(match_all, measured)
    again = micros(match_all, measured)
    scan = micros(lambda: [lexicon_only.match(each) for each in fresh], measured)
    near = micros(lambda: [len(matcher.examine(each).near_misses) for each in fresh], measured)
    few = fresh[: min(300, max(1, naively // count))]
    return Figures(
        rules=count,
        compiled=compiled,
        weight=weight,
        hits=hits / measured,
        ours=ours,
        again=again,
        scan=scan,
        near=near,
        loop=micros(partial(regex_loop(plans), few), len(few)),
        automaton=micros(partial(automaton(plans), few), len(few)),
    )


def micros(work: Callable[[], object], items: int) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1e6 / items


def memory_of_this() -> float:
    return memory_of(os.getpid())["VmRSS"]


# --- What they are measured against -----------------------------------------------------------


def regex_loop(plans: Sequence[sets.Plan]) -> Callable[[Iterable[Item]], int]:
    """Each rule in turn, one compiled alternation a concept. No forms, no distances."""
    compiled = [
        (
            [pattern_of(concept) for concept in plan.required],
            pattern_of(plan.forbidden) if plan.forbidden else None,
        )
        for plan in plans
    ]

    def run(items: Iterable[Item]) -> int:
        found = 0
        for item in items:
            text = f"{item.title}\n{item.body}".lower()
            for required, forbidden in compiled:
                if all(each.search(text) for each in required):
                    found += forbidden is None or not forbidden.search(text)
        return found

    return run


def pattern_of(concept: Sequence[str]) -> re.Pattern[str]:
    alternatives = "|".join(re.escape(term).replace(r"\*", r"\w*") for term in concept)
    return re.compile(rf"\b(?:{alternatives})\b")


def automaton(plans: Sequence[sets.Plan]) -> Callable[[Iterable[Item]], int]:
    """All terms in one Aho-Corasick automaton (in C), then every rule on what it found."""
    import ahocorasick

    numbers: dict[str, int] = {}
    machine = ahocorasick.Automaton()
    for plan in plans:
        for term in (*(term for concept in plan.required for term in concept), *plan.forbidden):
            padded = f" {term}".rstrip("*") if term.endswith("*") else f" {term} "
            if term not in numbers:
                numbers[term] = len(numbers)
                machine.add_word(padded, numbers[term])
    machine.make_automaton()
    rules = [
        (
            [frozenset(numbers[term] for term in concept) for concept in plan.required],
            frozenset(numbers[term] for term in plan.forbidden),
        )
        for plan in plans
    ]

    def run(items: Iterable[Item]) -> int:
        hits = 0
        for item in items:
            text = f" {' '.join(re.findall('[a-z0-9]+', f'{item.title} {item.body}'.lower()))} "
            found = {number for _, number in machine.iter(text)}
            for required, forbidden in rules:
                if not any(map(found.isdisjoint, required)) and found.isdisjoint(forbidden):
                    hits += 1
        return hits

    return run


# --- Vocabularies -----------------------------------------------------------------------------


def vocabulary_costs(sizes: Sequence[int], measured: int) -> list[tuple[str, ...]]:
    """One rule that asks for a list of so many names, and for a common word."""
    items = sets.items(8_000)
    rows, bare = [], 0.0
    for size in sizes:
        names = "\n".join(name for name in invented_names(size))
        vocabulary = [SourceFile("rules/vocab/names.txt", names)] if size else []
        asks = "all: [[said, company], [$names, vessel]]" if size else "all: [[said], [vessel]]"
        book = load_rules([SourceFile("rules/r.yaml", asks)], vocabulary, sets.NOW)
        begun = time.process_time()
        matcher = Matcher(book.rules)
        compiled = time.process_time() - begun
        for each in items:
            matcher.match(each)
        cost = min(
            micros(lambda m=matcher: [m.match(each) for each in items[-measured:]], measured)
            for _ in range(3)
        )
        bare = bare or cost
        rows.append((f"{size:,} names", f"{cost:.0f}", f"{cost - bare:+.1f}", f"{compiled:.2f}"))
    return rows


def invented_names(count: int) -> Iterable[str]:
    """Names of two words, as on sanctions lists; some of their words are common ones."""
    band = sets.sorted_words()
    every = [*band[0], *band[1], *band[2]]
    for number in range(count):
        yield f"{every[number * 7 % len(every)]}ov {every[number * 13 % len(every)]}"


# --- Loading ----------------------------------------------------------------------------------


def loading_costs(count: int) -> tuple[str, ...]:
    """Seconds to load so many files, at first and again, and to bring one edit into force."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "rules").mkdir()
        for number, plan in enumerate(sets.plans(count)):
            (home / "rules" / f"rule-{number:05}.yaml").write_text(sets.yaml_of(number, plan))
        (home / "state").mkdir()
        settings = Settings(
            path=home / "config.toml",
            rules=home / "rules",
            templates=home / "templates",
            state=StateSettings(url=Secret(f"sqlite:///{home / 'state' / 'wirewatch.db'}")),
            feeds=(),
            digests=(DigestSpec(name=DigestName("morning"), cadence="daily 07:00"),),
        )
        load = partial(build_watch, settings, read_opml=lambda _: (), now=sets.NOW)
        with no_collecting():  # as build_watch does
            cold_read, _ = seconds(partial(read_all, home / "rules"))
        cold, watch = seconds(load)
        cached, _ = seconds(load)
        stored = cache_path(settings.state_file)
        with no_collecting():
            cached_read, _ = seconds(partial(read_all, home / "rules", partial(read_cache, stored)))
        gc.freeze()  # as the daemon does
        edited = home / "rules" / "rule-00000.yaml"
        edited.write_text(edited.read_text() + "# edited\n")
        live, _ = seconds(partial(load, before=watch))
        rule = replace(watch.book.rules[0], version="edited")
        with no_collecting():
            swapped, _ = seconds(partial(watch.matcher.with_rules, (rule, *watch.book.rules[1:])))
    return (
        f"{count:,} files",
        f"{cold_read:.2f}",
        f"{cold:.2f}",
        f"{cached_read:.2f}",
        f"{cached:.2f}",
        f"{live * 1000:.0f}",
        f"{swapped * 1000:.1f}",
    )


def read_all(folder: Path, recall: Recall = lambda *_: RuleCache()) -> object:
    return read_book(folder, sets.NOW, [], recall)


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


# --- The benchmark ----------------------------------------------------------------------------


def main(
    *, sizes: Sequence[int], measured: int, names: Sequence[int], files: Sequence[int]
) -> None:
    found = []
    for size in sizes:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            found.append(process.submit(measure, size, measured, 30_000).result())
    print_table(
        (
            "us an item",
            "ours",
            "items/s",
            "goal",
            "met before",
            "with near misses",
            "for one rule",
            "hits/item",
            "re loop",
            "ratio",
            "ahocorasick",
            "ratio",
        ),
        [
            (
                f"{each.rules:,} rules",
                f"{each.ours:.0f}",
                f"{1e6 / each.ours:,.0f}",
                f"{GOALS[each.rules]:,}" if each.rules in GOALS else "",
                f"{each.again:.0f}",
                f"{each.near:.0f}",
                f"{each.scan:.0f}",
                f"{each.hits:.2f}",
                f"{each.loop:,.0f}",
                times(each.loop, each.ours),
                f"{each.automaton:,.0f}",
                times(each.automaton, each.ours),
            )
            for each in found
        ],
    )
    print_table(
        ("compiling", "s", "MB"),
        [(f"{each.rules:,} rules", f"{each.compiled:.2f}", f"{each.weight:.0f}") for each in found],
    )
    print_table(
        ("one rule with a vocabulary", "us an item", "more", "compiling, s"),
        vocabulary_costs(names, measured),
    )
    print_table(
        (
            "loading, s",
            "reading",
            "and compiling",
            "reading known ones",
            "and compiling",
            "one edit, ms",
            "of it compiling",
        ),
        map(loading_costs, files),
    )


if __name__ == "__main__":
    quick = asked_for_quick(__doc__)
    print_machine()
    if quick:
        main(sizes=(10, 100), measured=200, names=(0, 1_000), files=(300,))
    else:
        main(
            sizes=(10, 100, 1_000, 10_000, 100_000),
            measured=1_000,
            names=(0, 1_000, 50_000),
            files=(1_000, 10_000),
        )

"""Trying a rule on the archive while it is being written: the engine's own answer, at once."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.model import Item, Match, Reported, RuleId
from monitor.rules.checking import TestResult, run_tests
from monitor.rules.matching import Explanation, Matcher
from monitor.rules.rulebook import Rule, RuleBook
from monitor.rules.surveying import words_found
from monitor.store.archive import count_items, items_by_day, iter_items
from monitor.store.cutting import words_of
from monitor.store.judgements import Verdict, items_judged
from monitor.turns import THINKING
from monitor.work.backtesting import Backtest, Missed, backtest
from monitor.work.searching import Narrower

MOST_MISSES_TRIED = 5_000
"""Items, the newest, among which near misses are looked for."""

_MOST_JUDGED = 200
_LEAST_NOISE = 2
_MOST_EXCLUSIONS = 6


class Overtaken(Exception):
    """Whoever asked has asked something else meanwhile."""


class InTurns:
    """A matcher that lets others think between two items; `going_on` may raise Overtaken."""

    def __init__(self, rules: Iterable[Rule], going_on: Callable[[], None] = lambda: None) -> None:
        with THINKING:
            self.matcher = Matcher(rules)
        self._going_on = going_on

    def match(self, item: Item, feed_tags: tuple[str, ...] = ()) -> tuple[Match, ...]:
        """The rules that fire."""
        self._going_on()
        with THINKING:
            return self.matcher.match(item, feed_tags)

    def explain(self, item: Item, rule_id: RuleId, feed_tags: tuple[str, ...] = ()) -> Explanation:
        """How each clause of a rule fares."""
        with THINKING:
            return self.matcher.explain(item, rule_id, feed_tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Where rules are tried: `counts` are the words of the archive, `tags` those of each feed."""

    conn: Connection
    counts: Mapping[str, int]
    tags: Mapping[str, tuple[str, ...]]

    def narrower(self) -> Narrower:
        """What names the items worth trying."""
        return Narrower(self.conn, self.counts)


def try_rule(
    archive: Archive,
    rule: Rule,
    running: Rule | None,
    since_at: datetime,
    going_on: Callable[[], None] = lambda: None,
) -> Backtest:
    """What the rule would have found since then, held against the running version of it.

    Exactly what a matcher finds in all items: the index only says which need not be tried.
    Raises Overtaken where `going_on` does.
    """
    before = [running] if running is not None else []
    with THINKING:
        among = archive.narrower().items_for_all([rule, *before])
    return backtest(
        iter_items(archive.conn, since_at=since_at, among=among),
        rule.id,
        InTurns([rule], going_on),
        InTurns(before, going_on),
        tags=archive.tags,
        stored=items_by_day(archive.conn, since_at),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMisses:
    """Items that one clause alone has kept out: how many of each clause, and a few of them.

    Looked for among so many of the newest items that came into question, `tried`; `all_tried`:
    there were no more.
    """

    clauses: tuple[tuple[str, int], ...]
    missed: tuple[Missed, ...]
    tried: int
    all_tried: bool


def near_misses(
    archive: Archive, rule: Rule, since_at: datetime, going_on: Callable[[], None] = lambda: None
) -> NearMisses:
    """What one clause alone has kept out since then. Raises Overtaken where `going_on` does."""
    with THINKING:
        among = archive.narrower().items_for(rule, near_misses=True)
    reports = iter_items(archive.conn, since_at=since_at, among=among)
    tried = 0

    def newest() -> Iterator[Reported]:
        nonlocal tried
        for report in itertools.islice(reports, MOST_MISSES_TRIED):
            tried += 1
            yield report

    finder = InTurns([rule], going_on)
    found = backtest(
        newest(), rule.id, finder, finder, tags=archive.tags, stored={}, near_misses=True
    )
    return NearMisses(
        clauses=found.near_misses,
        missed=found.missed,
        tried=tried,
        all_tried=next(reports, None) is None,
    )


def tests_of(book: RuleBook, rule: RuleId) -> tuple[TestResult, ...]:
    """How the tests of a rule went."""
    with THINKING:
        return run_tests(RuleBook(rules=tuple(r for r in book.rules if r.id == rule)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A word that would keep noise out: of so many stories of noise, and so many that were kept."""

    word: str
    noise: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusions:
    """Words that noise has and what was kept has not, the best first."""

    words: tuple[Exclusion, ...]
    noise: int
    kept: int


def exclusions(archive: Archive, rule: Rule) -> Exclusions:
    """Words for `none:`, from what people have said of this rule's stories."""
    noise, kept = (
        _texts(archive.conn, items_judged(archive.conn, rule.id, verdict, _MOST_JUDGED))
        for verdict in (Verdict.NOISE, Verdict.KEEP)
    )
    with THINKING:
        known = {word.casefold() for word in words_found(rule, archive.counts)}
    total = count_items(archive.conn)
    return Exclusions(
        words=weigh_exclusions(noise, kept, archive.counts, total, known),
        noise=len(noise),
        kept=len(kept),
    )


def weigh_exclusions(
    noise: Sequence[frozenset[str]],
    kept: Sequence[frozenset[str]],
    counts: Mapping[str, int],
    items: int,
    known: Collection[str],
) -> tuple[Exclusion, ...]:
    """The words that part the two best: each story kept out by mistake costs three of noise.

    Words that are in a tenth of all items are none, nor are those that the rule asks for.
    """
    in_noise: Counter[str] = Counter(word for words in noise for word in words)
    in_kept: Counter[str] = Counter(word for words in kept for word in words)
    common = max(10, items // 10)
    found = [
        Exclusion(word=word, noise=count, kept=in_kept[word])
        for word, count in in_noise.items()
        if count >= _LEAST_NOISE
        and count > 3 * in_kept[word]
        and word not in known
        and len(word) > 2
        and not word.isdigit()
        and counts.get(word, 0) < common
    ]
    found.sort(key=lambda each: (3 * each.kept - each.noise, counts.get(each.word, 0), each.word))
    return tuple(found[:_MOST_EXCLUSIONS])


def _texts(conn: Connection, stories: Iterable[Collection[int]]) -> list[frozenset[str]]:
    """The words of each story, in small letters."""
    wanted = [tuple(items) for items in stories]
    every = {item for items in wanted for item in items}
    texts = {int(each.item_id): words_of(each.item) for each in iter_items(conn, among=every)}
    return [
        frozenset(word.casefold() for item in items for word in texts.get(item, ()))
        for items in wanted
    ]

"""Trying a rule on the archive while it is being written: the engine's own answer, at once."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.model import Item, Match, Reported, RuleId, Severity
from monitor.rules.checking import TestResult, run_samples
from monitor.rules.compiling import FeatureSet
from monitor.rules.matching import Explanation, Matcher
from monitor.rules.narrowing import Bearing, Narrowing, Words, narrowing_of
from monitor.rules.rulebook import Rule
from monitor.rules.surveying import words_found
from monitor.store.archive import count_items, items_by_day, iter_items
from monitor.store.cutting import words_of
from monitor.store.judgements import Verdict, items_judged
from monitor.turns import THINKING
from monitor.work.backtesting import HITS, Backtest, Finder, Missed, backtest
from monitor.work.searching import Narrower

MOST_MISSES_TRIED = 5_000
"""Items, the newest, among which near misses are looked for."""

_MOST_JUDGED = 200
_LEAST_NOISE = 2
_MOST_EXCLUSIONS = 6


class Overtaken(Exception):
    """Whoever asked has asked something else meanwhile."""


DRAFT = RuleId("the draft")
RUNNING = RuleId("the running version")
_MOST_RAN = 5_000
_MOST_DRAFTS = 300
"""Drafts of one rule, each of which leaves its words in the lexicon."""


class Fitting:
    """The running version of a rule and the one that is being written, in one matcher.

    What the two have in common is compiled once, however often the draft changes. To be used by
    one thread at a time: `turn` is held by whoever does.
    """

    def __init__(self, running: Rule | None) -> None:
        self.turn = threading.Lock()
        self.running = running
        self._drafts = 0
        self._asked: tuple[object, dict[FeatureSet, Words | None]] = (None, {})
        self._ran: dict[object, bool] = {}
        self._bearing = Bearing()
        with THINKING:
            self.matcher = Matcher([replace(running, id=RUNNING)] if running else [])

    @property
    def is_worn(self) -> bool:
        """Whether it should be begun anew."""
        return self._drafts >= _MOST_DRAFTS

    def put(self, draft: Rule) -> None:
        """Hold this draft in place of the one before."""
        self._drafts += 1
        with THINKING:
            self.matcher.put(replace(draft, id=DRAFT))

    def firing(self, item: Item, feed_tags: tuple[str, ...]) -> frozenset[RuleId]:
        """Which of the two fire; what the running version says of an item is asked once."""
        key = hash(item), item.guid, feed_tags  # the text itself would be a lot to keep
        known = self._ran.get(key)
        if known is not None:
            with THINKING:
                found = self.matcher.firing(item, feed_tags, (DRAFT,))
            return found | {RUNNING} if known else found
        with THINKING:
            found = self.matcher.firing(item, feed_tags, (DRAFT, RUNNING))
        if len(self._ran) >= _MOST_RAN:
            self._ran.clear()
        self._ran[key] = RUNNING in found
        return found

    def tests(self, draft: Rule) -> tuple[TestResult, ...]:
        """How the tests of the draft that was put went."""
        with THINKING:
            return run_samples(replace(draft, id=DRAFT), self.matcher)

    def narrowing(self, rule: RuleId, counts: Mapping[str, int], turn: object) -> Narrowing:
        """What to ask the index for; `turn` is that of the words that are counted."""
        with THINKING:
            lexicon = self.matcher.lexicon
            bearing = self._bearing.of(lexicon, counts, turn)
            read_as = (turn, lexicon.languages)
            if self._asked[0] != read_as:
                self._asked = (read_as, {})
            compiled = self.matcher.compiled(rule)
            return narrowing_of(compiled, lexicon, bearing, counts, self._asked[1])


class _Versions:
    """Finds by both versions at once, lets others think between two items, and may be ended.

    Why an item is found is said of as many as are kept for showing.
    """

    def __init__(self, fitting: Fitting, going_on: Callable[[], None]) -> None:
        self._fitting = fitting
        self._going_on = going_on
        self._told = 0
        self._last: tuple[Item | None, frozenset[RuleId]] = (None, frozenset())

    def by(self, rule: RuleId) -> Finder:
        """What one of the two finds."""
        return _Version(self, rule)

    def match(self, item: Item, rule: RuleId, feed_tags: tuple[str, ...]) -> tuple[Match, ...]:
        """What one of them finds."""
        if self._last[0] is not item:
            self._going_on()
            self._last = item, self._fitting.firing(item, feed_tags)
        if rule not in self._last[1]:
            return ()
        if rule == DRAFT and self._told < HITS:
            self._told += 1
            with THINKING:
                matches = self._fitting.matcher.match(item, feed_tags)
            return tuple(each for each in matches if each.rule == rule)
        return (Match(rule=rule, severity=Severity.INFO, score=0, evidence=()),)

    def explain(self, item: Item, rule: RuleId, feed_tags: tuple[str, ...]) -> Explanation:
        """How each clause of one of them fares."""
        with THINKING:
            return self._fitting.matcher.explain(item, rule, feed_tags)


@dataclass(frozen=True, slots=True)
class _Version:
    both: _Versions
    rule: RuleId

    def match(self, item: Item, feed_tags: tuple[str, ...] = ()) -> tuple[Match, ...]:
        """What this one finds."""
        return self.both.match(item, self.rule, feed_tags)

    def explain(self, item: Item, rule_id: RuleId, feed_tags: tuple[str, ...] = ()) -> Explanation:
        """How each of its clauses fares."""
        del rule_id
        return self.both.explain(item, self.rule, feed_tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Where rules are tried: `counts` are the words of the archive, `tags` those of each feed.

    `turn` is another whenever the words are.
    """

    conn: Connection
    counts: Mapping[str, int]
    turn: object
    tags: Mapping[str, tuple[str, ...]]

    def narrower(self) -> Narrower:
        """What names the items worth trying."""
        return Narrower(self.conn, self.counts)

    def among(
        self, fitting: Fitting, rule: RuleId, *, near_misses: bool = False
    ) -> set[int] | None:
        """The items worth trying for one of the versions; None for all."""
        found = fitting.narrowing(rule, self.counts, self.turn)
        return self.narrower().among(found, near_misses=near_misses)


def try_draft(
    archive: Archive,
    fitting: Fitting,
    since_at: datetime,
    going_on: Callable[[], None] = lambda: None,
) -> Backtest:
    """What the draft would have found since then, held against the running version.

    Exactly what a matcher finds in all items: the index only says which need not be tried.
    Raises Overtaken where `going_on` does.
    """
    versions = [DRAFT, *([RUNNING] if fitting.running else [])]
    among: set[int] | None = set()
    for each in versions:
        asked = archive.among(fitting, each)
        among = None if among is None or asked is None else among | asked
    both = _Versions(fitting, going_on)
    return backtest(
        iter_items(archive.conn, since_at=since_at, among=among, bare=True),
        DRAFT,
        both.by(DRAFT),
        both.by(RUNNING),
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
    archive: Archive,
    fitting: Fitting,
    since_at: datetime,
    going_on: Callable[[], None] = lambda: None,
) -> NearMisses:
    """What one clause of the draft alone has kept out since then.

    Raises Overtaken where `going_on` does.
    """
    among = archive.among(fitting, DRAFT, near_misses=True)
    reports = iter_items(archive.conn, since_at=since_at, among=among, bare=True)
    tried = 0

    def newest() -> Iterator[Reported]:
        nonlocal tried
        for report in itertools.islice(reports, MOST_MISSES_TRIED):
            tried += 1
            yield report

    finder = _Versions(fitting, going_on).by(DRAFT)
    found = backtest(
        newest(), DRAFT, finder, finder, tags=archive.tags, stored={}, near_misses=True
    )
    return NearMisses(
        clauses=found.near_misses,
        missed=found.missed,
        tried=tried,
        all_tried=next(reports, None) is None,
    )


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

"""Backtesting: what a rule would have found in the archive, and what another version did."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from monitor.model import Item, Match, Outcome, Reported, RuleId
from monitor.rules.matching import ClauseReport, Explanation

LISTED = 200
"""Gained and lost items kept for showing; all are counted."""

HITS = 60
"""Hits kept for showing."""

EXAMPLES = 3
"""Near misses kept for showing, of each clause."""


class Finder(Protocol):
    """What finds: a matcher, or one that takes turns with others."""

    def match(self, item: Item, feed_tags: tuple[str, ...] = ()) -> tuple[Match, ...]:
        """The rules that fire."""

    def explain(self, item: Item, rule_id: RuleId, feed_tags: tuple[str, ...] = ()) -> Explanation:
        """How each clause of a rule fares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of the archive (UTC). `stories` are hits that are no copies of one another."""

    day: date
    items: int
    hits: int
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An item that was found, and why. `copy`: it is one of another."""

    item_id: int
    item: Item
    match: Match
    copy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An item that only one of two versions finds."""

    item_id: int
    item: Item
    gained: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """An item on which one clause alone failed, and why it did."""

    item_id: int
    item: Item
    clause: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What a rule found, of which `found` are the first.

    `near_misses` counts items of which only that clause failed; `missed` are a few of
    them, in the same order of clauses.
    """

    items: int
    hits: int
    stories: int
    gained: int
    lost: int
    days: tuple[Day, ...]
    changed: tuple[Changed, ...]
    near_misses: tuple[tuple[str, int], ...] = ()
    missed: tuple[Missed, ...] = ()
    sources: int = 0
    languages: tuple[tuple[str, int], ...] = ()
    found: tuple[Found, ...] = ()


def backtest(
    reports: Iterable[Reported],
    rule: RuleId,
    matcher: Finder,
    before: Finder | None,
    *,
    tags: Mapping[str, tuple[str, ...]],
    stored: Mapping[date, int],
    near_misses: bool = False,
) -> Backtest:
    """Run a rule over stored items, in whatever order they come.

    `matcher` holds the rule as it lies there now; `before` an earlier version of it. Without
    one, it is held against what the running version found when the items came in. `tags` are
    those of each feed, by its address; `stored` says how many items each day has, of which
    `reports` may be those alone on which a version can fire.
    """
    tally = _Tally(stored)
    for report in reports:
        feed_tags = tags.get(report.item.feed, ())
        matches = matcher.match(report.item, feed_tags)
        hit = bool(matches)
        tally.count(report, matches)
        found = (
            bool(before.match(report.item, feed_tags))
            if before is not None
            else any(match.rule == rule for match in report.matches)
        )
        if hit is not found:
            tally.change(report, gained=hit)
        if near_misses and not hit:
            failed = matcher.explain(report.item, rule, feed_tags).failed
            if len(failed) == 1:
                tally.miss(report, failed[0])
    return tally.result()


class _Tally:
    """Counts as they grow."""

    def __init__(self, stored: Mapping[date, int]) -> None:
        self.items = Counter(stored)
        self.hits: Counter[date] = Counter()
        self.stories: Counter[date] = Counter()
        self.near: Counter[str] = Counter()
        self.missed: defaultdict[str, list[Missed]] = defaultdict(list)
        self.changes: Counter[bool] = Counter()
        self.shown: list[Changed] = []
        self.sources: set[str] = set()
        self.languages: Counter[str] = Counter()
        self.found: list[Found] = []

    def count(self, report: Reported, matches: tuple[Match, ...]) -> None:
        if not matches:
            return
        day, item = report.item.first_seen_at.date(), report.item
        copy = report.outcome is Outcome.DUPLICATE
        self.hits[day] += 1
        self.sources.add(item.source)
        self.languages[item.language or "?"] += 1
        self.stories[day] += not copy
        if len(self.found) < HITS:
            one = Found(item_id=int(report.item_id), item=item, match=matches[0], copy=copy)
            self.found.append(one)

    def change(self, report: Reported, *, gained: bool) -> None:
        self.changes[gained] += 1
        if len(self.shown) < LISTED:
            self.shown.append(Changed(item_id=int(report.item_id), item=report.item, gained=gained))

    def miss(self, report: Reported, failed: ClauseReport) -> None:
        self.near[failed.clause] += 1
        kept = self.missed[failed.clause]
        if len(kept) < EXAMPLES:
            kept.append(
                Missed(
                    item_id=int(report.item_id),
                    item=report.item,
                    clause=failed.clause,
                    reason=failed.reason,
                )
            )

    def result(self) -> Backtest:
        near = self.near.most_common()
        return Backtest(
            items=self.items.total(),
            hits=self.hits.total(),
            stories=self.stories.total(),
            gained=self.changes[True],
            lost=self.changes[False],
            days=tuple(self._days()),
            changed=tuple(self.shown),
            near_misses=tuple(near),
            missed=tuple(each for clause, _ in near for each in self.missed[clause]),
            sources=len(self.sources),
            languages=tuple(self.languages.most_common()),
            found=tuple(self.found),
        )

    def _days(self) -> Iterator[Day]:
        for day in sorted(self.items):
            yield Day(
                day=day,
                items=self.items[day],
                hits=self.hits[day],
                stories=self.stories[day],
            )

"""What a rule would have found, and what is wrong with it, while it is being written."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.model import RuleCard
from monitor.rendering.grounds import Grounds, grounds
from monitor.rendering.marking import Runs, snippet_runs, title_runs
from monitor.rules.checking import TestResult
from monitor.rules.rulebook import Rule
from monitor.text.clean import one_line
from monitor.web.drafts import (
    Benches,
    Draft,
    Stored,
    Wrong,
    archive_of,
    ended_by_newer,
    fitted,
    read_typed,
    stored,
)
from monitor.web.panel import Panel
from monitor.web.service import Service
from monitor.work.backtesting import Backtest, Changed, Found
from monitor.work.trying import DRAFT, try_draft

MOST_HITS = 25
MOST_CHANGES = 25
_SNIPPET = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """An inline test of the rule: `reason` says which clause decided, where it failed."""

    line: int
    words: str
    must_hit: bool
    passed: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """A day (UTC) and how many stories and items the rule would have found on it."""

    day: date
    stories: int
    hits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedHit:
    """An item that the rule finds, and why. `copy`: it is a copy of another."""

    item: int
    headline: Runs
    snippet: Runs
    url: str
    source: str
    language: str
    seen_at: datetime
    because: tuple[Grounds, ...]
    copy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An item that only one of the two versions finds."""

    stored: Stored
    gained: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What the archive says: `stories` are hits that are no copies of one another.

    `running`: there is a version in force to hold it against. `milliseconds` is how long it took.
    """

    days: tuple[DayCount, ...]
    items: int
    hits: int
    stories: int
    sources: int
    languages: tuple[tuple[str, int], ...]
    gained: int
    lost: int
    changed: tuple[Change, ...]
    found: tuple[TriedHit, ...]
    running: bool
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Everything that can be said of a text at once. `tried` is None where no rule was tried."""

    rule: str
    title: str
    others: tuple[str, ...]
    wrongs: tuple[Wrong, ...]
    tests: tuple[Test, ...]
    failed: int
    asked_days: int
    tried: Tried | None


_BENCHES = Benches()


def load(service: Service, draft: Draft) -> Preview:
    """Read the text, run its tests, try it on the archive. Raises Conflict if it is overtaken."""
    return previewed(service, draft)


def previewed(service: Service, draft: Draft, *, tries: bool = True) -> Preview:
    """The preview; with the archive left alone unless it `tries`, which takes its time."""
    now = service.now()
    going_on = _BENCHES.begin(draft.bench)
    read = read_typed(service, draft.rule, draft.text)
    rule = read.rule
    results: tuple[TestResult, ...] = ()
    tried = None
    begun = time.perf_counter()
    if rule is not None:
        with fitted(service, rule) as fitting:
            results = fitting.tests(rule)
            if tries:
                since_at = now - timedelta(days=draft.days)
                with service.store.reading() as conn, ended_by_newer():
                    found = try_draft(archive_of(service, conn), fitting, since_at, going_on)
                span = since_at.date(), now.date()
                tried = _tried(found, rule, span, begun, running=fitting.running is not None)
    return Preview(
        rule=rule.id if rule else "",
        title=rule.title if rule else "",
        others=tuple(each.id for each in read.book.rules if rule and each.id != rule.id),
        wrongs=read.wrongs,
        tests=tuple(map(_test, results)),
        failed=sum(not each.passed for each in results),
        asked_days=draft.days,
        tried=tried,
    )


def _test(result: TestResult) -> Test:
    return Test(
        line=result.sample.place.line,
        words=one_line(result.sample.words)[:200],
        must_hit=result.sample.must_hit,
        passed=result.passed,
        reason=result.reason,
    )


def _tried(
    found: Backtest, rule: Rule, span: tuple[date, date], begun: float, *, running: bool
) -> Tried:
    card = RuleCard(id=DRAFT, title=rule.title, why=rule.why)
    counted = {each.day: each for each in found.days}
    first, last = span
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return Tried(
        days=tuple(
            DayCount(
                day=day,
                stories=counted[day].stories if day in counted else 0,
                hits=counted[day].hits if day in counted else 0,
            )
            for day in every
        ),
        items=found.items,
        hits=found.hits,
        stories=found.stories,
        sources=found.sources,
        languages=found.languages,
        gained=found.gained,
        lost=found.lost,
        changed=tuple(map(_change, found.changed[:MOST_CHANGES])),
        found=tuple(_hit(each, card) for each in found.found[:MOST_HITS]),
        running=running,
        milliseconds=round(1000 * (time.perf_counter() - begun)),
    )


def _hit(found: Found, card: RuleCard) -> TriedHit:
    item, evidence = found.item, found.match.evidence
    return TriedHit(
        item=found.item_id,
        headline=title_runs(item, evidence),
        snippet=snippet_runs(item, evidence, limit=_SNIPPET),
        url=item.url,
        source=one_line(item.source),
        language=item.language,
        seen_at=item.first_seen_at,
        because=grounds([found.match], {card.id: card}),
        copy=found.copy,
    )


def _change(changed: Changed) -> Change:
    return Change(stored=stored(changed.item_id, changed.item), gained=changed.gained)


PANEL = Panel(
    name="preview",
    path="/rules/preview",
    help="What a rule would have found in the last days, what it gains and loses against the "
    "version in force, its tests, and what is wrong with its text.",
    takes=Draft,
    shows=Preview,
    load=load,
)

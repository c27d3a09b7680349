"""What one clause alone has kept out: where a rule may be too strict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from monitor.web.drafts import (
    Benches,
    Draft,
    Stored,
    archive_of,
    ended_by_newer,
    fitted,
    read_typed,
    stored,
)
from monitor.web.panel import Panel
from monitor.web.service import Service
from monitor.work.backtesting import Missed
from monitor.work.trying import near_misses


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """An item that the rule just fails to find, and why."""

    stored: Stored
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseMisses:
    """A clause, how many items it alone has kept out, and a few of them."""

    clause: str
    count: int
    items: tuple[NearMiss, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Misses:
    """By clause, that which has kept out most first; `tried` of the newest items were looked at."""

    clauses: tuple[ClauseMisses, ...]
    tried: int
    all_tried: bool
    readable: bool


_BENCHES = Benches()


def load(service: Service, draft: Draft) -> Misses:
    """Look for them. Raises Conflict if it is overtaken."""
    going_on = _BENCHES.begin(draft.bench)
    rule = read_typed(service, draft.rule, draft.text).rule
    if rule is None:
        return Misses(clauses=(), tried=0, all_tried=True, readable=False)
    since_at = service.now() - timedelta(days=draft.days)
    with fitted(service, rule) as fitting, service.store.reading() as conn, ended_by_newer():
        found = near_misses(archive_of(service, conn), fitting, since_at, going_on)
    return Misses(
        clauses=tuple(
            ClauseMisses(
                clause=clause,
                count=count,
                items=tuple(_near(each) for each in found.missed if each.clause == clause),
            )
            for clause, count in found.clauses
        ),
        tried=found.tried,
        all_tried=found.all_tried,
        readable=True,
    )


def _near(missed: Missed) -> NearMiss:
    return NearMiss(stored=stored(missed.item_id, missed.item), reason=missed.reason)


PANEL = Panel(
    name="misses",
    path="/rules/misses",
    help="Items that one clause of a rule alone has kept out, by clause.",
    takes=Draft,
    shows=Misses,
    load=load,
)

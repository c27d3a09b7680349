"""Seeking: stories or items on which a query holds, newest first, a bounded stretch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection

from monitor.model import Item, ItemId, Match, Reported
from monitor.store.reports import REPORT, reported
from monitor.store.schema import items
from monitor.store.statements import chunks
from monitor.store.story_lists import Candidates
from monitor.turns import THINKING

MOST_TRIED = 1_000
"""Items that one stretch tries; where to go on is said."""

_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What was found: its number, the item by which, and why."""

    number: int
    item: ItemId
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What one stretch has found; the next begins before `next`, None where there is none."""

    hits: tuple[Hit, ...]
    tried: int
    next: int | None


def seek(
    conn: Connection,
    candidates: Candidates,
    passing: Callable[[Iterable[int]], set[int]],
    holds: Callable[[Item], Match | None],
    *,
    limit: int,
) -> Sought:
    """The first of the candidates that pass the sieve and on which the query holds."""
    hits: list[Hit] = []
    tried = 0
    last: int | None = None
    while batch := list(islice(candidates, _AT_ONCE)):
        passed = passing([number for number, _ in batch])
        wanted = [item for number, named in batch if number in passed for item in named]
        texts = _texts(conn, wanted)
        for number, named in batch:
            if len(hits) == limit or tried >= MOST_TRIED:
                return Sought(hits=tuple(hits), tried=tried, next=last)
            last = number
            if number not in passed:
                continue
            tried += len(named)
            with THINKING:
                hit = next(_tried(number, (texts[i] for i in named if i in texts), holds), None)
            hits += [hit] if hit else []
    return Sought(hits=tuple(hits), tried=tried, next=None)


def _tried(
    number: int, reports: Iterable[Reported], holds: Callable[[Item], Match | None]
) -> Iterator[Hit]:
    for report in reports:
        match = holds(report.item)
        if match is not None:
            yield Hit(number=number, item=report.item_id, match=match)


def _texts(conn: Connection, ids: list[int]) -> dict[int, Reported]:
    return {
        row.id: reported(row, ())
        for some in chunks(ids)
        for row in conn.execute(REPORT.where(items.c.id.in_(some)))
    }

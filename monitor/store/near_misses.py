"""Near misses: how often one clause alone kept a rule from firing, by the day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from monitor.model import RuleId
from monitor.store.schema import near_misses
from monitor.store.statements import insert_for

KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMisses:
    """How many items failed only this clause of a rule; the last of them."""

    rule: RuleId
    clause: str
    count: int
    last_item_id: int


@cache
def _counting(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """The statement that counts on where a clause has been missed that day; every poll says it."""
    adding = insert_for(dialect, near_misses)
    return adding.on_conflict_do_update(
        index_elements=["rule", "clause", "day"],
        set_={
            "count": near_misses.c.count + adding.excluded.count,
            "last_item_id": adding.excluded.last_item_id,
        },
    )


def record_near_misses(
    conn: Connection, found: Iterable[tuple[RuleId, str, int]], now: datetime
) -> None:
    """Count near misses, each given as the rule, the clause that failed, and the item."""
    counts: Counter[tuple[RuleId, str]] = Counter()
    last: dict[tuple[RuleId, str], int] = {}
    for rule, clause, item_id in found:
        counts[rule, clause] += 1
        last[rule, clause] = item_id
    if not counts:
        return
    conn.execute(
        _counting(conn.dialect.name),
        [
            {
                "rule": rule,
                "clause": clause,
                "day": now.date(),
                "count": count,
                "last_item_id": last[rule, clause],
            }
            for (rule, clause), count in counts.items()
        ],
    )


def near_misses_since(
    conn: Connection, since_at: datetime, rule: RuleId | None = None
) -> tuple[NearMisses, ...]:
    """Near misses of the days (UTC) from then on, the most frequent first."""
    total = sa.func.sum(near_misses.c.count)
    query = (
        sa.select(
            near_misses.c.rule,
            near_misses.c.clause,
            total.label("total"),
            sa.func.max(near_misses.c.last_item_id).label("last_item_id"),
        )
        .where(near_misses.c.day >= since_at.date())
        .group_by(near_misses.c.rule, near_misses.c.clause)
        .order_by(total.desc(), near_misses.c.rule, near_misses.c.clause)
    )
    if rule is not None:
        query = query.where(near_misses.c.rule == rule)
    return tuple(
        NearMisses(
            rule=RuleId(row.rule),
            clause=row.clause,
            count=int(row.total),
            last_item_id=row.last_item_id,
        )
        for row in conn.execute(query)
    )


def by_rule(found: Iterable[NearMisses]) -> Counter[RuleId]:
    """Near misses of each rule, whichever clause failed."""
    counts: Counter[RuleId] = Counter()
    for each in found:
        counts[each.rule] += each.count
    return counts


def prune_near_misses(conn: Connection, now: datetime) -> None:
    """Forget those of days that are past their keep: at most as many as a day has had."""
    conn.execute(near_misses.delete().where(near_misses.c.day < (now - KEPT).date()))

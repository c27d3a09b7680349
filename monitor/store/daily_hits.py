"""How many hits each rule had, day by day: what a digest draws."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import RuleId
from monitor.store.schema import rule_hits


def hits_by_day(conn: Connection, ends: Sequence[datetime]) -> dict[RuleId, tuple[int, ...]]:
    """The hits of every rule that had any, between each of these instants and the next.

    An instant belongs to the stretch that it ends. The stretches are counted by the database:
    a busy rule has thousands of hits.
    """
    stretches = range(len(ends) - 1)
    stretch = sa.case(
        *((rule_hits.c.hit_at <= ends[number + 1], number) for number in stretches),
        else_=None,
    ).label("stretch")
    counted = conn.execute(
        sa.select(rule_hits.c.rule, stretch, sa.func.count().label("hits"))
        .where(rule_hits.c.hit_at > ends[0], rule_hits.c.hit_at <= ends[-1])
        .group_by(rule_hits.c.rule, stretch)
    )
    found: dict[RuleId, list[int]] = {}
    for row in counted:
        found.setdefault(RuleId(row.rule), [0 for _ in stretches])[row.stretch] = row.hits
    return {rule: tuple(counts) for rule, counts in found.items()}

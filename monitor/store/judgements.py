"""What people have said of stories: worth keeping, or noise."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import RuleId, StoryId
from monitor.store.schema import judgements, matches, story_items
from monitor.store.statements import chunks, insert_into


class Verdict(enum.StrEnum):
    """What somebody has said of a story."""

    KEEP = "keep"
    NOISE = "noise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How many stories of a rule were kept, and how many were noise."""

    kept: int = 0
    noise: int = 0

    @property
    def percent_noise(self) -> int | None:
        """The share of noise in what was judged; None where nothing was."""
        said = self.kept + self.noise
        return round(100 * self.noise / said) if said else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was said of one story, by whom and when."""

    verdict: Verdict
    at: datetime
    by: str


def judge(
    conn: Connection, story: StoryId, verdict: Verdict | None, *, by: str, now: datetime
) -> None:
    """Note what somebody says of a story, in place of what was said before; None takes it back."""
    conn.execute(judgements.delete().where(judgements.c.story_id == story))
    if verdict is not None:
        conn.execute(
            insert_into(conn, judgements),
            {"story_id": story, "verdict": verdict.value, "judged_at": now, "judged_by": by},
        )


def verdicts_on(conn: Connection, ids: Iterable[int]) -> dict[int, Verdict]:
    """What has been said of these stories, of those of which anything was."""
    return {
        row.story_id: Verdict(row.verdict)
        for part in chunks(ids)
        for row in conn.execute(
            sa.select(judgements.c.story_id, judgements.c.verdict).where(
                judgements.c.story_id.in_(part)
            )
        )
    }


def judgement_on(conn: Connection, story: StoryId) -> Judgement | None:
    """What has been said of a story; None where nothing was."""
    row = conn.execute(sa.select(judgements).where(judgements.c.story_id == story)).first()
    if row is None:
        return None
    return Judgement(verdict=Verdict(row.verdict), at=row.judged_at, by=row.judged_by)


def judged_by_rule(conn: Connection, since_at: datetime) -> dict[RuleId, Judged]:
    """What has been said since then of the stories on which each rule fired."""
    each = (
        sa.select(matches.c.rule, judgements.c.story_id, judgements.c.verdict)
        .join_from(judgements, story_items, story_items.c.story_id == judgements.c.story_id)
        .join(matches, matches.c.item_id == story_items.c.item_id)
        .where(judgements.c.judged_at >= since_at)
        .distinct()
        .subquery()
    )
    found: dict[RuleId, Judged] = {}
    for row in conn.execute(
        sa.select(
            each.c.rule,
            sa.func.count().filter(each.c.verdict == Verdict.KEEP.value).label("kept"),
            sa.func.count().filter(each.c.verdict == Verdict.NOISE.value).label("noise"),
        ).group_by(each.c.rule)
    ):
        found[RuleId(row.rule)] = Judged(kept=row.kept, noise=row.noise)
    return found


def items_judged(
    conn: Connection, rule: RuleId, verdict: Verdict, limit: int
) -> tuple[tuple[int, ...], ...]:
    """The items on which a rule fired, of each of the last stories of which that was said."""
    last = (
        sa.select(judgements.c.story_id, judgements.c.judged_at)
        .join(story_items, story_items.c.story_id == judgements.c.story_id)
        .join(matches, matches.c.item_id == story_items.c.item_id)
        .where(judgements.c.verdict == verdict.value, matches.c.rule == rule)
        .distinct()
        .order_by(judgements.c.judged_at.desc(), judgements.c.story_id)
        .limit(limit)
        .subquery()
    )
    found: dict[int, tuple[int, ...]] = {}
    for row in conn.execute(
        sa.select(story_items.c.story_id, story_items.c.item_id)
        .join(last, last.c.story_id == story_items.c.story_id)
        .join(matches, matches.c.item_id == story_items.c.item_id)
        .where(matches.c.rule == rule)
        .order_by(story_items.c.item_id)
    ):
        found[row.story_id] = (*found.get(row.story_id, ()), row.item_id)
    return tuple(found.values())

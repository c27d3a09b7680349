"""Joining: reports to their stories, and stories to the digests that must hear of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from monitor.model import Cause, Decision, DigestName, Hearing, Outcome
from monitor.store.anchors import add_anchors
from monitor.store.held import HeldRow, held_row, note_held
from monitor.store.rows import add_rows, change_rows
from monitor.store.schema import (
    digest_entries,
    matches,
    stories,
    story_items,
    story_kin,
    story_updates,
)
from monitor.store.statements import insert_for

_WHY = ("rule_version", "severity", "score", "evidence")
_LAST_TURN = sa.select(sa.func.coalesce(sa.func.max(story_items.c.turn), 0))


def last_turn(conn: Connection) -> int:
    """The turn of what was written last to `story_items`; 0 where nothing was."""
    return int(conn.execute(_LAST_TURN).scalar_one())


def next_turn(conn: Connection) -> int:
    """The turn of what is written next to `story_items`: who has read all before reads it."""
    return last_turn(conn) + 1


def story_line(hearing: Hearing, story: int, now: datetime) -> dict[str, Any]:
    """The line of a digest that tells a story itself, not a report of it."""
    return {
        "digest": hearing.digest,
        "story_id": story,
        "item_id": 0,
        "update_id": 0,
        "cause": Cause.STORY.value,
        "reason": hearing.reason,
        "added_at": now,
    }


def join_stories(
    conn: Connection, decisions: Sequence[Decision], real: Mapping[int, int], now: datetime
) -> Mapping[int, int]:
    """Write which story each report belongs to, why it matched, and who must hear what of it.

    `real` has the ids of items that stand for placeholders; given back with those of stories.
    """
    told = [each for each in decisions if each.story is not None]
    if not told:
        return real
    real = {**real, **_open_stories(conn, told, now)}
    _Told(told, real, now).write(conn)
    return real


def _open_stories(conn: Connection, told: Sequence[Decision], now: datetime) -> dict[int, int]:
    opened = list(dict.fromkeys(d.story for d in told if d.story is not None and d.story < 0))
    if not opened:
        return {}
    ids = conn.execute(
        stories.insert().returning(stories.c.id, sort_by_parameter_order=True),
        [{"opened_at": now} for _ in opened],
    ).scalars()
    return {int(story): found for story, found in zip(opened, ids, strict=True)}


class _Told:
    """Decisions on reports of stories, and the real ids of everything that they name."""

    def __init__(self, told: Sequence[Decision], real: Mapping[int, int], now: datetime) -> None:
        self._told = [(each, real.get(each.id, each.id), self._id(real, each)) for each in told]
        self._real = real
        self._now = now

    @staticmethod
    def _id(real: Mapping[int, int], decision: Decision) -> int:
        story = int(decision.story or 0)
        return real.get(story, story)

    def write(self, conn: Connection) -> None:
        """All that follows from them."""
        self._join(conn)
        add_anchors(conn, ((item, decision.anchors) for decision, item, _ in self._told))
        self._explain(conn)
        self._note_kin(conn)
        self._enter(conn, self._note_updates(conn))

    def _join(self, conn: Connection) -> None:
        turn = next_turn(conn)
        rows = [
            {
                "item_id": item,
                "story_id": story,
                "reason": decision.reason,
                "joined": decision.joined.value,
                "like_item": None
                if decision.like is None
                else self._real.get(decision.like, decision.like),
                "score": decision.score,
                "turn": turn + at,
            }
            for at, (decision, item, story) in enumerate(self._told)
        ]
        reworded = [
            {"item_id": item, "turn": turn + at}
            for at, (decision, item, _) in enumerate(self._told)
            if decision.outcome is not Outcome.NEW and decision.id > 0
        ]
        add_rows(conn, story_items, rows, unless_there=True)
        change_rows(conn, story_items, reworded, keys=("item_id",))

    def _explain(self, conn: Connection) -> None:
        found = [
            {
                "item_id": item,
                "rule": match.rule,
                "rule_version": match.rule_version,
                "severity": int(match.severity),
                "score": match.score,
                "evidence": [
                    [e.clause, e.term, e.field, e.start, e.end, e.text] for e in match.evidence
                ],
                "matched_at": self._now,
            }
            for decision, item, _ in self._told
            for match in decision.matches
        ]
        if found:
            conn.execute(_explaining(conn.dialect.name), found)

    def _note_kin(self, conn: Connection) -> None:
        """Both ways, so that each story finds the other."""
        pairs = [
            (story, self._real.get(each.story, each.story), each)
            for decision, _, story in self._told
            for each in decision.kin
        ]
        rows = [
            {"story_id": one, "other_id": other, "reason": each.reason, "score": each.score}
            for story, kin, each in pairs
            for one, other in ((story, kin), (kin, story))
        ]
        add_rows(conn, story_kin, rows, unless_there=True)

    def _note_updates(self, conn: Connection) -> dict[int, int]:
        """Write what was not known; gives the id of each such note by its place in the list."""
        noted = [
            (at, {"story_id": story, "item_id": item, "said": update.said, "reason": update.reason})
            for at, (decision, item, story) in enumerate(self._told)
            if (update := decision.update) is not None and not decision.archived
        ]
        if not noted:
            return {}
        ids = conn.execute(
            story_updates.insert().returning(story_updates.c.id, sort_by_parameter_order=True),
            [row | {"noted_at": self._now} for _, row in noted],
        ).scalars()
        return {at: found for (at, _), found in zip(noted, ids, strict=True)}

    def _enter(self, conn: Connection, updates: Mapping[int, int]) -> None:
        """Who has not heard of a story hears of that; all others of what is new about it."""
        entries: list[dict[str, Any]] = []
        held: list[tuple[DigestName, HeldRow]] = []
        for at, (decision, item, story) in enumerate(self._told):
            for each in decision.digests:
                entry = story_line(each, story, self._now)
                entries.append(entry)
                if each.cause is not Cause.STORY:
                    news = {"item_id": item, "cause": each.cause.value}
                    if each.cause is Cause.UPDATE:
                        news["update_id"] = updates[at]
                    entries.append(entry | news)
            held += [(each.digest, held_row(each, story=story)) for each in decision.held]
        note_held(conn, held, self._now)
        add_rows(conn, digest_entries, entries, unless_there=True)


@cache
def _explaining(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """The statement that adds matches; every poll that finds one says it.

    Evidence points into the wording; when that was revised, so must be the evidence.
    """
    adding = insert_for(dialect, matches)
    why = {name: adding.excluded[name] for name in _WHY}
    return adding.on_conflict_do_update(index_elements=["item_id", "rule"], set_=why)

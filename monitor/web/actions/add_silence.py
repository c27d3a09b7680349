"""Add a silence."""

from __future__ import annotations

import json
from dataclasses import dataclass

from monitor.errors import UsageError
from monitor.schedule.durations import BadSchedule
from monitor.schedule.endings import parse_end
from monitor.web.action import Action
from monitor.web.service import Service
from monitor.web.wire import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A matcher, its end (`7d`, `2027-01-31`, an instant), and why.

    `force`: even if the matcher names what does not exist.
    """

    matcher: Line
    until: Line
    comment: Line
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What it would have held back of so many `matches` of late; what waited and is held now."""

    id: int
    matcher: str
    until: str
    would_have_held: int
    matches: int
    taken_out: int


def do(service: Service, taken: Wanted) -> Added:
    """Have it begin. Raises UsageError and NotFound."""
    try:
        until_at = parse_end(taken.until, service.now())
    except BadSchedule as error:
        raise UsageError(str(error)) from None
    asked = {
        "matcher": taken.matcher,
        "until": until_at.isoformat(),
        "comment": taken.comment,
        "force": taken.force,
    }
    answer = service.act("silence", json.dumps(asked))
    return Added(
        id=answer["id"],
        matcher=answer["matcher"],
        until=answer["until"],
        would_have_held=answer["would_have_held"],
        matches=answer["matches"],
        taken_out=answer["taken_out"],
    )


def _said(added: Added) -> str:
    past = f"it would have held back {added.would_have_held:,} of {added.matches:,} recent matches"
    waits = f"; {added.taken_out:,} that waited are held back now" if added.taken_out else ""
    return f"Silence {added.id} has begun: {past}{waits}"


ACTION = Action(
    name="add_silence",
    path="/silences/add",
    help="Add a silence: what fits it is told to nobody until it ends.",
    takes=Wanted,
    gives=Added,
    do=do,
    said=_said,
)

"""Not the same story: split reports off."""

from __future__ import annotations

import json
from dataclasses import dataclass

from monitor.web.action import Action
from monitor.web.service import Service
from monitor.web.wire import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """`items` are the numbers of the reports; their copies go with them."""

    story: Number
    items: tuple[Number, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Off:
    """What was split off, as a story of its own."""

    story: int


def do(service: Service, taken: Split) -> Off:
    """Split them off; the new story is told to whoever hears of it. Raises NotFound, UsageError."""
    asked = {"story": taken.story, "items": taken.items}
    answer = service.act("split", json.dumps(asked))
    return Off(story=answer["story"])


ACTION = Action(
    name="split_story",
    path="/stories/{story}/split",
    help="Make reports of a story, and their copies, a story of its own: it is told as one.",
    takes=Split,
    gives=Off,
    do=do,
    said=lambda off: f"Story {off.story} was split off; it is told to whoever hears of it",
)

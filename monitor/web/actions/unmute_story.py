"""Hear of a story again."""

from __future__ import annotations

import json
from dataclasses import dataclass

from monitor.web.action import Action
from monitor.web.nothing import Done
from monitor.web.service import Service
from monitor.web.wire import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmute:
    """A story that was muted by hand."""

    story: Number


def do(service: Service, taken: Unmute) -> Done:
    """Have its mute end now; what a rule file says of it stays. Raises NotFound."""
    asked = {"story": taken.story, "until": service.now().isoformat(), "comment": ""}
    answer = service.act("mute", json.dumps(asked))
    return Done(said=f"Story {answer['story']} is no longer muted by hand")


ACTION = Action(
    name="unmute_story",
    path="/stories/{story}/unmute",
    help="End the mute of a story that was set by hand.",
    takes=Unmute,
    gives=Done,
    do=do,
    said=lambda done: done.said,
)

"""Give a dead letter up for good."""

from __future__ import annotations

import json
from dataclasses import dataclass

from monitor.web.action import Action
from monitor.web.nothing import Done
from monitor.web.service import Service
from monitor.web.wire import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """`letter` is the number of the delivery."""

    letter: Number


def do(service: Service, taken: Letter) -> Done:
    """Give it up: it is never sent, and no longer complained of. Raises NotFound."""
    service.act("deadletters-drop", json.dumps({"ids": [taken.letter], "channel": ""}))
    return Done(said="It is given up.")


ACTION = Action(
    name="drop_letter",
    path="/deadletters/{letter:int}/drop",
    help="Give a dead letter up for good.",
    takes=Letter,
    gives=Done,
    do=do,
    said=lambda done: done.said,
)

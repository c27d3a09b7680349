"""Send a dead letter once more, under its old key."""

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
    """Queue it as if it were new. Raises NotFound."""
    service.act("deadletters-retry", json.dumps({"ids": [taken.letter], "channel": ""}))
    return Done(said="It is tried again.")


ACTION = Action(
    name="retry_letter",
    path="/deadletters/{letter:int}/retry",
    help="Send a dead letter once more, under its old key.",
    takes=Letter,
    gives=Done,
    do=do,
    said=lambda done: done.said,
)

"""End a silence."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.web.action import Action
from monitor.web.nothing import Done
from monitor.web.service import Service
from monitor.web.wire import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """`silence` is its number."""

    silence: Number


def do(service: Service, taken: End) -> Done:
    """End it now. Raises UsageError where none of this number holds."""
    service.act("expire", str(taken.silence))
    return Done(
        said=f"Silence {taken.silence} has ended: what comes from now on is told, "
        "what it held back stays untold"
    )


ACTION = Action(
    name="end_silence",
    path="/silences/{silence:int}/end",
    help="End a silence now. What it held back stays untold.",
    takes=End,
    gives=Done,
    do=do,
    said=lambda done: done.said,
)

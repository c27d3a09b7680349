"""Pause a feed."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.web.action import Action
from monitor.web.nothing import Done
from monitor.web.service import Service
from monitor.web.wire import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """`feed` is its address or its name."""

    feed: Line


def do(service: Service, taken: Pause) -> Done:
    """Have it polled no more. Raises NotFound."""
    named = service.act("pause", taken.feed)["feeds"]
    return Done(said=f"{', '.join(named)} is polled no more until it is resumed")


ACTION = Action(
    name="pause_feed",
    path="/feeds/pause",
    help="Poll a feed no more, until it is resumed.",
    takes=Pause,
    gives=Done,
    do=do,
    said=lambda done: done.said,
)

"""Stop watching a feed."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.web.action import Action
from monitor.web.config_editing import take_out
from monitor.web.nothing import Done
from monitor.web.service import Service
from monitor.web.wire import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """`feed` is its address or its name."""

    feed: Line


def do(service: Service, taken: Remove) -> Done:
    """Take it out of config.toml; what it brought stays. Raises NotFound and UsageError."""
    name = take_out(service, taken.feed)
    return Done(said=f"{name} is watched no more; what it brought stays")


ACTION = Action(
    name="remove_feed",
    path="/feeds/remove",
    help="Take a feed out of config.toml. What it brought stays.",
    takes=Remove,
    gives=Done,
    do=do,
    said=lambda done: done.said,
)

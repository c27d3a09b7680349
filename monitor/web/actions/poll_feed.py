"""Poll a feed now."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.sources.addresses import without_login
from monitor.web.action import Action
from monitor.web.nothing import Done
from monitor.web.service import Service
from monitor.web.wire import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """`feed` is its address or its name."""

    feed: Line


def do(service: Service, taken: Poll) -> Done:
    """Make it due; the next beat polls it. Raises NotFound, UsageError, Temporary."""
    service.act("poll", taken.feed)
    return Done(said=f"{without_login(taken.feed)} is polled now")


ACTION = Action(
    name="poll_feed",
    path="/feeds/poll",
    help="Poll a feed now, whatever its schedule says.",
    takes=Poll,
    gives=Done,
    do=do,
    said=lambda done: done.said,
)

"""Resume a feed."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.web.action import Action
from monitor.web.nothing import Done
from monitor.web.service import Service
from monitor.web.wire import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """`feed` is its address or its name."""

    feed: Line


def do(service: Service, taken: Resume) -> Done:
    """Have it polled again, at once. Raises NotFound."""
    named = service.act("resume", taken.feed)["feeds"]
    return Done(said=f"{', '.join(named)} is polled again")


ACTION = Action(
    name="resume_feed",
    path="/feeds/resume",
    help="Poll a feed again, even one that was said to be gone.",
    takes=Resume,
    gives=Done,
    do=do,
    said=lambda done: done.said,
)

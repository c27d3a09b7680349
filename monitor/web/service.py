"""The running watch, as pages and actions see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from monitor.meters import Meters
from monitor.rendering.viewing import zone
from monitor.store.engine import Store
from monitor.watch import ReadOpml, Watch
from monitor.web.live import Pulse
from monitor.web.memory import Memory
from monitor.work.probing import Discovery
from monitor.work.requests import Desk, carry_out

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What everything on the pages is made from.

    `watch()` is the snapshot in force, `now()` the clock. `act(name, argument)` does what commands
    may ask a daemon for (`work.requests`), `reload()` has files read anew soon, `log_lines()` are
    the last events. `discover(url)` looks for feeds on the web, `read_opml(body)` reads a list of
    them, `check_config(path)` raises for a configuration that could not be used. `pulse` tells
    pages that are open what has changed, `memory` keeps what is dear to find out. `meters` count
    for Prometheus, `beat_at()` is when the scheduler last gave a sign of life. `feed_key(name)`
    makes the address of a feed secret, "" where there is no token. `by` is who asks for an action,
    "" for whoever is at this machine.
    """

    store: Store
    watch: Callable[[], Watch]
    now: Callable[[], datetime]
    act: Callable[[str, str], Answer]
    reload: Callable[[], None] = lambda: None
    log_lines: Callable[[], Iterable[str]] = lambda: ()
    discover: Callable[[str], Discovery]
    read_opml: ReadOpml
    check_config: Callable[[Path], object] = lambda _: None
    pulse: Pulse = field(default_factory=Pulse)
    memory: Memory = field(default_factory=Memory)
    meters: Meters = field(default_factory=Meters)
    beat_at: Callable[[], datetime | None] = lambda: None
    feed_key: Callable[[str], str] = lambda _: ""
    by: str = ""

    def look(self, name: str, argument: str) -> Answer:
        """What a request answers that changes nothing: nobody is told that it was asked."""
        return carry_out(name, argument, Desk(store=self.store, watch=self.watch(), now=self.now()))

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which people read."""
        return zone(self.watch().settings.timezone)

"""The running watch, as pages and actions see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.heart import Heart
from monitor.meters import Meters
from monitor.rendering.viewing import zone
from monitor.store.engine import Store
from monitor.watch import Watch
from monitor.web.access import Keys
from monitor.web.live import Pulse
from monitor.web.memory import Memory

Answer = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What everything on the pages is made from.

    `watch()` is the snapshot in force, `now()` the clock. `act(name, argument)` does what commands
    may ask a daemon for (`work.requests`), `reload()` has files read anew soon, `log_lines()` are
    the last events. `discover(url)` looks for feeds on the web. `keys()` are the tokens. `pulse`
    tells pages that are open what has changed, `memory` keeps what is dear to find out. `heart`
    and `meters` are for programs that look after this one.
    """

    store: Store
    watch: Callable[[], Watch]
    now: Callable[[], datetime]
    act: Callable[[str, str], Answer]
    reload: Callable[[], None] = lambda: None
    log_lines: Callable[[], Iterable[str]] = lambda: ()
    discover: Callable[[str], Awaitable[object]] | None = None
    keys: Callable[[], Keys] = lambda: Keys(full="")
    pulse: Pulse = field(default_factory=Pulse)
    memory: Memory = field(default_factory=Memory)
    heart: Heart = field(default_factory=Heart)
    meters: Meters = field(default_factory=Meters)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which people read."""
        return zone(self.watch().settings.timezone)

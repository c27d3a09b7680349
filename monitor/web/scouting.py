"""Looking for feeds on the web, for somebody who waits for the page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.airlock import Airlock
from monitor.desk import fetch_settings
from monitor.errors import Temporary
from monitor.watch import Watch
from monitor.work.probing import Discovery, discovered

PATIENCE = timedelta(seconds=20)
"""Nobody waits longer for a page."""

AT_ONCE = 2

_PERMITTED_BY = "`allow_networks` in [poll]"


@dataclass(frozen=True, kw_only=True)
class Scout:
    """Discovers the feeds of a site: from any thread, few at a time, and not for ever.

    Through the same guard as polls: what lies on one's own network stays out of reach, but for
    what `[poll]` allows.
    """

    airlock: Airlock
    watch: Callable[[], Watch]
    now: Callable[[], datetime]
    _turns: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))

    def __call__(self, url: str) -> Discovery:
        """The feeds of a site, or why there are none. Raises Temporary and UsageError."""
        if not self._turns.acquire(blocking=False):
            raise Temporary("others look for feeds just now; try again in a few seconds")
        try:
            return asyncio.run(self._discovered(url))
        finally:
            self._turns.release()

    async def _discovered(self, url: str) -> Discovery:
        manners = fetch_settings(self.watch().settings.poll)
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                return await discovered(
                    url, self.airlock, manners, now=self.now, permitted_by=_PERMITTED_BY
                )
        except TimeoutError:
            seconds = f"{PATIENCE.total_seconds():.0f} s"
            return Discovery(reason=f"the site has not answered within {seconds}")

"""The front door: opens the listener that the configuration asks for, and moves it."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from starlette.types import ASGIApp

from monitor.telemetry import event
from monitor.web.serving import serving


@dataclass
class Front:
    """Serves `app` where it is told to."""

    app: ASGIApp
    address: str = ""
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)
    _place: str = ""
    _refused: str = ""

    def is_at(self, listen: str) -> bool:
        """Whether it serves there."""
        return self._place == listen

    async def serve(self, listen: str, **facts: str | None) -> None:
        """Serve at `listen` and nowhere else; `facts` go with the event that says so.

        A place that is taken is told once, however often it is tried.
        """
        await self.close()
        try:
            self.address = await self._open.enter_async_context(serving(listen, self.app))
        except OSError as error:
            if self._refused != listen:
                event(
                    "not_listening",
                    level=logging.ERROR,
                    address=listen,
                    error=error.strerror or str(error),
                    remedy="another program may listen there: set [web] listen",
                )
            self._refused = listen
            return
        self._place, self._refused = listen, ""
        event("listening", level=logging.INFO, address=f"http://{self.address}", **facts)

    async def close(self) -> None:
        """Serve no more; what is being answered is finished first."""
        self._place, self.address = "", ""
        await self._open.aclose()
        self._open = AsyncExitStack()

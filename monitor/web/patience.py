"""How long a connection may keep a place without asking for anything."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

AT_ONCE = 300
"""Connections, of which pages that are open hold one each."""

HEAD_SECONDS = 10.0
"""How long a request may take to say what it wants."""


class Impatient(H11Protocol):
    """A connection that is closed when it asks nothing for too long, or a place is needed.

    The server behind it knows patience only between two requests: three hundred connections that
    say nothing would keep everybody else out for as long as they like.
    """

    waits_since: float = 0.0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as theirs
        """Take it in; whoever has waited longest without asking makes room for it."""
        if len(self.connections) >= AT_ONCE - 1:
            self._make_room()
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Wait on, or no more."""
        super().data_received(data)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    @property
    def asks_nothing(self) -> bool:
        """Whether no request of it is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _wait_for_head(self) -> None:
        if not self.asks_nothing:
            self._stop_waiting()
        elif self._patience is None:
            self.waits_since = self.loop.time()
            self._patience = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def on_response_complete(self) -> None:
        """From now on it asks nothing, until it does."""
        self.waits_since = self.loop.time()
        super().on_response_complete()

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _make_room(self) -> None:
        others = (each for each in self.connections if isinstance(each, Impatient))
        waiting = [each for each in others if each.asks_nothing]
        if waiting:
            longest = min(waiting, key=lambda each: each.waits_since)
            self.connections.discard(longest)
            longest.transport.abort()

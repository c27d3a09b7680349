"""Telling open pages that something has changed: server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

MOST_LISTENERS = 100
"""Pages that are told; those beyond are told to look again by themselves."""

LONGEST_SECONDS = 600.0
"""A stream ends after so long: who listens comes again, and must still be allowed to."""

_ALIVE_SECONDS = 20.0
_GATHERED_SECONDS = 1.0


class Pulse:
    """Subjects in which something is new, for everybody who listens.

    Told from any thread. A listener who is slow hears of each subject once.
    """

    def __init__(self) -> None:
        self._listeners: dict[_Listener, asyncio.AbstractEventLoop] = {}

    def tell(self, subjects: Iterable[str]) -> None:
        """Something is new in these."""
        told = frozenset(subjects)
        for listener, loop in list(self._listeners.items()):
            try:
                loop.call_soon_threadsafe(listener.hear, told)
            except RuntimeError:  # its loop is closed, and the listener gone with it
                self._listeners.pop(listener, None)

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    @property
    def is_crowded(self) -> bool:
        """Whether nobody more can listen."""
        return self.listeners >= MOST_LISTENERS

    async def events(self, stopping: Callable[[], bool] = lambda: False) -> AsyncIterator[str]:
        """The stream for one listener: `changed` with subjects, and a sign of life at times."""
        listener = _Listener()
        self._listeners[listener] = asyncio.get_running_loop()
        try:
            yield "retry: 3000\n\n"
            quiet = 0.0
            until = asyncio.get_running_loop().time() + LONGEST_SECONDS
            while not stopping() and asyncio.get_running_loop().time() < until:
                subjects = await listener.news(_GATHERED_SECONDS)
                quiet = 0.0 if subjects else quiet + _GATHERED_SECONDS
                if subjects:
                    yield f"event: changed\ndata: {' '.join(sorted(subjects))}\n\n"
                    await asyncio.sleep(_GATHERED_SECONDS)  # what comes at once is told at once
                elif quiet >= _ALIVE_SECONDS:
                    quiet = 0.0
                    yield ": still here\n\n"
        finally:
            self._listeners.pop(listener, None)


class _Listener:
    def __init__(self) -> None:
        self._subjects: set[str] = set()
        self._woken = asyncio.Event()

    def hear(self, subjects: frozenset[str]) -> None:
        self._subjects |= subjects
        self._woken.set()

    async def news(self, patience: float) -> frozenset[str]:
        try:
            await asyncio.wait_for(self._woken.wait(), patience)
        except TimeoutError:
            return frozenset()
        self._woken.clear()
        told, self._subjects = frozenset(self._subjects), set()
        return told

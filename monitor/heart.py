"""Whether the daemon's beats still come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

QUIET_SECONDS = 30.0
"""Without any beat for so long, nothing beats any more."""

_GRACE_SECONDS = 10.0
"""A busy machine comes late without being ill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beat:
    every: float
    last: float
    under_way: bool = False


@dataclass
class Heart:
    """Remembers when each beat came last, by a clock that nobody can set.

    One that was told to expect nothing is well: there is nothing that could stop.
    """

    clock: Callable[[], float] = time.monotonic
    _beats: dict[str, _Beat] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def expect(self, name: str, every: float) -> None:
        """From now on this beat comes every so many seconds."""
        self._note(name, _Beat(every=every, last=self.clock()))

    @contextmanager
    def beating(self, name: str) -> Iterator[None]:
        """This beat has come, and is under way for as long as the context lasts."""
        every = self._beats[name].every
        self._note(name, _Beat(every=every, last=self.clock(), under_way=True))
        try:
            yield
        finally:
            self._note(name, _Beat(every=every, last=self.clock()))

    @property
    def is_alive(self) -> bool:
        """Whether anything beats."""
        with self._turn:
            last = max((each.last for each in self._beats.values()), default=self.clock())
        return self.clock() - last < QUIET_SECONDS

    @property
    def late(self) -> tuple[str, ...]:
        """The beats that are not under way and have not come for twice their time."""
        now = self.clock()
        with self._turn:
            return tuple(
                name
                for name, beat in self._beats.items()
                if not beat.under_way and now - beat.last > 2 * beat.every + _GRACE_SECONDS
            )

    def _note(self, name: str, beat: _Beat) -> None:
        with self._turn:
            self._beats[name] = beat

"""What is dear to find out, kept for as long as it is true."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

_MOST = 40
"""Values kept at a time."""


class Memory:
    """Values by name, each with what it follows from: another cause, and it is made anew.

    Who asks for one that is being made waits for it: it is made once.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Hashable, Any]] = OrderedDict()
        self._turns: dict[str, threading.Lock] = {}
        self._turn = threading.Lock()

    def recall(self, name: str, cause: Hashable, make: Callable[[], T]) -> T:
        """The value of that name, made anew if `cause` is another than it was made from."""
        with self._turn:
            turn = self._turns.setdefault(name, threading.Lock())
        with turn:
            known = self._kept.get(name)
            if known is None or known[0] != cause:
                known = (cause, make())
                self._kept[name] = known
            self._tidy(name)
            value: T = known[1]
            return value

    def forget(self, name: str) -> None:
        """Have the value of that name made anew when it is next asked for."""
        self._kept.pop(name, None)

    def _tidy(self, name: str) -> None:
        """Keep what was asked for last."""
        with self._turn:
            self._kept.move_to_end(name)
            while len(self._kept) > _MOST:
                gone, _ = self._kept.popitem(last=False)
                self._turns.pop(gone, None)

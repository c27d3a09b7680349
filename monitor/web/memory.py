"""What is dear to find out, kept for as long as it is true."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Memory:
    """Values by name, each with what it follows from: another cause, and it is made anew.

    Who asks for one that is being made waits for it: it is made once.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Hashable, Any]] = {}
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
            value: T = known[1]
            return value

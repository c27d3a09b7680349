"""The lock beside an SQLite file: one process owns the state, and says which."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from monitor.errors import StoreAway, StoreBusy

_LOOKS = 50
_PAUSE_SECONDS = 0.01


class OwnedFile:
    """Held for as long as the state is open; the kernel lets go when its process dies."""

    def __init__(self, path: Path) -> None:
        lock = path.with_name(path.name + ".lock")
        self._path, self._lock = path, lock
        self._state: tuple[int, int] | None = None  # made after the lock; looked at first later
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreAway(
                f"the state folder {path.parent} cannot be written ({error.strerror}); "
                "check its permissions, or set [state] url"
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = _holder(self._file)
            os.close(self._file)
            raise StoreBusy(
                f"the state {path} is in use by another Wirewatch (process {holder}); "
                "stop that one first, or give this one its own [state] url"
            ) from None
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, str(os.getpid()).encode(), 0)
        except OSError as error:
            os.close(self._file)
            raise StoreAway(f"the lock {lock} cannot be written ({error.strerror})") from None

    def is_in_place(self) -> bool:
        """Whether the lock, and the state beside it, still lie where they were opened."""
        try:
            lock, state = self._lock.stat(), self._path.stat()
        except OSError:
            return False
        held = os.fstat(self._file)
        if self._state is None:
            self._state = (state.st_dev, state.st_ino)
        return (lock.st_dev, lock.st_ino) == (held.st_dev, held.st_ino) and self._state == (
            state.st_dev,
            state.st_ino,
        )

    def release(self) -> None:
        """Let another process own the state."""
        os.close(self._file)


def owner_of(path: Path) -> int | None:
    """The process that owns the state at `path` right now; None when nobody does."""
    try:
        file = os.open(path.with_name(path.name + ".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        named = _holder(file)
        return int(named) if named.isdigit() else None
    finally:
        os.close(file)
    return None


def _holder(file: int) -> str:
    """The process named in the lock.

    Its number follows the lock by a moment; until then the file is empty or still names the
    owner before, who is dead.
    """
    named = ""
    for _ in range(_LOOKS):
        named = os.pread(file, 32, 0).decode("ascii", "replace").strip()
        if named.isdigit() and _lives(int(named)):
            return named
        time.sleep(_PAUSE_SECONDS)
    return named or "unknown"


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

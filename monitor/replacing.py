"""Files that are never half there: written beside their place, then moved into it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_beside(place: Path, content: bytes) -> Iterator[Path]:
    """A file in the folder of `place`, for its owner alone; gone afterwards unless it was moved.

    Whoever moves it calls `wait_for_disk` before: else a crash may leave the new name with nothing
    in it. Raises OSError.
    """
    descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".writing-")
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)


def wait_for_disk(path: Path) -> None:
    """Return once what a file holds, or which names a folder has, would outlast a crash."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The token of the pages: as configured, or in a file of its own that only its owner can read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from monitor.config.settings import Settings
from monitor.web.access import Keys


def make_token(path: Path, chance: Callable[[], str]) -> bool:
    """Put a new token where there is none; whether one was put. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{chance()}\n")
    return True


def keys_of(settings: Settings) -> Keys:
    """The tokens in force: the file is read anew each time it is asked, so it can be replaced.

    A file that is gone or empty opens nothing.
    """
    web = settings.web
    full = web.token.reveal() if web.token else _in_file(settings.token_file)
    return Keys(full=full, read=(web.read_token.reveal(),) if web.read_token else ())


def _in_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""

"""The few files that pages load: ours and the vendored ones, named by what is in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static"

_FILES = {
    "style": ("wirewatch.css", "text/css; charset=utf-8"),
    "script": ("wirewatch.js", "text/javascript; charset=utf-8"),
    "htmx": ("vendor/htmx.org@4.0.1/htmx.min.js", "text/javascript; charset=utf-8"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Static:
    """A file in memory. Its `path` changes with its content, so that it may be kept for ever."""

    path: str
    media_type: str
    content: bytes


@cache
def statics() -> dict[str, Static]:
    """The files by what pages call them."""
    return {name: _read(FOLDER / file, kind) for name, (file, kind) in _FILES.items()}


def _read(file: Path, media_type: str) -> Static:
    content = file.read_bytes()
    short = hashlib.blake2b(content, digest_size=6).hexdigest()
    return Static(path=f"/static/{short}/{file.name}", media_type=media_type, content=content)

"""Files written whole or not at all, under names that any file system takes."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

_LONGEST_NAME = 120
"""Bytes of a name; what is put before and after it needs room as well."""


def file_name(text: str) -> str:
    """A name for a file that says `text`, two texts never the same; its own wherever it can."""
    name = re.sub(r"[^\w.-]", "_", text).lstrip(".")
    if text and name == text and len(text.encode()) <= _LONGEST_NAME:
        return name
    short = blake2b(text.encode("utf-8", "backslashreplace"), digest_size=4).hexdigest()
    start = name.encode()[:40].decode("utf-8", "ignore")
    return f"{start}-{short}" if start else short


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put files into a folder, each whole or not at all; writing them again changes nothing.

    All are written before the first is waited for: the disk then takes hardly longer for many
    than for one. Raises OSError; none of them is half there then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, Path] = {}
    try:
        for name, content in files.items():
            written[name] = _write_beside(folder, content)
        for path in written.values():
            _wait_for_disk(path)
        for name, path in written.items():
            path.replace(folder / name)
    except BaseException:
        for path in written.values():
            path.unlink(missing_ok=True)
        raise
    _wait_for_disk(folder)


def _write_beside(folder: Path, content: bytes) -> Path:
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(content)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _wait_for_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

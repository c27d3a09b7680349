"""Files written whole or not at all, under names that any file system takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path

from monitor.replacing import wait_for_disk, written_beside

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
    with ExitStack() as stack:
        fresh = {
            folder / name: stack.enter_context(written_beside(folder / name, content))
            for name, content in files.items()
        }
        for each in fresh.values():
            each.chmod(0o644)
            wait_for_disk(each)
        for place, each in fresh.items():
            each.replace(place)
    wait_for_disk(folder)

"""The file beside the state that spares many rule files being read as YAML at every start."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from monitor import rules, text
from monitor.rules.caching import RuleCache
from monitor.rules.rulebook import Vocabulary

MANY = 200
"""Fewer rule files are read in no time: no file is kept for them."""

_WORTH_WRITING = 0.1
"""The share of files that must be new for the cache to be written again."""


def cache_path(state_file: Path | None) -> Path | None:
    """Where the cache lies, for a state that is a file."""
    return state_file.with_suffix(".rules") if state_file is not None else None


def read_cache(path: Path | None, vocabularies: Mapping[str, Vocabulary], files: int) -> RuleCache:
    """What is known of so many rule files from an earlier start."""
    if path is None or files < MANY:
        return RuleCache()
    try:
        written = path.read_bytes()
    except OSError:
        return RuleCache()
    return RuleCache.load(written, program_version(), vocabularies)


def write_cache(path: Path | None, cache: RuleCache) -> None:
    """Keep what is known for the next start. A folder that cannot be written to is no mistake."""
    if path is None or len(cache) < MANY or cache.read_anew < _WORTH_WRITING * len(cache):
        return
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        if path.parent.is_dir():
            fresh.touch(mode=0o600)
            fresh.write_bytes(cache.dump(program_version()))
            fresh.replace(path)
    with contextlib.suppress(OSError):
        fresh.unlink(missing_ok=True)


def program_version() -> str:
    """What changes when anything that reads rules does."""
    digest = hashlib.blake2b(sys.version.encode(), digest_size=8)
    # A rule with a pattern is no rule where the extra has gone.
    digest.update(str(find_spec("re2") is not None).encode())
    for room in (rules, text):
        for path in sorted(Path(room.__path__[0]).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def no_collecting() -> Iterator[None]:
    """Rules are many values that all live on: looking for garbage in between finds none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()

"""Keys that stay the same over every retry, so that a receiver can fold a repeated delivery."""

from __future__ import annotations

import re
from hashlib import blake2b

_ATOM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")


def part_key(message_key: str, channel: str, target: str, part: int = 1) -> str:
    """The key of one part of a message for one target."""
    where = blake2b(f"{channel}\0{target}\0{part}".encode(), digest_size=6).hexdigest()
    return f"{message_key}-{where}"


def message_id(name: str, host: str) -> str:
    """`<name@host>` (RFC 5322, 3.6.4); a name with other characters in it is hashed."""
    if len(name) > 150 or not _ATOM.fullmatch(name):
        name = blake2b(name.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return f"<{name}@{host if _ATOM.fullmatch(host) else 'wirewatch.invalid'}>"

"""Answers that need not be sent again while they are the same (RFC 9110, 8.8.3 and 13.1.2)."""

from __future__ import annotations

import hashlib


def etag_of(body: bytes) -> str:
    """The `ETag` of a body: another one whenever the body is another."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def is_among(etag: str, known: str) -> bool:
    """Whether a tag is among those that an `If-None-Match` header names."""
    return etag in (each.strip().removeprefix("W/") for each in known.split(","))

"""Links from feeds: only those that can mean nothing but fetching a page."""

from __future__ import annotations

from urllib.parse import urlsplit

_LONGEST = 1_200  # a longer link would not fit a chat message beside its headline
_UNSAFE = {character: f"%{ord(character):02X}" for character in "\"'<>\\^`{|}"}
_ESCAPES = str.maketrans(_UNSAFE)


def safe_link(url: str) -> str:
    """The link with every character quoted that could end it early; "" where it is no web page."""
    if len(url) > _LONGEST or not url.isprintable() or any(map(str.isspace, url)):
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    return url.translate(_ESCAPES)

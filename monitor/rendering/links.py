"""Links from feeds: only those that can mean nothing but fetching a page."""

from __future__ import annotations

from urllib.parse import urlsplit

_LONGEST = 1_200  # a longer link would not fit a chat message beside its headline
_UNSAFE = {character: f"%{ord(character):02X}" for character in "\"'<>\\^`{|}"}
_ESCAPES = str.maketrans(_UNSAFE)
_SECOND_LEVEL = frozenset(
    ["ac", "co", "com", "edu", "go", "gob", "gov", "mil", "ne", "net", "or", "org"]
)


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


def publisher_of(url: str, otherwise: str) -> str:
    """Who published a page: its host without the parts that only tell sections apart.

    `www.bbc.co.uk` and `feeds.bbc.co.uk` are one publisher. A rule of thumb, not the public
    suffix list: it only decides how many outlets a digest counts.
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    labels = host.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return host or otherwise
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-keep:])

"""Who published a page, told by its address."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

_SECOND_LEVEL = frozenset(
    ["ac", "co", "com", "edu", "go", "gob", "gov", "mil", "ne", "net", "or", "org"]
)


def publisher_of(url: str, otherwise: str) -> str:
    """Who published a page: its host without the parts that only tell sections apart.

    `www.bbc.co.uk` and `feeds.bbc.co.uk` are one publisher. A rule of thumb, not the public
    suffix list: it only decides how many outlets are counted.
    """
    path_at = url.find("/", len("https://"))
    return _publisher(url[:path_at] if path_at > 0 else url) or otherwise


@lru_cache(maxsize=4096)
def _publisher(origin: str) -> str:
    """The publisher at the beginning of an address, which thousands of addresses share."""
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return ""
    labels = host.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return host
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-keep:])

"""Who published a page, told by its address."""

from __future__ import annotations

from urllib.parse import urlsplit

_SECOND_LEVEL = frozenset(
    ["ac", "co", "com", "edu", "go", "gob", "gov", "mil", "ne", "net", "or", "org"]
)


def publisher_of(url: str, otherwise: str) -> str:
    """Who published a page: its host without the parts that only tell sections apart.

    `www.bbc.co.uk` and `feeds.bbc.co.uk` are one publisher. A rule of thumb, not the public
    suffix list: it only decides how many outlets are counted.
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

"""The attributes of feed elements, and what they mean for links and languages."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urljoin

from monitor.sources.kinds._names import Declined, Element

Attributes = dict[str, str]
"""By local name in lower case: `xml:base` is "base", `rdf:about` is "about"."""

_MOST = 256
_PAGES = frozenset(["html", "text/html", "xhtml", "application/xhtml+xml"])


def attributes_of(element: Element) -> Attributes:
    """All attributes of an element; of two with one local name the later.

    Declined where they are absurdly many, as lxml looks for each among all.
    """
    if len(element.keys()) > _MOST:
        raise Declined
    return {_local(name): value for name, value in element.items()}


@lru_cache(maxsize=256)
def _local(name: str) -> str:
    return name.rpartition("}")[2].lower()


def target_of(attributes: Attributes) -> str:
    """Where a link element leads, if it says so in an attribute."""
    return attributes.get("url") or attributes.get("uri") or attributes.get("href") or ""


def leads_to_a_page(attributes: Attributes) -> bool:
    """Whether a link element leads to something to be read, as it does where it is silent."""
    return attributes.get("type", "html").lower() in _PAGES


def language_of(attributes: Attributes, inherited: str) -> str:
    """The language that holds within an element."""
    return attributes.get("lang", inherited).replace("_", "-")


def base_of(attributes: Attributes, inherited: str) -> str:
    """What links within an element are relative to; "" where that is not stated."""
    stated = attributes.get("base")
    return resolved(inherited, stated) if stated else inherited


def resolved(base: str, link: str) -> str:
    """The link as it is meant under a stated base; as it stands where there is none."""
    if not base or not link:
        return link
    try:
        return urljoin(base, link)
    except ValueError:
        return ""

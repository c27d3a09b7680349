"""What an answer says beside its document: how long it will do, and who pushes what is new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from multidict import CIMultiDictProxy
from yarl import URL

from monitor.model import Hints
from monitor.sources.addresses import linked_address

Headers = CIMultiDictProxy[str]

_DIRECTIVE = re.compile(r'([\w-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,"]*)))?')
_SECONDS = re.compile(r"[0-9]{1,9}")
_LINK = re.compile(
    r"<([^<>]*)>"
    r'((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))?)*)'
)
_PARAMETER = re.compile(r';\s*([\w!#$&+.^`|~*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+))')


def hints_of(headers: Headers, url: URL, moved_to: str, now: datetime) -> Hints:
    """The hints in the header of an answer that came from `url`."""
    links = dict(_links(headers.getall("Link"), url)) if "Link" in headers else {}
    return Hints(
        moved_to=moved_to,
        fresh_for=fresh_for(headers, now),
        hub=links.get("hub", ""),
        topic=links.get("self", ""),
    )


def fresh_for(headers: Headers, now: datetime) -> timedelta | None:
    """How long the publisher thinks an answer will do (RFC 9111, 4.2); None for no opinion.

    A `no-store`, a `no-cache` and an `Expires: 0` are none: they speak of copies, not of news.
    """
    said = _directives(", ".join(headers.getall("Cache-Control", ())))
    if said.keys() & {"no-store", "no-cache"}:
        return None
    if "max-age" in said:
        lifetime = _seconds(said["max-age"]) - _seconds(headers.get("Age", ""))
    else:
        expires = _date(headers["Expires"]) if "Expires" in headers else None
        lifetime = expires - (_date(headers.get("Date", "")) or now) if expires else timedelta()
    return lifetime if lifetime > timedelta() else None


@lru_cache(maxsize=256)  # every answer is asked, and a few lines are what most servers say
def _directives(said: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, quoted, plain in _DIRECTIVE.findall(said):
        found.setdefault(name.lower(), quoted or plain)
    return found


def _seconds(text: str) -> timedelta:
    return timedelta(seconds=int(text)) if _SECONDS.fullmatch(text.strip()) else timedelta()


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _links(lines: list[str], url: URL) -> Iterator[tuple[str, str]]:
    """Relation and address of each link (RFC 8288), the last one first: the first shall win."""
    found = [
        (relation, address)
        for line in lines
        for target, parameters in _LINK.findall(line)
        for relation in _relations(parameters)
        if (address := linked_address(url, target))
    ]
    return reversed(found)


def _relations(parameters: str) -> list[str]:
    """What a link is to the document itself; those with another anchor are to something else."""
    said: dict[str, str] = {}
    for name, quoted, plain in _PARAMETER.findall(parameters):
        said.setdefault(name.lower(), quoted or plain)
    return [] if "anchor" in said else said.get("rel", "").lower().split()

"""Feeds that readers subscribe to, each at an address that is secret: nobody guesses its key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from pathlib import Path

from starlette.concurrency import run_in_threadpool as run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.rendering import atom, json_feed
from monitor.watch import Watch
from monitor.web.access import Keys, Visitor, admit, asking_of
from monitor.web.etags import etag_of, is_among
from monitor.web.service import Service
from monitor.work.bulletins import of_digest, of_rule, place_of
from monitor.work.issuing import feeds_folder

BELOW = ("/feeds/rules/", "/feeds/digests/")
"""They ask for no login: a key will do."""

_MEDIA_TYPES = {
    atom.ENDING: "application/atom+xml; charset=utf-8",
    json_feed.ENDING: "application/feed+json",
}
_UNKNOWN = "there is no feed at this address; the page /outputs says where they are"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A feed of ours and its addresses, key and all. `kind` is rules or digests."""

    kind: str
    name: str
    title: str
    atom: str
    json: str


def feed_addresses(watch: Watch, key_of: Callable[[str], str]) -> tuple[Subscription, ...]:
    """The feed of every rule and every digest. `key_of` is "" where no key is needed.

    Both formats of a feed have the same key. It follows from the token: with a new token all
    addresses are others.
    """
    titles = {of_rule(rule.id): rule.title or rule.id for rule in watch.book.rules}
    titles |= {of_digest(each.name): f"Digest {each.name}" for each in watch.settings.digests}
    home = (watch.settings.web.public_url or "").rstrip("/")
    return tuple(_addressed(name, title, home, key_of) for name, title in titles.items())


def _addressed(name: str, title: str, home: str, key_of: Callable[[str], str]) -> Subscription:
    kind, stem = place_of(name)
    key = key_of(f"{kind}/{stem}")
    with_key = f"?key={key}" if key else ""
    at = f"{home}/feeds/{kind}/{stem}"
    return Subscription(
        kind=kind,
        name=name.partition("/")[2],
        title=title,
        atom=f"{at}{atom.ENDING}{with_key}",
        json=f"{at}{json_feed.ENDING}{with_key}",
    )


def routes(service: Service, keys: Callable[[], Keys]) -> list[BaseRoute]:
    """Where they are given out."""
    return [Route(f"{each}{{file}}", partial(_give_out, service, keys, each)) for each in BELOW]


async def _give_out(
    service: Service, keys: Callable[[], Keys], below: str, request: Request
) -> Response:
    """A feed, to whoever has its key or may see the pages; one answer to all that may not."""
    kind, file = below.split("/")[2], request.path_params["file"]
    stem, dot, ending = file.rpartition(".")
    key = request.query_params.get("key", "")
    web, known = service.watch().settings.web, keys()
    may = known.opens_feed(f"{kind}/{stem}", key) or isinstance(
        admit(asking_of(request.scope), web, known, service.now()), Visitor
    )
    media_type = _MEDIA_TYPES.get(dot + ending)
    if not may or media_type is None or not _is_a_name(stem):
        raise HTTPException(404, _UNKNOWN)
    path = feeds_folder(service.watch().settings) / kind / file
    try:
        body, changed_at = await run_sync(partial(_read, path))
    except (OSError, ValueError):
        raise HTTPException(404, _UNKNOWN) from None
    return _given(request, body, changed_at, media_type)


def _is_a_name(stem: str) -> bool:
    return bool(stem) and stem.isprintable() and stem[0] != "." and not {"/", "\\"} & set(stem)


def _read(path: Path) -> tuple[bytes, datetime]:
    changed_at = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    return path.read_bytes(), changed_at


def _given(request: Request, body: bytes, changed_at: datetime, media_type: str) -> Response:
    headers = {
        "ETag": etag_of(body),
        "Last-Modified": format_datetime(changed_at, usegmt=True),
        "Cache-Control": "private, no-cache",
        "Referrer-Policy": "no-referrer",
    }
    if _has_it(request, headers["ETag"], changed_at):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers | {"Content-Type": media_type})


def _has_it(request: Request, tag: str, changed_at: datetime) -> bool:
    """Whether it is what somebody has already; a tag says so better than a time (RFC 9110, 13)."""
    known = request.headers.get("if-none-match")
    if known is not None:
        return is_among(tag, known)
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
        return changed_at <= since.astimezone(UTC)
    except (ValueError, OverflowError):
        return False

"""Feeds for readers, by secret address: the files under `state/feeds/`, each with its key."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.rendering import atom, json_feed
from monitor.web.access import Keys, Refused, admit, asking_of
from monitor.web.service import Service
from monitor.work.bulletins import of_digest, of_rule, place_of
from monitor.work.issuing import feeds_folder

MEDIA_TYPES = {
    atom.ENDING: "application/atom+xml; charset=utf-8",
    json_feed.ENDING: "application/feed+json; charset=utf-8",
}

_FOLDERS = ("rules", "digests")
PREFIXES = tuple(f"/feeds/{folder}/" for folder in _FOLDERS)
"""What asks for a key instead of a login."""

_UNKNOWN = "there is no such feed, or this is not its key"
"""Said of both alike: who has no key shall not learn what is watched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAddress:
    """Where readers subscribe to what a rule finds, or to a digest. `kind` is rule or digest."""

    kind: str
    name: str
    title: str
    atom: str
    json: str


def feed_addresses(service: Service, keys: Keys) -> tuple[FeedAddress, ...]:
    """The addresses of all feeds, each with its key: from `public_url` on, or only the path.

    Where nobody has to sign in there is no key either.
    """
    watch = service.watch()
    web = watch.settings.web
    home = (web.public_url or "").rstrip("/")

    def addresses(kind: str, name: str, title: str, bulletin: str) -> FeedAddress:
        place = "/".join(place_of(bulletin))
        key = keys.feed_key(place) if web.auth != "none" else ""
        at = f"{home}/feeds/{quote(place)}"
        query = f"?key={key}" if key else ""
        return FeedAddress(
            kind=kind,
            name=name,
            title=title,
            atom=f"{at}{atom.ENDING}{query}",
            json=f"{at}{json_feed.ENDING}{query}",
        )

    def found() -> Iterator[FeedAddress]:
        for spec in watch.settings.digests:
            yield addresses("digest", spec.name, spec.name, of_digest(spec.name))
        for rule in sorted(watch.book.rules, key=lambda each: (each.title, each.id)):
            yield addresses("rule", rule.id, rule.title, of_rule(rule.id))

    return tuple(found())


def routes(service: Service) -> list[BaseRoute]:
    """The routes."""
    serve = partial(_serve, service)
    return [Route(f"/feeds/{folder}/{{file}}", partial(serve, folder)) for folder in _FOLDERS]


async def _serve(service: Service, folder: str, request: Request) -> Response:
    name, dot, ending = request.path_params["file"].rpartition(".")
    media_type = MEDIA_TYPES.get(dot + ending)
    if media_type is None or not _may_read(service, f"{folder}/{name}", request):
        raise HTTPException(404, _UNKNOWN)
    place = feeds_folder(service.watch().settings) / folder
    read = await run_sync(_read, place, name + dot + ending)
    if read is None:
        raise HTTPException(404, _UNKNOWN)
    content, changed_at = read
    headers = {
        "ETag": f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"',
        "Last-Modified": format_datetime(changed_at, usegmt=True),
        "Cache-Control": "private, no-cache",
    }
    if _is_known(request, headers["ETag"], changed_at):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def _may_read(service: Service, name: str, request: Request) -> bool:
    """By its key; or as somebody who may see the pages."""
    keys, web = service.keys(), service.watch().settings.web
    if keys.opens_feed(name, request.query_params.get("key", "")):
        return True
    return not isinstance(admit(asking_of(request.scope), web, keys, service.now()), Refused)


def _read(folder: Path, file: str) -> tuple[bytes, datetime] | None:
    """A file of that name in that folder and nowhere else, and when it was written."""
    if "/" in file or "\0" in file or file.startswith("."):
        return None
    try:
        with (folder / file).open("rb") as opened:
            changed = os.fstat(opened.fileno()).st_mtime
            content = opened.read()
    except OSError:
        return None
    return content, datetime.fromtimestamp(int(changed), UTC)


def _is_known(request: Request, tag: str, changed_at: datetime) -> bool:
    """Whether whoever asks has it already; a tag says more than a time."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tag in (each.strip().removeprefix("W/") for each in tags.split(","))
    try:
        return changed_at <= parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except (ValueError, TypeError):
        return False

"""Lists of feeds as files: what is watched, to be taken away, and what others watch, looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool as run_sync
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.errors import UsageError
from monitor.sources.addresses import without_login
from monitor.sources.opml import write_opml
from monitor.web.config_editing import sorted_out, why_not_writable
from monitor.web.page import page_shelf
from monitor.web.service import Service

if TYPE_CHECKING:
    from monitor.web.app import Site

MOST_BYTES = 900_000
"""What a configuration cannot hold need not be read."""

_SHOWN = 200
_TITLE = "Wirewatch feeds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What stands in a list: each as its name and address. `opml` is a list of the new ones."""

    fresh: tuple[tuple[str, str], ...]
    more: int
    known: int
    refused: tuple[str, ...]
    includes: tuple[str, ...]
    opml: str
    fixed: str


def routes(site: Site) -> list[BaseRoute]:
    """The list of what is watched, and a look at another."""
    return [
        Route("/feeds.opml", _exported(site.service)),
        Route("/feeds/import", _looked_at(site), methods=["POST"]),
    ]


def _exported(service: Service) -> Callable[[Request], Awaitable[Response]]:
    async def exported(request: Request) -> Response:
        del request
        text = await run_sync(export, service)
        headers = {"Content-Disposition": 'attachment; filename="wirewatch.opml"'}
        return Response(text, media_type="text/x-opml", headers=headers)

    return exported


def export(service: Service) -> str:
    """Every feed that is watched; names and passwords in addresses are left out."""
    feeds = (replace(feed, url=without_login(feed.url)) for feed in service.watch().feeds.values())
    return write_opml(feeds, _TITLE, service.now())


def _looked_at(site: Site) -> Callable[[Request], Awaitable[Response]]:
    page = next(each for each in page_shelf() if each.name == "discover")

    async def looked_at(request: Request) -> Response:
        async with request.form(max_files=1, max_fields=5, max_part_size=MOST_BYTES) as form:
            sent = form.get("list")
            body = await sent.read() if isinstance(sent, UploadFile) else b""
        if not 0 < len(body) <= MOST_BYTES:
            raise UsageError("choose an OPML file of at most 900 kB")
        seen = await run_sync(look_at, site.service, body)
        return await run_sync(partial(site.html, request, "feed_list.html", page=page, seen=seen))

    return looked_at


def look_at(service: Service, body: bytes) -> Listed:
    """What of a list would be added. Raises UsageError for what is no list."""
    found = sorted_out(service, body)
    if not (found.fresh or found.known or found.refused or found.includes):
        raise UsageError("no feed stands in that list; is it whole?")
    named = [(feed.name, without_login(feed.url)) for feed in found.fresh]
    return Listed(
        fresh=tuple(named[:_SHOWN]),
        more=max(0, len(named) - _SHOWN),
        known=len(found.known),
        refused=tuple(map(without_login, found.refused[:_SHOWN])),
        includes=tuple(map(without_login, found.includes[:_SHOWN])),
        opml=write_opml(found.fresh, _TITLE, service.now()) if found.fresh else "",
        fixed=why_not_writable(service.watch().settings.path),
    )

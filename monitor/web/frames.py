"""Digests as their readers see them, each in a frame that can do nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.concurrency import run_in_threadpool as run_sync
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.errors import NotFound
from monitor.store.digest_cards import digest_id_of
from monitor.store.said import read_message
from monitor.web.guarding import FRAMED
from monitor.web.service import Service

_HEADERS = {
    "Content-Security-Policy": FRAMED,
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
}
_LINKS_OPEN_ELSEWHERE = '<base target="_blank">'


def routes(service: Service) -> list[BaseRoute]:
    """A frame for each digest that is planned, and for each that went out."""
    return [
        Route("/frames/digests/{digest}", _frame(service, _previewed)),
        Route("/frames/sent/{digest}", _frame(service, _said)),
    ]


def _previewed(service: Service, name: str) -> str:
    return str(service.look("preview", name)["html"])


def _said(service: Service, digest_id: str) -> str:
    with service.store.reading() as conn:
        message = read_message(conn, digest_id_of(conn, digest_id))
    if message is None:
        raise NotFound("kept message of digest", digest_id, [])
    return message.html


def _frame(
    service: Service, html_of: Callable[[Service, str], str]
) -> Callable[[Request], Awaitable[Response]]:
    async def framed(request: Request) -> Response:
        html = await run_sync(partial(html_of, service, request.path_params["digest"]))
        head, tag, rest = html.partition("<head>")
        return HTMLResponse(f"{head}{tag}{_LINKS_OPEN_ELSEWHERE}{rest}", headers=_HEADERS)

    return framed

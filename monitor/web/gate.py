"""The gate: whatever comes passes here, and is let in or told why not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.web.access import Asking, Keys, Refused, admit, asking_of
from monitor.web.guarding import HEADERS, SAFE_METHODS, foreign_look, foreign_origin, is_ours
from monitor.web.service import Service

MOST_BYTES = 4 * 1024 * 1024
"""The largest body that is taken in."""

MOST_BYTES_OF_STRANGERS = 64 * 1024
"""The largest of somebody who is not known."""

PATIENCE_SECONDS = 30.0
"""How long a body may take to arrive."""

Failed = Callable[[Request, Exception], Awaitable[Response]]
"""Answers somebody who was not let in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Paths that ask for no login: what ends in a slash stands for everything below it.

    Those `under_any_name` are for programs that know no name of ours. What is `apart` looks after
    itself in everything, the length of bodies too. What is `for_lookers` is open to whoever may
    only look, though it is asked by POST: it changes nothing, or asks itself who may. To what
    is asked `from_inside` no link of another site leads: looking at it has consequences.
    """

    under_any_name: tuple[str, ...] = ()
    unlocked: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    for_lookers: tuple[str, ...] = ()
    from_inside: tuple[str, ...] = ()


class Gate:
    """Whatever comes passes here: who asks, under which name, from which site, and how much."""

    def __init__(
        self,
        app: ASGIApp,
        service: Service,
        keys: Callable[[], Keys],
        failed: Failed,
        doors: Doors,
    ) -> None:
        self._app = app
        self._service = service
        self._keys = keys
        self._failed = failed
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let pass, or answer why not."""
        if scope["type"] != "http":
            return
        request = Request(scope)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with_headers(message.get("headers", []))
            await send(message)

        refusal = self._refusal(request)
        if refusal is not None:
            answer = await refusal if isinstance(refusal, Awaitable) else refusal
            await answer(scope, receive, with_headers)
            return
        if not _is_at(request.scope["path"], self._doors.apart):
            known = "visitor" in scope
            receive = _bounded(receive, MOST_BYTES if known else MOST_BYTES_OF_STRANGERS)
        await self._app(scope, receive, with_headers)

    def _refusal(self, request: Request) -> Response | Awaitable[Response] | None:
        path, doors = request.scope["path"], self._doors
        if _is_at(path, doors.apart) or _is_at(path, doors.under_any_name):
            return None
        web = self._service.watch().settings.web
        asking = asking_of(request.scope)
        if not is_ours(asking.headers.get("host", ""), web):
            return Response(_NOT_OURS, 421, media_type="text/plain")
        if _is_at(path, doors.unlocked):
            looks = request.method in SAFE_METHODS
            return None if looks else self._foreign(request, asking, bare=False)
        visitor = admit(asking, web, self._keys(), self._service.now())
        if isinstance(visitor, Refused):
            return self._not_admitted(request, visitor)
        request.scope["visitor"] = visitor
        if not visitor.bearer and (
            refusal := self._foreign(request, asking, bare=web.auth == "none")
        ):
            return refusal
        looks = request.method in SAFE_METHODS or _is_at(path, doors.for_lookers)
        if not visitor.may_change and not looks:
            return self._failed(request, HTTPException(403, _MAY_LOOK))
        return None

    def _foreign(
        self, request: Request, asking: Asking, *, bare: bool
    ) -> Awaitable[Response] | None:
        inside = _is_at(request.scope["path"], self._doors.from_inside)
        why = (
            foreign_look(asking.headers, from_inside=inside)
            if request.method in SAFE_METHODS
            else foreign_origin(request.method, asking.headers, bare=bare)
        )
        return self._failed(request, HTTPException(403, why)) if why else None

    def _not_admitted(self, request: Request, refused: Refused) -> Response | Awaitable[Response]:
        path = request.scope["path"]
        if refused.may_sign_in and request.method in SAFE_METHODS and _is_page(path):
            back = quote(here(request))
            return RedirectResponse(f"/login?back={back}", status_code=303)
        status = 401 if refused.may_sign_in or path.startswith("/api/") else 403
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
        return self._failed(request, HTTPException(status, refused.reason, headers))


_NOT_OURS = "this service does not go by that name; `hosts` of [web] says by which others it does\n"
_MAY_LOOK = "this token may look, and change nothing"


def here(request: Request) -> str:
    """The path and query of a page."""
    query = request.scope["query_string"].decode("latin-1")
    path: str = quote(request.scope["path"], safe="/:@!$&'()*+,;=~")
    return path + (f"?{query}" if query else "")


def _is_at(path: str, doors: Iterable[str]) -> bool:
    return any(path == door or (door[-1] == "/" and path.startswith(door)) for door in doors)


def _is_page(path: str) -> bool:
    return not path.startswith("/api/") and path != "/events"


def _with_headers(given: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    headers = list(given)
    there = {name.lower() for name, _ in headers}
    for name, value in HEADERS.items():
        if name.lower().encode() not in there:
            headers.append((name.lower().encode(), value.encode()))
    return headers


def _bounded(receive: Receive, most: int) -> Receive:
    """The body, up to a bound in length and in time."""
    taken, whole = 0, False
    until = asyncio.get_running_loop().time() + PATIENCE_SECONDS

    async def bounded() -> Message:
        nonlocal taken, whole
        if whole:  # what comes now is that somebody leaves, which may take as long as it likes
            return await receive()
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, "the body took too long to arrive") from None
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if taken > most:
                raise HTTPException(413, f"more than {most // 1024:,} KiB are not taken in")
        return message

    return bounded

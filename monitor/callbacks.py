"""The door for hubs: routes that know `/websub/{token}` and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.errors import Temporary
from monitor.work.pushing import Reply
from monitor.work.subscribing import PATH

PATIENCE_SECONDS = 30.0
"""How long a push may take to arrive."""

_ARRIVING = 8
_READ_AT_ONCE = 2
"""Polls need threads and readers too: pushes wait for one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is done with what comes in; see `monitor.work.pushing`.

    `listens` is whether hubs are spoken to at all. `is_known` is asked before the body of a push
    is taken in, of at most `most_bytes()`, and `take` gets that body with its content type and
    signature.
    """

    listens: Callable[[], bool]
    most_bytes: Callable[[], int]
    is_known: Callable[[str], Awaitable[bool]]
    answer: Callable[[str, Mapping[str, str]], Awaitable[Reply]]
    take: Callable[[str, bytes, str, str], Awaitable[Reply]]


def routes(answers: Answers) -> list[BaseRoute]:
    """The routes for hubs."""
    room, turn = asyncio.Semaphore(_ARRIVING), asyncio.Semaphore(_READ_AT_ONCE)

    async def asked(request: Request) -> Response:
        if request.method == "HEAD":
            return _response(Reply(status=405))
        if not answers.listens():
            return _response(Reply(status=404))
        return _response(await answers.answer(request.path_params["token"], request.query_params))

    async def pushed(request: Request) -> Response:
        token, headers = request.path_params["token"], request.headers
        if not answers.listens() or not await answers.is_known(token):
            return _response(Reply(status=404))
        if headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            return _response(Reply(status=415))  # the signature is over what is sent
        body = await _arriving(request, room, answers.most_bytes())
        if isinstance(body, Reply):
            return _response(body)
        content_type = headers.get("Content-Type", "")
        signature = headers.get("X-Hub-Signature", "")
        try:
            async with turn:
                return _response(await answers.take(token, body, content_type, signature))
        except Temporary:  # the hub tries again, and polls go on in any case
            return _response(Reply(status=503))

    path = PATH + "{token}"
    return [Route(path, asked), Route(path, pushed, methods=["POST"])]


async def _arriving(request: Request, room: asyncio.Semaphore, most_bytes: int) -> bytes | Reply:
    """The whole body, or what is said where it does not come."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), room:
            body = await _body(request, most_bytes)
    except TimeoutError:
        return Reply(status=408)
    except ClientDisconnect:
        return Reply(status=400)
    return Reply(status=413) if body is None else body


async def _body(request: Request, most_bytes: int) -> bytes | None:
    """The whole body; None of one that is larger than that."""
    taken = bytearray()
    async for part in request.stream():
        taken += part
        if len(taken) > most_bytes:
            return None
    return bytes(taken)


def _response(reply: Reply) -> Response:
    return PlainTextResponse(reply.body, status_code=reply.status)

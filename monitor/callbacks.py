"""The door for hubs: a listener that knows `/websub/{token}` and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from monitor.errors import Temporary
from monitor.work.pushing import Reply
from monitor.work.subscribing import PATH

PATIENCE_SECONDS = 30.0
"""How long a push may take to arrive."""

_ARRIVING = 8
_READ_AT_ONCE = 2
"""Polls need threads and readers too: pushes wait for one another."""

_LONGEST_LINE = 8190
_PLAIN = {
    "Server": "Wirewatch",
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is done with what comes in; see `monitor.work.pushing`.

    `is_known` is asked before the body of a push is taken in, `take` gets that body with its
    content type and signature.
    """

    is_known: Callable[[str], Awaitable[bool]]
    answer: Callable[[str, Mapping[str, str]], Awaitable[Reply]]
    take: Callable[[str, bytes, str, str], Awaitable[Reply]]


def application(answers: Answers, most_bytes: int) -> web.Application:
    """The routes for hubs. A push larger than `most_bytes` is not taken in."""
    room, turn = asyncio.Semaphore(_ARRIVING), asyncio.Semaphore(_READ_AT_ONCE)

    async def asked(request: web.Request) -> web.Response:
        return _response(await answers.answer(request.match_info["token"], request.query))

    async def pushed(request: web.Request) -> web.Response:
        token, headers = request.match_info["token"], request.headers
        if not await answers.is_known(token):
            return _response(Reply(status=404))
        if headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            return _response(Reply(status=415))  # the signature is over what is sent
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), room:
                body = await request.read()
        except TimeoutError:
            return _response(Reply(status=408))
        content_type = headers.get("Content-Type", "")
        signature = headers.get("X-Hub-Signature", "")
        try:
            async with turn:
                return _response(await answers.take(token, body, content_type, signature))
        except Temporary:  # the hub tries again, and polls go on in any case
            return _response(Reply(status=503))

    app = web.Application(client_max_size=most_bytes)
    app.router.add_get(PATH + "{token:[A-Za-z0-9_-]{1,100}}", asked, allow_head=False)
    app.router.add_post(PATH + "{token:[A-Za-z0-9_-]{1,100}}", pushed)
    return app


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, text=reply.body, headers=_PLAIN)


@asynccontextmanager
async def listening(listen: str, answers: Answers, most_bytes: int) -> AsyncIterator[str]:
    """Listen at `host:port`, for as long as the context lasts; the address, with the port chosen.

    Raises OSError where that is not possible.
    """
    host, _, port = listen.rpartition(":")
    runner = web.AppRunner(
        application(answers, most_bytes),
        access_log=None,
        handle_signals=False,
        auto_decompress=False,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
        keepalive_timeout=15.0,
        shutdown_timeout=2.0,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        chosen = runner.addresses[0][1]
        yield f"{host}:{chosen}"
    finally:
        await runner.cleanup()

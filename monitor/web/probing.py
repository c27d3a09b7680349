"""`/healthz` and `/readyz`: whether it lives, and whether it does its work. They ask nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import anyio
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.errors import WirewatchError
from monitor.schedule.pacing import in_words
from monitor.store.feeds import polls_so_far
from monitor.web.service import Service

_LIVENESS, _READINESS = ("/healthz", "/liveness"), ("/readyz", "/readiness")
PATHS = (*_LIVENESS, *_READINESS)

_PATIENCE_SECONDS = 5.0
_AT_ONCE = 2
"""Threads for these questions: a state that does not answer must not take all of them."""

_LATE_TIMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is known of the work. `since_at` is when it began, `longest` what may lie between polls.

    `feeds` are those that are to be polled; `polled_at` is when any of them last was.
    """

    late: tuple[str, ...]
    since_at: datetime
    feeds: int
    polled_at: datetime | None
    longest: timedelta


def routes(service: Service) -> list[BaseRoute]:
    """The routes, under both names that are usual for each."""
    room, since_at = anyio.CapacityLimiter(_AT_ONCE), service.now()

    async def ready(_: Request) -> Response:
        return _said(await _not_ready_because(service, since_at, room), "ready")

    alive = partial(_alive, service)
    return [
        *(Route(path, alive) for path in _LIVENESS),
        *(Route(path, ready) for path in _READINESS),
    ]


async def _alive(service: Service, _: Request) -> Response:
    stopped = "" if service.heart.is_alive else "nothing has beaten for half a minute"
    return _said(stopped, "alive")


def _said(why_not: str, word: str) -> Response:
    if why_not:
        return JSONResponse({"status": f"not {word}", "reason": why_not}, status_code=503)
    return JSONResponse({"status": word})


async def _not_ready_because(
    service: Service, since_at: datetime, room: anyio.CapacityLimiter
) -> str:
    try:
        with anyio.fail_after(_PATIENCE_SECONDS):
            signs = await run_sync(_read, service, since_at, limiter=room, abandon_on_cancel=True)
    except (TimeoutError, WirewatchError):
        return "the state does not answer"
    return not_ready_because(signs, service.now())


def _read(service: Service, since_at: datetime) -> Signs:
    """Read at most once a second, however often it is asked."""
    watch, now = service.watch(), service.now()

    def read() -> tuple[int, datetime | None]:
        with service.store.reading() as conn:
            return polls_so_far(conn)

    feeds, polled_at = service.memory.recall("polls so far", int(now.timestamp()), read)
    every = (feed.every for feed in watch.feeds.values() if feed.every)
    return Signs(
        late=service.heart.late,
        since_at=since_at,
        feeds=feeds,
        polled_at=polled_at,
        longest=max(watch.settings.poll.max, *every, timedelta()),
    )


def not_ready_because(signs: Signs, now: datetime) -> str:
    """Why it does not do its work, "" if it does."""
    if signs.late:
        return f"late by more than twice its time: {', '.join(signs.late)}"
    quiet = now - max(signs.since_at, signs.polled_at or signs.since_at)
    if signs.feeds and quiet > _LATE_TIMES * signs.longest:
        return f"no feed was polled for {in_words(quiet)}"
    return ""

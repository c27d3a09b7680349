"""Whether the watch lives and does its work: for those who restart it, and for Prometheus."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool as run_sync
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.errors import StoreAway
from monitor.meters import Levels
from monitor.schedule.pacing import in_words
from monitor.store.deliveries import outbox_now
from monitor.store.feeds import feeds_polled, listed_feeds, tally_feeds
from monitor.web.access import Keys, asking_of, may_read_figures
from monitor.web.service import Service
from monitor.web.wire import to_json
from monitor.work.ailments import is_silent

BEAT = timedelta(seconds=5)
"""How often the scheduler gives a sign of life."""

STUCK = timedelta(seconds=30)
_PATIENCE_SECONDS = 5.0

PROBES = ("/healthz", "/health", "/readyz", "/ready")
"""Open to all, and under any name: probes come by address."""

FIGURES = "/metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Polls:
    """How polling stands: `feeds` that are polled, and when one of them was or began to be due."""

    feeds: int
    last_at: datetime | None
    longest: timedelta


def routes(service: Service, keys: Callable[[], Keys]) -> list[BaseRoute]:
    """Both probes, each under two names, and the figures."""
    asker = _Asker(service)

    async def alive(request: Request) -> Response:
        del request
        stuck = is_stuck(service.beat_at(), service.now())
        return _told({"status": "stuck" if stuck else "alive"}, well=not stuck)

    async def ready(request: Request) -> Response:
        del request
        polls = await asker.polls()
        reasons = (
            ["the state does not answer"]
            if polls is None
            else list(why_not_ready(service.beat_at(), polls, service.now()))
        )
        status = "not ready" if reasons else "ready"
        return _told({"status": status, "reasons": reasons}, well=not reasons)

    return [
        *(Route(path, alive) for path in PROBES[:2]),
        *(Route(path, ready) for path in PROBES[2:]),
        Route(FIGURES, _figures(service, keys)),
    ]


def is_stuck(beat_at: datetime | None, now: datetime) -> bool:
    """Whether the scheduler has given no sign of life for too long to be merely busy."""
    return beat_at is None or now - beat_at > STUCK


def why_not_ready(beat_at: datetime | None, polls: Polls, now: datetime) -> Iterator[str]:
    """What keeps the watch from doing its work, in words that may be read by anybody."""
    if beat_at is None:
        yield "the scheduler has not begun"
    elif now - beat_at > 2 * BEAT:
        yield f"the scheduler has stood still for {in_words(now - beat_at)}"
    if polls.feeds and polls.last_at is not None and now - polls.last_at > 3 * polls.longest:
        yield f"no feed was polled for {in_words(now - polls.last_at)}"


class _Asker:
    """Asks the state how polling stands, once at a time and once a second: anybody may probe."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._asked: asyncio.Future[Polls] | None = None
        self._asked_at = 0.0

    async def polls(self) -> Polls | None:
        """How polling stands; None where the state does not answer."""
        now = asyncio.get_running_loop().time()
        if self._asked is None or (self._asked.done() and now - self._asked_at > 1):
            asking = run_sync(_read_polls, self._service)
            self._asked, self._asked_at = asyncio.ensure_future(asking), now
        asked = self._asked
        await asyncio.wait({asked}, timeout=_PATIENCE_SECONDS)
        return asked.result() if asked.done() and not asked.exception() else None


def _read_polls(service: Service) -> Polls:
    watch = service.watch()
    own = (feed.every for feed in watch.feeds.values() if feed.every)
    longest = max(watch.settings.poll.max, *own, timedelta())
    if not service.store.is_in_place():
        raise StoreAway("the state is gone")
    with service.store.reading() as conn:
        feeds, last_at = feeds_polled(conn)
    return Polls(feeds=feeds, last_at=last_at, longest=longest)


def _told(said: object, *, well: bool) -> Response:
    return Response(to_json(said), 200 if well else 503, media_type="application/json")


def _figures(
    service: Service, keys: Callable[[], Keys]
) -> Callable[[Request], Awaitable[Response]]:
    async def figures(request: Request) -> Response:
        settings = service.watch().settings
        asking = asking_of(request.scope)
        if not may_read_figures(asking, settings.web, settings.metrics_allow, keys()):
            return PlainTextResponse(_NOT_FOR_YOU, 403)
        levels = await run_sync(_levels, service)
        accept = request.headers.get("accept", "")
        body, media_type = service.meters.told(levels, accept)
        return Response(body, headers={"Content-Type": media_type})

    return figures


_NOT_FOR_YOU = "the figures are for the addresses in `allow` of [metrics], or for a token\n"


def _levels(service: Service) -> Levels:
    now = service.now()
    with service.store.reading() as conn:
        return Levels(
            feeds=tally_feeds(conn),
            silent=service.memory.recall(
                "silent feeds",
                int(now.timestamp() // _SILENT_SECONDS),
                lambda: sum(is_silent(feed, now) for feed in listed_feeds(conn)),
            ),
            outbox=outbox_now(conn),
            watch=service.watch(),
            now=now,
        )


_SILENT_SECONDS = 600  # silence is a matter of days, and dear to find out

"""`/metrics`: figures for Prometheus, for addresses that may read them and whoever has a token."""

from __future__ import annotations

from functools import partial

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.config.settings import Settings
from monitor.meters import MEDIA_TYPE
from monitor.web.access import (
    Asking,
    Keys,
    asking_of,
    came_through,
    client_of,
    is_among,
    is_trusted,
    token_in,
)
from monitor.web.service import Service
from monitor.work.gauging import gauge

PATH = "/metrics"


def routes(service: Service) -> list[BaseRoute]:
    """The route."""
    return [Route(PATH, partial(_metrics, service))]


async def _metrics(service: Service, request: Request) -> Response:
    settings = service.watch().settings
    if why := refused_because(asking_of(request.scope), settings, service.keys()):
        raise HTTPException(403, why)
    return Response(await run_sync(_figures, service), media_type=MEDIA_TYPE)


def refused_because(asking: Asking, settings: Settings, keys: Keys) -> str:
    """Why somebody may not read the figures, "" if they may.

    A proxy that is not trusted looks like whoever comes from its own address, and often that is
    this machine: what it passes on is refused.
    """
    token = token_in(asking)
    if token is not None:
        return "" if keys.role_of(token) else "this token opens nothing"
    client = client_of(asking, settings.web)
    if came_through(asking) and not is_trusted(asking.peer, settings.web):
        return "this came through a proxy that is not among `trusted_proxies` of [web]"
    if is_among(client, settings.metrics_allow):
        return ""
    return f"{client} is not among those that `allow` of [metrics] names"


def _figures(service: Service) -> bytes:
    watch, now = service.watch(), service.now()
    with service.store.reading() as conn:
        gauges = gauge(conn, watch, now)
    rules = (rule.id for rule in watch.book.active(now))
    return service.meters.figures(gauges, rules, watch.digests)

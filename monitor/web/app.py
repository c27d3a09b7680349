"""The application: every page and action of the shelves on its path, behind one gate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from urllib.parse import quote, unquote, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool as run_sync
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from monitor.errors import Conflict, NotFound, Temporary, UsageError, WirewatchError
from monitor.web import feed_lists, frames, subscribing, vitals, workbench
from monitor.web.access import (
    COOKIE,
    SESSION,
    Asking,
    Keys,
    Visitor,
    asking_of,
    client_of,
    is_trusted,
)
from monitor.web.action import Action, action_shelf
from monitor.web.etags import etag_of, is_among
from monitor.web.gate import MOST_BYTES, Doors, Gate, here
from monitor.web.guarding import FRAMING
from monitor.web.openapi import document
from monitor.web.page import Page, navigation, page_shelf
from monitor.web.panel import Panel, panel_shelf
from monitor.web.service import Service
from monitor.web.statics import Static, statics
from monitor.web.templating import Reader, Templates
from monitor.web.throttling import Throttle
from monitor.web.wire import BadRequest, read_json, read_query, to_json

SAID = "wirewatch_said"
"""The cookie that carries what an action has done to the page that is shown next."""

_MOST_SAID = 1_200
"""In bytes, three times as many once they are quoted: browsers drop a cookie of more than 4,096."""

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Site:
    """The application's own parts: the watch, its keys, and what was compiled once."""

    service: Service
    keys: Callable[[], Keys]
    stopping: Callable[[], bool] = lambda: False
    templates: Templates = field(default_factory=Templates)
    throttle: Throttle = field(default_factory=Throttle)

    def serving(self, request: Request) -> Service:
        """The service, for whoever asks."""
        visitor: Visitor | None = request.scope.get("visitor")
        return replace(self.service, by=visitor.by if visitor else "")

    def html(
        self, request: Request, template: str, *, status: int = 200, **values: object
    ) -> HTMLResponse:
        """A page, with what all pages have."""
        service = self.service
        visitor: Visitor | None = request.scope.get("visitor")
        said = unquote(request.cookies.get(SAID, ""))[:_MOST_SAID]
        watch = service.watch()
        common = {
            "page": None,
            "navigation": navigation(),
            "statics": statics(),
            "visitor": visitor,
            "may_change": visitor is not None and visitor.may_change,
            "signs_out": visitor is not None and watch.settings.web.auth == "token",
            "said": said,
            "here": here(request),
            "refused": watch.refused,
        }
        reader = Reader(now=service.now(), zone=service.zone)
        text = self.templates.render(template, reader, common | values)
        answer = HTMLResponse(text, status_code=status)
        if said:
            answer.delete_cookie(SAID, path="/", httponly=True, samesite="lax")
        return answer

    def say(self, answer: Response, sentence: str) -> None:
        """Have the page that is shown next begin with a sentence."""
        if sentence:
            said = quote(sentence.encode()[:_MOST_SAID].decode("utf-8", "ignore"))
            answer.set_cookie(SAID, said, max_age=30, path="/", httponly=True, samesite="lax")


def application(
    site: Site, also: Iterable[BaseRoute] = (), open_to_all: Iterable[str] = ()
) -> ASGIApp:
    """Everything that is served. `also` are more routes, with a gate of their own `open_to_all`."""
    routes: list[BaseRoute] = [
        *also,
        *vitals.routes(site.service, site.keys),
        *subscribing.routes(site.service, site.keys),
        *frames.routes(site.service),
        *workbench.routes(site),
        *feed_lists.routes(site),
        Route("/login", partial(_sign_in_page, site)),
        Route("/login", partial(_sign_in, site), methods=["POST"]),
        Route("/logout", partial(_sign_out, site), methods=["POST"]),
        Route("/events", partial(_events, site)),
        Route("/static/{short}/{name}", _static),
        Route("/api/v1/openapi.json", _openapi),
    ]
    for page in page_shelf():
        routes += [
            Route(page.path, partial(_page, site, page)),
            Route(page.api_path, partial(_page_as_json, site, page)),
        ]
    for panel in panel_shelf():
        routes += [
            Route("/panels" + panel.path, partial(_panel, site, panel), methods=["POST"]),
            Route(panel.api_path, partial(_panel_as_json, site, panel), methods=["POST"]),
        ]
    for action in action_shelf():
        routes += [
            Route("/do" + action.path, partial(_form, site, action), methods=["POST"]),
            Route(action.api_path, partial(_call, site, action), methods=["POST"]),
        ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(GZipMiddleware, minimum_size=600, compresslevel=6)],
        exception_handlers={
            ClientDisconnect: _left,
            HTTPException: partial(_failed, site),
            WirewatchError: partial(_failed, site),
            Exception: partial(_failed, site),
        },
    )
    # Without its last slash a path is another one; a redirect there would believe the Host header.
    app.router.redirect_slashes = False
    doors = Doors(
        under_any_name=("/static/", *vitals.PROBES),
        unlocked=("/login", vitals.FIGURES, *subscribing.BELOW),
        apart=tuple(open_to_all),
        for_lookers=(
            "/logout",
            "/rules/",  # the workbench refuses to save by itself
            *("/panels" + panel.path for panel in panel_shelf()),
            *(panel.api_path for panel in panel_shelf()),
        ),
        from_inside=tuple(
            path
            for page in page_shelf()
            if page.asks_elsewhere
            for path in (page.path, page.api_path)
        ),
    )
    return Gate(app, site.service, site.keys, partial(_failed, site), doors)


# --- pages and actions -----------------------------------------------------------------------


async def _page(site: Site, page: Page, request: Request) -> Response:
    _let_see(page, request)
    asked = read_query(page.asks, request.path_params, request.query_params)
    seen = await run_sync(page.load, site.service, asked)
    answer = await run_sync(
        partial(site.html, request, f"{page.name}.html", page=page, asked=asked, seen=seen)
    )
    if page.frames:
        answer.headers["Content-Security-Policy"] = FRAMING
    return _plainly(answer) if page.secret else answer


async def _page_as_json(site: Site, page: Page, request: Request) -> Response:
    _let_see(page, request)
    asked = read_query(page.asks, request.path_params, request.query_params)
    seen = await run_sync(page.load, site.service, asked)
    if wrong := page.wrong(seen):
        raise UsageError(wrong)
    answer = _json(request, await run_sync(to_json, seen))
    return _plainly(answer) if page.secret else answer


def _let_see(page: Page, request: Request) -> None:
    visitor: Visitor = request.scope["visitor"]
    if page.secret and not visitor.may_change:
        raise HTTPException(403, "this page is for those who may change things")


def _plainly(answer: Response) -> Response:
    """Uncompressed: by its length, a secret beside what a request says can be guessed (BREACH)."""
    answer.headers["Content-Encoding"] = "identity"
    return answer


async def _panel(site: Site, panel: Panel, request: Request) -> Response:
    """Part of a page, for a text that came as a form."""
    async with request.form(max_files=0, max_fields=200, max_part_size=MOST_BYTES) as form:
        taken = read_query(panel.takes, request.path_params, form)
    seen = await run_sync(panel.load, site.serving(request), taken)
    return await run_sync(partial(site.html, request, f"{panel.name}.html", asked=taken, seen=seen))


async def _panel_as_json(site: Site, panel: Panel, request: Request) -> Response:
    taken = read_json(panel.takes, request.path_params, await request.body())
    seen = await run_sync(panel.load, site.serving(request), taken)
    return Response(await run_sync(to_json, seen), media_type="application/json")


async def _form(site: Site, action: Action, request: Request) -> Response:
    """Do what a form asks for, then show the page it came from."""
    async with request.form(max_files=1, max_fields=200, max_part_size=MOST_BYTES) as form:
        back = _back(str(form.get("back", "/")))
        taken = read_query(action.takes, request.path_params, form)
    given = await run_sync(action.do, site.serving(request), taken)
    answer = RedirectResponse(back, status_code=303)
    site.say(answer, action.said(given))
    return answer


async def _call(site: Site, action: Action, request: Request) -> Response:
    """Do what a program asks for."""
    taken = read_json(action.takes, request.path_params, await request.body())
    given = await run_sync(action.do, site.serving(request), taken)
    return Response(to_json(given), media_type="application/json")


def _json(request: Request, body: bytes) -> Response:
    """An answer that need not be sent again while it is the same."""
    headers = {"ETag": etag_of(body), "Cache-Control": "private, no-cache"}
    if is_among(headers["ETag"], request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _back(wanted: str) -> str:
    """A path of ours, whatever a form says."""
    fine = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if fine else "/"


# --- signing in ------------------------------------------------------------------------------


async def _sign_in_page(site: Site, request: Request) -> Response:
    back = _back(request.query_params.get("back", "/"))
    if site.service.watch().settings.web.auth != "token":
        return RedirectResponse(back, status_code=303)
    return site.html(request, "login.html", back=back, wrong="")


async def _sign_in(site: Site, request: Request) -> Response:
    service, now = site.service, site.service.now()
    web = service.watch().settings.web
    asking = asking_of(request.scope)
    client = client_of(asking, web)
    async with request.form(max_files=0, max_fields=10) as form:
        back, token = _back(str(form.get("back", "/"))), str(form.get("token", "")).strip()
    if wait := site.throttle.wait(client, now):
        minutes = int(wait.total_seconds() // 60) + 1
        wrong = f"Too many wrong tokens from your address. Try again in {minutes} min."
        answer = site.html(request, "login.html", status=429, back=back, wrong=wrong)
        answer.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
        return answer
    role = site.keys().role_of(token)
    if role is None:
        site.throttle.failed(client, now)
        wrong = "That is not the token. Copy the whole line, without spaces."
        return site.html(request, "login.html", status=403, back=back, wrong=wrong)
    signed_in = RedirectResponse(back, status_code=303)
    signed_in.set_cookie(
        COOKIE,
        site.keys().session(role, now),
        max_age=int(SESSION.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_https(request, asking, site),
    )
    return signed_in


def _is_https(request: Request, asking: Asking, site: Site) -> bool:
    """Whether the browser has come by https, as far as can be known."""
    web = site.service.watch().settings.web
    home = urlsplit(web.public_url or "")
    at_home = home.scheme == "https" and asking.headers.get("host", "").lower() == home.netloc
    forwarded = asking.headers.get("x-forwarded-proto", "").strip().lower() == "https"
    by_proxy = forwarded and is_trusted(asking.peer, web)
    return request.scope["scheme"] == "https" or at_home or by_proxy


async def _sign_out(site: Site, request: Request) -> Response:
    del site, request
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return answer


# --- what pages load -------------------------------------------------------------------------


async def _static(request: Request) -> Response:
    found = {each.path: each for each in statics().values()}
    file: Static | None = found.get(request.scope["path"])
    if file is None:
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(file.content, media_type=file.media_type, headers=headers)


async def _events(site: Site, request: Request) -> Response:
    if request.method == "HEAD":
        return Response(media_type="text/event-stream")
    if site.service.pulse.is_crowded:
        raise HTTPException(503, "too many pages listen already; this one does not renew itself")
    stream = site.service.pulse.events(site.stopping)
    headers = {"X-Accel-Buffering": "no"}  # nginx would hold it back
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _openapi(request: Request) -> Response:
    return _json(request, to_json(document()))


# --- what goes wrong -------------------------------------------------------------------------


async def _failed(site: Site, request: Request, error: Exception) -> Response:
    """Say what was wrong, as a page or as JSON, whichever was asked for."""
    status, said = _status_of(error)
    headers = {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if isinstance(error, HTTPException):
        headers |= error.headers or {}
    if request.scope["path"].startswith("/api/"):
        details: Mapping[str, object] = getattr(error, "details", {})
        body = to_json({"error": said, "status": status, **details})
        return Response(body, status, headers, media_type="application/json")
    template = "failed.part.html" if request.url.path.startswith("/panels/") else "failed.html"
    answer = await run_sync(
        partial(site.html, request, template, status=status, code=status, reason=said)
    )
    answer.headers.update(headers)
    return answer


async def _left(request: Request, error: Exception) -> Response:
    """Somebody has hung up on us, which is no failure of ours."""
    del request, error
    return Response(status_code=400)


def _status_of(error: Exception) -> tuple[int, str]:
    match error:
        case HTTPException():
            return error.status_code, error.detail
        case BadRequest():
            return 422, str(error)
        case NotFound():
            return 404, str(error)
        case Conflict():
            return 409, str(error)
        case Temporary():
            return 503, str(error)
        case UsageError():
            return 422, str(error)
        case WirewatchError():
            return 502, str(error)
        case _:
            return 500, "something went wrong here; the log says what"

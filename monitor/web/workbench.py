"""The workbench's form: previewing, saving and making tests, with a script and without one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import msgspec
from starlette.concurrency import run_in_threadpool as run_sync
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.errors import UsageError
from monitor.web.actions.save_rule import Save
from monitor.web.actions.save_rule import do as save
from monitor.web.drafts import Days, Draft, as_written
from monitor.web.gate import MOST_BYTES
from monitor.web.page import page_shelf
from monitor.web.pages.rule import NEW, Bench, Clash, bench
from monitor.web.panels import misses, terms
from monitor.web.panels.with_test import NewTest
from monitor.web.panels.with_test import load as with_test
from monitor.web.service import Service
from monitor.web.wire import Line, Sheet, read_query
from monitor.work.rule_files import Contested, difference, file_of, read_rule_file

if TYPE_CHECKING:
    from monitor.web.app import Site

_BUTTONS = r"^(preview|diff|misses|terms|save|over|theirs|(hit|miss):\d{1,15})$"
Button = Annotated[str, msgspec.Meta(pattern=_BUTTONS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The form: `do` is the button: preview, misses, terms, diff, save, over, theirs, hit:ITEM, ...

    `name` is what a new rule is to be called.
    """

    rule: Line
    text: Sheet = ""
    expected: Line = ""
    days: Days = 30
    name: Line = ""
    bench: Line = ""
    do: Button = "preview"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Saved: the page of the rule is shown next, with a sentence."""

    rule: str
    said: str


def routes(site: Site) -> list[BaseRoute]:
    """The form of each rule."""
    return [Route("/rules/{rule}", _posted(site), methods=["POST"])]


def _posted(site: Site) -> Callable[[Request], Awaitable[Response]]:
    async def posted(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=50, max_part_size=MOST_BYTES) as form:
            taken: Posted = read_query(Posted, request.path_params, form)
        may_change = request.scope["visitor"].may_change
        came_of = await run_sync(partial(carried_out, site.serving(request), taken, may_change))
        if isinstance(came_of, Gone):
            answer = RedirectResponse(f"/rules/{quote(came_of.rule)}", status_code=303)
            site.say(answer, came_of.said)
            return answer
        if taken.do == "diff":
            return PlainTextResponse(came_of.difference or "Nothing is changed.\n")
        page = next(each for each in page_shelf() if each.name == "rule")
        status = 409 if came_of.clash else 422 if came_of.refused else 200
        return await run_sync(
            partial(site.html, request, "rule.html", status=status, page=page, seen=came_of)
        )

    return posted


def carried_out(service: Service, taken: Posted, may_change: bool) -> Bench | Gone:
    """What a button does: the workbench as it is next, or where to go."""
    watch = service.watch()
    path = file_of(watch.book, watch.settings.rules, taken.rule, new=True)
    there = read_rule_file(path)
    text = as_written(taken.text, there.text)
    show = partial(bench, service, taken.rule, days=taken.days, name=taken.name)
    match taken.do:
        case "preview" | "diff":
            changed = difference(there.text, text, path.name)
            return show(text, taken.expected, difference=changed, tries=taken.do == "preview")
        case "misses" | "terms" as panel:
            draft = Draft(rule=taken.rule, text=text, days=taken.days)
            found = {panel: _PANELS[panel](service, draft)}
            return replace(show(text, taken.expected), **found)
        case "theirs":
            return show(there.text, there.mark)
        case "save" | "over":
            if not may_change:
                return show(text, taken.expected, refused="this token may look, and change nothing")
            return _saved(service, taken, text, there.mark, show)
        case _:
            word, _, item = taken.do.partition(":")
            wanted = NewTest(rule=taken.rule, text=text, item=int(item), must_hit=word == "hit")
            try:
                return show(with_test(service, wanted).text, taken.expected)
            except UsageError as error:
                return show(text, taken.expected, refused=str(error))


_PANELS: Mapping[str, Callable[[Service, Draft], Any]] = {
    "misses": misses.load,
    "terms": terms.load,
}


def _saved(
    service: Service, taken: Posted, text: str, mark: str, show: Callable[..., Bench]
) -> Bench | Gone:
    new = taken.rule == NEW
    named = taken.name.strip() if new else taken.rule
    expected = mark if taken.do == "over" else taken.expected
    try:
        done = save(service, Save(rule=named, text=text, expected=expected, new=new))
    except Contested as error:
        theirs = error.theirs
        changed = difference(theirs.text, text, theirs.path.name)
        clash = Clash(theirs=theirs.text, mark=theirs.mark, difference=changed)
        return show(text, taken.expected, clash=clash)
    except UsageError as error:
        return show(text, taken.expected, refused=str(error))
    return Gone(rule=done.rule, said=f"{done.file} is saved. The watch uses it within seconds.")

"""What a page is: something to load and a template beside it; the API shows the same as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from monitor.shelf import load_shelf
from monitor.web import pages
from monitor.web.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page. Its file is on the shelf, with a template of the same name beside it.

    `path` is Starlette's, as `/stories/{story}`; `load(service, asked)` reads what is shown.
    `asks` is a frozen dataclass of what a request may say: its path and query, each with a default
    where it may be left out. `shows` is a frozen dataclass, which the template gets as `seen`
    and the API as JSON. `label` stands in the navigation, at place `order`; "" for nowhere.
    `live` are the subjects on whose news the page loads itself anew. `frames`: it holds a frame
    of ours. `example` is the address of one, where `path` has something to fill in. `wrong(seen)`
    is what is wrong with what was asked, "" where nothing is: the page says so beside the
    question, the API refuses. `secret`: it is for those alone who may change things. The web
    is asked for what it shows if it `asks_elsewhere`: no other site may have it shown.
    """

    name: str
    path: str
    title: str
    help: str
    load: Callable[[Service, Any], Any]
    asks: type[Any]
    shows: type[Any]
    label: str = ""
    order: int = 0
    live: tuple[str, ...] = ()
    frames: bool = False
    example: str = ""
    wrong: Callable[[Any], str] = lambda _: ""
    secret: bool = False
    asks_elsewhere: bool = False

    @property
    def api_path(self) -> str:
        """Where the API shows the same."""
        return "/api/v1" + (self.path if self.path != "/" else "/overview")


@cache
def page_shelf() -> tuple[Page, ...]:
    """Every page."""
    return tuple(load_shelf(pages, "PAGE", Page).values())


@cache
def navigation() -> tuple[Page, ...]:
    """The pages that are named on every page, in order."""
    return tuple(sorted((page for page in page_shelf() if page.label), key=lambda p: p.order))

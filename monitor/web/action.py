"""What an action is: something people can do, by a form on a page or by the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from monitor.shelf import load_shelf
from monitor.web import actions
from monitor.web.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that can be done.

    `path` is Starlette's, below `/do` for forms and `/api/v1` for programs, both by POST.
    `takes` is a frozen dataclass of what is said: path, form or JSON body. `do(service, taken)`
    does it and returns a `gives`, a frozen dataclass; what it raises of `errors` is told to
    whoever asked. `said(given)` is a sentence for the page that is shown next.
    """

    name: str
    path: str
    help: str
    takes: type[Any]
    gives: type[Any]
    do: Callable[[Service, Any], Any]
    said: Callable[[Any], str]

    @property
    def api_path(self) -> str:
        """Where programs ask for it."""
        return "/api/v1" + self.path


@cache
def action_shelf() -> tuple[Action, ...]:
    """Every action."""
    return tuple(load_shelf(actions, "ACTION", Action).values())

"""What a panel is: an answer to a text that somebody is writing; nothing is changed by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from monitor.shelf import load_shelf
from monitor.web import panels
from monitor.web.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Part of a page that is asked for by POST, since a whole text is too long for an address.

    `path` is Starlette's, below `/panels` for pages, which get a fragment from the template
    beside it, and below `/api/v1` for programs. `takes` and `shows` are frozen dataclasses;
    `load(service, taken)` makes the one from the other, and whoever may look may ask.
    """

    name: str
    path: str
    help: str
    takes: type[Any]
    shows: type[Any]
    load: Callable[[Service, Any], Any]

    @property
    def api_path(self) -> str:
        """Where programs ask for it."""
        return "/api/v1" + self.path


@cache
def panel_shelf() -> tuple[Panel, ...]:
    """Every panel."""
    return tuple(load_shelf(panels, "PANEL", Panel).values())

"""Addresses of the same page with something else asked of it."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from enum import Enum
from typing import Any
from urllib.parse import urlencode

_PLACES = ("before", "after", "skip", "page")
"""Where in a list one is: another question begins at its beginning."""


def query_of(asked: Any, **changes: object) -> str:  # noqa: ANN401 - the `asks` of any page
    """The query string that asks the same but for `changes`, without what goes without saying."""
    said = {
        each.name: changes.get(each.name, None if each.name in _PLACES else _of(asked, each))
        for each in fields(asked)
        if each.default is not MISSING
    }
    defaults = {each.name: each.default for each in fields(asked)}
    return urlencode(
        {
            name: _spelt(value)
            for name, value in said.items()
            if value is not None and value != defaults[name]
        }
    )


def _of(asked: object, each: Field[Any]) -> object:
    return getattr(asked, each.name)


def _spelt(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value.value) if isinstance(value, Enum) else str(value)

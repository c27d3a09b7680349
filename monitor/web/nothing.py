"""What a page asks of a request that needs to say nothing, and what an action gives back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """No path parameter, no query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It is done; `said` is what, as a sentence."""

    said: str

"""Arranging: how several things must stand in an item, beyond being there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from monitor.rules import query_operators
from monitor.rules.places import Layout, Place, Places
from monitor.shelf import load_shelf


class Arrangement(Protocol):
    """A way in which things must stand.

    A frozen value: two that are equal ask for the same.
    """

    @property
    def shown(self) -> int:
        """How many places are shown as evidence, the shortest first."""

    def places(self, lines: Sequence[Places], layout: Layout, /) -> list[Place]:
        """The places at which things stand so; `lines` are those of each, sorted."""

    def why_not(self, lines: Sequence[Places], layout: Layout, /) -> str:
        """What is wrong with the places there are, when none will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryOperator:
    """An operator of queries that asks how things stand.

    It stands `between` things, or before one. Its number lies from `lowest` to `highest`; it
    takes none if both are 0. `read` makes an arrangement of the numbers of a row of operators,
    or None if they cannot stand in one row without brackets. Before brackets with AND and NOT,
    one that `spreads` holds for each thing in them; one that is `in_text` asks for title, lead
    and body only. The number of one that is `within` counts words; what stands beside one that
    is `ordered` stands before or after it.
    """

    name: str
    help: str
    example: str
    between: bool
    lowest: int = 0
    highest: int = 0
    read: Callable[[tuple[int, ...]], Arrangement | None]
    spreads: bool = False
    in_text: bool = False
    within: bool = False
    ordered: bool = False


@lru_cache(maxsize=1)
def query_operator_shelf() -> dict[str, QueryOperator]:
    """Every query operator by its name."""
    shelf = load_shelf(query_operators, "QUERY_OPERATOR", QueryOperator)
    return {operator.name: operator for operator in shelf.values()}

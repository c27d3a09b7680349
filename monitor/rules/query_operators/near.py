"""NEAR/n: both within so many words of each other, in either order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.rules.arranging import QueryOperator
from monitor.rules.places import HALVES, Layout, Place, Places, meetings


@dataclass(frozen=True, slots=True)
class Near:
    """All within one window of `distance` words, the first and the last counted."""

    distance: int
    shown: int = 1

    def places(self, lines: Sequence[Places], _: Layout) -> list[Place]:
        """Every window that is no wider than it need be."""
        return meetings(lines, self.distance * HALVES)

    def why_not(self, _: Sequence[Places], __: Layout) -> str:
        """They are there, but too far apart."""
        return f"they do not stand within {self.distance} words of each other"


def _read(numbers: tuple[int, ...]) -> Near | None:
    return Near(numbers[0]) if len(set(numbers)) == 1 else None


QUERY_OPERATOR = QueryOperator(
    name="NEAR",
    help="All within n words, the first and last counted, in any order: NEAR/2 is side by side.",
    example="missile NEAR/4 test",
    between=True,
    lowest=2,
    highest=500,
    within=True,
    read=_read,
)

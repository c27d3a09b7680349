"""THEN/n: one after the other, within so many words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.rules.arranging import QueryOperator
from monitor.rules.places import HALVES, Layout, Place, Places, chains


@dataclass(frozen=True, slots=True)
class Then:
    """In this order; each two neighbours within a window of so many words."""

    distances: tuple[int, ...]
    shown: int = 1

    def places(self, lines: Sequence[Places], _: Layout) -> list[Place]:
        """Every chain, the shortest to each end."""
        return chains(lines, [distance * HALVES for distance in self.distances])

    def why_not(self, _: Sequence[Places], __: Layout) -> str:
        """They are there, but not in this order, or too far apart."""
        return f"they do not follow each other within {max(self.distances)} words"


QUERY_OPERATOR = QueryOperator(
    name="THEN",
    help="In this order, each within n words of the one before, the first and last counted.",
    example="missile THEN/4 test",
    between=True,
    lowest=2,
    highest=500,
    within=True,
    ordered=True,
    read=Then,
)

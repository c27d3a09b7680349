"""FIRST/n: among the first words of the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.rules.arranging import QueryOperator
from monitor.rules.places import HALVES, Layout, Place, Places


@dataclass(frozen=True, slots=True)
class AmongFirst:
    """Wholly among the first words of the text, which begins with the title."""

    words: int
    shown: int = 1

    def places(self, lines: Sequence[Places], _: Layout) -> list[Place]:
        """What ends early enough."""
        (line,) = lines
        return [place for place in line if place.end <= self.words * HALVES]

    def why_not(self, _: Sequence[Places], __: Layout) -> str:
        """It comes later."""
        return f"not found among the first {self.words} words"


def _read(numbers: tuple[int, ...]) -> AmongFirst:
    return AmongFirst(*numbers)


QUERY_OPERATOR = QueryOperator(
    name="FIRST",
    help="Found among the first n words of the text, which begins with the title.",
    example="FIRST/5 missile",
    between=False,
    lowest=1,
    highest=500,
    within=True,
    read=_read,
    spreads=True,
    in_text=True,
)

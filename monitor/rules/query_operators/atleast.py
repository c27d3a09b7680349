"""ATLEAST/n: mentioned so many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.rules.arranging import QueryOperator
from monitor.rules.places import Layout, Place, Places, mentions


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many mentions in the whole text; what overlaps is one of them."""

    times: int

    @property
    def shown(self) -> int:
        """All the mentions that were asked for."""
        return self.times

    def places(self, lines: Sequence[Places], _: Layout) -> list[Place]:
        """All mentions, if there are enough."""
        (line,) = lines
        return list(line) if mentions(line) >= self.times else []

    def why_not(self, lines: Sequence[Places], _: Layout) -> str:
        """How many there are."""
        (line,) = lines
        return f"found {mentions(line)} times, not {self.times}"


def _read(numbers: tuple[int, ...]) -> AtLeast:
    return AtLeast(*numbers)


QUERY_OPERATOR = QueryOperator(
    name="ATLEAST",
    help="Mentioned at least n times in the title, lead and body together.",
    example="ATLEAST/3 missile",
    between=False,
    lowest=2,
    highest=500,
    read=_read,
)

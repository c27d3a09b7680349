"""PARAGRAPH: all in one paragraph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.rules.arranging import QueryOperator
from monitor.rules.places import Layout, Place, Places, meetings_in
from monitor.text.sentences import paragraph_starts


@dataclass(frozen=True, slots=True)
class InOneParagraph:
    """All in one paragraph of one field, in any order."""

    shown: int = 1

    def places(self, lines: Sequence[Places], layout: Layout) -> list[Place]:
        """Every stretch within a paragraph that is no wider than it need be."""
        return meetings_in(layout.units(paragraph_starts), lines)

    def why_not(self, _: Sequence[Places], __: Layout) -> str:
        """They are there, but in paragraphs of their own."""
        return "they do not stand in one paragraph"


def _read(_: tuple[int, ...]) -> InOneParagraph:
    return InOneParagraph()


QUERY_OPERATOR = QueryOperator(
    name="PARAGRAPH",
    help="All of them stand in one paragraph, which is one line of the text, in any order.",
    example="missile PARAGRAPH test",
    between=True,
    read=_read,
)

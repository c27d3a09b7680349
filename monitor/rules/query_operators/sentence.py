"""SENTENCE: all in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.rules.arranging import QueryOperator
from monitor.rules.places import Layout, Place, Places, meetings_in
from monitor.text.sentences import sentence_starts


@dataclass(frozen=True, slots=True)
class InOneSentence:
    """All in one sentence of one field, in any order."""

    shown: int = 1

    def places(self, lines: Sequence[Places], layout: Layout) -> list[Place]:
        """Every stretch within a sentence that is no wider than it need be."""
        return meetings_in(layout.units(sentence_starts), lines)

    def why_not(self, _: Sequence[Places], __: Layout) -> str:
        """They are there, but in sentences of their own."""
        return "they do not stand in one sentence"


def _read(_: tuple[int, ...]) -> InOneSentence:
    return InOneSentence()


QUERY_OPERATOR = QueryOperator(
    name="SENTENCE",
    help="All of them stand in one sentence, in any order.",
    example="missile SENTENCE test",
    between=True,
    read=_read,
)

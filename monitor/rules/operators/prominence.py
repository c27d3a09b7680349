"""`prominence`: what the rule asks for must not be a mere aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.errors import did_you_mean
from monitor.rules.concepts import Clauses, ConceptReader, Operator
from monitor.rules.places import HALVES, Layout, Place, Places, mentions
from monitor.rules.syntax import Clause, spread
from monitor.rules.yaml_nodes import Node

_LEVELS = ("any", "major", "title")
# Where news says what it is about, and how often it then comes back to it.
_FIRST_WORDS = 60
_MENTIONS = 2


@dataclass(frozen=True, slots=True)
class Prominent:
    """In the title; or, if `level` is "major", early in the text or more than once as well.

    What a rule looks for in other fields than the text is prominent wherever it stands.
    """

    level: str
    shown: int = 0

    def places(self, lines: Sequence[Places], layout: Layout) -> list[Place]:
        """The prominent places."""
        (line,) = lines
        title, text = layout.end_of("title"), layout.end_of_text
        early = _FIRST_WORDS * HALVES if self.level == "major" else 0
        if self.level == "major" and mentions(line) >= _MENTIONS:
            return list(line)
        return [place for place in line if place.end <= max(title, early) or place.start >= text]

    def why_not(self, _: Sequence[Places], __: Layout) -> str:
        """It stands in the wrong place."""
        if self.level == "title":
            return "not in the title"
        return f"mentioned once, and not in the title or the first {_FIRST_WORDS} words"


def _read(value: Node, reader: ConceptReader, so_far: Clauses) -> tuple[Clause, ...]:
    level = reader.shapes.text(value, "prominence").lower()
    if level not in _LEVELS:
        hint = did_you_mean(level, _LEVELS) or "use `major`, or `title` for less"
        reader.shapes.wrong(value.mark, "`prominence` must be any, major or title", hint)
    if level not in ("major", "title"):
        return ()
    asked = [clause for name in ("all", "any", "match") for clause in so_far.get(name, ())]
    # A clause of which nothing is spread looks for nothing.
    return tuple(
        Clause(f"prominence of {clause.name}", prominent)
        for clause in asked
        if (prominent := spread(Prominent(level), clause.node)) != clause.node
    )


OPERATOR = Operator(
    name="prominence",
    help="What must be found must stand out: `major` (title, first 60 words, or twice) or `title`.",
    example="prominence: major",
    read=_read,
    after=("all", "any", "match"),
)

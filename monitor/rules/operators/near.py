"""`near`: the concepts of `all` must stand close together."""

from __future__ import annotations

from monitor.rules.concepts import Clauses, ConceptReader, Operator
from monitor.rules.linting_places import idle_pair, words_needed
from monitor.rules.query_operators.near import Near
from monitor.rules.syntax import AnyOf, Clause, Placed
from monitor.rules.yaml_nodes import Node

_FARTHEST = 500


def _read(value: Node, reader: ConceptReader, so_far: Clauses) -> tuple[Clause, ...]:
    distance = reader.shapes.number(value, "near", 1, _FARTHEST)
    concepts = tuple(
        clause.node for clause in so_far.get("all", ()) if isinstance(clause.node, AnyOf)
    )
    if len(concepts) < 2 and reader.found_no_mistake:
        reader.shapes.notebook.note(
            "R121",
            value.mark,
            "`near` needs at least two lines under `all`",
            "say what must stand near what, one line of `all` each",
        )
    if distance is None or len(concepts) < 2:
        return ()
    _lint(distance, concepts, value, reader)
    return (Clause(f"near {distance}", Placed(Near(distance), concepts)),)


def _lint(distance: int, concepts: tuple[AnyOf, ...], value: Node, reader: ConceptReader) -> None:
    needed = words_needed(concepts, in_order=False)
    if needed > distance:
        reader.shapes.notebook.note(
            "R158",
            value.mark,
            f"`near: {distance}` can never hold: a line of `all` is {needed} words long",
            f"write `near: {needed}` or more",
            warning=True,
        )
    elif idle_pair(concepts):
        reader.shapes.notebook.note(
            "R157",
            value.mark,
            "two lines of `all` look for the same, which is always near itself",
            "delete one of them; for two mentions write `match: ATLEAST/2 ...`",
            warning=True,
        )


OPERATOR = Operator(
    name="near",
    help="All lines of `all` must be found within so many words of each other.",
    example="near: 40",
    read=_read,
    after=("all",),
)

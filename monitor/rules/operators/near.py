"""`near`: the concepts of `all` must stand close together."""

from __future__ import annotations

from monitor.rules.concepts import Clauses, ConceptReader, Operator
from monitor.rules.linting_places import doubt_about
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
    if doubt := doubt_about(f"near: {distance}", concepts, within=distance):
        reader.shapes.notebook.note(doubt.code, value.mark, doubt.message, doubt.hint, warning=True)
    return (Clause(f"near {distance}", Placed(Near(distance), concepts)),)


OPERATOR = Operator(
    name="near",
    help="All lines of `all` must be found within so many words of each other.",
    example="near: 40",
    read=_read,
    after=("all",),
)

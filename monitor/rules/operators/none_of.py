"""`none`: not one of the terms may be found."""

from __future__ import annotations

from monitor.rules.concepts import Clauses, ConceptReader, Operator
from monitor.rules.syntax import Clause, Not
from monitor.rules.yaml_nodes import Node


def _read(value: Node, reader: ConceptReader, _: Clauses) -> tuple[Clause, ...]:
    concept = reader.concept(value)
    return (Clause("none", Not(concept)),) if concept is not None else ()


OPERATOR = Operator(
    name="none",
    help="Not one of these terms may be found anywhere in the item.",
    example='none: [football, "title:obituary"]',
    read=_read,
)

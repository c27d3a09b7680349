"""`any`: at least one of the terms must be found."""

from __future__ import annotations

from monitor.rules.concepts import Clauses, ConceptReader, Operator
from monitor.rules.syntax import Clause
from monitor.rules.yaml_nodes import Node


def _read(value: Node, reader: ConceptReader, _: Clauses) -> tuple[Clause, ...]:
    concept = reader.concept(value)
    return (Clause("any", concept),) if concept is not None else ()


OPERATOR = Operator(
    name="any",
    help="At least one of these terms must be found.",
    example="any: [sanctions evasion, $shadow_fleet]",
    read=_read,
)

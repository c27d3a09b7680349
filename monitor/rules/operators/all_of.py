"""`all`: every line must be found."""

from __future__ import annotations

from monitor.rules.concepts import Clauses, ConceptReader, Operator
from monitor.rules.syntax import AnyOf, Clause, VocabularyRef
from monitor.rules.yaml_nodes import Node, Sequence


def _read(value: Node, reader: ConceptReader, _: Clauses) -> tuple[Clause, ...]:
    lines = value.items if isinstance(value, Sequence) and value.items else (value,)
    return tuple(
        Clause(_name(concept, number), concept)
        for number, line in enumerate(lines, start=1)
        if (concept := reader.concept(line)) is not None
    )


def _name(concept: AnyOf, number: int) -> str:
    match concept.alternatives:
        case (VocabularyRef(name),):
            return f"${name}"
        case _:
            return f"all {number}"


OPERATOR = Operator(
    name="all",
    help="Every line must be found; words in [ ] are alternatives.",
    example="all:\n  - $north_korea\n  - [missile, rocket]",
    read=_read,
)

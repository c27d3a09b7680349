"""`match`: a query with AND, OR, NOT and brackets must hold."""

from __future__ import annotations

from monitor.rules.concepts import Clauses, ConceptReader, Operator
from monitor.rules.queries import read_query
from monitor.rules.syntax import AnyOf, Clause, Node, VocabularyRef
from monitor.rules.yaml_nodes import Node as YamlNode
from monitor.rules.yaml_nodes import Text


def _read(value: YamlNode, reader: ConceptReader, _: Clauses) -> tuple[Clause, ...]:
    if not isinstance(value, Text):
        reader.shapes.wrong(
            value.mark, "`match` must be a text", 'match: missile AND ( "north korea" OR DPRK )'
        )
        return ()
    parts = read_query(value, reader)
    if len(parts) == 1:
        return (Clause("match", *parts[0]),)
    return tuple(
        Clause(_name(node, number), node, written)
        for number, (node, written) in enumerate(parts, start=1)
    )


def _name(node: Node, number: int) -> str:
    match node:
        case AnyOf((VocabularyRef(name, ""),)):
            return f"${name}"
        case _:
            return f"match {number}"


OPERATOR = Operator(
    name="match",
    help="A query must hold: AND, OR, NOT, brackets, quoted phrases, fields as `title:( )`.",
    example='match: ( $north_korea OR "kim jong un" ) AND missile AND NOT title:( film )',
    read=_read,
)

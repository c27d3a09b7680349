"""`regex`: beside the terms, a regular expression must be found."""

from __future__ import annotations

import re

from monitor.rules.concepts import Clauses, ConceptReader, Operator
from monitor.rules.regex_rewriting import BadPattern
from monitor.rules.regexes import NoRe2, compile_regex
from monitor.rules.scalars import Scalar
from monitor.rules.syntax import AnyRegex, Clause, Regex, must_find
from monitor.rules.terms import field_named
from monitor.rules.yaml_nodes import Mapping, Mark, Node, Sequence, Text

_SCOPE = re.compile(r"([A-Za-z]+):\s*(?=\S)")
_CODES = {"syntax": "R142", "unsupported": "R143", "empty": "R144", "large": "R145"}


def _read(value: Node, reader: ConceptReader, so_far: Clauses) -> tuple[Clause, ...]:
    try:
        found = _expressions(value, reader)
    except NoRe2:
        reader.shapes.notebook.note(
            "R140",
            value.mark,
            "regular expressions need google-re2, which is not installed",
            "pip install 'wirewatch[regex]'",
        )
        return ()
    asked = any(must_find(clause.node) for clauses in so_far.values() for clause in clauses)
    if reader.found_no_mistake and not found:
        reader.shapes.wrong(value.mark, "an empty list asks for nothing", "write a pattern into it")
    elif reader.found_no_mistake and not asked:
        reader.shapes.notebook.note(
            "R141",
            value.mark,
            "a regular expression needs a term beside it",
            "add `all:` or `any:` with words that such items have; only those are searched",
        )
    return (Clause("regex", AnyRegex(tuple(found))),) if found else ()


def _expressions(node: Node, reader: ConceptReader, field: str = "") -> list[Regex]:
    """All patterns of a text, a list of texts, or `{title: text}`; mistakes are noted."""
    match node:
        case Text():
            return _expression(node, reader, field)
        case Sequence(items=items):
            return [each for item in items for each in _expressions(item, reader, field)]
        case Mapping(pairs=((key, value),)) if (named := field_named(key.text)) and not field:
            return _expressions(value, reader, named)
        case Mapping():
            reader.shapes.wrong(
                node.mark,
                "a list of patterns, not of keys, belongs here",
                "put a pattern with a colon or with braces in single quotes",
            )
            return []


def _expression(node: Text, reader: ConceptReader, field: str) -> list[Regex]:
    scope = _SCOPE.match(node.text) if not field else None
    named = field_named(scope[1]) if scope else ""
    begin = scope.end() if scope and named else len(node.text) - len(node.text.lstrip())
    pattern = node.text[begin:].rstrip()
    if not pattern:
        reader.shapes.wrong(node.mark, "an empty pattern", "write what must be found")
        return []
    try:
        compile_regex(pattern)
    except BadPattern as bad:
        at = begin + bad.at
        mark = _mark(node, reader, at, min(at + bad.width, begin + len(pattern)))
        reader.shapes.notebook.note(_CODES[bad.kind], mark, bad.message, bad.hint)
        return []
    return [Regex(pattern, named or field)]


def _mark(node: Text, reader: ConceptReader, at: int, end: int) -> Mark:
    return Scalar(node, reader.shapes.notebook.lines).mark(at, end)


OPERATOR = Operator(
    name="regex",
    help="Beside the terms, one of these regular expressions (RE2) must be found.",
    example="regex: '\\bKN-?2[0-9]\\b'",
    read=_read,
    after=("all", "any", "match"),
)

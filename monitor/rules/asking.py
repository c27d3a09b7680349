"""Asking: a query as somebody types it into a box, read into a rule."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime

from monitor.errors import Problem, UsageError
from monitor.rules.arranging import query_operator_shelf
from monitor.rules.loading import load_rules_with
from monitor.rules.rulebook import Rule, Vocabulary
from monitor.rules.yaml_nodes import SourceFile

# Words, phrases with what binds them, and brackets; what is unwanted has a dash before it.
_PARTS = re.compile(r'((?<![^\s(])-(?=[^\s-]))?((?:\w+:|=)*"[^"]*"|[()]|[^\s()]+)')
_LEADS_ON = re.compile(r"NOT|[A-Z]+/\d+|\w+:")


def rule_of_query(
    query: str,
    vocabularies: Mapping[str, Vocabulary],
    now: datetime,
    *,
    broken: frozenset[str] = frozenset(),
) -> Rule:
    """The query as a rule. Raises UsageError, which says what is wrong with it."""
    source = SourceFile("query.yaml", as_rule(query))
    book = load_rules_with(vocabularies, [source], now, broken=broken)
    if not book.rules:
        raise UsageError("; ".join(map(_sentence, book.problems)))
    return book.rules[0]


def as_rule(query: str) -> str:
    """The query as the text of a rule file: what stands side by side must all be found."""
    shelf = query_operator_shelf()
    joining = {"AND", "OR", *(name for name in shelf if shelf[name].between)}
    said: list[str] = []
    open_end = True
    for unwanted, part in _PARTS.findall(query):
        joins = part == ")" or part.partition("/")[0] in joining
        if not open_end and not joins:
            said.append("AND")
        said += ["NOT", part] if unwanted else [part]
        # After an operator or a field, what it is about must follow.
        open_end = part != ")" and (joins or part == "(" or _LEADS_ON.fullmatch(part) is not None)
    return json.dumps({"title": "query", "match": " ".join(said)}, ensure_ascii=False)


def _sentence(problem: Problem) -> str:
    return f"{problem.message}: {problem.hint}" if problem.hint else problem.message

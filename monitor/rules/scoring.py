"""Scoring: the points that a rule gives to an item, query by query."""

from __future__ import annotations

import re

from monitor.rules.concepts import ConceptReader
from monitor.rules.queries import read_query
from monitor.rules.rulebook import Score
from monitor.rules.syntax import Every
from monitor.rules.yaml_nodes import Mapping as MappingNode
from monitor.rules.yaml_nodes import Node, Text

_MOST_POINTS = 1_000
_POINTS = re.compile(r"[+-]?[0-9]{1,6}")
_EXAMPLE = "score:\n  title:( missile ): 3"


def read_scores(node: MappingNode, reader: ConceptReader) -> tuple[Score, ...]:
    """The points under `score:`; what gives none is noted."""
    value = node.get("score")
    if value is None:
        return ()
    if not isinstance(value, MappingNode) or not value.pairs:
        reader.shapes.wrong(value.mark, "`score` must give points to queries", _EXAMPLE)
        return ()
    found: list[Score] = []
    for key, given in value.pairs:
        parts = read_query(key, reader)
        points = _points(given, reader)
        if parts and points:
            nodes = tuple(part for part, _ in parts)
            query = nodes[0] if len(nodes) == 1 else Every(nodes)
            found.append(Score(query=query, points=points, written=" ".join(key.text.split())))
    return tuple(found)


def read_min_score(
    node: MappingNode, scores: tuple[Score, ...], reader: ConceptReader
) -> int | None:
    """The score from which on the rule fires, or None if it fires with any."""
    value = node.get("min_score")
    if value is None:
        return None
    least = reader.shapes.number(value, "min_score", 1, 1_000_000)
    most = sum(max(0, score.points) for score in scores)
    if least is not None and least > most and reader.found_no_mistake:
        reader.shapes.notebook.note(
            "R128",
            value.mark,
            f"the score can never be {least}: all points together are {most}",
            "give more points under `score`, or ask for fewer here",
        )
    return least


def _points(value: Node, reader: ConceptReader) -> int:
    text = value.text.strip() if isinstance(value, Text) else ""
    points = int(text) if _POINTS.fullmatch(text) else 0
    if not 0 < abs(points) <= _MOST_POINTS:
        reader.shapes.wrong(
            value.mark,
            f"points must be a whole number from -{_MOST_POINTS} to {_MOST_POINTS}, and not 0",
            _EXAMPLE,
        )
        return 0
    return points

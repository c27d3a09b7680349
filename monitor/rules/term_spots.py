"""Where a term stands in its file: rules and vocabularies do not keep that themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from monitor.rules.linting import marks_of
from monitor.rules.yaml_nodes import Mapping, Mark, Node, Notebook, SourceFile, read_text, read_yaml

# What is written for people; terms stand under all other keys.
_PROSE = frozenset({"title", "why", "tags", "owner", "tests", "description"})


@dataclass(frozen=True, slots=True)
class Spot:
    """A mark, and the text of its line."""

    mark: Mark
    line: str


class TermSpots:
    """Finds terms, as they are written, in one file."""

    def __init__(self, source: SourceFile) -> None:
        notebook = Notebook(source.path)
        if source.path.endswith(".txt"):
            read_text(source, notebook)
            self._marks = dict(_marks_of_lines(notebook.lines))
        else:
            node = read_yaml(source, notebook)
            self._marks = marks_of(_without_prose(node)) if node is not None else {}
        self._lines = notebook.lines

    def find(self, term: str) -> Spot | None:
        """Where a term stands by itself, or else within a query."""
        mark = self._marks.get(term) or self._within(term)
        return Spot(mark, self._lines[mark.line - 1]) if mark is not None else None

    def _within(self, term: str) -> Mark | None:
        part = re.compile(rf"(?<!\w){re.escape(term)}(?!\w)")
        for text, mark in self._marks.items():
            if part.search(text):
                # Quotes and folded lines move things about: the line itself tells where.
                found = part.search(self._lines[mark.line - 1], mark.column - 1)
                if found is None:
                    return mark
                return replace(mark, column=found.start() + 1, width=len(term))
        return None


def _without_prose(node: Node) -> Node:
    if not isinstance(node, Mapping):
        return node
    return replace(node, pairs=tuple(pair for pair in node.pairs if pair[0].text not in _PROSE))


def _marks_of_lines(lines: list[str]) -> Iterator[tuple[str, Mark]]:
    for number, line in enumerate(lines, start=1):
        term = line.strip()
        if term:
            yield term, Mark(number, line.index(term) + 1, len(term))

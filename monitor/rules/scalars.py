"""Scalars: where each character of a text stands in its file, however YAML folded or quoted it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from monitor.rules.yaml_nodes import Mark, Text

_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}
# What these stand for after a backslash is white space, or seen by nobody.
_BLANK_ESCAPES = "0abtnvfre _NLP"

_Place = tuple[int, int]


@dataclass(frozen=True)
class Scalar:
    """A text of a file, and its lines: tells where a part of the text was written."""

    node: Text
    lines: Sequence[str]

    def mark(self, at: int, end: int) -> Mark:
        """The place of the characters from `at` up to, not including, `end`."""
        line, column = self._places[at]
        last, last_column = self._places[max(at, end - 1)]
        if last == line:
            return Mark(line, column, last_column - column + 1)
        return Mark(line, column, max(1, len(self.lines[line - 1]) - column + 1))

    # Worked out for texts with mistakes only: files hold many texts.
    @cached_property
    def _places(self) -> list[_Place]:
        """Line and column of each character, and of the end."""
        places: list[_Place] = []
        source = _source(self.node, self.lines)
        end = self.node.mark.line, self.node.mark.column
        for character in self.node.text:
            if character.isspace():
                places.append(end)
            else:
                here = next(source, end)
                places.append(here)
                end = here[0], here[1] + 1
        return [*places, end]


def _source(node: Text, lines: Sequence[str]) -> Iterator[_Place]:
    """Where each character of a scalar stands that is no white space.

    Folding and indenting move white space only, so that the others keep their order.
    """
    characters = _characters(node, lines)
    for line, column, character in characters:
        if node.style == '"' and character == "\\":
            if not _escapes_blank(characters):
                yield line, column
            continue
        if character.isspace():
            continue
        if node.style == "'" and character == "'":
            next(characters, None)  # a quote is written twice
        yield line, column


def _characters(node: Text, lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    first, column = node.mark.line, node.mark.column
    if node.style in (">", "|"):
        first, column = first + 1, 1
    elif node.style:
        column += 1
    for number in range(first, len(lines) + 1):
        for at, character in enumerate(lines[number - 1][column - 1 :], start=column):
            yield number, at, character
        yield number, len(lines[number - 1]) + 1, "\n"
        column = 1


def _escapes_blank(characters: Iterator[tuple[int, int, str]]) -> bool:
    """Read on after a backslash; whether it stands for white space."""
    kind = next(characters, (0, 0, "\n"))[2]
    digits = "".join(next(characters)[2] for _ in range(_HEX_DIGITS.get(kind, 0)))
    if digits:
        return chr(int(digits, 16)).isspace()
    return kind == "\n" or kind in _BLANK_ESCAPES

"""Concepts: lists of alternatives in a file, read into the syntax tree; and the operators' form."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

from monitor.errors import did_you_mean
from monitor.rules.linting import lint_terms, marks_of
from monitor.rules.shapes import Shapes
from monitor.rules.syntax import AnyOf, Clause, Leaf, VocabularyRef
from monitor.rules.terms import BadTerm, field_named, read_term
from monitor.rules.yaml_nodes import Mapping as MappingNode
from monitor.rules.yaml_nodes import Mark, Node, Sequence, Text

Clauses = Mapping[str, tuple[Clause, ...]]


@dataclass(frozen=True, slots=True)
class ConceptReader:
    """Reads terms of one file.

    `vocabularies` are the names that may be used, `broken` those of files with mistakes. The
    letter of the file's codes is that of `shapes`; `errors_before` counts what was wrong with
    the file before.
    """

    shapes: Shapes
    vocabularies: Collection[str]
    broken: Collection[str] = ()
    errors_before: int = 0

    @property
    def found_no_mistake(self) -> bool:
        """Whether all that was read so far can be used."""
        return self.shapes.notebook.errors == self.errors_before

    def concept(self, node: Node, language: str = "") -> AnyOf | None:
        """One term, or a list of alternatives; None when nothing in it can be used."""
        errors = self.shapes.notebook.errors
        leaves = self.leaves(node, language)
        if isinstance(node, Text) and node.plain and ", " in node.text:
            self.shapes.notebook.note(
                "R159",
                node.mark,
                f"`{node.text}` is one phrase: its words must stand side by side",
                f"for alternatives write `[{node.text}]`; for the phrase leave out the comma",
                warning=True,
            )
        lint_terms(leaves, marks_of(node).get, self.shapes)
        if not leaves and self.shapes.notebook.errors == errors:
            self.shapes.wrong(node.mark, "an empty list asks for nothing", "write a term into it")
        return AnyOf(leaves) if leaves else None

    def leaves(self, node: Node, language: str = "", field: str = "") -> tuple[Leaf, ...]:
        """All terms of a text, a list of texts, or `{title: text}`; mistakes are noted."""
        match node:
            case Text():
                leaf = self._leaf(node, language, field)
                return (leaf,) if leaf is not None else ()
            case Sequence(items=items):
                return tuple(leaf for item in items for leaf in self.leaves(item, language, field))
            case MappingNode(pairs=((key, value),)):
                named = field_named(key.text)
                if named and not field:
                    return self.leaves(value, language, named)
                self._note_colon(key)
                return ()
            case MappingNode():
                self.shapes.wrong(
                    node.mark,
                    "a list of terms, not of keys, belongs here",
                    'put a term with a colon in quotes: "title: satellite"',
                )
                return ()

    def _note_colon(self, key: Text) -> None:
        self.shapes.wrong(
            key.mark,
            f"`{key.text}:` makes this a key, not a term",
            "put the whole term in quotes, or name a field: title, lead, body, author, tags, "
            "source, url",
        )

    def _leaf(self, node: Text, language: str, field: str) -> Leaf | None:
        leaf = read_term(node.text, language, field)
        return self.usable(leaf, partial(_within, node, leaf))

    def usable(self, leaf: Leaf | BadTerm, mark: Callable[[], Mark]) -> Leaf | None:
        """A term that was read, if it can be looked for; otherwise why not is noted at `mark`."""
        family = self.shapes.family
        if isinstance(leaf, BadTerm):
            code = f"{family}107" if leaf.kind == "wildcard" else f"{family}113"
            self.shapes.notebook.note(code, mark(), leaf.message, leaf.hint)
            return None
        if isinstance(leaf, VocabularyRef) and leaf.name not in self.vocabularies:
            if leaf.name in self.broken:
                self.shapes.notebook.note(
                    f"{family}112",
                    mark(),
                    f"vocabulary `${leaf.name}` has mistakes, so this cannot be used",
                    "correct the vocabulary; its problems are listed too",
                )
            else:
                known = [f"${name}" for name in self.vocabularies]
                self.shapes.notebook.note(
                    f"{family}105",
                    mark(),
                    f"unknown vocabulary `${leaf.name}`",
                    did_you_mean(f"${leaf.name}", known) or "vocabularies are files in `vocab/`",
                )
            return None
        return leaf


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A key of a rule that asks something of an item.

    `read` turns its value into clauses; it is given the clauses of the operators it comes
    `after`. `help` is one sentence, `example` a line or more of YAML.
    """

    name: str
    help: str
    example: str
    read: Callable[[Node, ConceptReader, Clauses], tuple[Clause, ...]]
    after: tuple[str, ...] = ()


def _within(node: Text, leaf: Leaf | BadTerm) -> Mark:
    """The place of the part of a text that is meant, where it can be told."""
    if not isinstance(leaf, BadTerm) or not leaf.width:
        return node.mark
    shift = leaf.at + (0 if node.plain else 1)
    return replace(node.mark, column=node.mark.column + shift, width=leaf.width)

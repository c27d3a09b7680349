"""The one syntax tree of watch-rules: whatever notation a rule is written in, it ends here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.rules.arranging import Arrangement

# Where a term may be looked for by name. The first three are the text of an item: a term
# without a scope is looked for in them.
TEXT_FIELDS = ("title", "lead", "body")
FIELDS = (*TEXT_FIELDS, "author", "tags", "source", "url", "feed", "language")


@dataclass(frozen=True, slots=True)
class Word:
    """A word in any of its forms, case and accents ignored.

    `language` picks who knows its forms ("" = whoever reads its script).
    """

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Exact:
    """A word in this form only. It respects case when it is written with a capital."""

    text: str


@dataclass(frozen=True, slots=True)
class Glob:
    """A folded word with wildcards: `*` any letters or none, `?` exactly one."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A character that follows the one before it without a space, as inside a Korean word."""

    word: Word | Exact


Pattern = Word | Exact | Glob | Joined


@dataclass(frozen=True, slots=True)
class Term:
    """What to look for: one word, or several that stand side by side in one field.

    `written` is the term as its author wrote it; `field` is "" for the text of the item.
    """

    written: str
    words: tuple[Pattern, ...]
    field: str = ""


@dataclass(frozen=True, slots=True)
class VocabularyRef:
    """Any term of a vocabulary, written `$name`, unless its false friends explain the hit.

    `field` is where to look for it, "" for the text of the item.
    """

    name: str
    field: str = ""


Leaf = Term | VocabularyRef


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these: a concept and its alternatives."""

    alternatives: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression, looked for in a field, or in the text of the item if that is ""."""

    pattern: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class AnyRegex:
    """At least one of these is found; only asked of items in which the terms are."""

    alternatives: tuple[Regex, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """All of these hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these holds; used where they are more than plain terms."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold: nothing of it is found anywhere."""

    concept: Node


@dataclass(frozen=True, slots=True)
class Placed:
    """These are found, and stand as asked: near to each other, for one."""

    how: Arrangement
    parts: tuple[Node, ...]


Node = AnyOf | AnyRegex | Every | Either | Not | Placed


@dataclass(frozen=True, slots=True)
class Clause:
    """One requirement of a rule, under the name by which its author will recognise it.

    `written` is the part of a query that asks for it, "" for a list of terms.
    """

    name: str
    node: Node
    written: str = ""


@dataclass(frozen=True, slots=True)
class AllOf:
    """The condition of a rule: every clause must hold."""

    clauses: tuple[Clause, ...]


def leaves(node: Node) -> Iterator[Leaf]:
    """Every term and vocabulary that is named in `node`, in order."""
    match node:
        case AnyOf(alternatives):
            yield from alternatives
        case Not(concept):
            yield from leaves(concept)
        case Every(parts) | Either(parts) | Placed(_, parts):
            for part in parts:
                yield from leaves(part)
        case AnyRegex():
            pass


def has_place(node: Node) -> bool:
    """Whether what holds `node` is something that stands somewhere."""
    match node:
        case AnyOf() | Placed():
            return True
        case Either(parts):
            return all(map(has_place, parts))
        case Every() | Not() | AnyRegex():
            return False


def must_find(node: Node) -> bool:
    """Whether `node` cannot hold unless some term of it is found."""
    match node:
        case AnyOf() | Placed():
            return True
        case Every(parts):
            return any(map(must_find, parts))
        case Either(parts):
            return all(map(must_find, parts))
        case Not() | AnyRegex():
            return False


def spread(how: Arrangement, node: Node, *, over_not: bool = False) -> Node:
    """`node`, with each thing that it asks for standing as `how` says.

    What must not be found must not be found at all, unless the arrangement goes `over_not`.
    """
    if has_place(node):
        return Placed(how, (node,))
    match node:
        case Every(parts):
            return Every(tuple(spread(how, part, over_not=over_not) for part in parts))
        case Either(parts):
            return Either(tuple(spread(how, part, over_not=over_not) for part in parts))
        case Not(concept) if over_not:
            return Not(spread(how, concept, over_not=True))
        case _:
            return node

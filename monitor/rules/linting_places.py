"""Linting of how things must stand: what can never be, and what always is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

from monitor.rules.linting import meaning
from monitor.rules.places import HALVES
from monitor.rules.syntax import (
    AnyOf,
    Either,
    Exact,
    Glob,
    Joined,
    Leaf,
    Node,
    Pattern,
    Placed,
    Term,
    VocabularyRef,
    Word,
    leaves,
)
from monitor.text.tokens import is_character


def idle_pair(parts: Sequence[Node]) -> bool:
    """Whether all that one part looks for is looked for by another: it is near to itself."""
    asked = [{_identity(leaf) for leaf in leaves(part)} for part in parts]
    return any(one and (one <= other or other <= one) for one, other in combinations(asked, 2))


def words_needed(parts: Sequence[Node], *, in_order: bool) -> int:
    """How many words must be looked at, at least, to see all parts; in order, any two of them."""
    least = [_halves(part) for part in parts]
    if in_order:
        most = max((one + other for one, other in pairwise(least)), default=0)
    else:
        most = max(least, default=0)
    return -(-most // HALVES)


def _halves(node: Node) -> int:
    """The half words of the shortest thing that a node may find."""
    match node:
        case AnyOf(alternatives):
            return min(map(_length, alternatives), default=0)
        case Either(parts):
            return min(map(_halves, parts), default=0)
        case Placed(_, parts):
            return max(map(_halves, parts), default=0)
        case _:
            return 0


def _length(leaf: Leaf) -> int:
    if isinstance(leaf, VocabularyRef):
        return 1
    return sum(map(_size, leaf.words))


def _size(word: Pattern) -> int:
    match word:
        case Joined():
            return 1
        case Glob():
            return HALVES
        case Word(text) | Exact(text):
            return 1 if is_character(text) else HALVES


def _identity(leaf: Leaf) -> object:
    return meaning(leaf) if isinstance(leaf, Term) else leaf

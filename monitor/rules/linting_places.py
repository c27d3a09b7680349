"""Linting of how things must stand: what can never be, and what always is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is odd, and its remedy; `code` says of which kind it is."""

    code: str
    message: str
    hint: str


def doubt_about(
    written: str, parts: Sequence[Node], *, within: int = 0, in_order: bool = False
) -> Doubt | None:
    """What is odd about parts that must stand as `written` says: `within` so many words, if any."""
    needed = _words_needed(parts, in_order=in_order)
    if within and needed > within:
        return Doubt(
            "R158",
            f"`{written}` can never hold: what it asks for is {needed} words long",
            f"allow for {needed} words or more",
        )
    if not in_order and _idle_pair(parts):
        return Doubt(
            "R157",
            f"`{written}` asks for the same twice, which is always near itself",
            "look for something else in one place; for two mentions write `ATLEAST/2`",
        )
    return None


def _idle_pair(parts: Sequence[Node]) -> bool:
    """Whether all that one part looks for is looked for by another."""
    asked = [{_identity(leaf) for leaf in leaves(part)} for part in parts]
    return any(one and (one <= other or other <= one) for one, other in combinations(asked, 2))


def _words_needed(parts: Sequence[Node], *, in_order: bool) -> int:
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

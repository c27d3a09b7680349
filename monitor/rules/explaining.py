"""Explaining: in a few words, why a part of a rule does not hold."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.rules.compiling import (
    All,
    Compiled,
    Expressions,
    Group,
    Never,
    Some,
    Standing,
    groups_of,
)
from monitor.rules.reading import Reading
from monitor.rules.syntax import Term

_NOTHING = "none of its terms found"
_MOST_NAMED = 3


def why_not(node: Compiled, reading: Reading) -> str:
    """Why `node`, which does not hold, does not."""
    match node:
        case Group():
            if reading.features.isdisjoint(node.features):
                return _NOTHING
            return "all that was found are false friends"
        case All(parts):
            return _first_missing(parts, reading)
        case Some(parts):
            # The alternative that came nearest is the one worth hearing of.
            reasons = [why_not(part, reading) for part in parts]
            return next((reason for reason in reasons if reason != _NOTHING), _NOTHING)
        case Standing(how, parts):
            if not all(map(reading.holds, parts)):
                return _first_missing(parts, reading)
            return how.why_not([reading.places(part) for part in parts], reading.layout)
        case Never(part):
            for group, hits in reading.grounds(part):
                found = reading.evidence(hits, "", group)[0]
                return f"found `{found.text}` ({found.term})"
            return "what is forbidden holds"
        case Expressions():
            return "no pattern found"


def _first_missing(parts: Sequence[Compiled], reading: Reading) -> str:
    """Why the first of the parts that do not hold does not; by name where others are there."""
    missing = next(part for part in parts if not reading.holds(part))
    reason = why_not(missing, reading)
    there = any(reading.holds(part) for part in parts if not isinstance(part, Never))
    return f"nothing found of {_named(missing)}" if reason == _NOTHING and there else reason


def _named(node: Compiled) -> str:
    """The first terms that a part asks for, as they are written."""
    leaves = (leaf for group in groups_of(node) for leaf in group.node.alternatives)
    named = (leaf.written if isinstance(leaf, Term) else f"${leaf.name}" for leaf in leaves)
    written = list(dict.fromkeys(named))
    shown = ", ".join(f"`{each}`" for each in written[:_MOST_NAMED])
    return f"{shown}, ..." if len(written) > _MOST_NAMED else shown

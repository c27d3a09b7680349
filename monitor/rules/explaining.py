"""Explaining: in a few words, why a part of a rule does not hold."""

from __future__ import annotations

from monitor.rules.compiling import All, Compiled, Expressions, Group, Never, Some, Standing
from monitor.rules.reading import Reading

_NOTHING = "none of its terms found"


def why_not(node: Compiled, reading: Reading) -> str:
    """Why `node`, which does not hold, does not."""
    match node:
        case Group():
            if reading.features.isdisjoint(node.features):
                return _NOTHING
            return "all that was found are false friends"
        case All(parts):
            return next(why_not(part, reading) for part in parts if not reading.holds(part))
        case Some(parts):
            # The alternative that came nearest is the one worth hearing of.
            reasons = [why_not(part, reading) for part in parts]
            return next((reason for reason in reasons if reason != _NOTHING), _NOTHING)
        case Standing(how, parts):
            missing = [part for part in parts if not reading.holds(part)]
            if missing:
                return why_not(missing[0], reading)
            return how.why_not([reading.places(part) for part in parts], reading.layout)
        case Never(part):
            for group, hits in reading.grounds(part):
                found = reading.evidence(hits, "", group)[0]
                return f"found `{found.text}` ({found.term})"
            return "what is forbidden holds"
        case Expressions():
            return "no pattern found"

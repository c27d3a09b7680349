"""Which digests must hear of a match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from monitor.model import DigestSpec, Hearing, Match, RuleId


def hearers(
    matches: Sequence[Match],
    tags: Mapping[RuleId, tuple[str, ...]],
    specs: Sequence[DigestSpec],
) -> tuple[Hearing, ...]:
    """The digests that carry any of these matches, each with the reason it does."""
    found = []
    for spec in specs:
        reason = next(
            (why for match in matches if (why := _carries(spec, match, tags.get(match.rule, ())))),
            "",
        )
        if reason:
            found.append(Hearing(spec.name, reason))
    return tuple(found)


def _carries(spec: DigestSpec, match: Match, tags: tuple[str, ...]) -> str:
    if match.severity < spec.severity:
        return ""
    if not any(fnmatchcase(match.rule, pattern) for pattern in spec.rules):
        return ""
    shared = [tag for tag in tags if tag in spec.tags]
    if spec.tags and not shared:
        return ""
    tagged = f", tagged {shared[0]}" if shared else ""
    return f"{match.rule} ({match.severity.word}{tagged})"

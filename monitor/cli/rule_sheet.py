"""The sheet of one rule: how it compiled and how it fares, as lines below its file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.rules.dissecting import Concept, Dissected
    from monitor.work.surveying import InArchive

# Terms of which nobody reads more.
_LISTED = 20


def compiled_lines(rule: Dissected, archive: InArchive | None) -> Iterator[str]:
    """What an item must and must not have."""
    counts = archive.items_with if archive is not None and archive.items else ()
    for concept, items in zip_longest(rule.required, counts):
        waits = ", where the rule waits" if concept.clause == rule.waits_at else ""
        known = "" if items is None else f"; in {items:,} items at most"
        yield f"{concept.clause}: {_terms(concept)}{known}{waits}"
    for clause, written in rule.conditions:
        waits = ", where the rule waits" if clause == rule.waits_at else ""
        yield f"{clause}: {written}{waits}"
    for concept in rule.forbidden:
        yield f"forbidden ({concept.clause}): {_terms(concept)}"
    for written, points in rule.scores:
        yield f"score {points:+}: {written}"
    if rule.min_score is not None:
        yield f"fires from a score of {rule.min_score}"
    if rule.languages:
        yield f"only in {', '.join(rule.languages)}"
    if rule.feeds:
        yield f"only from {', '.join(rule.feeds)}"


def archive_lines(found: InArchive) -> Iterator[str]:
    """How the rule fares."""
    last = f"; the last {found.last_hit_at:%Y-%m-%d %H:%M} UTC" if found.last_hit_at else ""
    yield f"{found.hits:,} hits in the last 4 weeks, {found.a_week:.1f} a week{last}"
    if found.dead:
        but = f" ({found.unindexed:,} items are not indexed yet)" if found.unindexed else ""
        more = f" and {len(found.dead) - _LISTED:,} more" if len(found.dead) > _LISTED else ""
        yield f"in no item of the archive{but}: {', '.join(found.dead[:_LISTED])}{more}"
    for term, share in found.dominant:
        yield f"{term}: in {share:.0%} of the hits"
    for each in found.near_misses:
        yield f"near misses, last 7 days: {each.count:,} failed only {each.clause}"


def _terms(concept: Concept) -> str:
    if concept.terms == 1:
        return str(concept)
    return f"{concept.terms:,} terms, {concept}"

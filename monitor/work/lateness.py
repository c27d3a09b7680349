"""Which rules have fired, and how long after the news had come out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import Decision, RuleId


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A rule that fired on an item.

    `late` is None where nobody can tell: of an item that was there before the watch began, or one
    whose feed gives it no date.
    """

    rule: RuleId
    late: timedelta | None = None


def fired_in(decisions: Iterable[Decision], now: datetime) -> tuple[Fired, ...]:
    """Every match that these decisions add."""
    return tuple(
        Fired(rule=match.rule, late=_late(decision, now))
        for decision in decisions
        for match in decision.matches
    )


def _late(decision: Decision, now: datetime) -> timedelta | None:
    item = decision.item
    dated = item.published_at < item.first_seen_at
    return max(now - item.published_at, timedelta()) if dated and not decision.archived else None

"""What a document has brought the rules: which of them matched, and how late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import Decision, RuleId


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`rules` has a rule once for each of its matches.

    `lags` is how long after its publication each matching report was matched; one that gives no
    date of its own, or was there before the watch began, says nothing of that.
    """

    rules: tuple[RuleId, ...] = ()
    lags: tuple[timedelta, ...] = ()


NOTHING_FOUND = Found()


def found_in(decisions: Iterable[Decision], now: datetime) -> Found:
    """What these decisions, made at `now`, came to."""
    matching = [each for each in decisions if each.matches]
    return Found(
        rules=tuple(match.rule for each in matching for match in each.matches),
        lags=tuple(
            now - each.item.published_at
            for each in matching
            if not each.archived and each.item.published_at < each.item.first_seen_at
        ),
    )

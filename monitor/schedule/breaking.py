"""Breakers: a channel that is in trouble is left alone for a while, then tried with one message.

After M. Nygard, "Release It!" (2007), with the classes of trouble that an answer can have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import NotSent, Receipt, Trouble
from monitor.schedule.retrying import LONGEST_REQUESTED

OPENS_AFTER = 5
"""Failures in a row that may be chance; with one more trouble the channel counts as away."""

_FIRST_REST = timedelta(minutes=1)
_LONGEST_REST = timedelta(minutes=30)
_LIMITED_REST = timedelta(seconds=5)
_REJECTED_REST = timedelta(minutes=15)
"""Some services lock an account whose login fails too often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """What is remembered of a channel in trouble.

    `failures` came in a row. `probe_at` is when it is tried next, however much waits. While
    `opened_at` is set the breaker is open, for the `openings`-th time in a row: the channel is
    away, and what waits for it is gathered.
    """

    failures: int = 0
    openings: int = 0
    opened_at: datetime | None = None
    probe_at: datetime | None = None
    trouble: str = ""
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the channel is taken to be away."""
        return self.opened_at is not None

    def rests(self, now: datetime) -> bool:
        """Whether nothing is to be sent on the channel now."""
        return self.probe_at is not None and now < self.probe_at


def after_receipt(before: Breaker | None, receipt: Receipt, now: datetime) -> Breaker | None:
    """What to think of a channel after an attempt; None of one that is well.

    A receiver that refuses one message for good has answered: it is well. One that asks for
    patience is left alone for so long, which is no failure. Rejected credentials will be
    rejected again: the breaker opens at once, for a quarter of an hour. All else may be chance,
    up to five times in a row; then the channel rests, a minute at first, twice as long each
    time its probe fails.
    """
    if not isinstance(receipt, NotSent):
        return None
    known = before or Breaker()
    said = replace(known, trouble=receipt.trouble.value, reason=receipt.reason)
    match receipt.trouble:
        case Trouble.PERMANENT | Trouble.POISON:
            return None
        case Trouble.RATE_LIMITED:
            asked = min(receipt.retry_after or _LIMITED_REST, LONGEST_REQUESTED)
            return replace(said, probe_at=now + asked)
        case Trouble.AUTH:
            return _opened(said, now, least=_REJECTED_REST)
        case Trouble.TEMPORARY | Trouble.AMBIGUOUS:
            counted = replace(said, failures=known.failures + 1)
            if known.is_open or counted.failures >= OPENS_AFTER:
                asked = min(receipt.retry_after or timedelta(), LONGEST_REQUESTED)
                return _opened(counted, now, least=asked)
            return counted


def _opened(known: Breaker, now: datetime, *, least: timedelta) -> Breaker:
    rest = max(min(_FIRST_REST * 2 ** min(known.openings, 10), _LONGEST_REST), least)
    return replace(
        known,
        openings=known.openings + 1,
        opened_at=known.opened_at or now,
        probe_at=now + rest,
    )

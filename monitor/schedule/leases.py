"""When a hub is asked: again after trouble, and before the lease of a subscription ends."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
UNANSWERED = timedelta(hours=1)
"""How long a hub that took a request may take to ask whether we meant it."""

DENIED_FOR = timedelta(days=7)
"""How long a hub that has said no is left alone."""

PROVES_FOR = timedelta(days=1)
"""How long a push that came before any poll proves that pushes come."""

_JITTER = 0.2
_LEFT = 4
_EARLIEST = timedelta(days=1)


def renewal_at(now: datetime, lease: timedelta) -> datetime:
    """When to ask for more, of a lease that begins now: with a quarter left, a day at most."""
    return now + lease - min(lease / _LEFT, _EARLIEST)


def asked_again_at(
    now: datetime,
    attempts: int,
    *,
    accepted: bool,
    jitter: float,
    retry_after: timedelta | None = None,
) -> datetime:
    """When to ask a hub again after so many `attempts`; `jitter` in [-1, 1] moves it by a fifth.

    `accepted` requests are waited for longer, as the hub's question may come late.
    """
    growth = int(4 ** min(attempts - 1, 10))
    wait = min(FIRST_WAIT * growth, LONGEST_WAIT)
    if accepted:
        wait = max(wait, UNANSWERED)
    return now + max(wait * (1 + _JITTER * jitter), retry_after or timedelta())


def is_proven(first_at: datetime | None, lease_until_at: datetime | None, now: datetime) -> bool:
    """Whether pushes of a feed can be relied on, by when one last brought what no poll had."""
    if first_at is None or lease_until_at is None:
        return False
    return now < lease_until_at and now - first_at <= PROVES_FOR

"""Housekeeping: let go of what is past its keep, and hold the write-ahead log short."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from monitor.config.settings import StateSettings
from monitor.store.engine import Store
from monitor.store.housekeeping import Pruned, prune

MOST_BITES = 200
"""Bites in one round; a long backlog is worked off over several rounds."""


def keep_house(
    store: Store,
    settings: StateSettings,
    now: datetime,
    *,
    most_bites: int = MOST_BITES,
    on_bite: Callable[[Pruned], None] = lambda _: None,
) -> Pruned:
    """Delete in small bites, between which others write; then fold the log into the file."""
    total = Pruned()

    def bite(conn: Connection) -> Pruned:
        return prune(
            conn,
            now=now,
            items_before=now - settings.keep_items,
            matched_before=now - settings.keep_matched,
            deliveries_before=now - settings.keep_deliveries,
        )

    for _ in range(most_bites):
        gone = store.write(bite).result()
        total = Pruned(
            items=total.items + gone.items,
            keys=total.keys + gone.keys,
            deliveries=total.deliveries + gone.deliveries,
            more=gone.more,
        )
        on_bite(total)
        if not gone.more:
            break
    store.checkpoint()
    return total

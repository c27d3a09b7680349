"""Weighing: let rules wait at what is rare in this archive, not in news at large."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.rules.frequencies import Frequencies
from monitor.store.engine import Store
from monitor.store.search import items_indexed, word_frequencies
from monitor.watch import Watch

EVERY = timedelta(hours=24)

MOST_UNWEIGHED = 200
"""So many rules are matched as fast whatever they wait at."""

LEAST_ARCHIVED = 5_000
"""Fewer items say little about how common a word is."""


def weigh(
    store: Store,
    watch: Watch,
    *,
    most_unweighed: int = MOST_UNWEIGHED,
    least_archived: int = LEAST_ARCHIVED,
) -> Watch:
    """The watch, its rules compiled anew where the archive has something to say about it."""
    if len(watch.book.rules) <= most_unweighed:
        return watch
    with store.reading() as conn:
        items = items_indexed(conn)
        if items < least_archived:
            return watch
        counts = word_frequencies(conn)
    return watch.weighed(Frequencies.of(counts, items))


def is_due(weighed_at: datetime | None, now: datetime) -> bool:
    """Whether the archive may say something else by now."""
    return weighed_at is None or now - weighed_at >= EVERY

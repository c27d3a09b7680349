"""Which articles a poll asks for: decided with the poll, queued in its transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from monitor.model import Decision, Feed
from monitor.rules.matching import NearMiss
from monitor.sources.addresses import host_of
from monitor.store.full_texts import Wanted
from monitor.stories.enriching import why_fetch
from monitor.watch import Watch


def texts_wanted(
    decisions: Sequence[Decision],
    near_misses: Sequence[tuple[NearMiss, ...]],
    real: Mapping[int, int],
    watch: Watch,
    feed: Feed | None,
) -> Iterator[Wanted]:
    """The articles behind entries whose summary is short, where a feed or a rule asks for them.

    `near_misses` are given for each decision; `real` has the ids of those that are new.
    """
    by_feed = feed is not None and feed.full_text
    if not by_feed and not watch.seeking_text:
        return
    for decision, missed in zip(decisions, near_misses, strict=True):
        reason = why_fetch(decision, missed, watch.seeking_text, by_feed=by_feed)
        host = host_of(decision.item.url) if reason else ""
        if host:
            item_id = real.get(decision.id, decision.id)
            yield Wanted(item_id=item_id, host=host, reason=reason)

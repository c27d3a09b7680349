"""Figures for Prometheus: counted as things happen, and read from the state when they are asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor import __version__
from monitor.errors import Level
from monitor.store.deliveries import Outbox
from monitor.store.feeds import FeedTally
from monitor.watch import Watch
from monitor.work.delivering import Delivered
from monitor.work.digesting import Planned
from monitor.work.enriching import Enriched
from monitor.work.lateness import Fired
from monitor.work.polling import Polled
from monitor.work.pushing import Pushed

_POLL_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40)
_DELIVERY_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 240)
_LATE_SECONDS = (30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """How much there is of everything at one instant: what gauges are made from.

    `silent` of the feeds that are well otherwise have brought nothing for longer than they use to.
    """

    feeds: FeedTally
    silent: int
    outbox: Outbox
    watch: Watch
    now: datetime


class Meters:
    """All figures of one daemon, under no label that grows with the number of feeds."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._polls = self._counter("polls", "Polls of feeds.", "result")
        self._poll_seconds = self._histogram(
            "poll_seconds", "From asking for a feed to its items recorded.", _POLL_SECONDS
        )
        self._items = self._counter("items", "Items that feeds brought.", "state")
        self._matches = self._counter("matches", "Items on which a rule fired.", "rule")
        self._late = self._histogram(
            "publish_to_match_seconds", "From an item's publication to its match.", _LATE_SECONDS
        )
        self._digests = self._counter("digests", "Digests that were planned.", "digest")
        self._deliveries = self._counter(
            "deliveries", "Attempts to deliver a message.", "channel", "result"
        )
        self._delivery_seconds = self._histogram(
            "delivery_seconds", "From handing a message over to its receipt.", _DELIVERY_SECONDS
        )
        for result in ("changed", "unchanged", "failed"):
            self._polls.labels(result)
        for state in ("new", "duplicate", "update"):
            self._items.labels(state)

    def _counter(self, name: str, help_: str, *labels: str) -> Counter:
        return Counter(f"wirewatch_{name}", help_, labels, registry=self._registry)

    def _histogram(self, name: str, help_: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(f"wirewatch_{name}", help_, buckets=buckets, registry=self._registry)

    # --- what has happened ------------------------------------------------------------------

    def polled(self, polled: Polled) -> None:
        """One poll has ended."""
        self._polls.labels(polled.answer).inc()
        if polled.took is not None:
            self._poll_seconds.observe(polled.took.total_seconds())
        self._items.labels("new").inc(polled.new)
        self._items.labels("duplicate").inc(polled.duplicates)
        self._items.labels("update").inc(polled.revised)
        self._fired(polled.fired)

    def pushed(self, pushed: Pushed) -> None:
        """A hub has pushed something."""
        self._items.labels("new").inc(pushed.new)
        self._fired(pushed.fired)

    def enriched(self, enriched: Enriched) -> None:
        """An article was read."""
        self._fired(enriched.fired)

    def planned(self, planned: Planned) -> None:
        """A digest was planned."""
        self._digests.labels(planned.digest.name).inc()

    def delivered(self, delivered: Delivered) -> None:
        """A delivery was tried."""
        self._deliveries.labels(delivered.channel, delivered.outcome).inc()
        self._delivery_seconds.observe(delivered.seconds)

    def _fired(self, fired: Iterable[Fired]) -> None:
        for each in fired:
            self._matches.labels(each.rule).inc()
            if each.late is not None:
                self._late.observe(each.late.total_seconds())

    # --- what is told -----------------------------------------------------------------------

    def told(self, levels: Levels, accept: str) -> tuple[bytes, str]:
        """All figures in a format that whoever asks takes, with its media type."""
        self._begin_at_zero(levels.watch)
        encode, media_type = choose_encoder(accept)
        together = CollectorRegistry()
        together.register(_Together(self._registry, levels))
        return encode(together), media_type

    def _begin_at_zero(self, watch: Watch) -> None:
        """Name all that can be counted: to Prometheus, what is first seen at 1 has not grown."""
        for rule in watch.book.rules:
            self._matches.labels(rule.id)
        for spec in watch.settings.digests:
            self._digests.labels(spec.name)
        for channel in watch.channels:
            for outcome in ("sent", "retry", "dead"):
                self._deliveries.labels(channel, outcome)


class _Together(Collector):
    def __init__(self, counted: CollectorRegistry, levels: Levels) -> None:
        self._counted = counted
        self._levels = levels

    def collect(self) -> Iterator[Metric]:
        for family in self._counted.collect():
            family.samples = [each for each in family.samples if not each.name.endswith("_created")]
            yield family
        yield from gauges(self._levels)


def gauges(levels: Levels) -> Iterator[Metric]:
    """Everything that goes up and down."""
    watch, outbox, now = levels.watch, levels.outbox, levels.now
    yield InfoMetricFamily("wirewatch_build", "What runs.", value={"version": __version__})
    yield _by("feeds", "Feeds that are watched.", "state", feeds_by_state(levels))
    yield _by("rules", "Rules.", "state", rules_by_state(watch, now))
    yield _one("outbox_pending", "Messages that wait.", outbox.pending)
    oldest = max(now - outbox.oldest_at, timedelta()) if outbox.oldest_at else timedelta()
    yield _one(
        "outbox_oldest_seconds", "For how long the oldest of them has.", oldest.total_seconds()
    )
    channels = sorted({*watch.channels, *outbox.dead, *outbox.away})
    dead = {each: outbox.dead.get(each, 0) for each in channels}
    yield _by("dead_letters", "Messages that were given up.", "channel", dead)
    away = {each: int(each in outbox.away) for each in channels}
    yield _by("channel_away", "Whether a channel is left alone for a while.", "channel", away)
    yield _one(
        "config_reload_success",
        "Whether the files are in force as they are on disk.",
        int(not watch.refused),
    )
    yield _one(
        "last_poll_timestamp_seconds",
        "When a feed was last polled.",
        levels.feeds.last_polled_at.timestamp() if levels.feeds.last_polled_at else 0,
    )
    longest = watch.settings.poll.max.total_seconds()
    yield _one("poll_interval_max_seconds", "The longest time between two polls.", longest)


def feeds_by_state(levels: Levels) -> dict[str, int]:
    """How many feeds are in which state; each is in one."""
    feeds = levels.feeds
    silent = min(levels.silent, feeds.others)
    return {
        "well": feeds.others - silent,
        "failing": feeds.failing,
        "silent": silent,
        "paused": feeds.paused,
        "new": feeds.new,
    }


def rules_by_state(watch: Watch, now: datetime) -> dict[str, int]:
    """How many rules are matched and how many are not, and how many files have an error."""
    active = len(watch.book.active(now))
    errors = (each for each in watch.book.problems if each.level is Level.ERROR)
    return {
        "active": active,
        "inactive": len(watch.book.rules) - active,
        "broken": len({each.place.path for each in errors}),
    }


def _one(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(f"wirewatch_{name}", help_, value=value)


def _by(name: str, help_: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(f"wirewatch_{name}", help_, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family

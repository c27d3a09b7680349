"""Meters: what the daemon has done since it began, and how everything stands, for Prometheus."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from monitor import __version__
from monitor.model import RuleId
from monitor.work.delivering import Delivered
from monitor.work.digesting import Planned
from monitor.work.enriching import Enriched
from monitor.work.found import Found
from monitor.work.gauging import Gauges
from monitor.work.polling import Polled
from monitor.work.pushing import Pushed

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_POLLS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 90)
_LAGS = (30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)
_DELIVERIES = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 240)

# When each counter began to count is a series beside each of them, and nobody looks at it.
disable_created_metrics()  # type: ignore[no-untyped-call]  # theirs is not annotated


class Meters:
    """Counts what is told to it. Nothing has a feed's address for a label: there are too many."""

    def __init__(self) -> None:
        ours = CollectorRegistry()
        ProcessCollector(registry=ours)
        self._registry = ours
        self._polls = Counter(
            "wirewatch_polls", "Polls by what came of them.", ["result"], registry=ours
        )
        self._poll_seconds = Histogram(
            "wirewatch_poll_seconds",
            "How long polls took, from the request to the commit.",
            buckets=_POLLS,
            registry=ours,
        )
        self._items = Counter(
            "wirewatch_items",
            "Items that polls and pushes brought: new, a duplicate, an update of one known.",
            ["state"],
            registry=ours,
        )
        self._matches = Counter("wirewatch_matches", "Matches by rule.", ["rule"], registry=ours)
        self._lag = Histogram(
            "wirewatch_publish_to_match_seconds",
            "From a report's own date to its match.",
            buckets=_LAGS,
            registry=ours,
        )
        self._deliveries = Counter(
            "wirewatch_deliveries",
            "Attempts to deliver: sent, retry or dead.",
            ["channel", "result"],
            registry=ours,
        )
        self._delivery_seconds = Histogram(
            "wirewatch_delivery_seconds",
            "How long channels took to take a message, or to refuse it.",
            buckets=_DELIVERIES,
            registry=ours,
        )
        self._digests = Counter(
            "wirewatch_digests", "Digests that were planned.", ["digest"], registry=ours
        )
        # A series that begins at its first event hides that event from every rate.
        for result in ("changed", "unchanged", "failed"):
            self._polls.labels(result)
        for state in ("new", "duplicate", "update"):
            self._items.labels(state)

    def polled(self, polled: Polled) -> None:
        """A poll has ended."""
        self._polls.labels(polled.answer).inc()
        self._poll_seconds.observe(polled.took.total_seconds())
        self._items.labels("new").inc(polled.new)
        self._items.labels("duplicate").inc(polled.duplicates)
        self._items.labels("update").inc(polled.revised)
        self._find(polled.found)

    def pushed(self, pushed: Pushed) -> None:
        """A hub has pushed something."""
        self._items.labels("new").inc(pushed.new)
        self._find(pushed.found)

    def enriched(self, enriched: Enriched) -> None:
        """An article was read, or not."""
        self._find(enriched.found)

    def delivered(self, delivered: Delivered) -> None:
        """A message was handed over, or not."""
        self._deliveries.labels(delivered.channel, delivered.outcome).inc()
        self._delivery_seconds.observe(delivered.seconds)

    def planned(self, planned: Planned) -> None:
        """A digest was planned."""
        self._digests.labels(planned.digest.name).inc()

    def figures(self, gauges: Gauges, rules: Iterable[RuleId], digests: Iterable[str]) -> bytes:
        """Everything in the format that Prometheus reads."""
        for rule in rules:
            self._matches.labels(rule)
        for digest in digests:
            self._digests.labels(digest)
        for each in gauges.channels:
            for result in ("sent", "retry", "dead"):
                self._deliveries.labels(each.channel, result)
        return generate_latest(self._registry) + generate_latest(_gauged(gauges))

    def _find(self, found: Found) -> None:
        for rule, count in Tally(found.rules).items():
            self._matches.labels(rule).inc(count)
        for lag in found.lags:
            self._lag.observe(lag.total_seconds())


def _gauged(gauges: Gauges) -> CollectorRegistry:
    """How everything stands, in a registry of its own, so that what is gone is gone."""
    made = CollectorRegistry()

    def gauge(name: str, help_: str, *labels: str) -> Gauge:
        return Gauge(f"wirewatch_{name}", help_, labels, registry=made)

    feeds = gauge("feeds", "Feeds by what each is above all.", "state")
    for condition, count in gauges.feeds.items():
        feeds.labels(condition.value).set(count)
    rules = gauge("rules", "Rules by whether they are matched; broken ones by file.", "state")
    for state, count in gauges.rules.items():
        rules.labels(state.value).set(count)
    rules.labels("broken").set(gauges.broken)
    gauge("outbox_pending", "Deliveries that wait.").set(gauges.pending)
    gauge("outbox_oldest_seconds", "How long the oldest of them has waited.").set(
        gauges.oldest_pending.total_seconds()
    )
    dead = gauge("dead_letters", "Deliveries that were given up.", "channel")
    away = gauge("breaker_open", "1 for a channel that is taken to be away.", "channel")
    for each in gauges.channels:
        dead.labels(each.channel).set(each.dead)
        away.labels(each.channel).set(each.away)
    gauge("config_reload_success", "0 while a change of the files is not in force.").set(
        not gauges.refused
    )
    gauge("last_poll_timestamp_seconds", "When a feed was last polled; 0 for never.").set(
        gauges.last_poll_at.timestamp() if gauges.last_poll_at else 0
    )
    gauge("build_info", "1; the version is in the label.", "version").labels(__version__).set(1)
    return made

"""Figures for Prometheus: what is counted, what is read from the state, and under which names."""

from dataclasses import replace
from datetime import timedelta

import pytest
from house import HOUR, MINUTE, NOON, House, watch
from prometheus_client.parser import text_string_to_metric_families

from monitor.errors import Place, Problem
from monitor.meters import Levels, Meters
from monitor.model import Failed, FailureKind, NotSent, Trouble
from monitor.store.deliveries import outbox_now
from monitor.store.feeds import tally_feeds

NAMES = frozenset(
    f"wirewatch_{each}"
    for each in (
        "polls_total",
        "poll_seconds_bucket",
        "items_total",
        "matches_total",
        "feeds",
        "publish_to_match_seconds_bucket",
        "deliveries_total",
        "delivery_seconds_bucket",
        "outbox_pending",
        "outbox_oldest_seconds",
        "rules",
        "config_reload_success",
        "last_poll_timestamp_seconds",
        "build_info",
    )
)


@pytest.fixture
def house(store):
    return House(store)


def figures(house, meters):
    """What Prometheus reads, by name and labels."""
    with house.store.reading() as conn:
        levels = Levels(
            feeds=tally_feeds(conn),
            silent=0,
            outbox=outbox_now(conn),
            watch=house.watch,
            now=house.now,
        )
    body, _ = meters.told(levels, accept="")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def counted(house, meters):
    """Poll, digest and deliver once, as the daemon counts it."""
    for polled in house.poll():
        meters.polled(polled)
    for planned in house.digest():
        meters.planned(planned)
    for delivered in house.deliver():
        meters.delivered(delivered)
    return figures(house, meters)


def test_every_figure_has_its_name_from_the_first_match_on(house):
    house.serve(("1", "A missile", "", NOON - HOUR))
    assert {name for name, *_ in counted(house, Meters())} >= NAMES


def test_a_poll_a_match_and_a_delivery_are_counted_once(house):
    house.serve(("1", "A missile", "", NOON - HOUR), ("2", "A fair"))
    found = counted(house, Meters())
    assert found["wirewatch_polls_total", "changed"] == 1
    assert found["wirewatch_items_total", "new"] == 2
    assert found["wirewatch_matches_total", "arms"] == 1
    assert found["wirewatch_digests_total", "urgent"] == 1
    assert found["wirewatch_deliveries_total", "box", "sent"] == 1


def test_how_late_a_match_is_runs_from_publication(house):
    house.serve(("1", "A missile", "", NOON - HOUR))
    assert counted(house, Meters())["wirewatch_publish_to_match_seconds_sum",] == 3600


def test_an_item_without_a_date_says_nothing_of_how_late_it_is(house):
    house.serve(("1", "A missile"))
    found = counted(house, Meters())
    assert found["wirewatch_matches_total", "arms"] == 1
    assert found["wirewatch_publish_to_match_seconds_count",] == 0


def test_a_poll_that_failed_is_one_and_so_is_its_feed(house):
    url = next(iter(house.watch.feeds))
    house.outcomes[url] = Failed(kind=FailureKind.TIMEOUT, reason="no answer in 20 s")
    found = counted(house, Meters())
    assert found["wirewatch_polls_total", "failed"] == 1
    assert found["wirewatch_feeds", "failing"] == 1


def test_what_waits_is_counted_and_how_long_it_has(house):
    house.serve(("1", "A missile"))
    house.receipts = [NotSent(trouble=Trouble.TEMPORARY, reason="busy")]
    meters = Meters()
    counted(house, meters)
    house.pass_time(7 * MINUTE)
    found = figures(house, meters)
    assert found["wirewatch_outbox_pending",] == 1
    assert found["wirewatch_outbox_oldest_seconds",] == 7 * 60
    assert found["wirewatch_deliveries_total", "box", "retry"] == 1


def test_every_feed_is_in_one_state(store):
    many = House(store, watch(feeds=("http://127.0.0.1/a", "http://127.0.0.1/b")))
    found = figures(many, Meters())
    assert sum(value for (name, *_), value in found.items() if name == "wirewatch_feeds") == 2
    assert found["wirewatch_feeds", "new"] == 2


def test_files_that_were_refused_are_a_reload_that_failed(house):
    refused = Problem(place=Place(path="rules/arms.yaml"), code="R103", message="unknown key")
    assert figures(house, Meters())["wirewatch_config_reload_success",] == 1
    house.watch = replace(house.watch, refused=(refused,))
    assert figures(house, Meters())["wirewatch_config_reload_success",] == 0


def test_the_last_poll_is_an_instant(house):
    house.serve(("1", "A fair"))
    house.pass_time(timedelta(seconds=90))
    assert counted(house, Meters())["wirewatch_last_poll_timestamp_seconds",] == (
        house.now.timestamp()
    )


def test_what_has_not_happened_yet_stands_at_zero(house):
    found = figures(house, Meters())
    assert found["wirewatch_matches_total", "arms"] == 0
    assert found["wirewatch_deliveries_total", "box", "dead"] == 0

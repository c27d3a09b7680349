"""Probes and figures: who is told what of whether the watch lives."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from offices import FULL, READ

from monitor.config.settings import WebSettings
from monitor.web.access import Asking, Keys, may_read_figures
from monitor.web.vitals import BEAT, STUCK, Polls, is_stuck, why_not_ready

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
LOOPBACK = ("127.0.0.1/32", "::1/128")
WELL = Polls(feeds=3, last_at=NOON, longest=4 * HOUR)


@pytest.fixture(scope="module")
def place(make_shared_office):
    return make_shared_office()


@pytest.mark.parametrize("path", ["/healthz", "/health", "/readyz", "/ready"])
def test_a_probe_needs_no_login_and_no_name_of_ours(place, path):
    answer = place.get(path, token=None, Host="10.42.0.7.example:8484")
    assert answer.status == 200
    assert answer.json["status"] in ("alive", "ready")


def test_what_begins_like_a_probe_is_none(place):
    assert place.get("/healthzone", token=None).status == 303


@pytest.mark.parametrize(
    ("beat_at", "stuck"),
    [(None, True), (NOON - STUCK - SECOND, True), (NOON - STUCK, False), (NOON + HOUR, False)],
)
def test_a_scheduler_that_gives_no_sign_for_long_is_stuck(beat_at, stuck):
    assert is_stuck(beat_at, NOON) is stuck


@pytest.mark.parametrize(
    ("beat_at", "polls", "reasons"),
    [
        (NOON - BEAT, WELL, []),
        (None, WELL, ["the scheduler has not begun"]),
        (NOON - 3 * BEAT, WELL, ["the scheduler has stood still for 15 s"]),
        (NOON, replace(WELL, last_at=NOON - 13 * HOUR), ["no feed was polled for 13 h"]),
        (NOON, replace(WELL, last_at=NOON - 12 * HOUR), []),
        (NOON, Polls(feeds=0, last_at=None, longest=HOUR), []),
    ],
)
def test_why_the_watch_is_not_ready_is_said_in_words(beat_at, polls, reasons):
    assert list(why_not_ready(beat_at, polls, NOON)) == reasons


def test_a_watch_that_polls_nothing_any_more_is_not_ready(make_office):
    office = make_office()
    office.show.stands_at += timedelta(days=3)
    answer = office.get("/readyz", token=None)
    assert (answer.status, answer.json["reasons"]) == (503, ["no feed was polled for 3 days"])
    assert office.get("/healthz", token=None).status == 200


def test_a_state_that_is_away_is_said_and_nothing_of_where_it_was(make_office):
    office = make_office()
    (office.folder / "wirewatch.db").unlink()
    answer = office.get("/readyz", token=None)
    assert (answer.status, answer.json["reasons"]) == (503, ["the state does not answer"])


def test_prometheus_reads_the_figures_from_this_machine_without_a_login(place):
    answer = place.get("/metrics", token=None)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'wirewatch_feeds{state="well"}' in answer.text


def test_figures_name_no_feed(place):
    urls = tuple(place.show.watch.feeds)
    text = place.get("/metrics", token=None).text
    assert [url for url in urls if url in text] == []


def asked(peer="203.0.113.9", **headers):
    return Asking(peer=peer, headers={name.replace("_", "-"): v for name, v in headers.items()})


@pytest.mark.parametrize(
    ("asking", "proxies", "may"),
    [
        (asked("127.0.0.1"), (), True),
        (asked("::1"), (), True),
        (asked("::ffff:127.0.0.1"), (), True),
        (asked(), (), False),
        (asked(x_forwarded_for="127.0.0.1"), (), False),
        # A proxy on this machine that nobody has declared passes on what comes from anywhere.
        (asked("127.0.0.1", x_forwarded_for="203.0.113.9"), (), False),
        (asked("127.0.0.1", via="1.1 caddy"), (), False),
        # One that was declared says for whom it asks; what the client made up stands before.
        (asked("10.0.0.1", x_forwarded_for="127.0.0.1, 203.0.113.9"), ("10.0.0.0/8",), False),
        (asked("10.0.0.1", x_forwarded_for="203.0.113.9, 127.0.0.1"), ("10.0.0.0/8",), True),
        (asked("10.0.0.1", x_forwarded_for="no address"), ("10.0.0.0/8",), False),
        (asked(authorization=f"Bearer {READ}"), (), True),
        (asked("127.0.0.1", authorization="Bearer wrong"), (), False),
    ],
)
def test_who_may_read_the_figures(asking, proxies, may):
    web = WebSettings(trusted_proxies=proxies)
    keys = Keys(full=FULL, read=(READ,))
    assert may_read_figures(asking, web, LOOPBACK, keys) is may


def test_whoever_may_not_read_the_figures_is_told_where_it_is_decided(make_office):
    office = make_office(change=lambda settings: replace(settings, metrics_allow=()))
    answer = office.get("/metrics", token=None)
    assert answer.status == 403
    assert "[metrics]" in answer.text

"""The newswire on the air: manners of a well-kept web server, on a simulated clock."""

import asyncio
import gzip
import http.client
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from airtime import OUTLETS, START, on

from monitor.demo.newswire import Fault, Newswire, document
from monitor.model import Failed, FeedState, Fetched, NotModified
from monitor.sources.fetching import Fetcher


@pytest.fixture
def wire():
    with Newswire(START) as on_the_air:
        yield on_the_air


def url_of(wire, key):
    (found,) = (each.url for each in wire.feeds if each.name == OUTLETS[key].name)
    return found


def get(url, path="", **headers):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path or parts.path, headers=named)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def test_every_outlet_is_a_feed_of_its_own_on_loopback(wire):
    assert [feed.name for feed in wire.feeds] == [outlet.name for outlet in OUTLETS.values()]
    assert len({feed.url for feed in wire.feeds}) == len(OUTLETS)
    assert all(urlsplit(feed.url).hostname.startswith("127.0.0.") for feed in wire.feeds)
    assert all(feed.allow_private for feed in wire.feeds)


def test_all_reports_are_known_before_they_are_served(wire):
    assert len(wire.items) == sum(len(outlet.reports) for outlet in OUTLETS.values())


def test_a_feed_is_served_as_it_stands_at_the_simulated_instant(wire):
    answer, body = get(url_of(wire, "halyard"))
    assert body == document(OUTLETS["halyard"], START)
    assert (answer.status, answer.headers["Content-Type"]) == (
        200,
        "application/rss+xml; charset=utf-8",
    )
    assert answer.headers["Date"] == "Mon, 23 Nov 2026 00:00:00 GMT"
    assert answer.headers["Last-Modified"] == "Sun, 22 Nov 2026 21:10:00 GMT"


def test_the_clock_moves_on_and_the_feed_with_it(wire):
    url = url_of(wire, "halyard")
    before, _ = get(url)
    wire.advance(on(1, 7))
    after, body = get(url)
    assert b"10,000 containers" in body
    assert before.headers["ETag"] != after.headers["ETag"]


def test_the_clock_never_goes_back():
    wire = Newswire(START)
    wire.advance(on(2))
    wire.advance(on(2))
    with pytest.raises(ValueError, match="it cannot go back to 2026-11-23"):
        wire.advance(on(1))
    assert wire.at == on(2)


def test_the_clock_may_be_read_in_any_zone():
    wire = Newswire(START)
    wire.advance(on(1, 7).astimezone())
    assert (wire.at, wire.at.utcoffset()) == (on(1, 7), timedelta())


def test_a_reader_that_knows_this_version_gets_nothing_again(wire):
    url = url_of(wire, "soundings")
    first, _ = get(url)
    again, body = get(url, If_None_Match=first.headers["ETag"])
    assert (again.status, body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_a_reader_that_knows_another_version_gets_this_one(wire):
    answer, body = get(url_of(wire, "soundings"), If_None_Match='"0123456789abcdef"')
    assert (answer.status, body) == (200, document(OUTLETS["soundings"], START))


def test_the_date_decides_where_there_is_no_etag(wire):
    url = url_of(wire, "soundings")
    stamp = get(url)[0].headers["Last-Modified"]
    assert get(url, If_Modified_Since=stamp)[0].status == 304
    wire.advance(on(1, 7))
    assert get(url, If_Modified_Since=stamp)[0].status == 200


def test_the_etag_decides_over_the_date(wire):
    url = url_of(wire, "soundings")
    stamp = get(url)[0].headers["Last-Modified"]
    answer, _ = get(url, If_None_Match='"other"', If_Modified_Since=stamp)
    assert answer.status == 200


def test_a_reader_that_takes_gzip_gets_gzip(wire):
    answer, body = get(url_of(wire, "naru"), Accept_Encoding="gzip, deflate")
    assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == (
        "gzip",
        "Accept-Encoding",
    )
    assert gzip.decompress(body) == document(OUTLETS["naru"], START)


def test_a_forbidden_feed_answers_403_to_everybody(wire):
    (key,) = (outlet.key for outlet in OUTLETS.values() if outlet.fault is Fault.FORBIDDEN)
    answer, body = get(url_of(wire, key))
    assert (answer.status, body) == (403, b"Subscribers only.\n")


def test_there_is_nothing_at_any_other_address(wire):
    answer, _ = get(url_of(wire, "halyard"), path="/robots.txt")
    assert answer.status == 404


def test_it_is_off_the_air_when_it_is_left():
    with Newswire(START) as wire:
        url = url_of(wire, "halyard")
    with pytest.raises(ConnectionRefusedError):
        get(url)


def test_two_newswires_do_not_disturb_each_other(wire):
    with Newswire(START) as other:
        other.advance(on(3))
        assert get(url_of(other, "halyard"))[1] != get(url_of(wire, "halyard"))[1]


async def poll_all(feeds, states):
    async with Fetcher() as fetcher:
        polls = (fetcher.fetch(feed, states[feed.url], now=START) for feed in feeds)
        return dict(zip((feed.name for feed in feeds), await asyncio.gather(*polls), strict=True))


def test_our_own_poller_reads_every_feed_but_the_forbidden_one(wire):
    answers = asyncio.run(poll_all(wire.feeds, {feed.url: FeedState() for feed in wire.feeds}))
    forbidden = answers.pop("Meridian Ledger")
    assert isinstance(forbidden, Failed)
    assert forbidden.status == 403
    assert {name: answer.body for name, answer in answers.items()} == {
        outlet.name: document(outlet, START)
        for outlet in OUTLETS.values()
        if outlet.fault is not Fault.FORBIDDEN
    }


def test_our_own_poller_is_told_that_nothing_has_changed(wire):
    feeds = [feed for feed in wire.feeds if feed.name != "Meridian Ledger"]
    first = asyncio.run(poll_all(feeds, {feed.url: FeedState() for feed in feeds}))
    assert all(isinstance(answer, Fetched) for answer in first.values())
    known = {
        feed.url: FeedState(
            etag=first[feed.name].etag, last_modified=first[feed.name].last_modified
        )
        for feed in feeds
    }
    again = asyncio.run(poll_all(feeds, known))
    assert all(isinstance(answer, NotModified) for answer in again.values())

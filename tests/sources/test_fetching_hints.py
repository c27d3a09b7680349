"""What a poll learns beside the document: where it has moved, how long it will do, who pushes."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from scripted_server import DOCUMENT, HOME, NOW, Server, answer, header, poll, redirect
from yarl import URL

from monitor.model import Failed, FailureKind, Feed, FeedState, Fetched, FetchOutcome, NotModified
from monitor.sources.fetching import Fetcher
from monitor.sources.hints import fresh_for, hints_of

KNOWN = FeedState(etag='"1"')
PLACE = URL("https://a.example/news/rss")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def said(*lines: tuple[str, str]) -> CIMultiDictProxy[str]:
    return CIMultiDictProxy(CIMultiDict(lines))


def moved_to(outcome: FetchOutcome) -> str:
    assert isinstance(outcome, Fetched | NotModified)
    return outcome.hints.moved_to


# --- How long it will do ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "fresh"),
    [
        ([("Cache-Control", "public, max-age=600")], 10 * MINUTE),
        ([("Cache-Control", 'Max-Age="600"')], 10 * MINUTE),
        ([("Cache-Control", "max-age=600"), ("Age", "120")], 8 * MINUTE),
        ([("Cache-Control", "max-age=600"), ("Age", "900")], None),
        ([("Cache-Control", "max-age=600, max-age=9")], 10 * MINUTE),
        ([("Cache-Control", "max-age=600, no-cache")], None),
        ([("Cache-Control", "no-store"), ("Expires", "Tue, 24 Nov 2026 10:00:00 GMT")], None),
        ([("Cache-Control", "max-age=soon")], None),
        ([("Cache-Control", "s-maxage=600")], None),
        ([("Expires", "Tue, 24 Nov 2026 10:00:00 GMT")], HOUR),
        ([("Expires", "Tue, 24 Nov 2026 10:00:00 GMT"), ("Date", "Tue, 24 Nov 2026 09:30:00 GMT")],
         30 * MINUTE),
        ([("Expires", "Tue, 24 Nov 2026 10:00:00 GMT"), ("Cache-Control", "max-age=60")], MINUTE),
        ([("Expires", "0")], None),
        ([("Expires", "Mon, 23 Nov 2026 10:00:00 GMT")], None),
        ([], None),
    ],
)  # fmt: skip
def test_how_long_an_answer_will_do(lines: list[tuple[str, str]], fresh: timedelta | None) -> None:
    assert fresh_for(said(*lines), NOW) == fresh


def test_an_answer_without_news_says_it_too() -> None:
    script = answer(b"", "Cache-Control: max-age=1800", status="304 Not Modified")
    outcome, _ = poll(script, state=KNOWN)
    assert isinstance(outcome, NotModified)
    assert outcome.hints.fresh_for == 30 * MINUTE


# --- Who pushes what is new ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("links", "hub", "topic"),
    [
        (['<https://hub.example/>; rel="hub"', "<https://a.example/rss>; rel=self"],
         "https://hub.example/", "https://a.example/rss"),
        (['<https://hub.example/>;rel=hub, </rss?a=1,2>; rel="alternate self"'],
         "https://hub.example/", "https://a.example/rss?a=1,2"),
        (["<one>; rel=hub, <two>; rel=hub"], "https://a.example/news/one", ""),
        (['<x>; title="a, <y>; rel=hub"; rel=next'], "", ""),
        (['<https://hub.example/>; rel=hub; anchor="#part"'], "", ""),
        (["<javascript:alert(1)>; rel=hub", "<ftp://hub.example/>; REL=hub"], "", ""),
        (["https://hub.example/; rel=hub", "<<<<;;;; rel", ""], "", ""),
    ],
)  # fmt: skip
def test_links_of_the_header_name_hub_and_topic(links: list[str], hub: str, topic: str) -> None:
    hints = hints_of(said(*(("Link", each) for each in links)), PLACE, "", NOW)
    assert (hints.hub, hints.topic) == (hub, topic)


def test_a_line_made_to_be_slow_to_read_is_read_at_once() -> None:
    lines = ["<" * 8_000, "<a>" + ";a" * 4_000, '<a>; rel="' + "\\" * 7_999, "<a>" + " " * 8_000]
    assert hints_of(said(*(("Link", each) for each in lines)), PLACE, "", NOW).hub == ""


NAMES = st.sampled_from(["Cache-Control", "Expires", "Date", "Age", "Link"])


@given(st.dictionaries(NAMES, st.text()))
def test_whatever_a_header_says_it_is_only_a_hint(lines: dict[str, str]) -> None:
    hints_of(said(*lines.items()), PLACE, "", NOW)


# --- Where it has moved to -------------------------------------------------------------------


@pytest.mark.parametrize("status", ["301 Moved Permanently", "308 Permanent Redirect"])
def test_a_way_of_nothing_but_permanent_redirects_says_where_the_feed_has_moved(
    status: str,
) -> None:
    outcome, server = poll(redirect("/two", status), redirect("/three", status), answer())
    assert moved_to(outcome) == server.url.replace("/feed", "/three")


@pytest.mark.parametrize("status", ["302 Found", "303 See Other", "307 Temporary Redirect"])
def test_one_redirect_that_is_not_permanent_and_nothing_has_moved(status: str) -> None:
    permanent = "301 Moved Permanently"
    for way in ((status, permanent), (permanent, status)):
        outcome, _ = poll(redirect("/two", way[0]), redirect("/three", way[1]), answer())
        assert moved_to(outcome) == ""


def test_a_feed_that_has_moved_is_asked_there_with_its_validators() -> None:
    async def run() -> tuple[FetchOutcome, list[str]]:
        async with Server(answer()) as server, Fetcher(HOME) as fetcher:
            state = replace(KNOWN, address=server.url)
            feed = Feed(url="http://old.example/feed")
            return await fetcher.fetch(feed, state, now=NOW), server.requests

    outcome, requests = asyncio.run(run())
    assert moved_to(outcome) == ""
    assert header(requests[0], "If-None-Match") == '"1"'


def test_at_its_new_address_or_behind_a_redirect_a_feed_is_not_gone_for_good() -> None:
    gone = answer(b"", status="410 Gone")

    async def at_new_address() -> FetchOutcome:
        async with Server(gone) as server, Fetcher(HOME) as fetcher:
            feed, state = Feed(url="http://old.example/feed"), FeedState(address=server.url)
            return await fetcher.fetch(feed, state, now=NOW)

    for outcome in (asyncio.run(at_new_address()), poll(redirect("/x"), gone)[0]):
        assert isinstance(outcome, Failed)
        assert (outcome.kind, outcome.status) == (FailureKind.HTTP, 410)
    outcome, _ = poll(redirect("/x", "301 Moved Permanently"), gone)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.GONE


# --- A part of a document --------------------------------------------------------------------


def test_only_what_is_new_is_asked_for_where_there_is_something_to_compare() -> None:
    for unconditional, line in ((False, "feed"), (True, None)):
        _, server = poll(answer(), state=KNOWN, unconditional=unconditional)
        assert header(server.requests[0], "A-IM") == line


@pytest.mark.parametrize(
    ("script", "partial"),
    [
        (answer(DOCUMENT, "IM: feed", 'ETag: "2"', status="226 IM Used"), True),
        (answer(DOCUMENT, "IM: feed, gzip", 'ETag: "2"'), True),
        (answer(DOCUMENT, 'ETag: "2"'), False),
    ],
)
def test_an_answer_says_whether_it_is_a_part(script: bytes, *, partial: bool) -> None:
    outcome, _ = poll(script, state=KNOWN)
    assert isinstance(outcome, Fetched)
    assert (outcome.partial, outcome.etag) == (partial, '"2"')

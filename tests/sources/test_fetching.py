"""Polling a feed: what is asked, what is taken for an answer, and what is told when it is none."""

import asyncio
import gzip
import logging
import zlib
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from corpus import CORPUS
from scripted_server import (
    DOCUMENT,
    HERE,
    HOME,
    NOW,
    Endless,
    Held,
    Names,
    Server,
    Slow,
    answer,
    header,
    poll,
    redirect,
)

from monitor.model import Failed, FailureKind, Feed, FeedState, Fetched, NotModified
from monitor.sources.fetching import Fetcher, FetchSettings

# Without the time of day in it: the same bytes, and names of tests, in every process.
gzipped = partial(gzip.compress, mtime=0)

KNOWN = FeedState(etag='W/"a b;e"', last_modified="Mon, 23 Nov 2026 08:00:00 GMT")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


# --- What is asked ---------------------------------------------------------------------------


def test_a_poll_says_who_asks_and_whom_to_write_to() -> None:
    _, server = poll(answer(), settings=replace(HOME, contact="ops@example.org"))
    agent = header(server.requests[0], "User-Agent")
    assert agent is not None
    assert agent.startswith("Wirewatch/")
    assert agent.endswith(" (+ops@example.org)")


def test_only_compressions_that_are_undone_in_steps_are_asked_for() -> None:
    _, server = poll(answer())
    assert header(server.requests[0], "Accept-Encoding") == "gzip, deflate"


def test_validators_are_echoed_byte_for_byte() -> None:
    _, server = poll(answer(), state=KNOWN)
    assert header(server.requests[0], "If-None-Match") == KNOWN.etag
    assert header(server.requests[0], "If-Modified-Since") == KNOWN.last_modified


@pytest.mark.parametrize("state", [FeedState(), FeedState(etag="a\r\nX: y", last_modified="é")])
def test_without_usable_validators_nothing_is_conditional(state: FeedState) -> None:
    _, server = poll(answer(), state=state)
    assert header(server.requests[0], "If-None-Match") is None
    assert header(server.requests[0], "If-Modified-Since") is None


def test_an_unconditional_poll_asks_for_everything() -> None:
    _, server = poll(answer(), state=KNOWN, unconditional=True)
    assert header(server.requests[0], "If-None-Match") is None


def test_the_address_is_asked_for_as_it_was_written() -> None:
    async def run() -> str:
        async with Server(answer()) as server, Fetcher(HOME) as fetcher:
            url = f"http://{HERE}:{server.port}/a%2Fb/../c?x=%7e+1&y=;"
            await fetcher.fetch(Feed(url=url), FeedState(), now=NOW)
            return server.requests[0].split(" ")[1]

    assert asyncio.run(run()) == "/a%2Fb/../c?x=%7e+1&y=;"


def test_cookies_are_not_kept() -> None:
    _, server = poll(
        answer(b"", "Set-Cookie: id=1", "Location: /next", status="302 Found"), answer()
    )
    assert header(server.requests[1], "Cookie") is None


# --- What is taken for an answer -------------------------------------------------------------


def test_a_document_comes_with_its_validators_and_its_place() -> None:
    outcome, server = poll(
        answer(
            DOCUMENT,
            "Content-Type: application/rss+xml; charset=utf-8",
            'ETag: W/"1"',
            "Last-Modified: Mon, 23 Nov 2026 08:00:00 GMT",
        )
    )
    assert outcome == Fetched(
        body=DOCUMENT,
        content_type="application/rss+xml; charset=utf-8",
        etag='W/"1"',
        last_modified="Mon, 23 Nov 2026 08:00:00 GMT",
        final_url=server.url,
    )


def test_nothing_new_comes_with_its_validators_too() -> None:
    outcome, _ = poll(answer(b"", 'ETag: "2"', status="304 Not Modified"), state=KNOWN)
    assert outcome == NotModified(etag='"2"', last_modified="")


@pytest.mark.parametrize("etag", ['"' + "a" * 1_024 + '"', '"caf\u00e9"', '"a\tb"'])
def test_a_validator_that_no_server_would_mean_is_not_believed(etag: str) -> None:
    outcome, _ = poll(answer(DOCUMENT, f"ETag: {etag}"))
    assert isinstance(outcome, Fetched)
    assert outcome.etag == ""


def deflated(data: bytes, bits: int) -> bytes:
    packer = zlib.compressobj(wbits=bits)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzipped(DOCUMENT)),
        ("GZIP", gzipped(DOCUMENT[:20]) + gzipped(DOCUMENT[20:])),
        ("deflate", deflated(DOCUMENT, 15)),
        ("deflate", deflated(DOCUMENT, -15)),
        ("identity", DOCUMENT),
    ],
)
def test_a_compressed_document_is_undone(encoding: str, body: bytes) -> None:
    outcome, _ = poll(answer(body, f"Content-Encoding: {encoding}"))
    assert isinstance(outcome, Fetched)
    assert outcome.body == DOCUMENT


def test_a_compressed_document_without_a_length_ends_with_the_connection() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    outcome, _ = poll(head + gzipped(DOCUMENT))
    assert isinstance(outcome, Fetched)
    assert outcome.body == DOCUMENT


def test_a_delta_answer_says_that_it_is_one() -> None:
    outcome, _ = poll(answer(DOCUMENT, "IM: feed", status="226 IM Used"), state=KNOWN)
    assert isinstance(outcome, Fetched)
    assert outcome.status == 226


def test_a_hint_or_two_before_the_answer_are_borne() -> None:
    outcome, _ = poll(HINT * 3 + answer())
    assert isinstance(outcome, Fetched)
    assert outcome.body == DOCUMENT


def test_ninety_kilobytes_of_cookies_are_borne() -> None:
    cookies = [f"Set-Cookie: c{n}={'v' * 3_000}" for n in range(30)]
    outcome, _ = poll(answer(DOCUMENT, *cookies))
    assert isinstance(outcome, Fetched)


def test_redirects_are_followed_and_the_last_address_is_told() -> None:
    outcome, server = poll(redirect("/two"), redirect("three?x=1"), answer(), state=KNOWN)
    assert isinstance(outcome, Fetched)
    assert outcome.final_url == f"http://{HERE}:{server.port}/three?x=1"
    assert header(server.requests[2], "If-None-Match") == KNOWN.etag


def test_connections_are_kept_for_the_next_poll() -> None:
    async def run() -> int:
        async with Server(answer(), keep_alive=True) as server, Fetcher(HOME) as fetcher:
            for _ in range(3):
                await fetcher.fetch(Feed(url=server.url), FeedState(), now=NOW)
            return server.connections

    assert asyncio.run(run()) == 1


# --- What is told when it is none ------------------------------------------------------------

HINT = b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"
TOO_MANY_HEADERS = b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 20_000 + b"\r\n"
TOO_LONG_A_HEADER = b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\nok"


@pytest.mark.parametrize(
    ("script", "kind", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\nhello, world", FailureKind.TRUNCATED,
         "the answer broke off after 12 of 300 bytes"),
        (CHUNKED + b"5\r\nabcde\r\n", FailureKind.TRUNCATED,
         "the answer broke off after 5 bytes"),
        (answer(gzipped(DOCUMENT)[:-9], "Content-Encoding: gzip"), FailureKind.TRUNCATED,
         "the compressed answer ends before its end mark"),
        (answer(DOCUMENT, status="206 Partial Content"), FailureKind.TRUNCATED,
         "the server sent a part of the feed only"),
        (answer(b"abc", "Content-Encoding: gzip"), FailureKind.HTTP,
         "the answer is not compressed the way it claims"),
        (answer(b"abc", "Content-Encoding: br"), FailureKind.HTTP,
         "the answer is compressed in a way not asked for: 'br'"),
        (answer(gzipped(gzipped(DOCUMENT)), "Content-Encoding: gzip, gzip"),
         FailureKind.HTTP, "the answer is compressed more than once"),
        (answer(gzipped(bytes(5_000_000)), "Content-Encoding: gzip"), FailureKind.TOO_LARGE,
         "the answer is larger than 200,000 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", FailureKind.TOO_LARGE,
         "the answer is larger than 200,000 bytes"),
        (Endless(CHUNKED, b"1000\r\n" + b"x" * 4_096 + b"\r\n"), FailureKind.TOO_LARGE,
         "the answer is larger than 200,000 bytes"),
        (answer(b""), FailureKind.NOT_A_FEED, "the server sent an empty answer"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", FailureKind.NOT_A_FEED,
         "the server sent an empty answer"),
        (answer(b"", status="304 Not Modified"), FailureKind.HTTP,
         "the server says `not modified` though it was asked for all"),
        (CHUNKED + b"5\r\nabcde\r\nZZ\r\nxx", FailureKind.HTTP,
         "the answer breaks the rules of HTTP, or its limits"),
        (b"220 ftp ready\r\n", FailureKind.HTTP,
         "the answer breaks the rules of HTTP, or its limits"),
        (Endless(b"", HINT * 50), FailureKind.HTTP,
         "the answer breaks the rules of HTTP, or its limits"),
        (TOO_MANY_HEADERS, FailureKind.HTTP,
         "the answer breaks the rules of HTTP, or its limits"),
        (TOO_LONG_A_HEADER, FailureKind.HTTP,
         "the answer breaks the rules of HTTP, or its limits"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello!!",
         FailureKind.HTTP, "the answer breaks the rules of HTTP, or its limits"),
        (b"", FailureKind.UNREACHABLE,
         "the server closed the connection before it had answered"),
        (redirect("/feed"), FailureKind.HTTP, "the redirects go round in a circle"),
        (answer(b"", status="302 Found"), FailureKind.HTTP,
         "the server redirects to nowhere (302)"),
        (answer(b"", status="401 Unauthorized"), FailureKind.REFUSED,
         "the server asks for a name and password, or rejects ours"),
        (answer(b"", status="403 Forbidden"), FailureKind.REFUSED,
         "the server forbids us this feed"),
        (answer(b"", status="404 Not Found"), FailureKind.HTTP,
         "there is no such feed on the server (404)"),
        (answer(b"", status="410 Gone"), FailureKind.GONE,
         "the server says that the feed is gone for good (410)"),
        (answer(DOCUMENT, 'ETag: "err"', status="500 Internal Server Error"), FailureKind.HTTP,
         "the server answered 500 Internal Server Error"),
        (answer(b"", status="599 Odd"), FailureKind.HTTP,
         "the server answered 599, which means nothing to us"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_told_in_a_sentence(
    script: bytes | Endless, kind: FailureKind, reason: str
) -> None:
    outcome, _ = poll(script)
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.reason) == (kind, reason)


@pytest.mark.parametrize(
    "script",
    [
        Endless(b"HTTP/1.1 200 OK\r\n", b"X: a\r\n", pause=0.02),
        Endless(CHUNKED, b"1\r\nx\r\n", pause=0.02),
        Endless(b"", HINT, pause=0.01),
    ],
    ids=["headers", "body", "hints"],
)
def test_drops_that_never_end_are_cut_off_in_time(script: Endless) -> None:
    outcome, _ = poll(script, settings=replace(HOME, timeout=timedelta(seconds=0.12)))
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.TIMEOUT
    assert outcome.reason == "no complete answer within 0.12 seconds"


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"])
def test_a_server_that_falls_silent_is_not_waited_for(said: bytes) -> None:
    outcome, _ = poll(Held(said), settings=replace(HOME, silence=timedelta(seconds=0.06)))
    assert outcome == Failed(kind=FailureKind.TIMEOUT, reason="the server fell silent")


def test_a_way_through_more_than_five_redirects_is_not_gone() -> None:
    outcome, server = poll(*(redirect(f"/{n}") for n in range(9)))
    assert outcome == Failed(kind=FailureKind.HTTP, reason="the server redirects more than 5 times")
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("status", "said", "kind", "wait"),
    [
        ("429 Too Many Requests", "3600", FailureKind.RATE_LIMITED, timedelta(hours=1)),
        ("429 Too Many Requests", "99999999999", FailureKind.RATE_LIMITED, timedelta(hours=24)),
        ("429 Too Many Requests", "-1", FailureKind.RATE_LIMITED, None),
        ("429 Too Many Requests", "soon", FailureKind.RATE_LIMITED, None),
        ("429 Too Many Requests", "Tue, 24 Nov 2026 09:05:00 GMT", FailureKind.RATE_LIMITED,
         timedelta(minutes=5)),
        ("503 Service Unavailable", "Mon, 23 Nov 2026 09:00:00 GMT", FailureKind.RATE_LIMITED,
         timedelta()),
        ("503 Service Unavailable", "Fri, 31 Dec 9999 23:59:59 GMT", FailureKind.RATE_LIMITED,
         timedelta(hours=24)),
        ("403 Forbidden", "60", FailureKind.REFUSED, timedelta(minutes=1)),
    ],
)  # fmt: skip
def test_a_server_may_say_when_to_come_back(
    status: str, said: str, kind: FailureKind, wait: timedelta | None
) -> None:
    outcome, _ = poll(answer(b"", f"Retry-After: {said}", status=status))
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.retry_after) == (kind, wait)


def test_an_overloaded_server_that_names_no_time_is_just_broken() -> None:
    outcome, _ = poll(answer(b"", status="503 Service Unavailable"))
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.HTTP


def fetch_url(url: str, settings: FetchSettings = HOME) -> Failed:
    async def run() -> Failed:
        async with Fetcher(settings, resolver=Names({})) as fetcher:
            outcome = await fetcher.fetch(Feed(url=url), FeedState(), now=NOW)
            assert isinstance(outcome, Failed)
            return outcome

    return asyncio.run(run())


def test_a_name_that_does_not_exist_is_told() -> None:
    assert fetch_url("https://nowhere.example/rss?token=hush") == Failed(
        kind=FailureKind.UNREACHABLE, reason="the name nowhere.example cannot be resolved"
    )


def test_a_closed_port_is_told() -> None:
    async def port_that_was_closed() -> int:
        async with Server(b"") as server:
            return server.port

    port = asyncio.run(port_that_was_closed())
    assert fetch_url(f"http://{HERE}:{port}/") == Failed(
        kind=FailureKind.UNREACHABLE, reason="127.0.0.1 refuses connections"
    )


def test_what_nobody_foresaw_is_a_failure_too(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Names):
        async def resolve(self, *_: object) -> list[object]:
            raise LookupError("secret detail")

    async def run() -> object:
        async with Fetcher(HOME, resolver=Broken({})) as fetcher:
            return await fetcher.fetch(Feed(url="http://a.example/"), FeedState(), now=NOW)

    with caplog.at_level(logging.DEBUG, logger="monitor"):
        outcome = asyncio.run(run())
    assert outcome == Failed(kind=FailureKind.HTTP, reason="the feed cannot be asked or understood")
    assert "secret detail" not in caplog.text


def test_a_poll_that_is_called_off_is_not_reported_as_failed() -> None:
    async def run() -> None:
        async with Server(Held(b"")) as server, Fetcher(HOME) as fetcher:
            task = asyncio.create_task(fetcher.fetch(Feed(url=server.url), FeedState(), now=NOW))
            await server.asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())


# --- Many at a time --------------------------------------------------------------------------


def test_one_host_is_asked_one_thing_at_a_time_and_waiting_costs_a_poll_no_time() -> None:
    async def run() -> tuple[list[object], int]:
        patience = replace(HOME, timeout=timedelta(seconds=0.3))
        script = Slow(answer(), 0.1)
        async with Server(script, keep_alive=True) as server, Fetcher(patience) as fetcher:
            feeds = [Feed(url=f"{server.url}/{n}") for n in range(4)]
            polls = [fetcher.fetch(feed, FeedState(), now=NOW) for feed in feeds]
            return await asyncio.gather(*polls), server.connections

    outcomes, connections = asyncio.run(run())
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)
    assert connections == 1


@pytest.mark.corpus
@pytest.mark.parametrize("bomb", ["bomb.br", "bomb.zst"])
def test_a_bomb_in_a_compression_not_asked_for_is_not_opened(bomb: str) -> None:
    path = CORPUS / "hostile" / "http" / bomb
    if not path.exists():
        pytest.skip(f"no corpus at {CORPUS}")
    encoding = {"bomb.br": "br", "bomb.zst": "zstd"}[bomb]
    outcome, _ = poll(answer(path.read_bytes(), f"Content-Encoding: {encoding}"))
    assert isinstance(outcome, Failed)
    assert outcome.reason == f"the answer is compressed in a way not asked for: '{encoding}'"

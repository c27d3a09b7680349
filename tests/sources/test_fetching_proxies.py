"""Polling through a proxy: it may lie anywhere, what it is asked for may not."""

import asyncio
import json
from typing import Any

import pytest
from scripted_server import (
    DOCUMENT,
    HERE,
    NOW,
    Dialler,
    Identity,
    Names,
    Server,
    answer,
    header,
    redirect,
)
from test_fetching_safety import CORPUS, NumericNames

from monitor.model import Failed, FailureKind, Feed, FeedState, Fetched, FetchOutcome, Secret
from monitor.sources.fetching import Fetcher
from monitor.sources.pools import FetchSettings

PUBLIC = "93.184.215.14"
NAMES = {"feeds.example": [PUBLIC], "intranet.example": ["10.1.2.3"]}
LOGIN = "desk:hush%2Dhush@"
REFUSED = FailureKind.FORBIDDEN_ADDRESS


def fetch(
    *scripts: Any, url: str = "http://feeds.example/rss", login: str = "", **feed: Any
) -> tuple[FetchOutcome, list[str]]:
    """Poll through a proxy on loopback that plays these scripts; what it was asked, too."""

    async def run() -> tuple[FetchOutcome, list[str]]:
        async with Server(*scripts) as proxy:
            settings = FetchSettings(proxy=Secret(f"http://{login}{HERE}:{proxy.port}"))
            async with Fetcher(settings, resolver=Names(NAMES)) as fetcher:
                outcome = await fetcher.fetch(Feed(url=url, **feed), FeedState(), now=NOW)
                return outcome, proxy.requests

    return asyncio.run(run())


def test_a_proxy_is_asked_for_the_whole_address_and_may_lie_on_our_own_network() -> None:
    outcome, (request,) = fetch(answer())
    assert isinstance(outcome, Fetched)
    assert outcome.body == DOCUMENT
    assert request.startswith("GET http://feeds.example/rss HTTP/1.1")
    assert header(request, "Proxy-Authorization") is None


def test_a_proxy_gets_its_own_login_and_nobody_sees_it() -> None:
    outcome, (request,) = fetch(answer(), login=LOGIN)
    assert header(request, "Proxy-Authorization") == "Basic ZGVzazpodXNoLWh1c2g="
    assert header(request, "Authorization") is None
    assert "hush" not in repr(outcome)


def test_a_proxy_of_the_feed_goes_before_that_of_all() -> None:
    async def run() -> tuple[list[str], list[str]]:
        async with Server(answer()) as of_all, Server(answer()) as of_feed:
            settings = FetchSettings(proxy=Secret(f"http://{HERE}:{of_all.port}"))
            async with Fetcher(settings, resolver=Names(NAMES)) as fetcher:
                proxy = Secret(f"http://{HERE}:{of_feed.port}")
                feed = Feed(url="http://feeds.example/", proxy=proxy)
                await fetcher.fetch(feed, FeedState(), now=NOW)
            return of_all.requests, of_feed.requests

    of_all, of_feed = asyncio.run(run())
    assert (len(of_all), len(of_feed)) == (0, 1)


def test_an_https_feed_is_reached_through_a_tunnel(identity: Identity) -> None:
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if asked[-1].startswith("CONNECT"):
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            await writer.start_tls(identity.server)
            asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(answer())
        await writer.drain()
        writer.close()

    async def run() -> FetchOutcome:
        server = await asyncio.start_server(serve, HERE, 0)
        proxy = Secret(f"http://{LOGIN}{HERE}:{server.sockets[0].getsockname()[1]}")
        doors: dict[str, Any] = {"resolver": Names(NAMES), "tls": identity.trusted}
        async with server, Fetcher(FetchSettings(proxy=proxy), **doors) as fetcher:
            feed = Feed(url="https://feeds.example/rss", auth=Secret("a:b"))
            return await fetcher.fetch(feed, FeedState(), now=NOW)

    outcome = asyncio.run(run())
    assert isinstance(outcome, Fetched)
    assert asked[0].startswith("CONNECT feeds.example:443 ")
    assert header(asked[0], "Proxy-Authorization") is not None
    assert header(asked[0], "Authorization") is header(asked[1], "Proxy-Authorization") is None


@pytest.mark.parametrize(
    ("url", "script", "reason"),
    [
        ("http://feeds.example/", answer(b"", status="407 Proxy Authentication Required"),
         "the proxy asks for a name and password, or rejects ours"),
        ("https://feeds.example/", answer(b"", status="407 Proxy Authentication Required"),
         "the proxy asks for a name and password, or rejects ours"),
        ("https://feeds.example/", answer(b"", status="403 Forbidden"),
         "the proxy does not let us through: it answered 403 Forbidden"),
    ],
)  # fmt: skip
def test_what_a_proxy_refuses_is_told_as_its_own_doing(
    url: str, script: bytes, reason: str
) -> None:
    outcome, _ = fetch(script, url=url, login=LOGIN)
    assert isinstance(outcome, Failed)
    assert outcome.reason == reason


def test_a_proxy_that_is_away_is_told_without_its_address() -> None:
    async def run() -> FetchOutcome:
        settings = FetchSettings(proxy=Secret(f"http://{LOGIN}{HERE}:9"))
        dialler = Dialler(dials=False)
        async with Fetcher(settings, resolver=Names(NAMES), open_socket=dialler) as fetcher:
            return await fetcher.fetch(Feed(url="http://feeds.example/"), FeedState(), now=NOW)

    assert asyncio.run(run()) == Failed(
        kind=FailureKind.UNREACHABLE, reason="the proxy cannot be reached"
    )


# --- What it must not be asked for -----------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://intranet.example/", "private address 10.1.2.3"),
        ("http://127.0.0.1:8080/", "loopback address 127.0.0.1"),
        ("http://[::ffff:10.0.0.1]/", "private address"),
        ("https://169.254.169.254/", "cloud metadata address"),
    ],
)
def test_a_proxy_is_not_asked_for_what_we_must_not_dial(url: str, reason: str) -> None:
    for scripts in ([answer()], [redirect(url), answer()]):
        target = url if len(scripts) == 1 else "http://feeds.example/"
        outcome, requests = fetch(*scripts, url=target)
        assert isinstance(outcome, Failed)
        assert outcome.kind is REFUSED
        assert reason in outcome.reason
        assert len(requests) == len(scripts) - 1


def test_a_feed_that_may_be_private_may_be_so_through_a_proxy() -> None:
    outcome, _ = fetch(answer(), url="http://intranet.example/", allow_private=True)
    assert isinstance(outcome, Fetched)


def test_a_name_only_the_proxy_knows_is_the_operators_to_give_and_no_redirects() -> None:
    outcome, _ = fetch(answer(), url="http://hidden.example/")
    assert isinstance(outcome, Fetched)
    outcome, requests = fetch(redirect("http://hidden.example/"), answer())
    assert outcome == Failed(kind=REFUSED, reason="hidden.example is unknown here")
    assert len(requests) == 1


def test_a_name_out_of_a_feed_that_only_the_proxy_knows_is_not_asked_for() -> None:
    async def run() -> FetchOutcome:
        settings = FetchSettings(proxy=Secret("http://192.0.2.1:3128"), operators_own=False)
        async with Fetcher(settings, resolver=Names(NAMES), open_socket=dialler) as fetcher:
            return await fetcher.fetch(Feed(url="http://hidden.example/"), FeedState(), now=NOW)

    dialler = Dialler(dials=False)
    outcome = asyncio.run(run())
    assert isinstance(outcome, Failed)
    assert (outcome.kind, dialler.addresses) == (REFUSED, [])


@pytest.mark.corpus
def test_no_spelling_of_an_internal_address_is_asked_of_a_proxy() -> None:
    path = CORPUS / "hostile" / "http" / "ssrf_urls.json"
    if not path.exists():
        pytest.skip(f"no corpus at {CORPUS}")
    urls = json.loads(path.read_text(encoding="utf-8"))
    names = NumericNames({"localhost": [HERE], "metadata.google.internal": ["169.254.169.254"]})
    dialler = Dialler(dials=False)

    async def run() -> list[FetchOutcome]:
        settings = FetchSettings(proxy=Secret("http://192.0.2.1:3128"))
        async with Fetcher(settings, resolver=names, open_socket=dialler) as fetcher:
            return [await fetcher.fetch(Feed(url=u), FeedState(), now=NOW) for u in urls]

    outcomes = asyncio.run(run())
    assert dialler.addresses == []
    assert {each.kind for each in outcomes if isinstance(each, Failed)} == {REFUSED}

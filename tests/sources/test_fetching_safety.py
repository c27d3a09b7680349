"""Where a poll may go, what it carries there, and whom it believes."""

import asyncio
import json
import socket
from ipaddress import ip_network
from typing import ClassVar

import pytest
from corpus import CORPUS
from scripted_server import (
    DOCUMENT,
    HERE,
    HOME,
    NOW,
    Dialler,
    Identity,
    Names,
    Server,
    answer,
    header,
    poll,
    redirect,
)

from monitor.model import Failed, FailureKind, Feed, FeedState, Fetched, FetchOutcome, Secret
from monitor.sources.fetching import Fetcher, FetchSettings

STRICT = FetchSettings()


def fetch(
    feed: Feed,
    dialler: Dialler,
    names: dict[str, list[str]] | None = None,
    settings: FetchSettings = STRICT,
) -> FetchOutcome:
    async def run() -> FetchOutcome:
        async with Fetcher(settings, resolver=Names(names or {}), open_socket=dialler) as fetcher:
            return await fetcher.fetch(feed, FeedState(), now=NOW)

    return asyncio.run(run())


# --- Where it may go -------------------------------------------------------------------------


class NumericNames(Names):
    """Understands every way to write an address that the C library does; asks no name server."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[object]:
        if host.lower() in ("localhost", "metadata.google.internal"):
            return await super().resolve(host, port)
        infos = socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)
        return await Names({host: [str(infos[0][4][0])]}).resolve(host, port)


@pytest.mark.corpus
def test_no_spelling_of_an_internal_address_is_dialled() -> None:
    path = CORPUS / "hostile" / "http" / "ssrf_urls.json"
    if not path.exists():
        pytest.skip(f"no corpus at {CORPUS}")
    urls = json.loads(path.read_text(encoding="utf-8"))
    dialler = Dialler(dials=False)
    table = {"localhost": [HERE, "::1"], "metadata.google.internal": ["169.254.169.254"]}

    async def run() -> list[FetchOutcome]:
        names = NumericNames(table)
        async with Fetcher(resolver=names, open_socket=dialler) as fetcher:
            return [await fetcher.fetch(Feed(url=u), FeedState(), now=NOW) for u in urls]

    outcomes = asyncio.run(run())
    assert dialler.addresses == []
    kinds = {outcome.kind if isinstance(outcome, Failed) else outcome for outcome in outcomes}
    assert kinds == {FailureKind.FORBIDDEN_ADDRESS}


def test_a_public_address_is_dialled() -> None:
    dialler = Dialler(dials=False)
    fetch(Feed(url="http://feeds.example/"), dialler, {"feeds.example": ["93.184.215.14"]})
    assert dialler.addresses == ["93.184.215.14"]


def test_a_name_for_an_internal_address_is_told_with_the_address() -> None:
    dialler = Dialler(dials=False)
    outcome = fetch(Feed(url="http://feeds.example/"), dialler, {"feeds.example": ["10.1.2.3"]})
    assert outcome == Failed(
        kind=FailureKind.FORBIDDEN_ADDRESS,
        reason="feeds.example must not be dialled: private address 10.1.2.3",
    )
    assert dialler.addresses == []


def test_of_several_addresses_only_those_that_may_be_dialled_are() -> None:
    dialler = Dialler(dials=False)
    addresses = ["10.1.2.3", "93.184.215.14", "fd00::1"]
    fetch(Feed(url="http://feeds.example/"), dialler, {"feeds.example": addresses})
    assert set(dialler.addresses) == {"93.184.215.14"}


def test_several_forbidden_addresses_are_still_told_as_forbidden() -> None:
    outcome = fetch(
        Feed(url="http://feeds.example/"), Dialler(), {"feeds.example": ["10.1.2.3", "::1"]}
    )
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.FORBIDDEN_ADDRESS


def test_a_feed_that_may_be_private_reaches_its_host_and_others_do_not() -> None:
    async def run() -> tuple[FetchOutcome, FetchOutcome, int]:
        async with Server(answer(), keep_alive=True) as server, Fetcher(STRICT) as fetcher:
            ours = Feed(url=server.url, allow_private=True)
            theirs = Feed(url=server.url)
            first = await fetcher.fetch(ours, FeedState(), now=NOW)
            # The connection of the first poll still stands open; it is not this feed's to use.
            second = await fetcher.fetch(theirs, FeedState(), now=NOW)
            return first, second, len(server.requests)

    first, second, requests = asyncio.run(run())
    assert isinstance(first, Fetched)
    assert isinstance(second, Failed)
    assert second.kind is FailureKind.FORBIDDEN_ADDRESS
    assert requests == 1


def test_the_whole_installation_may_be_opened_to_private_networks() -> None:
    outcome, _ = poll(answer(), settings=FetchSettings(allow_private=True))
    assert isinstance(outcome, Fetched)


@pytest.mark.parametrize(
    ("settings", "reached"),
    [
        (FetchSettings(allow=(ip_network("10.1.0.0/16"),)), True),
        (FetchSettings(allow=(ip_network("10.2.0.0/16"),)), False),
        (FetchSettings(allow_hosts=frozenset({"feeds.intranet.example"})), True),
        (FetchSettings(allow_hosts=frozenset({"intranet.example"})), False),
        (FetchSettings(), False),
    ],
)
def test_networks_and_hosts_may_be_opened_by_name(
    settings: FetchSettings, *, reached: bool
) -> None:
    dialler, name = Dialler(dials=False), "feeds.intranet.example"
    fetch(Feed(url=f"http://{name}/rss"), dialler, {name: ["10.1.2.3"]}, settings)
    assert dialler.addresses == (["10.1.2.3"] if reached else [])


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "100.100.100.200"])
def test_no_setting_opens_the_services_that_hand_out_credentials(address: str) -> None:
    everything = FetchSettings(
        allow=(ip_network("0.0.0.0/0"), ip_network("::/0")),
        allow_hosts=frozenset({"meta.example"}),
        allow_private=True,
    )
    dialler = Dialler(dials=False)
    feed = Feed(url="http://meta.example/", allow_private=True)
    outcome = fetch(feed, dialler, {"meta.example": [address]}, everything)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.FORBIDDEN_ADDRESS
    assert dialler.addresses == []


def test_a_name_that_changes_its_mind_gains_nothing_by_it() -> None:
    class Rebinding(Names):
        """Answers with a public address at first, and with our own network ever after."""

        answers: ClassVar = ["93.184.215.14"]

        async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[object]:
            address = self.answers.pop() if self.answers else HERE
            return await Names({host: [address]}).resolve(host, port)

    async def run() -> list[FetchOutcome]:
        async with Fetcher(resolver=Rebinding({}), open_socket=dialler) as fetcher:
            return [
                await fetcher.fetch(Feed(url=f"http://r.example:{n}/"), FeedState(), now=NOW)
                for n in (80, 81)
            ]

    dialler = Dialler(dials=False)
    _, second = asyncio.run(run())
    assert dialler.addresses == ["93.184.215.14"]
    assert isinstance(second, Failed)
    assert second.kind is FailureKind.FORBIDDEN_ADDRESS


@pytest.mark.parametrize("private", [True, False])
def test_a_redirect_from_a_permitted_host_does_not_open_another(*, private: bool) -> None:
    settings = STRICT if private else HOME
    outcome, server = poll(
        redirect("http://127.0.0.2:{port}/admin"), settings=settings, allow_private=private
    )
    assert outcome == Failed(
        kind=FailureKind.FORBIDDEN_ADDRESS,
        reason="127.0.0.2 must not be dialled: loopback address 127.0.0.2",
    )
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "the redirect is a `file:` address; only http and https"),
        ("javascript:alert(1)", "the redirect is a `javascript:` address"),
        ("http://", "the redirect is no web address"),
        ("http://a.example\\@b.example/", "the redirect is no web address"),
        ("http://[::1", "the redirect is no web address"),
    ],
)
def test_a_redirect_out_of_the_web_is_refused(location: str, reason: str) -> None:
    outcome, _ = poll(redirect(location))
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.FORBIDDEN_ADDRESS
    assert outcome.reason.startswith(reason)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.2:1")
    outcome, _ = poll(answer())
    assert isinstance(outcome, Fetched)


# --- What it carries -------------------------------------------------------------------------

LOGIN = Secret("analyst:hush-hush")


@pytest.mark.parametrize(
    ("auth", "line"),
    [
        (LOGIN, "Basic YW5hbHlzdDpodXNoLWh1c2g="),
        (Secret("a1b2c3"), "Bearer a1b2c3"),
        (None, None),
    ],
)
def test_credentials_are_a_login_or_a_token(auth: Secret | None, line: str | None) -> None:
    _, server = poll(answer(), auth=auth)
    assert header(server.requests[0], "Authorization") == line


def test_headers_of_the_feed_are_sent_and_may_replace_ours() -> None:
    headers = (("X-Key", Secret("k1")), ("user-agent", Secret("Browser")))
    _, server = poll(answer(), headers=headers)
    assert header(server.requests[0], "X-Key") == "k1"
    assert header(server.requests[0], "User-Agent") == "Browser"


def test_a_login_in_the_address_is_used_and_not_shown_again() -> None:
    async def run() -> tuple[FetchOutcome, str]:
        async with Server(answer()) as server, Fetcher(HOME) as fetcher:
            url = server.url.replace("//", "//analyst:hush%2Dhush@")
            outcome = await fetcher.fetch(Feed(url=url), FeedState(), now=NOW)
            return outcome, server.requests[0]

    outcome, request = asyncio.run(run())
    assert isinstance(outcome, Fetched)
    assert "hush" not in outcome.final_url
    assert header(request, "Authorization") == "Basic YW5hbHlzdDpodXNoLWh1c2g="


@pytest.mark.parametrize("headers", [(("X-Key", "a\r\nX: b"),), (("X Key", "a"),)])
def test_a_header_that_would_forge_others_is_not_sent(
    headers: tuple[tuple[str, str], ...],
) -> None:
    outcome, server = poll(answer(), headers=tuple((n, Secret(v)) for n, v in headers))
    assert isinstance(outcome, Failed)
    assert outcome.reason == f"the configured header {headers[0][0]!a} cannot be sent"
    assert server.requests == []


def test_within_the_origin_credentials_follow_a_redirect() -> None:
    _, server = poll(redirect("/moved"), answer(), auth=LOGIN)
    assert header(server.requests[1], "Authorization") is not None


def test_another_origin_gets_no_credentials_not_even_on_the_way_back() -> None:
    async def run() -> tuple[list[str], list[str]]:
        async with Server(b"") as other, Server(b"") as home, Fetcher(HOME) as fetcher:
            home.scripts = [redirect(other.url), answer()]
            other.scripts = [redirect(f"http://user:pw@{HERE}:{home.port}/steered")]
            headers = (("X-Key", Secret("k1")),)
            feed = Feed(url=home.url, auth=LOGIN, cookie=Secret("id=1"), headers=headers)
            await fetcher.fetch(feed, FeedState(), now=NOW)
            return home.requests, other.requests

    home, other = asyncio.run(run())
    assert header(home[0], "Authorization")
    for request in (*other, home[1]):
        assert header(request, "Authorization") is None
        assert header(request, "X-Key") is header(request, "Cookie") is None


def test_no_secret_is_in_any_reason() -> None:
    url = "http://user:hush-hush@feeds.example/rss?token=hush-hush"
    outcome = fetch(Feed(url=url, auth=LOGIN), Dialler(dials=False))
    assert isinstance(outcome, Failed)
    assert "hush" not in repr(outcome)


def test_a_cookie_of_the_feed_is_sent_as_it_is() -> None:
    _, server = poll(redirect("/x"), answer(), cookie=Secret("id=hush; a=1"))
    assert [header(each, "Cookie") for each in server.requests] == ["id=hush; a=1"] * 2


def test_a_feed_at_its_new_address_gets_no_credentials_of_the_old_origin() -> None:
    async def run() -> str:
        async with Server(answer()) as server, Fetcher(HOME) as fetcher:
            feed = Feed(url="http://old.example/", auth=LOGIN, cookie=Secret("id=hush"))
            await fetcher.fetch(feed, FeedState(address=server.url), now=NOW)
            return server.requests[0]

    request = asyncio.run(run())
    assert header(request, "Authorization") is header(request, "Cookie") is None


def test_within_its_origin_a_feed_that_has_moved_keeps_its_credentials() -> None:
    async def run() -> str:
        async with Server(answer()) as server, Fetcher(HOME) as fetcher:
            feed, state = Feed(url=server.url, auth=LOGIN), FeedState(address=f"{server.url}/new")
            await fetcher.fetch(feed, state, now=NOW)
            return server.requests[0]

    assert header(asyncio.run(run()), "Authorization") is not None


def test_a_feed_may_have_a_name_of_its_own_for_us_which_every_server_hears() -> None:
    _, server = poll(redirect("http://127.0.0.1:{port}/x"), answer(), user_agent="Mine/1.0")
    assert [header(each, "User-Agent") for each in server.requests] == ["Mine/1.0"] * 2


# --- Whom it believes ------------------------------------------------------------------------


def fetch_over_tls(
    identity: Identity, name: str, *, trusted: bool, reply: bytes = answer()
) -> FetchOutcome:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        writer.close()

    async def run() -> FetchOutcome:
        server = await asyncio.start_server(talk, HERE, 0, ssl=identity.server)
        port = server.sockets[0].getsockname()[1]
        doors = {"resolver": Names({name: [HERE]}), "tls": identity.trusted if trusted else None}
        async with server, Fetcher(HOME, **doors) as fetcher:
            feed = Feed(url=f"https://{name}:{port}/feed")
            return await fetcher.fetch(feed, FeedState(), now=NOW)

    return asyncio.run(run())


def test_a_trusted_certificate_is_believed(identity: Identity) -> None:
    outcome = fetch_over_tls(identity, "feeds.example", trusted=True)
    assert isinstance(outcome, Fetched)
    assert outcome.body == DOCUMENT


@pytest.mark.parametrize(
    ("name", "trusted", "reason"),
    [
        ("feeds.example", False, "the certificate of feeds.example is self-signed"),
        ("other.example", True, "the certificate of other.example is made out to another name"),
    ],
)
def test_a_certificate_is_not_believed_without_reason(
    identity: Identity, name: str, *, trusted: bool, reason: str
) -> None:
    outcome = fetch_over_tls(identity, name, trusted=trusted)
    assert outcome == Failed(kind=FailureKind.UNREACHABLE, reason=reason)


def test_a_redirect_from_https_to_http_is_refused(identity: Identity) -> None:
    reply = redirect("http://feeds.example/feed")
    outcome = fetch_over_tls(identity, "feeds.example", trusted=True, reply=reply)
    assert outcome == Failed(
        kind=FailureKind.FORBIDDEN_ADDRESS,
        reason="the redirect to feeds.example leads from https to plain http",
    )

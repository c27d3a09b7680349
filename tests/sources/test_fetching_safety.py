"""Where a poll may go, what it carries there, and whom it believes."""

import asyncio
import json
import os
import shutil
import socket
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from scripted_server import (
    DOCUMENT,
    HERE,
    HOME,
    NOW,
    Dialler,
    Names,
    Server,
    answer,
    header,
    poll,
    redirect,
)

from monitor.model import Failed, FailureKind, Feed, FeedState, Fetched, FetchOutcome, Secret
from monitor.sources.fetching import Fetcher, FetchSettings

CORPUS = Path(
    os.environ.get(
        "WIREWATCH_CORPUS", Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
    )
)
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
            feed = Feed(url=home.url, auth=LOGIN, headers=(("X-Key", Secret("k1")),))
            await fetcher.fetch(feed, FeedState(), now=NOW)
            return home.requests, other.requests

    home, other = asyncio.run(run())
    assert header(home[0], "Authorization")
    for request in (*other, home[1]):
        assert header(request, "Authorization") is None
        assert header(request, "X-Key") is None


def test_no_secret_is_in_any_reason() -> None:
    url = "http://user:hush-hush@feeds.example/rss?token=hush-hush"
    outcome = fetch(Feed(url=url, auth=LOGIN), Dialler(dials=False))
    assert isinstance(outcome, Failed)
    assert "hush" not in repr(outcome)


# --- Whom it believes ------------------------------------------------------------------------


@dataclass(frozen=True)
class Identity:
    server: ssl.SSLContext
    trusted: ssl.SSLContext


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    """A certificate made for `feeds.example`, signed by itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", "/CN=feeds.example", "-addext", "subjectAltName=DNS:feeds.example"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command = [openssl, "req", "-x509", *kind, *subject, "-keyout", str(key), "-out"]
    subprocess.run([*command, str(certificate)], check=True, capture_output=True)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    return Identity(server, ssl.create_default_context(cafile=str(certificate)))


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

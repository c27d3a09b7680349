"""The words of WebSub: what is believed of an answer, a question and a signature."""

import hashlib
import hmac
from datetime import timedelta

import pytest

from monitor.model import Failed, FailureKind, Fetched, Hints, NotModified, ParsedFeed
from monitor.sources.websub import (
    LONGEST_LEASE,
    Announced,
    Mode,
    announced,
    is_signed,
    question,
    request,
)

URL = "https://wire.example/rss"
HUB = "https://hub.example/"


def fetched(*, partial=False, **hints):
    return Fetched(
        body=b"x",
        content_type="",
        etag="",
        last_modified="",
        final_url=URL,
        partial=partial,
        hints=Hints(**hints),
    )


def named(hub="", topic=""):
    return Announced(hub=hub, topic=topic)


def heading(hub="", self_url=""):
    return ParsedFeed(kind="rss", hub=hub, self_url=self_url)


@pytest.mark.parametrize(
    ("outcome", "document", "expected"),
    [
        (fetched(hub=HUB, topic="https://a.example/"), None, named(HUB, "https://a.example/")),
        (fetched(), heading(HUB, "https://b.example/"), named(HUB, "https://b.example/")),
        (fetched(), heading(HUB), named(HUB, URL)),
        (fetched(hub=HUB), heading("https://other.example/"), named(HUB, URL)),
        (fetched(), heading(), named()),
        (fetched(), heading("javascript:alert(1)"), named()),
        (fetched(), None, None),
        (fetched(partial=True), heading(), None),
        (NotModified(etag="", last_modified="", hints=Hints(hub=HUB)), None, named(HUB, URL)),
        (NotModified(etag="", last_modified=""), None, None),
        (Failed(kind=FailureKind.HTTP, reason="no"), None, None),
    ],
)
def test_the_header_goes_before_the_document_and_silence_changes_nothing(
    outcome, document, expected
):
    assert announced(outcome, document, URL) == expected


def test_a_secret_is_sent_when_subscribing_and_not_when_leaving():
    known = {"callback": "https://desk.example/websub/t", "topic": URL, "secret": "s"}
    assert request(Mode.SUBSCRIBE, **known)["hub.secret"] == "s"
    assert "hub.secret" not in request(Mode.UNSUBSCRIBE, **known)


@pytest.mark.parametrize(
    ("stated", "lease"),
    [("3600", timedelta(hours=1)), ("", None), ("0", None), ("-5", None), ("9" * 9, LONGEST_LEASE)],
)
def test_a_lease_is_believed_within_bounds(stated, lease):
    asked = {"hub.mode": "subscribe", "hub.topic": URL, "hub.challenge": "c"}
    assert question(asked | {"hub.lease_seconds": stated}).lease == lease


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"hub.mode": "subscribe", "hub.topic": URL},
        {"hub.mode": "subscribe", "hub.challenge": "c"},
        {"hub.mode": "publish", "hub.topic": URL, "hub.challenge": "c"},
    ],
)
def test_what_is_no_question_is_none(query):
    assert question(query) is None


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signature_by_the_secret_is_known_again(method):
    mac = hmac.new(b"secret", b"body", getattr(hashlib, method)).hexdigest()
    assert is_signed("secret", f"{method}={mac}", b"body")
    assert is_signed("secret", f"{method}={mac.upper()}", b"body")
    assert not is_signed("secret", f"{method}={mac}", b"body!")
    assert not is_signed("other", f"{method}={mac}", b"body")


@pytest.mark.parametrize("signature", ["", "sha256=", "md5=" + "0" * 32, "sha256=" + "0" * 64, "x"])
def test_anything_else_is_no_signature(signature):
    assert not is_signed("secret", signature, b"body")

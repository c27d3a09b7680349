"""Webhooks: a digest as a CloudEvent, signed, for programs of the reader's own."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from urllib.parse import quote, urlsplit

import requests
from urllib3.exceptions import HTTPError

from monitor import __version__
from monitor.channels.keys import part_key
from monitor.channels.redaction import Redaction
from monitor.channels.tap import Seen
from monitor.channels.troubles import http_trouble, not_sent
from monitor.channels.urls import scheme_of, secrets_in
from monitor.model import Channel, Delivery, Message, Part, Receipt, Secret, Sent, Trouble

TARGET = "webhook"
_SECONDS = 20  # to connect, and again to answer
_LONGEST_ANSWER = 2_000
_PREFIX = "whsec_"
_HEADERS = MappingProxyType(
    {
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "User-Agent": f"Wirewatch/{__version__}",
    }
)


class _Session(requests.Session):
    """Goes where it is told to go: a redirect is an answer like any other."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None, for whatever `resp` names; `allow_redirects` alone would still read it all."""


def lint(url: str) -> str:
    """What is wrong with the URL of a webhook; "" if nothing."""
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or not url.isprintable() or " " in url:
        return "a webhook is written https://host/path"
    return ""


def server(url: str) -> tuple[str, int]:
    """The host and port that a webhook is sent to."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if scheme_of(url) == "https" else 80)


def lint_secret(secret: Secret) -> str:
    """What is wrong with what a webhook is to be signed with; "" if nothing."""
    try:
        _key_of(secret)
    except ValueError:
        return f"after {_PREFIX} the secret goes on in base64; this one does not"
    return ""


def compose(channel: Channel, message: Message, *, now: datetime) -> tuple[Part, ...]:
    """One part: the event in CloudEvents' structured mode, whose bytes never change again."""
    key = part_key(message.key, channel.name, TARGET)
    event = {
        "specversion": "1.0",
        "id": key,
        "source": f"wirewatch/{quote(message.digest_name, safe='')}",
        "type": "wirewatch.digest.v1",
        "time": now.isoformat(),
        "subject": message.digest_id,
        "datacontenttype": "application/json",
        "data": json.loads(message.event)
        if message.event
        else {"subject": message.subject, "text": message.text},
    }
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    payload = body.encode("utf-8", "replace")
    return (Part(channel=channel.name, target=TARGET, key=key, payload=payload),)


def send(
    channel: Channel, delivery: Delivery, *, clock: Callable[[], float] = time.time
) -> Receipt:
    """One request, in this thread. Whatever is not 2xx is no yes; nobody redirects us."""
    url = channel.url.reveal()
    headers = {**_HEADERS, "Idempotency-Key": delivery.key}
    if channel.secret is not None:
        headers |= signature(channel.secret, delivery.key, int(clock()), delivery.payload)
    seen = Seen()
    try:
        with (
            _Session() as session,
            session.post(
                url,
                data=delivery.payload,
                headers=headers,
                timeout=(_SECONDS, _SECONDS),
                stream=True,  # an answer without an end is not waited for
            ) as response,
        ):
            return _receipt(response, _redaction(channel))
    except requests.exceptions.InvalidURL:
        return not_sent(Trouble.PERMANENT, lint(url) or "the webhook has no such address")
    except requests.RequestException as error:
        seen.error(error)
        trouble = Trouble.TEMPORARY if seen.unsent else Trouble.AMBIGUOUS
        return not_sent(trouble, f"the webhook: {seen.failure}")


def signature(secret: Secret, key: str, at: int, body: bytes) -> Mapping[str, str]:
    """The headers by which a receiver knows us (Standard Webhooks, symmetric)."""
    signed = f"{key}.{at}.".encode() + body
    proof = base64.b64encode(hmac.digest(_key_of(secret), signed, hashlib.sha256)).decode()
    return {
        "webhook-id": key,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{proof}",
    }


def _key_of(secret: Secret) -> bytes:
    """The bytes to sign with: what stands after `whsec_` in base64, or the secret as written."""
    text = secret.reveal()
    if not text.startswith(_PREFIX):
        return text.encode()
    try:
        return base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None


def _redaction(channel: Channel) -> Redaction:
    signed_with = {channel.secret.reveal()} if channel.secret else set()
    return Redaction(secrets_in(channel.url.reveal()) | signed_with)


def _receipt(response: requests.Response, hidden: Redaction) -> Receipt:
    status = response.status_code
    if 200 <= status < 300:
        return Sent(answer=f"the webhook answered {status}")
    try:
        said = response.raw.read1(_LONGEST_ANSWER, decode_content=True)
    except (HTTPError, OSError):
        said = b""
    return http_trouble(
        "the webhook",
        status,
        hidden.clean(said.decode("utf-8", "replace")),
        retry_after=response.headers.get("Retry-After", ""),
        date=response.headers.get("Date", ""),
    )

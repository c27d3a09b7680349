"""The words of WebSub (W3C Recommendation, 2018): what a subscriber says, and what it believes.

Values in, values out: who listens and who asks is somebody else.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from monitor.model import Failed, Fetched, FetchOutcome, ParsedFeed

LEASE_ASKED = timedelta(days=10)
LONGEST_LEASE = timedelta(days=30)
"""A hub that promises more is asked again all the same: it may have forgotten us."""

_METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})
_SIGNATURE = re.compile(r"(sha\d{1,3})=([0-9a-fA-F]{40,128})")
_WEB = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)
_SECONDS = re.compile(r"[0-9]{1,9}")
_LONGEST_ADDRESS = 2_000


class Mode(StrEnum):
    """What a subscriber asks of a hub, and what a hub asks whether it was meant."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """The hub that a feed names and what the feed is called there; both "" for no hub."""

    hub: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A hub's question whether we meant it, or its refusal. `lease` is None where not stated."""

    mode: Mode
    topic: str
    challenge: str = ""
    lease: timedelta | None = None
    reason: str = ""


def announced(outcome: FetchOutcome, heading: ParsedFeed | None, url: str) -> Announced | None:
    """What an answer says of a hub; None where it says nothing, which changes nothing.

    The header goes before the document (section 4). Only a document that was read can say that
    there is no hub any more; `url` stands for a feed that does not name itself.
    """
    if isinstance(outcome, Failed):
        return None
    hints = outcome.hints
    hub = hints.hub or (heading.hub if heading else "")
    topic = hints.topic or (heading.self_url if heading else "") or url
    if _may_be_asked(hub) and _may_be_asked(topic):
        return Announced(hub=hub, topic=topic)
    says_all = isinstance(outcome, Fetched) and heading is not None and not outcome.partial
    return Announced() if says_all else None


def request(mode: Mode, *, callback: str, topic: str, secret: str) -> dict[str, str]:
    """The form that asks a hub for something (section 5.1)."""
    form = {"hub.mode": mode.value, "hub.topic": topic, "hub.callback": callback}
    form["hub.verify"] = "async"  # of PubSubHubbub 0.3, which some hubs still speak
    if mode is Mode.UNSUBSCRIBE:
        return form
    seconds = int(LEASE_ASKED.total_seconds())
    return form | {"hub.secret": secret, "hub.lease_seconds": str(seconds)}


def question(query: Mapping[str, str]) -> Question | None:
    """A hub's question (section 5.3) or refusal (5.2) out of a query; None for anything else."""
    try:
        mode = Mode(query.get("hub.mode", ""))
    except ValueError:
        return None
    topic, challenge = query.get("hub.topic", ""), query.get("hub.challenge", "")
    if not topic or (mode is not Mode.DENIED and not challenge):
        return None
    return Question(
        mode=mode,
        topic=topic,
        challenge=challenge,
        lease=_lease(query.get("hub.lease_seconds", "")),
        reason=" ".join(query.get("hub.reason", "").split())[:200],
    )


def is_signed(secret: str, signature: str, body: bytes) -> bool:
    """Whether who sent this body knows the secret (section 7.1)."""
    found = _SIGNATURE.fullmatch(signature.strip())
    if not found or found[1] not in _METHODS:
        return False
    expected = hmac.new(secret.encode(), body, getattr(hashlib, found[1])).hexdigest()
    return hmac.compare_digest(expected, found[2].lower())


def _lease(seconds: str) -> timedelta | None:
    if not _SECONDS.fullmatch(seconds) or not int(seconds):
        return None
    return min(timedelta(seconds=int(seconds)), LONGEST_LEASE)


def _may_be_asked(url: str) -> bool:
    return len(url) <= _LONGEST_ADDRESS and _WEB.fullmatch(url) is not None

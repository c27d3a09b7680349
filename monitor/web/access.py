"""Who may see the pages, and who may change something: decided from one request, with the reason.

`none`: whoever reaches a listener on loopback. `token`: who has signed in with the token, by a
signed cookie; programs send it as a bearer. `proxy`: whom a reverse proxy that we trust has named.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.types import Scope

from monitor.config.settings import WebSettings

COOKIE = "wirewatch"
SESSION = timedelta(days=30)


class Role(enum.IntEnum):
    """What somebody may do: look, or change things as well."""

    READ = 1
    FULL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who was let in: `by` is "" for whoever is at this machine.

    `bearer`: a program that holds a token, and no browser that may be misled.
    """

    role: Role
    by: str = ""
    bearer: bool = False

    @property
    def may_change(self) -> bool:
        """Whether this is somebody who may change things."""
        return self.role >= Role.FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Somebody who was not, and why. `may_sign_in`: a token would help."""

    reason: str
    may_sign_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is known of who asks. `peer` is the address that connected."""

    peer: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str] = field(default_factory=dict)


def asking_of(scope: Scope) -> Asking:
    """Who asks, of one request.

    A header that came several times is one list, as HTTP has it: what a client made up stands
    before what its proxy has added.
    """
    request, headers = Request(scope), dict[str, str]()
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    client = scope.get("client")
    return Asking(peer=client[0] if client else "", headers=headers, cookies=request.cookies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The tokens: `full` opens everything, each of `read` the pages alone."""

    full: str
    read: tuple[str, ...] = ()

    @property
    def secrets(self) -> frozenset[str]:
        """What must not be seen anywhere."""
        return frozenset(each for each in (self.full, *self.read) if each)

    def role_of(self, token: str) -> Role | None:
        """What a token opens; None of one that opens nothing. Takes equally long for all."""
        found: Role | None = None
        for role, known in ((Role.FULL, self.full), *((Role.READ, each) for each in self.read)):
            if known and hmac.compare_digest(known.encode(), token.encode("utf-8", "replace")):
                found = found or role
        return found

    def feed_key(self, name: str) -> str:
        """What makes the address of a feed of ours secret: nobody can make it without the token.

        "" where there is no token.
        """
        if not self.full:
            return ""
        made = hmac.new(self.full.encode(), f"feed {name}".encode(), hashlib.sha256)
        return made.hexdigest()[:32]

    def opens_feed(self, name: str, key: str) -> bool:
        """Whether this is the key of that feed; without a token nothing is."""
        return bool(self.full) and hmac.compare_digest(
            self.feed_key(name).encode(), key.encode("utf-8", "replace")
        )

    @property
    def _signed_by(self) -> str:
        return "\n".join((self.full, *self.read))

    def session(self, role: Role, now: datetime) -> str:
        """The value of a cookie for somebody with that role."""
        return _Signed(self._signed_by, now).dumps(role.name)

    def role_in(self, session: str, now: datetime) -> Role | None:
        """The role that a cookie stands for; None of one that is forged, or too old.

        Where there is no token, everybody could make one: there none is good.
        """
        if not self.full:
            return None
        try:
            name = _Signed(self._signed_by, now).loads(
                session, max_age=int(SESSION.total_seconds())
            )
            return Role[str(name)]
        except (BadSignature, KeyError):
            return None


class _Stamp(TimestampSigner):
    """Signs at a time that is given, not read from a clock."""

    at = 0

    def get_timestamp(self) -> int:
        """Seconds since 1970."""
        return self.at


class _Signed(URLSafeTimedSerializer):
    """Signs with a key that follows from the tokens, so that a new one ends all sessions."""

    def __init__(self, tokens: str, now: datetime) -> None:
        key = hmac.new(tokens.encode(), b"sessions", hashlib.sha256).digest()
        stamp = type("Stamp", (_Stamp,), {"at": int(now.timestamp())})
        super().__init__(key, salt="wirewatch", signer=stamp)


def admit(asking: Asking, web: WebSettings, keys: Keys, now: datetime) -> Visitor | Refused:
    """Who this is, or why nobody is let in."""
    token = _bearer_of(asking)
    if token is not None:
        role = keys.role_of(token)
        return Visitor(role=role, by="token", bearer=True) if role else Refused(reason=_WRONG_TOKEN)
    match web.auth:
        case "none":
            return Visitor(role=Role.FULL)
        case "proxy":
            return _named_by_proxy(asking, web)
        case _:
            role = keys.role_in(asking.cookies.get(COOKIE, ""), now)
            if role is None:
                return Refused(reason="sign in to see this page", may_sign_in=True)
            return Visitor(role=role, by="token")


def _bearer_of(asking: Asking) -> str | None:
    """The token that a program sends (RFC 6750, 2.1); None where there is none."""
    kind, _, token = asking.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


_WRONG_TOKEN = "this token opens nothing; `wirewatch init` wrote the one that does"  # noqa: S105


def _named_by_proxy(asking: Asking, web: WebSettings) -> Visitor | Refused:
    if not is_trusted(asking.peer, web):
        return Refused(
            reason=f"{asking.peer} is no proxy that is trusted here: see `trusted_proxies` of [web]"
        )
    user = asking.headers.get(web.user_header.lower(), "").strip()
    if not user:
        return Refused(reason=f"the proxy has named nobody: it must send `{web.user_header}`")
    return Visitor(role=Role.FULL, by=user)


def is_trusted(peer: str, web: WebSettings) -> bool:
    """Whether a peer is one of the reverse proxies that are trusted."""
    return _is_among(peer, web.trusted_proxies)


def _is_among(client: str, networks: Iterable[str]) -> bool:
    address = ip_of(client)
    return any(address in ipaddress.ip_network(each) for each in networks if address)


def ip_of(client: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a text spells; None where it spells none.

    One of the old kind is itself, also as a listener for both kinds sees it (RFC 4291, 2.5.5.2).
    """
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def client_of(asking: Asking, web: WebSettings) -> str:
    """The address of who asks: behind trusted proxies, the last that none of them is."""
    client = asking.peer
    hops = [each.strip() for each in asking.headers.get("x-forwarded-for", "").split(",")]
    while hops and is_trusted(client, web):
        client = hops.pop() or client
    return client


def may_read_figures(asking: Asking, web: WebSettings, allowed: Iterable[str], keys: Keys) -> bool:
    """Whether somebody may see what Prometheus does: by address, or with a token.

    What a proxy passes on that nobody trusts has the proxy's address, mostly that of this
    machine, and may come from anywhere.
    """
    token = _bearer_of(asking)
    if token is not None:
        return keys.role_of(token) is not None
    passed_on = not _PASSED_ON.isdisjoint(asking.headers)
    if passed_on and not is_trusted(asking.peer, web):
        return False
    return _is_among(client_of(asking, web), allowed)


_PASSED_ON = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"})

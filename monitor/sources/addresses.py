"""Web addresses of feeds: reading them, following a redirect, keeping credentials out."""

from __future__ import annotations

import re

from yarl import URL

from monitor.model import Failed, FailureKind, Secret
from monitor.sources.failing import Refusal

_SCHEMES = ("http", "https")
# What RFC 3986 lets stand in an address: sent as written, since servers sign such strings.
_AS_WRITTEN = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_NEVER = re.compile(r"[\x00-\x20\x7f\\]")


def web_address(text: str) -> tuple[URL, Secret | None]:
    """The address to ask, and the `user:password` that stood in it. Raises Refusal."""
    url = _read(text.strip(), "this")
    userinfo = f"{url.user}:{url.password or ''}" if url.user else ""
    return _without_baggage(url), Secret(userinfo) if userinfo else None


def is_web_address(text: str) -> bool:
    """Whether it is an address that could be asked."""
    try:
        web_address(text)
    except Refusal:
        return False
    return True


def host_of(url: str) -> str:
    """The host that politeness towards a feed is reckoned by; "" for what is no address."""
    try:
        return (URL(url).host or "").lower()
    except ValueError:
        return ""


def without_login(url: str) -> str:
    """The address as it may be shown."""
    try:
        return url if "@" not in url else str(URL(url, encoded=True).with_user(None))
    except ValueError:
        return url


def next_address(here: URL, location: str) -> URL:
    """Where a redirect leads (RFC 9110, 10.2.2). Raises Refusal for a way not to be gone.

    A name and password in `location` are dropped: nobody but the operator gives us any.
    """
    there = _read(location.strip(), "the redirect", base=here)
    if here.scheme == "https" and there.scheme == "http":
        raise _forbidden(f"the redirect to {there.host} leads from https to plain http")
    return _without_baggage(there)


def linked_address(here: URL, text: str) -> str:
    """What a link in an answer from `here` leads to; "" for a way not to be gone."""
    try:
        return str(next_address(here, text))
    except Refusal:
        return ""


def proxy_address(proxy: Secret) -> URL:
    """The address of a proxy, login included. Raises Refusal."""
    url = _read(proxy.reveal().strip(), "the proxy's address")
    return url.with_path("/").with_query(None).with_fragment(None)


def _read(text: str, what: str, base: URL | None = None) -> URL:
    if _NEVER.search(text):
        raise _forbidden(f"{what} is no web address")
    try:
        url = URL(text, encoded=_AS_WRITTEN.fullmatch(text) is not None)
        url = base.join(url) if base and not url.scheme else url
        scheme, host, _port = url.scheme.lower(), url.host, url.port
    except ValueError:
        raise _forbidden(f"{what} is no web address") from None
    if scheme and scheme not in _SCHEMES:
        raise _forbidden(f"{what} is a `{scheme[:20]}:` address; only http and https are fetched")
    if not scheme or not host:
        raise _forbidden(f"{what} is no web address")
    return url


def _without_baggage(url: URL) -> URL:
    return url.with_user(None).with_fragment(None)


def _forbidden(reason: str) -> Refusal:
    return Refusal(Failed(kind=FailureKind.FORBIDDEN_ADDRESS, reason=reason))

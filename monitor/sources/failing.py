"""Troubles on the wire told as sentences: no class names, no library texts, no secrets."""

from __future__ import annotations

import errno
import logging
import socket
import ssl
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

import aiohttp

from monitor.model import Failed, FailureKind
from monitor.sources.headers import BadHeader, retry_after
from monitor.sources.inflating import BadEncoding, TooLarge, Unfinished

_log = logging.getLogger(__name__)

# Verification codes of X509_verify_cert(3) that an operator can act on.
_CERTIFICATE_FAULTS = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "is signed by an authority nobody knows",
    20: "is signed by an authority nobody knows",
    21: "is signed by an authority nobody knows",
    62: "is made out to another name",
    64: "is made out to another address",
}
_REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
_VERDICTS = {
    204: (FailureKind.NOT_A_FEED, "the server sent an empty answer"),
    205: (FailureKind.NOT_A_FEED, "the server sent an empty answer"),
    206: (FailureKind.TRUNCATED, "the server sent a part of the feed only"),
    304: (FailureKind.HTTP, "the server says `not modified` though it was asked for all"),
    401: (FailureKind.REFUSED, "the server asks for a name and password, or rejects ours"),
    403: (FailureKind.REFUSED, "the server forbids us this feed"),
    407: (FailureKind.REFUSED, "the proxy asks for a name and password, or rejects ours"),
    404: (FailureKind.HTTP, "there is no such feed on the server (404)"),
    410: (FailureKind.GONE, "the server says that the feed is gone for good (410)"),
    429: (FailureKind.RATE_LIMITED, "the server asks us to come less often (429)"),
}
_NETWORK_FAULTS = {
    errno.ECONNREFUSED: "refuses connections",
    errno.ECONNRESET: "closes the connection at once",
    errno.EHOSTUNREACH: "cannot be reached",
    errno.ENETUNREACH: "cannot be reached from this network",
    errno.ETIMEDOUT: "does not answer",
}


class ForbiddenAddress(OSError):
    """An address that must not be dialled.

    All instances print alike: a dialler that tries several addresses in turn then raises the
    first of them, instead of one error without a type.
    """

    def __init__(self, what: str) -> None:
        super().__init__(errno.EACCES, "forbidden address")
        self.what = what


class Refusal(Exception):
    """A poll that we end ourselves; carries the outcome."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.reason)
        self.failed = failed


def failed_because(error: Exception) -> Failed:
    """The outcome of a poll that ended in `error`, whatever that is."""
    match error:
        case Refusal():
            return error.failed
        case TooLarge() | BadEncoding() | BadHeader():
            return Failed(kind=_kind(error), reason=str(error))
        case aiohttp.ConnectionTimeoutError():
            return Failed(kind=FailureKind.TIMEOUT, reason="the server does not take the call")
        case TimeoutError():
            return Failed(kind=FailureKind.TIMEOUT, reason="the server fell silent")
        case aiohttp.InvalidURL():  # also an IPv4 address written as one number, or in octal
            return Failed(kind=FailureKind.FORBIDDEN_ADDRESS, reason="this is no web address")
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return _by_proxy(error)
        case aiohttp.ClientConnectorError():
            return _not_connected(error)
        case aiohttp.ClientConnectionError() | ConnectionError():
            what = "the server closed the connection before it had answered"
            return Failed(kind=FailureKind.UNREACHABLE, reason=what)
        case aiohttp.ClientError():
            what = "the answer breaks the rules of HTTP, or its limits"
            return Failed(kind=FailureKind.HTTP, reason=what)
        case _:
            _log.warning("a poll failed in a way not foreseen", extra={"trouble": type(error)})
            return Failed(kind=FailureKind.HTTP, reason="the feed cannot be asked or understood")


def _kind(error: Exception) -> FailureKind:
    match error:
        case TooLarge():
            return FailureKind.TOO_LARGE
        case Unfinished():
            return FailureKind.TRUNCATED
        case _:
            return FailureKind.HTTP


def _not_connected(error: aiohttp.ClientConnectorError) -> Failed:
    kind, host, cause = FailureKind.UNREACHABLE, error.host, error.os_error
    match cause:
        case ForbiddenAddress():
            kind = FailureKind.FORBIDDEN_ADDRESS
            reason = f"{host} must not be dialled: {cause.what}"
        case ssl.SSLCertVerificationError():
            fault = _CERTIFICATE_FAULTS.get(cause.verify_code, "cannot be trusted")
            reason = f"the certificate of {host} {fault}"
        case ssl.SSLError():
            reason = f"no secure connection to {host} can be agreed on"
        case socket.gaierror(errno=socket.EAI_AGAIN):
            reason = f"no name server answers for {host}"
        case _ if isinstance(error, aiohttp.ClientConnectorDNSError):
            reason = f"the name {host} cannot be resolved"
        case _:
            fault = _NETWORK_FAULTS.get(cause.errno or 0, "cannot be reached")
            reason = f"{host} {fault}"
    return Failed(kind=kind, reason=reason)


def _by_proxy(error: aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError) -> Failed:
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return Failed(kind=FailureKind.UNREACHABLE, reason="the proxy cannot be reached")
    status = error.status
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        kind, reason = _VERDICTS[status]
        return Failed(kind=kind, reason=reason, status=status)
    reason = f"the proxy does not let us through: it answered {_in_words(status)}"
    return Failed(kind=FailureKind.UNREACHABLE, reason=reason, status=status)


def failed_by_status(
    status: int, headers: Mapping[str, str], now: datetime, *, host: str = "", wall: str = ""
) -> Failed:
    """The outcome of an answer that is neither a document nor a redirect that can be followed.

    `headers` must not mind case; `host` gave them, `wall` is the bot wall that did so in its
    place. A Retry-After is passed on whatever the status.
    """
    kind, reason = _blocked_by(wall) if wall else _verdict(status, headers)
    wait = retry_after(headers.get("Retry-After"), now)
    return Failed(kind=kind, reason=reason, status=status, retry_after=wait, answered_by=host)


def _blocked_by(wall: str) -> tuple[FailureKind, str]:
    return FailureKind.BLOCKED, (
        f"a bot wall ({wall}) answers in place of the feed and demands a browser; ask the "
        "publisher to let feed readers pass, look for another address of the feed, or try "
        "another `user_agent`"
    )


def _verdict(status: int, headers: Mapping[str, str]) -> tuple[FailureKind, str]:
    if status == HTTPStatus.SERVICE_UNAVAILABLE and "Retry-After" in headers:
        return FailureKind.RATE_LIMITED, "the server asks us to come back later (503)"
    if status in _REDIRECTS:
        return FailureKind.HTTP, f"the server redirects to nowhere ({status})"
    return _VERDICTS.get(status, (FailureKind.HTTP, f"the server answered {_in_words(status)}"))


def _in_words(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status}, which means nothing to us"


def broken_off(received: int, announced: int | None) -> Failed:
    """The outcome of a connection that was lost, or went astray, in the middle of a body."""
    of = f" of {announced}" if announced is not None else ""
    return Failed(
        kind=FailureKind.TRUNCATED, reason=f"the answer broke off after {received}{of} bytes"
    )

"""What a web service really answered: status, Retry-After, and whether it can have arrived.

Apprise says only yes or no; the reason is a line in its log. All its HTTP services use
`requests`, so this room, and no other, wraps the one function every request goes through.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from monitor.channels.redaction import Redaction
from monitor.channels.urls import secrets_in

_LONGEST_BODY = 2_000


@dataclass(slots=True)
class Seen:
    """What passed while one message was sent; the last answer counts."""

    status: int = 0
    retry_after: str = ""
    date: str = ""
    body: str = ""
    failure: str = ""
    unsent: bool = False
    lines: list[str] = field(default_factory=list)
    hidden: Redaction = field(default_factory=lambda: Redaction(()))

    def answer(self, response: requests.Response) -> None:
        """Remember an answer."""
        self.status = response.status_code
        self.retry_after = response.headers.get("Retry-After", "")
        self.date = response.headers.get("Date", "")
        self.failure = ""
        self.body = response.content[:_LONGEST_BODY].decode("utf-8", "replace")

    def error(self, error: requests.RequestException) -> None:
        """Remember that no answer came, and whether the request can have left at all."""
        self.status = 0
        self.unsent = _never_left(error)
        self.failure = "it did not answer in time" if _timed_out(error) else _plainly(error)


_seen: ContextVar[Seen | None] = ContextVar("seen", default=None)


@contextlib.contextmanager
def tapped(url: str) -> Iterator[Seen]:
    """Everything `requests` does in this block, and what Apprise says of it, ends up in `Seen`.

    What it says is cleaned of the secrets in `url`, whoever may be listening.
    """
    _install()
    seen = Seen(hidden=Redaction(secrets_in(url)))
    token = _seen.set(seen)
    try:
        yield seen
    finally:
        _seen.reset(token)


class _Cleaner(logging.Filter):
    """Apprise tells whole URLs at every level, as of one that it cannot read."""

    def filter(self, record: logging.LogRecord) -> bool:
        seen = _seen.get()
        return seen.hidden.filter(record) if seen is not None else True


class _Listener(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        seen = _seen.get()
        if seen is not None and record.levelno >= logging.WARNING:
            seen.lines.append(record.getMessage())


@functools.cache
def _install() -> None:
    """Wrap the adapter once for the whole process; outside of `tapped` nothing changes."""
    send = HTTPAdapter.send
    HTTPAdapter.send = _wrapped(send)  # type: ignore[method-assign]  # the patch this room is for
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.INFO)
    logger.addFilter(_Cleaner())
    logger.addHandler(_Listener())
    logger.propagate = False  # its lines hold whole URLs; what matters is in our receipts


def _wrapped(send: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
    @functools.wraps(send)
    def watched(
        self: HTTPAdapter, request: requests.PreparedRequest, *args: object, **kwargs: object
    ) -> requests.Response:
        seen = _seen.get()
        if seen is None:
            return send(self, request, *args, **kwargs)
        if seen.status == 429:
            # When to try again is decided by whoever keeps the outbox, not inside the call.
            raise requests.ConnectionError("not asked again after 429", request=request)
        try:
            response = send(self, request, *args, **kwargs)
            seen.answer(response)
        except requests.RequestException as error:
            seen.error(error)
            raise
        return response

    return watched


def _cause(error: BaseException) -> object:
    first = error.args[0] if error.args else None
    return getattr(first, "reason", first)


def _never_left(error: requests.RequestException) -> bool:
    cause = _cause(error)
    unreached = (NewConnectionError, ConnectTimeoutError, NameResolutionError)
    return isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError) or isinstance(
        cause, unreached
    )


def _timed_out(error: requests.RequestException) -> bool:
    return isinstance(error, requests.Timeout)


def _plainly(error: requests.RequestException) -> str:
    """A few words without the URL, which `requests` would put into them."""
    match error:
        case requests.exceptions.SSLError():
            return "its certificate is not trusted"
        case _ if isinstance(_cause(error), NameResolutionError):
            return "its name is not known to DNS"
        case _ if _never_left(error):
            return "the connection was refused"
        case _:
            return "the connection was lost before it answered"

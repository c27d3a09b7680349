"""Telling what happens: one event for each use case, as a line for people or for machines."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TextIO

from monitor.channels.redaction import Redaction, guard_logs

LOGGER = logging.getLogger("wirewatch")

RECENT: deque[str] = deque(maxlen=300)
"""The last lines, as people read them and without secrets: for the pages."""

_QUIET = ("apscheduler", "aiohttp", "asyncio", "urllib3", "alembic")
_COLOURS = {"WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m"}
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


def event(name: str, *, level: int = logging.INFO, **facts: object) -> None:
    """Tell that something happened. Facts that are empty are left out."""
    kept = {key: value for key, value in facts.items() if value not in (None, "", (), 0)}
    LOGGER.log(level, name, extra={"facts": kept})


def start_logging(
    form: str, *, secrets: Iterable[str], stream: TextIO, environ: Mapping[str, str]
) -> None:
    """Send every event to `stream`: as text, as JSON, or `auto`: text on a terminal."""
    handler = _Guarded(stream)
    terminal = stream.isatty()
    machine = form == "json" or (form == "auto" and not terminal)
    colours = terminal and not environ.get("NO_COLOR")
    handler.setFormatter(_Machine() if machine else _People(colours=colours))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    kept = _Kept()
    kept.setFormatter(_People(colours=False))
    root.addHandler(kept)
    root.setLevel(logging.WARNING)
    LOGGER.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    guard_secrets(secrets)


def guard_secrets(secrets: Iterable[str]) -> None:
    """Keep these values out of every line from now on, also as JSON spells them."""
    plain = set(secrets)
    spelt = {json.dumps(each, ensure_ascii=False)[1:-1] for each in plain}
    guard_logs(plain | spelt, logging.getLogger().handlers)


def notify_systemd(state: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send `state` (READY=1, WATCHDOG=1, ...) to systemd; False where none listens.

    The protocol is one datagram to $NOTIFY_SOCKET: sd_notify(3).
    """
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
            door.connect("\0" + address[1:] if address[0] == "@" else address)
            door.sendall(state.encode())
    except OSError as error:
        event("systemd_unreachable", level=logging.WARNING, error=str(error))
        return False
    return True


class _Cleaned(logging.Handler):
    """Cleans the finished line: a secret may stand in a fact as well as in the message."""

    def format(self, record: logging.LogRecord) -> str:
        """The line without secrets."""
        line = super().format(record)
        for each in self.filters:
            if isinstance(each, Redaction):
                line = each.clean(line)
        return line


class _Guarded(_Cleaned, logging.StreamHandler[TextIO]):
    """Writes lines where they are read."""


class _Kept(_Cleaned):
    """Keeps the last lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one more."""
        RECENT.append(self.format(record))


class _Machine(logging.Formatter):
    """One JSON object a line: `at`, `level`, `event`, then the facts."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": _instant(record),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        if record.name != LOGGER.name:
            line["logger"] = record.name
        line |= getattr(record, "facts", {})
        if record.exc_info or record.exc_text:
            line["traceback"] = record.exc_text or self.formatException(record.exc_info or _NOTHING)
        return json.dumps(line, ensure_ascii=False, default=str)


class _People(logging.Formatter):
    """`07:00:02 polled feed=... new=3`."""

    def __init__(self, *, colours: bool) -> None:
        super().__init__()
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, object] = getattr(record, "facts", {})
        said = " ".join(f"{key}={_quoted(value)}" for key, value in facts.items())
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        name = record.getMessage()
        if self._colours:
            time = f"{_DIM}{time}{_PLAIN}"
            name = f"{_COLOURS.get(record.levelname, '')}{name}{_PLAIN}"
        line = f"{time} {name} {said}".rstrip()
        if record.exc_info or record.exc_text:
            line += "\n" + (record.exc_text or self.formatException(record.exc_info or _NOTHING))
        return line


_NOTHING = (None, None, None)


def _instant(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _quoted(value: object) -> str:
    text = str(value)
    if any(character in text for character in ' "=\n\t') or not text.isprintable():
        return json.dumps(text, ensure_ascii=False)
    return text


def to_stderr(form: str, secrets: Iterable[str]) -> None:
    """Events on stderr, where progress and logs belong."""
    start_logging(form, secrets=secrets, stream=sys.stderr, environ=os.environ)

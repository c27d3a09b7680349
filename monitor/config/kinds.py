"""The kinds of value a setting can have: how each is read, said and described to editors."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from monitor.errors import did_you_mean
from monitor.model import Severity
from monitor.schedule import BadSchedule, parse_cadence, parse_duration, parse_quiet

SIZES = {"": 1, "B": 1, "KB": 1000, "KIB": 1024, "MB": 1000**2, "MIB": 1024**2, "GIB": 1024**3}


class BadValue(ValueError):
    """A value that cannot be understood, with what was expected and, where known, a hint."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Kind:
    """`read` turns what TOML gave into our value or raises BadValue; `schema` is JSON Schema."""

    read: Callable[[Any], Any]
    schema: dict[str, Any]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadValue(f"expected a text in quotes, found {_said(value)}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise BadValue(f"expected true or false, found {_said(value)}")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadValue(f"expected a whole number of at least 1, found {_said(value)}")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1000:
        raise BadValue(f"expected a number above 0 and up to 1000, found {_said(value)}")
    return float(value)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadValue(f'expected a list of texts, as ["a", "b"], found {_said(value)}')
    return tuple(value)


def _duration(value: object) -> Any:  # noqa: ANN401
    return _scheduled(parse_duration, value, 'a duration such as "10m", "2h" or "7d"')


def _some_duration(value: object) -> Any:  # noqa: ANN401
    found = _duration(value)
    if not found:
        raise BadValue("a duration of nothing makes no sense here", 'write one such as "10m"')
    return found


def _cadence(value: object) -> str:
    _scheduled(parse_cadence, value, 'a cadence such as "now" or "daily 07:00"')
    return str(value)


def _quiet(value: object) -> str:
    _scheduled(parse_quiet, value, 'hours such as "22:00-06:30"')
    return str(value)


def _scheduled(parse: Callable[[str], Any], value: object, expected: str) -> Any:  # noqa: ANN401
    if not isinstance(value, str):
        hint = f'write "{value}s"' if parse is parse_duration and isinstance(value, int) else ""
        raise BadValue(f"expected {expected}, found {_said(value)}", hint)
    try:
        return parse(value)
    except BadSchedule as error:
        raise BadValue(error.message, error.hint) from None


def _size(value: object) -> int:
    found = re.fullmatch(r"\s*(\d{1,12})\s*([A-Za-z]*)\s*", str(value))
    if isinstance(value, bool) or not found or found[2].upper() not in SIZES or not int(found[1]):
        raise BadValue(f'expected a size such as "10MiB", found {_said(value)}')
    return int(found[1]) * SIZES[found[2].upper()]


def _timezone(value: object) -> str:
    name = _text(value)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(name, available_timezones()) or 'write one such as "Europe/Vienna"'
        raise BadValue(f"no time zone `{name}`", hint) from None
    return name


def _severity(value: object) -> Severity:
    name = _text(value)
    words = [each.word for each in Severity]
    if name not in words:
        raise BadValue(
            f"no severity `{name}`", did_you_mean(name, words) or f"one of {', '.join(words)}"
        )
    return Severity[name.upper()]


def _web_url(value: object) -> str:
    url = _text(value).strip()
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadValue(f"`{url}` is no web address") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise BadValue("expected an address that begins with http:// or https://")
    if not url.isprintable() or " " in url:
        raise BadValue("an address has no spaces", "write %20 for a space")
    return url


def _listen(value: object) -> str:
    found = re.fullmatch(r"(.+):(\d{1,5})", _text(value))
    if not found or int(found[2]) > 65535:
        raise BadValue(f"expected host:port, found {_said(value)}", 'write "127.0.0.1:8484"')
    return str(value)


def _line(value: object) -> str:
    text = _text(value)
    if not text.isascii() or not text.isprintable():
        raise BadValue("expected one line of plain ASCII text")
    return text


def _networks(value: object) -> tuple[str, ...]:
    """Networks as 10.1.0.0/16 and names of hosts, each as it was written."""
    for each in _texts(value):
        if not _HOST.fullmatch(each):
            _network(each)
    return _texts(value)


def _addresses(value: object) -> tuple[str, ...]:
    """Networks alone: whoever is let in by a name is let in by whoever answers for the name."""
    for each in _texts(value):
        _network(each)
    return _texts(value)


def _network(written: str) -> None:
    try:
        ip_network(written)
    except ValueError:
        try:
            meant = ip_network(written, strict=False)
        except ValueError:
            raise BadValue(
                f'expected networks and host names, as ["10.1.0.0/16", "intranet.example"], '
                f"found {_said(written)}"
            ) from None
        raise BadValue(
            f"{_said(written)} is an address within a network",
            f'write "{meant}", or "{written.partition("/")[0]}" for this one alone',
        ) from None


# The last label of a name begins with a letter, or what it names would be an address.
_HOST = re.compile(r"(?:[\w-]{1,63}\.)*[^\W\d_][\w-]{0,62}")


def choice(*words: str) -> Kind:
    """One of these words."""

    def read(value: object) -> str:
        name = _text(value)
        if name not in words:
            raise BadValue(f"`{name}` is not one of {', '.join(words)}", did_you_mean(name, words))
        return name

    return Kind(read, {"enum": list(words)})


def _said(value: object) -> str:
    """What was found, by its TOML kind: the value itself might be a secret."""
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case int() | float():
            return f"the number {value}"
        case str():
            return f'"{value}"' if len(value) < 40 else "a long text"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"


TEXT = Kind(_text, {"type": "string"})
FLAG = Kind(_flag, {"type": "boolean"})
COUNT = Kind(_count, {"type": "integer", "minimum": 1})
NUMBER = Kind(_number, {"type": "number", "exclusiveMinimum": 0})
TEXTS = Kind(_texts, {"type": "array", "items": {"type": "string"}})
DURATION = Kind(_duration, {"type": "string", "examples": ["10m", "2h", "7d"]})
SOME_DURATION = Kind(_some_duration, {"type": "string", "examples": ["10m", "2h", "7d"]})
CADENCE = Kind(_cadence, {"type": "string", "examples": ["now", "daily 07:00", "weekly mon 07:00"]})
QUIET = Kind(_quiet, {"type": "string", "examples": ["22:00-06:30"]})
SIZE = Kind(_size, {"type": ["string", "integer"], "examples": ["10MiB"]})
TIMEZONE = Kind(_timezone, {"type": "string", "examples": ["Europe/Vienna"]})
SEVERITY = Kind(_severity, {"enum": [each.word for each in Severity]})
WEB_URL = Kind(_web_url, {"type": "string", "format": "uri"})
LINE = Kind(_line, {"type": "string"})
NETWORKS = Kind(
    _networks,
    {
        "type": "array",
        "items": {"type": "string"},
        "examples": [["10.1.0.0/16", "intranet.example"]],
    },
)
ADDRESSES = Kind(
    _addresses,
    {"type": "array", "items": {"type": "string"}, "examples": [["127.0.0.1/32", "10.1.0.0/16"]]},
)
LISTEN = Kind(_listen, {"type": "string", "examples": ["127.0.0.1:8484"]})

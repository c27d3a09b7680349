"""Settings as rows that may be shown: no secret among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from monitor.channels.urls import mask
from monitor.config.settings import OpmlList, Settings
from monitor.config.tables import TABLES
from monitor.model import Secret, Severity
from monitor.schedule import format_duration
from monitor.sources.addresses import without_login

Row = tuple[str, object, str]


def shown_settings(settings: Settings) -> list[Row]:
    """(name, value, where it comes from) of every setting in force."""
    return list(_rows(settings))


def shown_feed(settings: Settings, url: str) -> list[Row]:
    """The same of one feed; nothing for one that stands in a list and not in the configuration."""
    return [
        (name, _plain(value), settings.origins.get(f"feed.{count}.{name}", "default"))
        for count, feed in enumerate(settings.feeds)
        if feed.url == url
        for name, value in _fields(feed, "feed").items()
    ]


def _rows(settings: Settings) -> Iterator[Row]:
    origins = settings.origins
    single: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("", {"timezone": settings.timezone}),
        ("paths", {"rules": str(settings.rules), "templates": str(settings.templates)}),
        ("state", {"url": masked_database(settings.state.url)}),
        (
            "state.retention",
            {
                "items": settings.state.keep_items,
                "matched": settings.state.keep_matched,
                "deliveries": settings.state.keep_deliveries,
            },
        ),
        ("poll", _fields(settings.poll, "poll")),
        ("web", _fields(settings.web, "web")),
        ("metrics", {"allow": settings.metrics_allow}),
        ("log", {"format": settings.log_format}),
    )
    for table, values in single:
        for name, value in values.items():
            path = f"{table}.{name}" if table else name
            yield path, _plain(value), origins.get(path, "default")
    for kind, many in (
        ("feed", settings.feeds),
        ("channel", settings.channels),
        ("digest", settings.digests),
        ("opml", settings.opml),
    ):
        for count, each in enumerate(many):
            for name, value in _fields(each, kind).items():
                path = f"{kind}.{count}.{name}"
                yield path, _plain(value), origins.get(path, "default")


def _fields(value: object, table: str) -> dict[str, object]:
    names = next(each for each in TABLES if each.name == table).names()
    found = {name: getattr(value, name) for name in names if hasattr(value, name)}
    if table == "channel":
        found["url"] = mask(found["url"].reveal())
    if isinstance(value, OpmlList) and value.url is not None:
        found["url"] = value.label
    if table == "feed":
        found["url"] = without_login(found["url"])
        found["headers"] = {name: "***" for name, _ in found["headers"]}
    return found


def masked_database(url: Secret) -> str:
    """A database URL without its password."""
    scheme, separator, rest = url.reveal().partition("://")
    if not separator:
        return "***"
    login, at, place = rest.rpartition("@")
    user, colon, _ = login.partition(":")
    query = place.partition("?")
    place = f"{query[0]}?***" if query[1] else place
    return f"{scheme}{separator}{user}{':***' if colon else ''}{at}{place}"


def _plain(value: object) -> object:
    match value:
        case Severity():
            return value.word
        case tuple():
            return [_plain(each) for each in value]
        case Secret():
            return "***"
        case None | str() | bool() | int() | float() | dict():
            return value
        case timedelta():
            return format_duration(value)
        case _:
            return str(value)

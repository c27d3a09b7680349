"""The examinations of `doctor`: each yields findings with an id and a hint."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor import langid
from monitor.airlock import Airlock
from monitor.channels.sending import mask, targets
from monitor.channels.urls import Kind, kind_of
from monitor.desk import fetch_settings, utc_now
from monitor.errors import AirlockFailure, WirewatchError
from monitor.model import Channel, NoFeed, ParsedFeed
from monitor.sources.addresses import host_of, without_login
from monitor.store.engine import Store
from monitor.store.housekeeping import SAFE_SQLITE
from monitor.watch import Watch
from monitor.work.probing import probed

BUILT = datetime(2026, 11, 1, tzinfo=UTC)
"""A clock that stands before this is wrong."""

_LITTLE_ROOM = 200 * 1024 * 1024
_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing examined. `level` is ok, warning or error; `hint` the remedy."""

    id: str
    subject: str
    message: str
    level: str = "ok"
    hint: str = ""


def examine(watch: Watch, airlock: Airlock, *, sample: int) -> Iterator[Finding]:
    """Everything, in the order in which it would go wrong."""
    yield from _versions()
    yield _clock()
    yield from _state(watch)
    yield _airlock(airlock)
    yield from _languages(watch)
    yield from (_channel(each) for each in watch.settings.channels)
    yield from _feeds(watch, airlock, sample)


def _versions() -> Iterator[Finding]:
    yield Finding(id="D001", subject="Python", message=sys.version.split()[0])
    old = sqlite3.sqlite_version_info < SAFE_SQLITE
    yield Finding(
        id="D002",
        subject="SQLite",
        message=sqlite3.sqlite_version,
        level="warning" if old else "ok",
        hint="before 3.51.3 a second writing program could damage the file; leave it to Wirewatch"
        if old
        else "",
    )


def _clock() -> Finding:
    now = utc_now()
    if now < BUILT:
        return Finding(
            id="D003",
            subject="clock",
            message=f"stands at {now:%Y-%m-%d %H:%M} UTC, before this version was made",
            level="error",
            hint="set the clock; dates of items and times of digests would be wrong",
        )
    return Finding(id="D003", subject="clock", message=f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _state(watch: Watch) -> Iterator[Finding]:
    url = watch.settings.state.url.reveal()
    path = watch.settings.state_file
    if path is None:
        yield _opened(url)
        return
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".doctor-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"wirewatch")
            file.flush()
            os.fsync(file.fileno())
        moved = Path(name).replace(f"{name}.moved")
        moved.unlink()
    except OSError as error:
        yield Finding(
            id="D004",
            subject="state folder",
            message=f"{folder} cannot be written ({error.strerror})",
            level="error",
            hint="check its owner and permissions, or set [state] url",
        )
        return
    yield Finding(id="D004", subject="state folder", message=f"{folder} can be written")
    free = shutil.disk_usage(folder).free
    yield Finding(
        id="D005",
        subject="disk",
        message=f"{free // 1024**2:,} MiB free",
        level="ok" if free > _LITTLE_ROOM else "warning",
        hint="" if free > _LITTLE_ROOM else "polling stops when the disk is full; make room",
    )
    if path.exists():
        yield _opened(url)


def _opened(url: str) -> Finding:
    try:
        Store.open(url, owner=False).close()
    except WirewatchError as error:
        return Finding(id="D006", subject="state", message=str(error), level="error")
    return Finding(id="D006", subject="state", message="can be opened")


def _languages(watch: Watch) -> Iterator[Finding]:
    """Whether languages can be told, if any rule in force filters by them."""
    asking = [rule.id for rule in watch.book.active(utc_now()) if rule.languages]
    if not asking:
        return
    there = langid.is_installed()
    named = f"`{asking[0]}`" + (f" and {len(asking) - 1} more" if asking[1:] else "")
    yield Finding(
        id="D012",
        subject="languages",
        message=f"{named} asks for items in some languages"
        + ("" if there else "; those whose feed and letters do not say are let through"),
        level="ok" if there else "warning",
        hint="" if there else "pip install 'wirewatch[languages]' tells more of them",
    )


def _airlock(airlock: Airlock) -> Finding:
    try:
        airlock.html_to_text("<p>ready</p>")
    except AirlockFailure as error:
        return Finding(
            id="D007",
            subject="airlock",
            message=str(error),
            level="error",
            hint="feeds are read in a process of their own; it must be allowed to start",
        )
    return Finding(id="D007", subject="airlock", message="reads documents")


def _channel(channel: Channel) -> Finding:
    """Whether a channel's server can be reached; nothing is sent."""
    url = channel.url.reveal()
    subject = f"channel {channel.name}"
    try:
        who = ", ".join(targets(channel))
    except WirewatchError as error:
        return Finding(id="D008", subject=subject, message=str(error), level="error")
    if kind_of(url) is Kind.FOLDER:
        return Finding(id="D008", subject=subject, message=f"files in {who}")
    if kind_of(url) is Kind.CHAT:
        return Finding(
            id="D008",
            subject=subject,
            message=f"{mask(url)} is well formed",
            hint=f"`wirewatch notify test {channel.name}` sends a message",
        )
    if kind_of(url) is Kind.WEBHOOK:
        from monitor.channels.webhook import server

        return _server(subject, *server(url), who)
    from monitor.channels.services import mail_route

    route = mail_route(url)
    return _server(subject, route.host, route.port, who)


def _server(subject: str, host: str, port: int, who: str) -> Finding:
    try:
        with socket.create_connection((host, port), timeout=_PATIENCE_SECONDS):
            pass
    except OSError as error:
        return Finding(
            id="D008",
            subject=subject,
            message=f"{host}:{port} cannot be reached ({error.strerror or error})",
            level="error",
            hint="check host, port and firewall",
        )
    return Finding(id="D008", subject=subject, message=f"{host}:{port} answers; to {who}")


def _feeds(watch: Watch, airlock: Airlock, sample: int) -> Iterator[Finding]:
    feeds = list(watch.feeds.values())
    if not feeds:
        yield Finding(
            id="D009",
            subject="feeds",
            message="none is configured",
            level="warning",
            hint="`wirewatch feeds add URL`, or `feeds import FILE.opml`",
        )
        return
    step = max(1, len(feeds) // max(1, sample))
    for feed in feeds[::step][:sample]:
        host = host_of(feed.url)
        try:
            socket.getaddrinfo(host, None)
        except OSError as error:
            yield Finding(
                id="D010",
                subject=f"name {host}",
                message=f"cannot be looked up ({error.strerror or error})",
                level="error",
                hint="check the network and /etc/resolv.conf",
            )
            continue
        manners = fetch_settings(watch.settings.poll)
        probe = asyncio.run(probed(feed.url, airlock, manners, now=utc_now, known=feed))
        subject = f"feed {feed.name or without_login(feed.url)}"
        match probe.found:
            case ParsedFeed(entries=entries):
                yield Finding(id="D011", subject=subject, message=f"{len(entries)} items")
            case NoFeed(looks_like=looks_like):
                yield Finding(
                    id="D011",
                    subject=subject,
                    message=f"is no feed but {looks_like}",
                    level="error",
                    hint=f"`wirewatch feeds discover {without_login(feed.url)}` looks for one",
                )
            case str(why):
                yield Finding(id="D011", subject=subject, message=why, level="error")

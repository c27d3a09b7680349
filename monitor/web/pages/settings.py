"""Settings: silences, the configuration in force and where it comes from, the state, the log."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from monitor import __version__
from monitor.config.settings import Settings
from monitor.config.showing import Row, masked_database, shown_settings
from monitor.errors import Problem
from monitor.store.housekeeping import state_card
from monitor.store.silences import SilenceRow, list_silences
from monitor.watch import Watch
from monitor.web.page import Page
from monitor.web.queries import query_of
from monitor.web.service import Service
from monitor.web.wire import Line, Number
from monitor.work.holding import holds_now

MOST_LINES = 100
MOST_SETTINGS = 100
MOST_SILENCES = 100
MOST_MUTES = 50
MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which settings: those whose name or value says `q`, with or without what is a `default`."""

    q: Line = ""
    default: bool = False
    page: Number = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceLine:
    """A silence; `held` counts what it has held back so far. `reads`: this version can read it."""

    id: int
    matcher: str
    comment: str
    created_at: datetime
    until_at: datetime
    held: int
    reads: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """A story that is muted, by hand or in the file of a rule."""

    story: int
    until_at: datetime
    rule: str | None
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting as it is in force, its value as JSON, and where it comes from."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is wrong with a file."""

    place: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file or a folder; `trouble` says why it cannot be used, "" where it can."""

    what: str
    path: str
    writable: bool
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The database: `address` is without its password, `queued` items are not searched yet."""

    database: str
    version: str
    schema: str
    address: str
    bytes: int
    items: int
    stories: int
    matches: int
    queued: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsSeen:
    """Everything on the page. `token` is where the token lies, never what it is."""

    silences: tuple[SilenceLine, ...]
    more_silences: int
    mutes: tuple[Mute, ...]
    more_mutes: int
    settings: tuple[Setting, ...]
    settings_found: int
    next: str | None
    version: str
    python: str
    state: State
    places: tuple[Place, ...]
    token: str
    login: str
    read_at: datetime | None
    feeds: int
    rules: int
    digests: int
    refused: tuple[Said, ...]
    problems: tuple[Said, ...]
    more_problems: int
    log: tuple[str, ...]


def load(service: Service, asked: Asked) -> SettingsSeen:
    """Read all of it."""
    watch, now = service.watch(), service.now()
    settings = watch.settings
    with service.store.reading() as conn:
        holding = [row for row in list_silences(conn) if row.holds_at(now)]
        mutes = tuple(_mutes(conn, watch, now))
        state = service.memory.recall(
            "state", (id(service.store), now.replace(second=0)), lambda: _state(conn, settings)
        )
    # Feeds have their configuration on their own pages: there may be thousands.
    shown = shown_settings(replace(settings, feeds=()))
    rows = list(_wanted(shown, asked))
    first = (asked.page - 1) * MOST_SETTINGS
    return SettingsSeen(
        silences=tuple(map(_silence, holding[:MOST_SILENCES])),
        more_silences=max(0, len(holding) - MOST_SILENCES),
        mutes=mutes[:MOST_MUTES],
        more_mutes=max(0, len(mutes) - MOST_MUTES),
        settings=tuple(rows[first : first + MOST_SETTINGS]),
        settings_found=len(rows),
        next=query_of(asked, page=asked.page + 1) if first + MOST_SETTINGS < len(rows) else None,
        version=__version__,
        python=platform.python_version(),
        state=state,
        places=tuple(_places(settings)),
        token=_token(settings),
        login=settings.web.auth,
        read_at=watch.read_at,
        feeds=len(watch.feeds),
        rules=len(watch.book.rules),
        digests=len(settings.digests),
        refused=_said(watch.refused),
        problems=_said(watch.problems[:MOST_PROBLEMS]),
        more_problems=max(0, len(watch.problems) - MOST_PROBLEMS),
        log=tuple(service.log_lines())[-MOST_LINES:],
    )


def _silence(row: SilenceRow) -> SilenceLine:
    silence = row.silence
    return SilenceLine(
        id=int(silence.id),
        matcher=silence.matcher,
        comment=silence.comment,
        created_at=row.created_at,
        until_at=silence.until_at,
        held=row.held,
        reads=bool(silence.conditions),
    )


def _mutes(conn: Connection, watch: Watch, now: datetime) -> Iterator[Mute]:
    holds = holds_now(conn, watch.book.rules, now)
    for story in sorted(holds.mutings):
        for each in holds.mutings[story]:
            yield Mute(story=int(story), until_at=each.until_at, rule=each.rule, comment=each.note)


def _wanted(rows: Iterable[Row], asked: Asked) -> Iterator[Setting]:
    wanted = asked.q.casefold().strip()
    for name, value, origin in rows:
        if origin == "default" and not asked.default:
            continue
        shown = json.dumps(value, ensure_ascii=False)
        if wanted in f"{name} {shown} {origin}".casefold():
            yield Setting(name=name, value=shown, origin=origin)


def _state(conn: Connection, settings: Settings) -> State:
    card = state_card(conn)
    return State(
        database={"sqlite": "SQLite", "postgresql": "PostgreSQL"}[card.database],
        version=card.version,
        schema=card.schema,
        address=masked_database(settings.state.url),
        bytes=card.bytes,
        items=card.items,
        stories=card.stories,
        matches=card.matches,
        queued=card.queued,
        oldest_at=card.oldest_at,
    )


def _places(settings: Settings) -> Iterator[Place]:
    for what, path in (
        ("configuration", settings.path),
        ("rules", settings.rules),
        ("templates", settings.templates),
        ("state", settings.state_folder),
    ):
        yield _place(what, path)


def _place(what: str, path: Path) -> Place:
    trouble = "" if path.exists() else "it is not there"
    if not trouble and not os.access(path, os.R_OK):
        trouble = "it cannot be read"
    # A file is replaced by another, which its folder must permit.
    folder = path if path.is_dir() else path.parent
    return Place(
        what=what,
        path=str(path),
        writable=not trouble and os.access(folder, os.W_OK),
        trouble=trouble,
    )


def _token(settings: Settings) -> str:
    if settings.web.token is not None:
        return settings.origins.get("web.token", "the configuration")
    return str(settings.token_file)


def _said(problems: Iterable[Problem]) -> tuple[Said, ...]:
    return tuple(
        Said(place=str(each.place), message=each.message, hint=each.hint) for each in problems
    )


PAGE = Page(
    name="settings",
    path="/settings",
    title="Settings",
    help="Silences, the configuration in force and its origin, the state, files, and the log.",
    load=load,
    asks=Asked,
    shows=SettingsSeen,
    label="Settings",
    order=6,
    live=("rules",),
)

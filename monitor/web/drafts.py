"""A rule as somebody is writing it: what is wrong with it, and the rule if there is one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from sqlalchemy import Connection

from monitor.errors import Conflict, Level, Problem
from monitor.model import Item, RuleId
from monitor.rules.loading import load_rules_with
from monitor.rules.rulebook import Rule, RuleBook
from monitor.rules.yaml_nodes import SourceFile
from monitor.store.search import index_turn
from monitor.text.clean import one_line
from monitor.turns import THINKING
from monitor.watch import Watch
from monitor.web.service import Service
from monitor.web.wire import Line, Sheet
from monitor.work.rule_files import file_of
from monitor.work.searching import WordList
from monitor.work.trying import Archive, Fitting, Overtaken

Days = Annotated[Literal[7, 30, 90], msgspec.Meta(description="How many days are looked at.")]

_MOST_BENCHES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text for the file of a rule. `bench` names who is writing: a newer question ends an older.

    `rule` is the one that is tried; where the text holds no such rule, its first.
    """

    rule: Line
    text: Sheet
    days: Days = 30
    bench: Line = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Something that is wrong with the text, and what to do; `line` 0: with the whole of it."""

    line: int
    column: int
    code: str
    message: str
    hint: str
    warning: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An item of the archive, in a line."""

    item: int
    title: str
    url: str
    source: str
    language: str
    seen_at: datetime


def stored(item_id: int, item: Item) -> Stored:
    """An item as a line shows it."""
    return Stored(
        item=item_id,
        title=one_line(item.title),
        url=item.url,
        source=one_line(item.source),
        language=item.language,
        seen_at=item.first_seen_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read of a text: all its rules, the one that is tried, and what is wrong."""

    book: RuleBook
    rule: Rule | None
    wrongs: tuple[Wrong, ...]

    @property
    def is_broken(self) -> bool:
        """Whether the file could not be used as it is."""
        return any(not each.warning for each in self.wrongs)


def as_written(text: str, before: str = "") -> str:
    """The text with the line ends of the file as it was: browsers send others."""
    plain = text.replace("\r\n", "\n")
    everywhere = "\r\n" in before and "\n" not in before.replace("\r\n", "")
    return plain.replace("\n", "\r\n") if everywhere else plain


def read_draft(watch: Watch, path: Path, text: str, wanted: str, now: datetime) -> Read:
    """Read a text as if it were that file, against the vocabularies in force."""
    known = watch.book.vocabularies
    with THINKING:
        book = load_rules_with(known, [SourceFile(str(path), text)], now)
    elsewhere = {r.id: r.place.path for r in watch.book.rules if r.place.path != str(path)}
    taken = [_taken(rule, elsewhere[rule.id]) for rule in book.rules if rule.id in elsewhere]
    named = [rule for rule in book.rules if rule.id == wanted]
    wrongs = sorted((*map(wrong, book.problems), *taken), key=lambda w: (w.warning, w.line))
    return Read(book=book, rule=next(iter((*named, *book.rules)), None), wrongs=tuple(wrongs))


def read_typed(service: Service, rule: str, text: str) -> Read:
    """Read what somebody has typed as the file of that rule."""
    watch = service.watch()
    path = file_of(watch.book, watch.settings.rules, rule, new=True)
    return read_draft(watch, path, as_written(text), rule, service.now())


def wrong(problem: Problem) -> Wrong:
    """A problem as it is shown."""
    return Wrong(
        line=problem.place.line,
        column=problem.place.column,
        code=problem.code,
        message=problem.message,
        hint=problem.hint,
        warning=problem.level is Level.WARNING,
    )


def _taken(rule: Rule, path: str) -> Wrong:
    return Wrong(
        line=rule.place.line,
        column=rule.place.column,
        code="R111",
        message=f"a second rule `{rule.id}` (the first is in {path})",
        hint="give it another id",
        warning=False,
    )


def running_version(watch: Watch, rule: RuleId) -> Rule | None:
    """The version of a rule that is in force."""
    return next((each for each in watch.book.rules if each.id == rule), None)


def archive_of(service: Service, conn: Connection) -> Archive:
    """Where rules are tried; the words of the archive are listed once."""
    words = service.memory.recall("words of the archive", None, lambda: WordList(conn))
    counts, turn = words.as_of(conn), index_turn(conn)
    tags = {feed.url: feed.tags for feed in service.watch().feeds.values()}
    return Archive(conn=conn, counts=counts, turn=turn, tags=tags)


@contextmanager
def fitted(service: Service, draft: Rule) -> Iterator[Fitting]:
    """The draft beside the running version of the rule, for as long as the context lasts.

    The fitting is kept from one draft to the next, while the running version is the same.
    """
    running = running_version(service.watch(), draft.id)
    version = running.version if running else ""
    name = f"fitting {draft.id}"
    fitting = service.memory.recall(name, version, lambda: Fitting(running))
    if fitting.is_worn:
        service.memory.forget(name)
    with fitting.turn:
        fitting.put(draft)
        yield fitting


@contextmanager
def ended_by_newer() -> Iterator[None]:
    """Where a newer question ends this one, say so to whoever still waits. Raises Conflict."""
    try:
        yield
    except Overtaken:
        raise Conflict("there is a newer question") from None


class Benches:
    """Who is trying what: of one bench only the last question is answered."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, int] = OrderedDict()
        self._turn = threading.Lock()

    def begin(self, bench: str) -> Callable[[], None]:
        """A new question: what is returned raises Overtaken once there is a newer one."""
        if not bench:
            return lambda: None
        with self._turn:
            number = self._last[bench] = self._last.get(bench, 0) + 1
            self._last.move_to_end(bench)
            while len(self._last) > _MOST_BENCHES:
                self._last.popitem(last=False)

        def going_on() -> None:
            if self._last.get(bench) != number:
                raise Overtaken

        return going_on

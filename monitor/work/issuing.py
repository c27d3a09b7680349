"""Issuing: the feeds that readers subscribe to, one for each rule and each digest, as files.

`state/feeds/rules/ID.atom` and `.json`, `state/feeds/digests/NAME.atom` and `.json`. What was
issued last is remembered beside them, so that whatever has not changed costs next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from monitor.channels.files import write_files
from monitor.config.settings import Settings
from monitor.model import RuleId, StoryId
from monitor.rendering import atom, json_feed
from monitor.rendering.bulletins import Bulletin
from monitor.store.bulletins import rules_changed_after, rules_of_stories
from monitor.store.engine import Store
from monitor.store.outputs import Outputs
from monitor.watch import Watch
from monitor.work.bulletins import Edition, Press, of_rule, place_of
from monitor.work.holding import holds_now

_FORMS = {atom.ENDING: atom.atom, json_feed.ENDING: json_feed.json_feed}
_FOLDERS = ("rules", "digests")
_TOGETHER = 16
_EDITION = ".edition.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """How many files were written and removed, and what kept others from it."""

    written: int = 0
    removed: int = 0
    trouble: str = ""


def feeds_folder(settings: Settings) -> Path:
    """Where the bulletins lie: fit to be served as they are."""
    return settings.state_folder / "feeds"


def issue_bulletins(
    store: Store,
    watch: Watch,
    outputs: Outputs,
    now: datetime,
    *,
    stopping: Callable[[], bool] = lambda: False,
) -> Issued:
    """Bring the files up to date.

    1. gather what was issued last, and what is so now; 2. decide which bulletins may read
    differently; 3. write those that do, and remember it. A crash begins at 1 again.
    """
    folder = feeds_folder(watch.settings)
    before = _read_edition(folder)
    with store.reading() as conn:
        press = Press(watch, outputs, holds_now(conn, watch.book.rules, now))
        edition = press.edition(conn)
        changed = _rules_touched(conn, before, edition)
    there = _files(folder)

    due = bulletins_due(before, edition, changed, missing=_missing(edition, there))
    # A rule that cannot be read is not gone; its readers shall not think so.
    gone = () if watch.errors else tuple(sorted(there - _wanted(edition)))

    issued = Issued()
    try:
        for names in _batches(due):
            if stopping():
                return issued
            with store.reading() as conn:
                made = {name: press.bulletin(conn, name) for name in names}
            issued = replace(issued, written=issued.written + _write(folder, made))
        for file in gone:
            (folder / file).unlink(missing_ok=True)
        if due or gone or edition != before:
            write_files(folder, {_EDITION: _packed(edition)})
    except OSError as error:
        # Without the name of the file, which is another one each time: it is the same trouble.
        why = error.strerror or error
        trouble = f"the feeds for readers cannot be written ({folder}: {why})"
        return replace(issued, trouble=trouble)
    return replace(issued, removed=len(gone))


def bulletins_due(
    before: Edition, edition: Edition, changed: Collection[RuleId], *, missing: Collection[str]
) -> tuple[str, ...]:
    """The names of the bulletins that may read differently from what was issued last."""
    anew = _is_of_another(before, edition)
    touched = {of_rule(rule) for rule in changed}
    return tuple(
        name
        for name, card in edition.cards.items()
        if anew or name in touched or name in missing or before.cards.get(name) != card
    )


def _is_of_another(before: Edition, edition: Edition) -> bool:
    """Whether what was issued last is of another state, or of a later one: a backup is back."""
    return before.identity != edition.identity or before.turn > edition.turn


def _rules_touched(conn: Connection, before: Edition, edition: Edition) -> set[RuleId]:
    """The rules of which a story has changed, or is muted or no longer so."""
    if _is_of_another(before, edition):
        return set()  # all of them are due
    turned = before.muted ^ edition.muted
    touched = {RuleId(rule) for rule, _ in turned if rule}
    touched |= rules_of_stories(conn, [StoryId(story) for rule, story in turned if not rule])
    if before.turn != edition.turn:
        touched |= rules_changed_after(conn, before.turn)
    return touched


# --- files -----------------------------------------------------------------------------------


def _wanted(edition: Edition) -> set[str]:
    return {file for name in edition.cards for file in _files_of(name)}


def _missing(edition: Edition, there: Collection[str]) -> set[str]:
    return {name for name in edition.cards if any(file not in there for file in _files_of(name))}


def _files_of(name: str) -> list[str]:
    return ["/".join(place_of(name)) + ending for ending in _FORMS]


def _files(folder: Path) -> set[str]:
    """The files of bulletins that are there."""
    return {
        f"{kind}/{path.name}"
        for kind in _FOLDERS
        for ending in _FORMS
        for path in (folder / kind).glob(f"[!.]*{ending}")
    }


def _write(folder: Path, made: Mapping[str, Bulletin]) -> int:
    """Write the files whose content is not what is there already; how many."""
    written = 0
    for kind in _FOLDERS:
        wanted = {
            place_of(name)[1] + ending: form(bulletin)
            for name, bulletin in made.items()
            if place_of(name)[0] == kind
            for ending, form in _FORMS.items()
        }
        place = folder / kind
        fresh = {name: body for name, body in wanted.items() if _content(place / name) != body}
        if fresh:
            write_files(place, fresh)
        written += len(fresh)
    return written


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _batches(names: Collection[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while batch := list(islice(rest, _TOGETHER)):
        yield batch


def _read_edition(folder: Path) -> Edition:
    """What was issued last; nothing where there is no file, or none that is understood."""
    try:
        stored = json.loads((folder / _EDITION).read_bytes())
        return Edition(
            identity=str(stored["identity"]),
            turn=int(stored["turn"]),
            muted=frozenset((str(rule), int(story)) for rule, story in stored["muted"]),
            cards={str(name): str(card) for name, card in stored["cards"].items()},
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Edition()


def _packed(edition: Edition) -> bytes:
    stored = {
        "identity": edition.identity,
        "turn": edition.turn,
        "muted": sorted(edition.muted),
        "cards": dict(edition.cards),
    }
    return json.dumps(stored).encode()

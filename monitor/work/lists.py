"""Lists of feeds at a URL: fetched on their schedule, kept as the last good copy beside the state.

The copy is what the watch reads, as it reads any list in a file. So nothing that happens to a
list, or to the way there, costs a feed; and a list that changes is a file that has changed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor.config.settings import OpmlList, Settings
from monitor.errors import AirlockFailure, UsageError
from monitor.model import Failed, Feed, FeedList, FeedState, Fetched, FetchOutcome
from monitor.replacing import wait_for_disk, written_beside
from monitor.schedule.pacing import in_words
from monitor.work.ailments import FAILING_FOR, Kind, Note
from monitor.work.polling import Fetch

ReadOpml = Callable[[bytes], FeedList]

RETRY_AFTER = timedelta(minutes=15)
"""A list that could not be had is asked for again after so long, or sooner by its own pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """What is remembered of a list between two fetches; validators are those of the copy kept.

    `held_at` is when it was first seen to have lost more than half of its feeds, `held` how
    many it named then.
    """

    etag: str = ""
    last_modified: str = ""
    checked_at: datetime | None = None
    failing_since_at: datetime | None = None
    error: str = ""
    held_at: datetime | None = None
    held: int = 0
    feeds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What one fetch of a list came to. `answer` is changed, unchanged, held or failed."""

    label: str
    answer: str
    feeds: int = 0
    error: str = ""


async def refresh_lists(
    settings: Settings, fetch: Fetch, read_opml: ReadOpml, now: datetime
) -> tuple[Refreshed, ...]:
    """Fetch every list that is due, and keep what is good."""
    return tuple(
        [
            await _refresh(each, settings.place_of(each), fetch, read_opml, now)
            for each in settings.opml
            if each.url is not None and is_due(each, _state_of(settings.place_of(each)), now)
        ]
    )


def is_due(opml: OpmlList, state: ListState, now: datetime) -> bool:
    """Whether a list is to be fetched; a clock that was put back makes it due."""
    if state.checked_at is None or state.checked_at > now:
        return True
    every = min(opml.every, RETRY_AFTER) if state.failing_since_at else opml.every
    return now - state.checked_at >= every


async def _refresh(
    opml: OpmlList, place: Path, fetch: Fetch, read_opml: ReadOpml, now: datetime
) -> Refreshed:
    """1. gather: the list as it is there and as it was; 2. decide; 3. keep it."""
    before, kept = await asyncio.to_thread(_gathered, place, read_opml)
    url = opml.url.reveal() if opml.url else ""
    outcome = await fetch(
        Feed(url=url, allow_private=opml.allow_private),
        FeedState(etag=before.etag, last_modified=before.last_modified),
        now=now,
        unconditional=kept is None,
    )
    found: FeedList | str = ""
    if isinstance(outcome, Fetched):
        found = await asyncio.to_thread(_read, outcome.body, read_opml)

    state, refreshed = decide(opml.label, before, outcome, found, kept, now)

    good = refreshed.answer == "changed"
    body = outcome.body if isinstance(outcome, Fetched) and good else None
    await asyncio.to_thread(_keep, place, state, body)
    return refreshed


def _gathered(place: Path, read_opml: ReadOpml) -> tuple[ListState, FeedList | None]:
    """What is remembered of a list, and the copy that is kept, if any can be read."""
    try:
        kept = _read(place.read_bytes(), read_opml)
    except OSError:
        return _state_of(place), None
    return _state_of(place), kept if isinstance(kept, FeedList) else None


def _keep(place: Path, state: ListState, body: bytes | None) -> None:
    if body is not None:
        _write(place, body)
    _write(_beside(place), json.dumps(asdict(state), default=_plain).encode())


def _read(body: bytes, read_opml: ReadOpml) -> FeedList | str:
    try:
        return read_opml(body)
    except (UsageError, AirlockFailure) as error:
        return str(error).rstrip(".")


def decide(
    label: str,
    before: ListState,
    outcome: FetchOutcome,
    found: FeedList | str,
    kept: FeedList | None,
    now: datetime,
) -> tuple[ListState, Refreshed]:
    """What is remembered of a list after this outcome, and whether its body becomes the copy.

    `found` is what the body holds, or why it holds nothing; `kept` what the copy does. More
    than half of the feeds gone is believed at the second fetch only: publishing by a script
    that was cut short looks the same.
    """
    if isinstance(outcome, Failed):
        return _failing(label, before, outcome.reason, now)
    watched = kept.feeds if kept else ()
    well = replace(before, checked_at=now, failing_since_at=None, error="")
    if not isinstance(outcome, Fetched):
        # What was held back has gone again: the copy is what is there.
        well = replace(well, held_at=None, held=0)
        return well, Refreshed(label=label, answer="unchanged", feeds=len(watched))
    if isinstance(found, str):
        return _failing(label, before, found, now)
    there = {feed.url for feed in found.feeds}
    stayed = sum(feed.url in there for feed in watched)
    if 2 * stayed < len(watched) and before.held_at is None:
        held = replace(well, held_at=now, held=len(there), feeds=len(watched))
        return held, Refreshed(label=label, answer="held", feeds=len(there))
    taken = replace(
        well,
        etag=outcome.etag,
        last_modified=outcome.last_modified,
        held_at=None,
        held=0,
        feeds=len(there),
    )
    answer = "unchanged" if found == kept else "changed"
    return taken, Refreshed(label=label, answer=answer, feeds=len(there))


def _failing(
    label: str, before: ListState, error: str, now: datetime
) -> tuple[ListState, Refreshed]:
    since = before.failing_since_at or now
    state = replace(before, checked_at=now, failing_since_at=since, error=error)
    return state, Refreshed(label=label, answer="failed", error=error)


def notes_on_lists(settings: Settings, now: datetime) -> tuple[Note, ...]:
    """What is wrong with the lists of feeds that lie at a URL."""
    return tuple(
        note
        for each in settings.opml
        if each.url is not None
        for note in _notes(each, _state_of(settings.place_of(each)), now)
    )


def _notes(opml: OpmlList, state: ListState, now: datetime) -> Iterator[Note]:
    since = state.failing_since_at
    if since is not None and (now - since >= FAILING_FOR or not state.feeds):
        kept = f"Its last good copy, of {state.feeds:,} feeds, is in use"
        said = kept if state.feeds else "None of its feeds is watched until it can be had"
        yield Note(
            kind=Kind.LIST,
            subject=opml.label,
            name=opml.label,
            sentence=f"The list of feeds {opml.label} could not be had for "
            f"{in_words(now - since)}: {state.error}. {said}.",
            cause=state.error,
            since_at=since,
        )
    elif state.held_at is not None:
        yield Note(
            kind=Kind.LIST,
            subject=opml.label,
            name=opml.label,
            sentence=f"The list of feeds {opml.label} has lost more than half of its "
            f"{state.feeds:,} feeds: {state.held:,} are left. If its next fetch in "
            f"{in_words(opml.every)} says the same, the others are watched no more.",
            since_at=state.held_at,
        )


def _beside(place: Path) -> Path:
    return place.with_suffix(".json")


def _state_of(place: Path) -> ListState:
    """What is remembered; nothing where there is no file, or none that is understood."""
    try:
        stored = json.loads(_beside(place).read_bytes())
        moments = {
            name: datetime.fromisoformat(value)
            for name, value in stored.items()
            if name.endswith("_at") and value is not None
        }
        return ListState(**{**stored, **moments})
    except (OSError, ValueError, TypeError, AttributeError):
        return ListState()


def _plain(value: object) -> str:
    assert isinstance(value, datetime)  # noqa: S101 - nothing else in it is beyond JSON
    return value.isoformat()


def _write(place: Path, content: bytes) -> None:
    """Written beside and moved into its place: never half there, and for its owner alone."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with written_beside(place, content) as fresh:
        wait_for_disk(fresh)
        fresh.replace(place)

"""What passes between airlock and worker, as JSON; checked in full on the way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from monitor.model import Entry, Feed, NoFeed, ParsedFeed, ParseProblem

T = TypeVar("T")

Frame = Any
"""Whatever JSON can hold."""


def feed_to_frame(outcome: ParsedFeed | NoFeed) -> Frame:
    """A reading as JSON: two forms, told apart by their first member."""
    match outcome:
        case NoFeed():
            return ["no feed", outcome.looks_like, list(outcome.feeds)]
        case ParsedFeed():
            return [
                "feed",
                [outcome.kind, outcome.title, outcome.site_url, outcome.language],
                [_entry_to_frame(entry) for entry in outcome.entries],
                [[problem.code, problem.message] for problem in outcome.problems],
            ]


def feed_from_frame(frame: Frame) -> ParsedFeed | NoFeed:
    """The reading again. Raises ValueError for anything that is not exactly one."""
    match frame:
        case ["no feed", str(looks_like), list(feeds)]:
            return NoFeed(looks_like=looks_like, feeds=strings(feeds))
        case ["feed", [str(kind), str(title), str(site), str(language)], list(entries), problems]:
            return ParsedFeed(
                kind=kind,
                title=title,
                site_url=site,
                language=language,
                entries=each(entries, _entry_from_frame),
                problems=each(problems, _problem_from_frame),
            )
        case _:
            raise ValueError("not a reading")


def feeds_to_frame(feeds: Sequence[Feed]) -> Frame:
    """Feeds of a list, by what a list says of them: address, name, tags."""
    return [[feed.url, feed.name, list(feed.tags)] for feed in feeds]


def feeds_from_frame(frame: Frame) -> tuple[Feed, ...]:
    """The feeds again. Raises ValueError for anything else."""
    return each(frame, _listed_feed)


def text(frame: Frame) -> str:
    """A string, or ValueError."""
    if not isinstance(frame, str):
        raise ValueError("not a text")  # noqa: TRY004 -- one error for every lie of a worker
    return frame


def strings(frame: Frame) -> tuple[str, ...]:
    """Strings, or ValueError."""
    return each(frame, text)


def each(frame: Frame, read: Callable[[Frame], T]) -> tuple[T, ...]:
    """Every member of a list through `read`; ValueError where it is no list."""
    if not isinstance(frame, list):
        raise ValueError("not a list")  # noqa: TRY004 -- as above
    return tuple(map(read, frame))


def _entry_to_frame(entry: Entry) -> Frame:
    return [
        entry.guid,
        entry.url,
        entry.title,
        entry.lead,
        entry.body,
        entry.author,
        list(entry.tags),
        entry.language,
        entry.published_at and entry.published_at.timestamp(),
        entry.updated_at and entry.updated_at.timestamp(),
    ]


def _entry_from_frame(frame: Frame) -> Entry:
    match frame:
        case [
            str(guid),
            str(url),
            str(title),
            str(lead),
            str(body),
            str(author),
            list(tags),
            str(language),
            published,
            updated,
        ]:
            return Entry(
                guid=guid,
                url=url,
                title=title,
                lead=lead,
                body=body,
                author=author,
                tags=strings(tags),
                language=language,
                published_at=_instant(published),
                updated_at=_instant(updated),
            )
        case _:
            raise ValueError("not an entry")


def _problem_from_frame(frame: Frame) -> ParseProblem:
    match frame:
        case [str(code), str(message)]:
            return ParseProblem(code=code, message=message)
        case _:
            raise ValueError("not a problem")


def _listed_feed(frame: Frame) -> Feed:
    match frame:
        case [str(url), str(name), list(tags)]:
            return Feed(url=url, name=name, tags=strings(tags))
        case _:
            raise ValueError("not a feed of a list")


def _instant(frame: Frame) -> datetime | None:
    match frame:
        case None:
            return None
        case float() | int():
            try:
                return datetime.fromtimestamp(frame, UTC)
            except (OverflowError, OSError) as error:
                raise ValueError("not an instant") from error
        case _:
            raise ValueError("not an instant")

"""What passes between airlock and worker, as JSON; checked in full on the way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from monitor.model import Entry, Feed, FeedList, Item, NoFeed, ParsedFeed, ParseProblem
from monitor.stories.deciding import Candidate, Document
from monitor.stories.identity import Identity

T = TypeVar("T")

Frame = Any
"""Whatever JSON can hold."""

_LONGEST = timedelta(days=10_000)


def feed_to_frame(outcome: ParsedFeed | NoFeed) -> Frame:
    """A reading as JSON: two forms, told apart by their first member."""
    match outcome:
        case NoFeed():
            return ["no feed", outcome.looks_like, list(outcome.feeds)]
        case ParsedFeed():
            return [
                "feed",
                [outcome.kind, outcome.title, outcome.site_url, outcome.language],
                [
                    outcome.hub,
                    outcome.self_url,
                    outcome.ttl and min(outcome.ttl, _LONGEST).total_seconds(),
                ],
                [_entry_to_frame(entry) for entry in outcome.entries],
                [[problem.code, problem.message] for problem in outcome.problems],
            ]


def feed_from_frame(frame: Frame) -> ParsedFeed | NoFeed:
    """The reading again. Raises ValueError for anything that is not exactly one."""
    match frame:
        case ["no feed", str(looks_like), list(feeds)]:
            return NoFeed(looks_like=looks_like, feeds=strings(feeds))
        case [
            "feed",
            [str(kind), str(title), str(site), str(language)],
            [str(hub), str(self_url), ttl],
            list(entries),
            problems,
        ]:
            return ParsedFeed(
                kind=kind,
                title=title,
                site_url=site,
                language=language,
                entries=each(entries, _entry_from_frame),
                problems=each(problems, _problem_from_frame),
                hub=hub,
                self_url=self_url,
                ttl=_duration(ttl),
            )
        case _:
            raise ValueError("not a reading")


def document_to_frame(outcome: Document | NoFeed) -> Frame:
    """A document understood as JSON. What all its items have in common is said once, at best."""
    if isinstance(outcome, NoFeed):
        return feed_to_frame(outcome)
    return [
        feed_to_frame(outcome.heading),
        outcome.key_flaws,
        [_candidate_to_frame(each) for each in outcome.candidates],
    ]


def document_from_frame(frame: Frame, feed: Feed, now: datetime) -> Document | NoFeed:
    """The document again, of `feed` and as of `now`. Raises ValueError for anything else."""
    match frame:
        case ["no feed", *_]:
            heading = feed_from_frame(frame)
            if isinstance(heading, NoFeed):
                return heading
        case [list(said), str(key_flaws), list(candidates)]:
            heading = feed_from_frame(said)
            if isinstance(heading, ParsedFeed):
                return Document(
                    heading=heading,
                    candidates=tuple(_candidate_from_frame(one, feed, now) for one in candidates),
                    key_flaws=key_flaws,
                )
    raise ValueError("not a document")


def list_to_frame(found: FeedList) -> Frame:
    """Feeds of a list, by what a list says of them: address, name, tags; and all the rest."""
    return [
        [[feed.url, feed.name, list(feed.tags)] for feed in found.feeds],
        list(found.includes),
        list(found.refused),
    ]


def list_from_frame(frame: Frame) -> FeedList:
    """The list again. Raises ValueError for anything else."""
    match frame:
        case [feeds, includes, refused]:
            return FeedList(
                feeds=each(feeds, _listed_feed),
                includes=strings(includes),
                refused=strings(refused),
            )
        case _:
            raise ValueError("not a list of feeds")


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


def _candidate_to_frame(candidate: Candidate) -> Frame:
    item, identity = candidate.item, candidate.identity
    return [
        item.title,
        item.lead,
        item.body,
        item.author,
        list(item.tags),
        item.url,
        item.guid,
        item.source,
        item.language,
        item.published_at.timestamp(),
        candidate.content_hash.hex(),
        identity.primary.hex(),
        identity.alias.hex(),
        identity.url_key.hex(),
        identity.reason,
    ]


def _candidate_from_frame(frame: Frame, feed: Feed, now: datetime) -> Candidate:
    match frame:
        case [
            str(title),
            str(lead),
            str(body),
            str(author),
            list(tags),
            str(url),
            str(guid),
            str(source),
            str(language),
            float(published),
            str(words),
            str(primary),
            str(alias),
            str(across),
            str(reason),
        ]:
            return Candidate(
                item=Item(
                    title=title,
                    lead=lead,
                    body=body,
                    author=author,
                    tags=strings(tags),
                    url=url,
                    guid=guid,
                    source=source,
                    feed=feed.url,
                    language=language,
                    published_at=_instant(published) or now,
                    first_seen_at=now,
                ),
                identity=Identity(
                    primary=bytes.fromhex(primary),
                    alias=bytes.fromhex(alias),
                    url_key=bytes.fromhex(across),
                    reason=reason,
                ),
                content_hash=bytes.fromhex(words),
            )
        case _:
            raise ValueError("not a candidate")


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


def _duration(frame: Frame) -> timedelta | None:
    match frame:
        case None:
            return None
        case float() | int() if 0 <= frame <= _LONGEST.total_seconds():
            return timedelta(seconds=frame)
        case _:
            raise ValueError("not a duration")


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

"""What is remembered of a feed after a poll."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.model import (
    Failed,
    FailureKind,
    FeedState,
    Fetched,
    FetchOutcome,
    NotModified,
    ParsedFeed,
)
from monitor.sources.oddities import CUT_OFF

MOVED_COUNT = 3
MOVED_FOR = timedelta(hours=24)
"""A feed has moved for good when that many answers in a row, over so long, have said so."""

LOST_AFTER = 3
"""After so many failures at a new address a feed is asked at its configured one again."""


def after(
    state: FeedState,
    outcome: FetchOutcome,
    parsed: ParsedFeed | None,
    digest: bytes,
    now: datetime,
    *,
    url: str,
) -> FeedState:
    """What is remembered of a feed after this outcome, but for when it is due again.

    Validators and the body's hash are those of a body that was read completely, never of one
    that was refused: its server would answer "not modified" and the items would be lost. A
    part of a document leaves the hash as it was, which is compared with that of a whole one,
    and the problems: what is odd about a whole does not show in three items of it. One that
    broke off is forgotten altogether: its validators may be those of the whole.
    `url` is where the feed is configured.
    """
    match outcome:
        case Failed():
            return replace(
                _back_home(state) if state.address and _is_lost(state, outcome) else state,
                last_polled_at=now,
                failures=state.failures + 1,
                failing_since_at=state.failing_since_at or now,
                error=outcome.reason,
                error_kind=outcome.kind.value,
                gone=outcome.kind is FailureKind.GONE,
            )
        case NotModified():
            well = _settled(_well(state, now), outcome.hints.moved_to, url, now)
            return replace(
                well,
                etag=outcome.etag or state.etag,
                last_modified=outcome.last_modified or state.last_modified,
            )
        case Fetched():
            well = _settled(_well(state, now), outcome.hints.moved_to, url, now)
            cut, whole = breaks_off(parsed), is_whole(outcome, parsed)
            return replace(
                well,
                etag="" if cut else outcome.etag,
                last_modified="" if cut else outcome.last_modified,
                body_hash=digest if whole else state.body_hash,
                last_full_at=now if whole else state.last_full_at,
                first_polled_at=state.first_polled_at or now,
                title=parsed.title if parsed else state.title,
                problems=_codes(parsed) if parsed and not outcome.partial else state.problems,
            )


def is_whole(outcome: FetchOutcome, parsed: ParsedFeed | None) -> bool:
    """Whether an answer was all that the feed holds: no part of it, nor one that broke off."""
    return isinstance(outcome, Fetched) and not outcome.partial and not breaks_off(parsed)


def breaks_off(parsed: ParsedFeed | None) -> bool:
    """Whether a document that was read has lost its end on the way."""
    return parsed is not None and any(each.code == CUT_OFF for each in parsed.problems)


def _codes(parsed: ParsedFeed) -> str:
    return " ".join(sorted({each.code for each in parsed.problems}))


def _well(state: FeedState, now: datetime) -> FeedState:
    return replace(
        state,
        last_polled_at=now,
        last_ok_at=now,
        failures=0,
        failing_since_at=None,
        error="",
        error_kind="",
        gone=False,
    )


def _settled(state: FeedState, moved_to: str, url: str, now: datetime) -> FeedState:
    """The state with what this answer says of where the feed has moved to.

    Believed when it was said often enough and for long enough, each time with a document that
    was understood: a maintenance page, too, is put up by "permanent" redirects.
    """
    if not moved_to or moved_to != state.moved_to:
        count, since = (1, now) if moved_to else (0, None)
        return replace(state, moved_to=moved_to, moved_since_at=since, moved_count=count)
    since, count = state.moved_since_at or now, state.moved_count + 1
    if count < MOVED_COUNT or now - since < MOVED_FOR:
        return replace(state, moved_since_at=since, moved_count=count)
    address = "" if moved_to == url else moved_to
    return replace(state, address=address, moved_to="", moved_since_at=None, moved_count=0)


def _back_home(state: FeedState) -> FeedState:
    """Without validators: those are of the document at the address that is given up."""
    return replace(state, address="", etag="", last_modified="")


def _is_lost(state: FeedState, outcome: Failed) -> bool:
    """Whether a feed that has moved is no longer at its new address."""
    nothing_there = outcome.status in (404, 410) or outcome.kind is FailureKind.NOT_A_FEED
    return nothing_there and state.failures + 1 >= LOST_AFTER

"""What is remembered of a feed after a poll, and when it is due again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from monitor.config.settings import PollSettings
from monitor.model import (
    Failed,
    FailureKind,
    Feed,
    FeedState,
    Fetched,
    FetchOutcome,
    NotModified,
    ParsedFeed,
)
from monitor.schedule import after_poll


def after(
    state: FeedState,
    outcome: FetchOutcome,
    parsed: ParsedFeed | None,
    digest: bytes,
    now: datetime,
) -> FeedState:
    """What is remembered of a feed after this outcome, but for when it is due again.

    Validators and the body's hash are those of a body that was read completely, never of one
    that was refused: its server would answer "not modified" and the items would be lost.
    """
    match outcome:
        case Failed():
            return replace(
                state,
                last_polled_at=now,
                failures=state.failures + 1,
                failing_since_at=state.failing_since_at or now,
                error=outcome.reason,
                error_kind=outcome.kind.value,
                gone=outcome.kind is FailureKind.GONE,
            )
        case NotModified():
            well = _well(state, now)
            return replace(
                well,
                etag=outcome.etag or state.etag,
                last_modified=outcome.last_modified or state.last_modified,
            )
        case Fetched():
            well = _well(state, now)
            return replace(
                well,
                etag=outcome.etag,
                last_modified=outcome.last_modified,
                body_hash=digest,
                last_full_at=now,
                first_polled_at=state.first_polled_at or now,
                title=parsed.title if parsed else state.title,
            )


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


def scheduled(
    state: FeedState,
    outcome: FetchOutcome,
    feed: Feed,
    poll_settings: PollSettings,
    now: datetime,
    jitter: float,
) -> FeedState:
    """The state with the time at which the feed is due again; `jitter` is in [-1, 1]."""
    due_at = after_poll(
        feed_every=feed.every or poll_settings.mean,
        minimum=min(poll_settings.min, feed.every or poll_settings.min),
        maximum=max(poll_settings.max, feed.every or poll_settings.max),
        state=state,
        outcome_kind=outcome.kind if isinstance(outcome, Failed) else None,
        retry_after=outcome.retry_after if isinstance(outcome, Failed) else None,
        now=now,
        jitter=jitter,
    )
    return replace(state, next_due_at=due_at)

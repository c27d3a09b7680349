"""What an answer turned out to be: a document, nothing new, or a failure that says why."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

import aiohttp

from monitor.model import Failed, FailureKind, Fetched, FetchOutcome, NotModified
from monitor.sources.bot_walls import wall_before
from monitor.sources.failing import Refusal, broken_off, failed_by_status
from monitor.sources.headers import validator
from monitor.sources.hints import hints_of
from monitor.sources.inflating import BadEncoding, Body, TooLarge
from monitor.sources.polls import Place, Poll
from monitor.sources.pools import FetchSettings

_WHOLE = frozenset({200, 203, 226})
_LARGEST_NOTICE = 256 * 1024
_NOTICE_WITHIN = timedelta(seconds=2)
"""How much of a page that says no is looked at, and for how long it may come."""


async def outcome_of(
    response: aiohttp.ClientResponse, place: Place, poll: Poll, settings: FetchSettings
) -> FetchOutcome:
    """The outcome of a poll that no redirect leads on. Raises what a lost connection raises."""
    etag = validator(response.headers.get("ETag"))
    last_modified = validator(response.headers.get("Last-Modified"))
    moved_to = str(place.url) if place.for_good and place.url != poll.start else ""
    hints = hints_of(response.headers, place.url, moved_to, poll.now)
    if response.status == HTTPStatus.NOT_MODIFIED and poll.is_conditional:
        return NotModified(etag=etag, last_modified=last_modified, hints=hints)
    if response.status not in _WHOLE:
        return await _refused(response, place, poll, settings)

    body = await _read(response, settings)
    if wall := wall_before(response.status, response.headers, body):
        return _failed(response, place, poll, wall)
    if not body:
        return Failed(
            kind=FailureKind.NOT_A_FEED,
            reason="the server sent an empty answer",
            status=response.status,
        )
    return Fetched(
        body=body,
        content_type=response.headers.get("Content-Type", ""),
        etag=etag,
        last_modified=last_modified,
        final_url=poll.shown(place.url),
        status=response.status,
        partial=_is_partial(response),
        hints=hints,
    )


async def _refused(
    response: aiohttp.ClientResponse, place: Place, poll: Poll, settings: FetchSettings
) -> Failed:
    """An answer that is no document; its page may tell that it is none of the publisher's."""
    notice = b""
    if "html" in response.headers.get("Content-Type", "html").lower():
        notice = await notice_of(response, settings)
    wall = wall_before(response.status, response.headers, notice)
    failed = _failed(response, place, poll, wall)
    gone_elsewhere = poll.start != poll.home or not place.for_good
    if failed.kind is FailureKind.GONE and gone_elsewhere:
        reason = "where it leads now, the feed is gone (410)"
        return replace(failed, kind=FailureKind.HTTP, reason=reason)
    return failed


async def notice_of(response: aiohttp.ClientResponse, settings: FetchSettings) -> bytes:
    """As much of a page that says no as comes soon."""
    body = Body("", _LARGEST_NOTICE)
    with suppress(aiohttp.ClientError, OSError, BadEncoding, TooLarge):
        body = Body(response.headers.get("Content-Encoding", ""), _LARGEST_NOTICE)
        soon = min(_NOTICE_WITHIN, settings.silence)
        async with asyncio.timeout(soon.total_seconds()):
            async for part in response.content.iter_any():
                body.take(part)
    return body.so_far()


async def _read(response: aiohttp.ClientResponse, settings: FetchSettings) -> bytes:
    body = Body(response.headers.get("Content-Encoding", ""), settings.max_bytes)
    announced = response.content_length
    body.expect(announced or 0)
    try:
        async for part in response.content.iter_any():
            body.take(part)
    except (aiohttp.ClientPayloadError, ConnectionError) as error:
        raise Refusal(broken_off(body.received, announced)) from error
    return body.whole()


def _failed(response: aiohttp.ClientResponse, place: Place, poll: Poll, wall: str = "") -> Failed:
    host = (place.url.host or "").lower()
    return failed_by_status(response.status, response.headers, poll.now, host=host, wall=wall)


def _is_partial(response: aiohttp.ClientResponse) -> bool:
    """Whether an answer holds only what is new (RFC 3229, with the manipulation `feed`)."""
    done = response.headers.get("IM", "").lower()
    return response.status == HTTPStatus.IM_USED or "feed" in done.replace(",", " ").split()

"""How one host is asked: in turn, with pauses, and not at all when it wants to be left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TypeVar

from monitor.config.settings import PollSettings
from monitor.model import Failed, Feed, FetchOutcome

T = TypeVar("T")

_SPEAK_FOR_THE_HOST = frozenset({403, 429, 503})
"""Whoever answers these with a Retry-After means the caller, not the one document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """So many requests at a time, and so long between the starts of two of them."""

    at_once: int
    spacing: timedelta


def pace_of(host: str, poll: PollSettings) -> Pace:
    """The pace for a host; this machine itself needs no manners."""
    local = host in {"localhost", "::1"} or host.startswith("127.")
    return (
        Pace(at_once=1_000, spacing=timedelta())
        if local
        else Pace(at_once=poll.per_host, spacing=poll.spacing)
    )


async def take_turns(
    waiting: Iterable[T],
    ask: Callable[[T], Awaitable[bool]],
    pace: Pace,
    pause: Callable[[float], Awaitable[None]],
) -> None:
    """`ask` one after the other at this pace; when one answers False, no other is begun."""
    queue, gate = list(waiting), asyncio.Lock()
    queue.reverse()
    begun = False

    async def go_on() -> None:
        nonlocal begun
        while queue:
            async with gate:
                if begun and pace.spacing and queue:
                    await pause(pace.spacing.total_seconds())
                if not queue:
                    return
                begun, next_one = True, queue.pop()
            if not await ask(next_one):
                queue.clear()

    tasks = [asyncio.ensure_future(go_on()) for _ in range(min(pace.at_once, len(queue)))]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:  # one that met an error must not leave the others at it
            task.cancel()


def rest_asked_for(
    outcome: FetchOutcome, host: str, feed: Feed, poll: PollSettings, now: datetime
) -> datetime | None:
    """Until when the whole host wants to be left alone; None if it does not.

    A Retry-After of another host, to which a redirect led, holds for the feed alone, and so
    does any where the operator has said `retry_after = "feed"`.
    """
    if (
        isinstance(outcome, Failed)
        and outcome.status in _SPEAK_FOR_THE_HOST
        and outcome.retry_after
        and outcome.answered_by in ("", host)
        and (feed.retry_after or poll.retry_after) == "host"
    ):
        return now + outcome.retry_after
    return None


def why_it_rests(until: datetime, now: datetime, zone: tzinfo) -> str:
    """The sentence for `feeds list`; names the day where it is not today's."""
    then = until.astimezone(zone)
    same_day = then.date() == now.astimezone(zone).date()
    shown = then.strftime("%H:%M" if same_day else "%H:%M on %d %b")
    return f"the host asks to be left alone until {shown}"

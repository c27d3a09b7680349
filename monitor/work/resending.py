"""Resending: what a digest said, once more, word for word and under a key of its own."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.channels.composing import compose
from monitor.errors import NotFound, Temporary, UsageError
from monitor.model import Channel, DigestName, Message, Part
from monitor.store.digest_cards import digest_id_of, keys_of
from monitor.store.digests import queue_parts
from monitor.store.engine import Store
from monitor.store.said import read_message
from monitor.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Resent:
    """A digest that was queued again: how many messages, for which channels, and what failed."""

    id: str
    channels: tuple[str, ...]
    messages: int
    warnings: tuple[str, ...] = ()


def resend(store: Store, watch: Watch, argument: str, now: datetime) -> Resent:
    """Queue what a digest said once more: `{"id", "to"}` as JSON.

    To the channels named, or to those of the digest. Raises NotFound for a digest or channel
    that is not there, UsageError where what was said is not kept or nobody is to hear it.
    """
    asked = json.loads(argument)
    with store.reading() as conn:
        digest_id = digest_id_of(conn, str(asked["id"]))
        said = read_message(conn, digest_id)
        taken = keys_of(conn, digest_id)
    if said is None:
        raise UsageError(f"what digest {digest_id} said is not kept any more")
    channels = _channels(watch, said.digest_name, [str(each) for each in asked["to"]])

    parts, warnings = _dressed(watch, said_again(said, taken), channels, now)
    if not parts:
        raise UsageError(f"digest {digest_id} reaches nobody: {'; '.join(warnings)}")

    def commit(conn: Connection) -> None:
        if keys_of(conn, digest_id) != taken:
            raise Temporary(f"digest {digest_id} is being sent at this moment; ask once more")
        queue_parts(conn, digest_id, parts, now)

    store.write(commit).result()
    return Resent(
        id=digest_id,
        channels=tuple(dict.fromkeys(part.channel for part in parts)),
        messages=len(parts),
        warnings=tuple(warnings),
    )


def said_again(said: Message, taken: Iterable[str]) -> Message:
    """The message under a key that no delivery of it has: a receiver shall not fold the two."""
    used = tuple(taken)
    number = 1
    while any(key.startswith(f"{said.key}-again{number}-") for key in used):
        number += 1
    return replace(said, key=f"{said.key}-again{number}")


def _channels(watch: Watch, name: DigestName, wanted: Collection[str]) -> tuple[str, ...]:
    if not wanted:
        spec = watch.digests.get(name)
        if spec is None:
            raise UsageError(f"there is no digest `{name}` any more; name channels with --to")
        return spec.to
    for each in wanted:
        if each not in watch.channels:
            raise NotFound("channel", each, watch.channels)
    return tuple(wanted)


def _dressed(
    watch: Watch, message: Message, channels: Iterable[str], now: datetime
) -> tuple[list[Part], list[str]]:
    """Final bytes for every target; of a channel that cannot be used, why."""
    parts: list[Part] = []
    warnings: list[str] = []
    for name in dict.fromkeys(channels):
        try:
            parts += compose(_usable(watch.channels[name]), message, now=now)
        except UsageError as error:
            warnings.append(f"channel `{name}` cannot be used: {error}")
    return parts, warnings


def _usable(channel: Channel) -> Channel:
    if not channel.url.reveal():
        raise UsageError("its URL is not known here")
    return channel

"""Catching up: what has gathered for a channel that was away goes out as one message, not many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.digests.planning import compose_digest, next_runs, with_alerts
from monitor.model import Channel, Digest, DigestName, DigestSpec
from monitor.store import digests as digest_rows
from monitor.store import merged
from monitor.store.engine import Store
from monitor.store.merged import Together, WaitingDigest
from monitor.store.stories import told_stories
from monitor.store.volume import told_alerts
from monitor.watch import Watch
from monitor.work.digesting import Planned, dress, new_id


def gathered(waiting: Iterable[WaitingDigest]) -> tuple[Together, ...]:
    """Which digests are told together: several of one name, none of which has begun to arrive.

    What is partly delivered, or may be, must go out as it is, under its own key.
    """
    by_target: dict[tuple[DigestName, str], list[WaitingDigest]] = {}
    for each in waiting:
        if each.untouched:
            by_target.setdefault((each.name, each.target), []).append(each)
    alike: dict[tuple[DigestName, tuple[str, ...]], set[str]] = {}
    queued_at: dict[str, datetime] = {}
    for (name, target), found in by_target.items():
        if len(found) > 1:
            alike.setdefault((name, tuple(each.digest_id for each in found)), set()).add(target)
            queued_at |= {each.digest_id: each.queued_at for each in found}
    return tuple(
        Together(
            name=name,
            targets=frozenset(targets),
            digest_ids=ids,
            queued_at=max(queued_at[each] for each in ids),
        )
        for (name, ids), targets in alike.items()
    )


def merge_waiting(store: Store, watch: Watch, channel: Channel, now: datetime) -> tuple[str, ...]:
    """Put one digest in place of several that wait for the channel; the ids of the new ones.

    Each in a transaction of its own: either the new one waits and the old ones do not, or all
    is as it was, which is so as well when one of them was touched meanwhile.
    """
    with store.reading() as conn:
        together = gathered(merged.waiting_digests(conn, channel.name))
    made = []
    for each in together:
        spec = watch.digests.get(each.name)
        if spec is None:
            continue
        digest = _digest_of(store, watch, spec, each, now)
        planned = dress(digest, replace(spec, to=(channel.name,)), watch, now, why=digest.why)
        if planned.parts and _commit(store, channel.name, each, planned, now):
            made.append(digest.id)
    return tuple(made)


def _digest_of(
    store: Store, watch: Watch, spec: DigestSpec, together: Together, now: datetime
) -> Digest:
    """One digest that tells all that these would have told."""
    with store.reading() as conn:
        told = merged.told_by(conn, together.digest_ids)
        stories = told_stories(conn, told)
        alerts = told_alerts(conn, told)
        taken = digest_rows.digest_ids(conn, f"{now.astimezone(ZoneInfo(spec.timezone)):%Y-%m-%d}")
    digest = compose_digest(
        spec,
        stories,
        watch.cards,
        digest_id=new_id(spec, stories, alerts, now, taken),
        since_at=None,
        next_at=next(iter(next_runs(spec, now, 1)), None),
        now=now,
    )
    count = len(told)
    return replace(
        with_alerts(digest, alerts, watch.cards),
        why=f"in place of {count} digests that waited for a channel that was away",
        merges=told,
    )


def _commit(
    store: Store, channel: str, together: Together, planned: Planned, now: datetime
) -> bool:
    """Whether it was done: not where one of those that wait was touched meanwhile."""
    parts = tuple(part for part in planned.parts if part.target in together.targets)

    def commit(conn: Connection) -> bool:
        merged.put_merged(
            conn,
            planned.digest,
            planned.message,
            parts,
            channel=channel,
            together=together,
            now=now,
        )
        return True

    try:
        return store.write(commit).result()
    except merged.Touched:
        return False

"""Items: which are known already, and recording what a poll brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import (
    Decision,
    FeedId,
    Item,
    ItemId,
    KnownItem,
    Outcome,
    PollResult,
    RuleId,
    StoryId,
)
from monitor.store import search
from monitor.store.joining import join_stories
from monitor.store.reports import texts_of
from monitor.store.rows import add_rows, change_rows, new_item_ids
from monitor.store.schema import (
    EPOCH,
    item_keys,
    item_revisions,
    items,
    matches,
    story_items,
    url_keys,
)
from monitor.store.statements import chunks, insert_into
from monitor.store.volume import record_hits
from monitor.stories.enriching import with_text

TOUCH_EVERY = timedelta(days=1)
"""How stale `last_seen_at` may grow: writing it at every poll would be most of all writing."""

# Written once: every poll of a document that has changed asks these.
_NOTED_KEYS = sa.select(item_keys.c.key, item_keys.c.item_id, item_keys.c.last_seen_at).where(
    item_keys.c.feed_id == sa.bindparam("feed_id"),
    item_keys.c.key.in_(sa.bindparam("keys", expanding=True)),
)
_SAME_ADDRESS = (
    sa.select(url_keys.c.url_key, url_keys.c.item_id)
    .join(items, items.c.id == url_keys.c.item_id)
    .where(
        url_keys.c.url_key.in_(sa.bindparam("keys", expanding=True)),
        items.c.first_seen_at >= sa.bindparam("since_at"),
    )
    .order_by(items.c.first_seen_at, items.c.id)
)
_RULES_FIRED = sa.select(matches.c.item_id, matches.c.rule).where(
    matches.c.item_id.in_(sa.bindparam("ids", expanding=True))
)
_KNOWN = (
    sa.select(
        items.c.id,
        items.c.feed_id,
        items.c.guid,
        items.c.title,
        items.c.content_hash,
        items.c.first_seen_at,
        items.c.published_at,
        story_items.c.story_id,
    )
    .outerjoin(story_items, story_items.c.item_id == items.c.id)
    .where(items.c.id.in_(sa.bindparam("ids", expanding=True)))
)


def known_items(conn: Connection, feed_id: FeedId, keys: Iterable[bytes]) -> dict[bytes, KnownItem]:
    """Which of a feed's identity keys have been seen before, and on which item.

    An item that was pruned while polls still show its key comes back without a content hash:
    seen, and no longer comparable.
    """
    noted = [
        row
        for part in chunks(set(keys))
        for row in conn.execute(_NOTED_KEYS, {"feed_id": feed_id, "keys": part})
    ]
    seen_at: dict[int, datetime] = {}
    for row in noted:
        seen_at[row.item_id] = min(row.last_seen_at, seen_at.get(row.item_id, row.last_seen_at))
    known = _known(conn, seen_at)
    known |= {
        item_id: _pruned(item_id, feed_id, at)
        for item_id, at in seen_at.items()
        if item_id not in known
    }
    return {row.key: known[row.item_id] for row in noted}


def recent_items(conn: Connection, feed_id: FeedId, most: int) -> dict[ItemId, Item]:
    """The items that a feed has brought last, the earliest first, as far as keys need them."""
    rows = conn.execute(
        sa.select(
            items.c.id,
            items.c.guid,
            items.c.url,
            items.c.title,
            items.c.lead,
            items.c.published_at,
            items.c.first_seen_at,
        )
        .where(items.c.feed_id == feed_id)
        .order_by(items.c.first_seen_at.desc(), items.c.id.desc())
        .limit(most)
    ).all()
    return {
        ItemId(item_id): Item(
            guid=guid, url=url, title=title, lead=lead, published_at=at, first_seen_at=seen_at
        )
        for item_id, guid, url, title, lead, at, seen_at in reversed(rows)
    }


def items_renamed(
    conn: Connection, renamed: Mapping[bytes, ItemId], keys: Iterable[bytes]
) -> dict[bytes, KnownItem]:
    """Of these keys, those that name items anew: see `rename_items`."""
    wanted = {key: renamed[key] for key in keys if key in renamed}
    known = _known(conn, dict.fromkeys(wanted.values()))
    return {key: known[item_id] for key, item_id in wanted.items() if item_id in known}


def rename_items(
    conn: Connection, feed_id: FeedId, renamed: Mapping[bytes, ItemId], now: datetime
) -> None:
    """Have a feed's items found under more keys; a key that an item has stays its own."""
    rows = [
        {"feed_id": feed_id, "key": key, "item_id": item_id, "last_seen_at": now}
        for key, item_id in renamed.items()
    ]
    add_rows(conn, item_keys, rows, unless_there=True)


def items_by_url_key(
    conn: Connection, keys: Iterable[bytes], since_at: datetime
) -> dict[bytes, tuple[KnownItem, ...]]:
    """Items of any feed first seen since then, by their URL key, earliest first."""
    pairs: list[tuple[bytes, int]] = []
    for part in chunks(set(keys)):
        pairs += conn.execute(_SAME_ADDRESS, {"keys": part, "since_at": since_at}).all()
    known = _known(conn, dict.fromkeys(item_id for _, item_id in pairs))
    found: dict[bytes, tuple[KnownItem, ...]] = {}
    for key, item_id in pairs:
        found[key] = (*found.get(key, ()), known[item_id])
    return found


def record_poll(conn: Connection, result: PollResult, now: datetime) -> Mapping[int, int]:
    """Write what one poll makes of items; returns the real id of every placeholder.

    1. new items, and every key they go by; 2. wordings that changed; 3. hits to be counted;
    4. stories that open or grow, matches, and who must hear of them.
    """
    added = [d for d in result.decisions if d.outcome in (Outcome.NEW, Outcome.DUPLICATE)]
    real = _insert_items(conn, result.feed_id, added)
    _point_keys(conn, result, real, now)
    for decision in result.decisions:
        if decision.outcome is Outcome.REVISED:
            _revise(conn, real.get(decision.id, decision.id), decision, now)
    return record_matches(conn, result.decisions, real, now)


def record_matches(
    conn: Connection, decisions: Sequence[Decision], real: Mapping[int, int], now: datetime
) -> Mapping[int, int]:
    """Write what these items have matched, and all that follows from it."""
    record_hits(conn, decisions, real, now)
    return join_stories(conn, decisions, real, now)


def known_item(conn: Connection, item_id: int) -> KnownItem | None:
    """What is remembered of an item; None for one that is gone."""
    return _known(conn, {item_id: None}).get(item_id)


def _known(conn: Connection, seen_at: Mapping[int, datetime | None]) -> dict[int, KnownItem]:
    """What is kept of these items, given with when their keys were last noted."""
    rows = [row for part in chunks(seen_at) for row in conn.execute(_KNOWN, {"ids": part})]
    rules: dict[int, set[RuleId]] = {}
    for part in chunks(row.id for row in rows if row.story_id is not None):
        for item_id, rule in conn.execute(_RULES_FIRED, {"ids": part}):
            rules.setdefault(item_id, set()).add(RuleId(rule))
    return {
        row.id: KnownItem(
            id=ItemId(row.id),
            feed_id=FeedId(row.feed_id),
            guid=row.guid,
            title=row.title,
            content_hash=row.content_hash,
            first_seen_at=row.first_seen_at,
            published_at=row.published_at,
            story=None if row.story_id is None else StoryId(row.story_id),
            rules=frozenset(rules.get(row.id, ())),
            key_seen_at=seen_at[row.id],
        )
        for row in rows
    }


def _pruned(item_id: int, feed_id: FeedId, seen_at: datetime) -> KnownItem:
    return KnownItem(
        id=ItemId(item_id),
        feed_id=feed_id,
        guid="",
        title="",
        content_hash=b"",
        first_seen_at=EPOCH,
        published_at=EPOCH,
        key_seen_at=seen_at,
    )


def _insert_items(conn: Connection, feed_id: FeedId, added: Sequence[Decision]) -> dict[int, int]:
    if not added:
        return {}
    # Named before they are written, so that a duplicate within the document can name its original.
    ids = new_item_ids(conn, len(added))
    real = {int(decision.id): item_id for decision, item_id in zip(added, ids, strict=True)}
    add_rows(conn, items, [_row(decision, feed_id, real) for decision in added])
    search.enqueue(conn, ids)
    add_rows(
        conn,
        url_keys,
        [
            {"url_key": d.url_key, "item_id": real[d.id]}
            for d in added
            if d.url_key and d.outcome is Outcome.NEW
        ],
    )
    return real


def _row(decision: Decision, feed_id: FeedId, real: Mapping[int, int]) -> dict[str, Any]:
    return wording(decision.item) | {
        "id": real[decision.id],
        "feed_id": feed_id,
        "guid": decision.item.guid,
        "published_at": decision.item.published_at,
        "first_seen_at": decision.item.first_seen_at,
        "content_hash": decision.content_hash,
        "outcome": decision.outcome.value,
        "duplicate_of": None if decision.of is None else real.get(decision.of, decision.of),
        "reason": decision.reason,
        "archived": decision.archived,
    }


def wording(item: Item) -> dict[str, Any]:
    """The columns of `items` that a revision may change."""
    return {
        "url": item.url,
        "title": item.title,
        "lead": item.lead,
        "body": item.body,
        "author": item.author,
        "tags": list(item.tags),
        "source": item.source,
        "language": item.language,
    }


def _point_keys(
    conn: Connection, result: PollResult, real: Mapping[int, int], now: datetime
) -> None:
    wanted = {key: real.get(d.id, d.id) for d in result.decisions for key in d.keys}
    fresh = [
        {"feed_id": result.feed_id, "key": key, "item_id": item_id, "last_seen_at": now}
        for key, item_id in wanted.items()
        if key not in result.known
    ]
    add_rows(conn, item_keys, fresh, unless_there=True)
    stale = [
        {"feed_id": result.feed_id, "key": key, "last_seen_at": now}
        for key in wanted
        if (noted := result.known.get(key))
        and (noted.key_seen_at is None or noted.key_seen_at < now - TOUCH_EVERY)
    ]
    change_rows(conn, item_keys, stale, keys=("feed_id", "key"))


def _revise(conn: Connection, item_id: int, decision: Decision, now: datetime) -> None:
    """Replace the wording; the earlier one of an item that had matched is kept."""
    matched = sa.exists().where(matches.c.item_id == items.c.id)
    before = conn.execute(
        sa.select(items.c.title, items.c.lead, items.c.body).where(items.c.id == item_id, matched)
    ).first()
    if before is not None:
        conn.execute(
            insert_into(conn, item_revisions).on_conflict_do_nothing(),
            {"item_id": item_id, "replaced_at": now, **before._asdict()},
        )
    # An article that was fetched is no wording of the feed's, and stays: see `store.full_texts`.
    item = with_text(decision.item, texts_of(conn, [item_id]).get(item_id, ""))
    search.withdraw(conn, [item_id])
    search.enqueue(conn, [item_id])
    conn.execute(
        items.update()
        .where(items.c.id == item_id)
        .values(**wording(item), content_hash=decision.content_hash, revised_at=now)
    )

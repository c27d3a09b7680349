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
from monitor.store.feeds import write_state
from monitor.store.mutes import note_held
from monitor.store.schema import (
    EPOCH,
    digest_entries,
    item_keys,
    item_revisions,
    items,
    matches,
    stories,
    story_items,
    url_keys,
)
from monitor.store.statements import chunks, insert_into
from monitor.store.volume import record_hits

_WHY = ("rule_version", "severity", "score", "evidence")

TOUCH_EVERY = timedelta(days=1)
"""How stale `last_seen_at` may grow: writing it at every poll would be most of all writing."""


def known_items(conn: Connection, feed_id: FeedId, keys: Iterable[bytes]) -> dict[bytes, KnownItem]:
    """Which of a feed's identity keys have been seen before, and on which item.

    An item that was pruned while polls still show its key comes back without a content hash:
    seen, and no longer comparable.
    """
    by_key: dict[bytes, int] = {}
    for part in chunks(set(keys)):
        by_key |= dict(
            conn.execute(
                sa.select(item_keys.c.key, item_keys.c.item_id).where(
                    item_keys.c.feed_id == feed_id, item_keys.c.key.in_(part)
                )
            ).all()
        )
    known = _known(conn, set(by_key.values()))
    return {key: known.get(item_id) or _pruned(item_id, feed_id) for key, item_id in by_key.items()}


def items_by_url_key(
    conn: Connection, keys: Iterable[bytes], since_at: datetime
) -> dict[bytes, tuple[KnownItem, ...]]:
    """Items of any feed first seen since then, by their URL key, earliest first."""
    pairs: list[tuple[bytes, int]] = []
    for part in chunks(set(keys)):
        pairs += conn.execute(
            sa.select(url_keys.c.url_key, url_keys.c.item_id)
            .join(items, items.c.id == url_keys.c.item_id)
            .where(url_keys.c.url_key.in_(part), items.c.first_seen_at >= since_at)
            .order_by(items.c.first_seen_at, items.c.id)
        ).all()
    known = _known(conn, {item_id for _, item_id in pairs})
    found: dict[bytes, tuple[KnownItem, ...]] = {}
    for key, item_id in pairs:
        found[key] = (*found.get(key, ()), known[item_id])
    return found


def record_poll(conn: Connection, result: PollResult, now: datetime) -> Mapping[int, int]:
    """Write all that one poll changes; returns the real id of every placeholder item id.

    1. the feed's state; 2. new items, and every key they go by; 3. wordings that changed;
    4. hits to be counted; 5. stories that open or grow, matches, and who must hear of them.
    """
    write_state(conn, result.feed_id, result.state)
    added = [d for d in result.decisions if d.outcome in (Outcome.NEW, Outcome.DUPLICATE)]
    real = _insert_items(conn, result.feed_id, added)
    _point_keys(conn, result, real, now)
    for decision in result.decisions:
        if decision.outcome is Outcome.REVISED:
            _revise(conn, real.get(decision.id, decision.id), decision, now)
    record_hits(conn, result.decisions, real, now)
    told = [d for d in result.decisions if d.story is not None]
    _join_stories(conn, told, real, _open_stories(conn, told, now), now)
    return real


def _known(conn: Connection, ids: set[int]) -> dict[int, KnownItem]:
    columns = (
        items.c.id,
        items.c.feed_id,
        items.c.guid,
        items.c.title,
        items.c.content_hash,
        items.c.first_seen_at,
        items.c.published_at,
    )
    found: dict[int, KnownItem] = {}
    for part in chunks(ids):
        rules: dict[int, set[RuleId]] = {}
        for item_id, rule in conn.execute(
            sa.select(matches.c.item_id, matches.c.rule).where(matches.c.item_id.in_(part))
        ):
            rules.setdefault(item_id, set()).add(RuleId(rule))
        for row in conn.execute(
            sa.select(*columns, story_items.c.story_id)
            .outerjoin(story_items, story_items.c.item_id == items.c.id)
            .where(items.c.id.in_(part))
        ):
            found[row.id] = KnownItem(
                id=ItemId(row.id),
                feed_id=FeedId(row.feed_id),
                guid=row.guid,
                title=row.title,
                content_hash=row.content_hash,
                first_seen_at=row.first_seen_at,
                published_at=row.published_at,
                story=None if row.story_id is None else StoryId(row.story_id),
                rules=frozenset(rules.get(row.id, ())),
            )
    return found


def _pruned(item_id: int, feed_id: FeedId) -> KnownItem:
    return KnownItem(
        id=ItemId(item_id),
        feed_id=feed_id,
        guid="",
        title="",
        content_hash=b"",
        first_seen_at=EPOCH,
        published_at=EPOCH,
    )


def _insert_items(conn: Connection, feed_id: FeedId, added: Sequence[Decision]) -> dict[int, int]:
    if not added:
        return {}
    # Originals first, so that a duplicate within the same document can name a real row.
    real: dict[int, int] = {}
    for outcome in (Outcome.NEW, Outcome.DUPLICATE):
        part = [decision for decision in added if decision.outcome is outcome]
        if not part:
            continue
        ids = conn.execute(
            items.insert().returning(items.c.id, sort_by_parameter_order=True),
            [_row(decision, feed_id, real) for decision in part],
        ).scalars()
        real |= {decision.id: item_id for decision, item_id in zip(part, ids, strict=True)}
    search.enqueue(conn, real.values())
    with_urls = [
        {"url_key": d.url_key, "item_id": real[d.id]}
        for d in added
        if d.url_key and d.outcome is Outcome.NEW
    ]
    if with_urls:
        conn.execute(url_keys.insert(), with_urls)
    return real


def _row(decision: Decision, feed_id: FeedId, real: Mapping[int, int]) -> dict[str, Any]:
    return wording(decision.item) | {
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
    fresh: dict[bytes, int] = {}
    stale: list[bytes] = []
    for part in chunks(wanted):
        present = {
            row.key: row
            for row in conn.execute(
                sa.select(item_keys).where(
                    item_keys.c.feed_id == result.feed_id, item_keys.c.key.in_(part)
                )
            )
        }
        fresh |= {key: wanted[key] for key in part if key not in present}
        stale += [key for key, row in present.items() if row.last_seen_at < now - TOUCH_EVERY]
    if fresh:
        conn.execute(
            item_keys.insert(),
            [
                {"feed_id": result.feed_id, "key": key, "item_id": item_id, "last_seen_at": now}
                for key, item_id in fresh.items()
            ],
        )
    for part in chunks(stale):
        conn.execute(
            item_keys.update()
            .where(item_keys.c.feed_id == result.feed_id, item_keys.c.key.in_(part))
            .values(last_seen_at=now)
        )


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
    search.withdraw(conn, [item_id])
    search.enqueue(conn, [item_id])
    conn.execute(
        items.update()
        .where(items.c.id == item_id)
        .values(**wording(decision.item), content_hash=decision.content_hash, revised_at=now)
    )


def _open_stories(conn: Connection, told: Sequence[Decision], now: datetime) -> dict[int, int]:
    opened = list(dict.fromkeys(d.story for d in told if d.story is not None and d.story < 0))
    if not opened:
        return {}
    ids = conn.execute(
        stories.insert().returning(stories.c.id, sort_by_parameter_order=True),
        [{"opened_at": now} for _ in opened],
    ).scalars()
    return {int(story): real for story, real in zip(opened, ids, strict=True)}


def _join_stories(
    conn: Connection,
    told: Sequence[Decision],
    real: Mapping[int, int],
    opened: Mapping[int, int],
    now: datetime,
) -> None:
    def item_of(decision: Decision) -> int:
        return real.get(decision.id, decision.id)

    def story_of(decision: Decision) -> int:
        story = int(decision.story or 0)
        return opened.get(story, story)

    joined = [{"item_id": item_of(d), "story_id": story_of(d), "reason": d.reason} for d in told]
    found = [
        {
            "item_id": item_of(d),
            "rule": match.rule,
            "rule_version": match.rule_version,
            "severity": int(match.severity),
            "score": match.score,
            "evidence": [
                [e.clause, e.term, e.field, e.start, e.end, e.text] for e in match.evidence
            ],
            "matched_at": now,
        }
        for d in told
        for match in d.matches
    ]
    entries = [
        {"digest": digest, "story_id": story_of(d), "reason": reason, "added_at": now}
        for d in told
        for digest, reason in d.digests
    ]
    note_held(
        conn,
        [
            {"digest": digest, "story_id": story_of(d), "reason": reason, "muted_at": now}
            for d in told
            for digest, reason in d.held
        ],
    )
    for table, rows in ((story_items, joined), (digest_entries, entries)):
        if rows:
            conn.execute(insert_into(conn, table).on_conflict_do_nothing(), rows)
    if found:
        adding = insert_into(conn, matches)
        # Evidence points into the wording; when that was revised, so must be the evidence.
        why = {name: adding.excluded[name] for name in _WHY}
        conn.execute(
            adding.on_conflict_do_update(index_elements=["item_id", "rule"], set_=why), found
        )

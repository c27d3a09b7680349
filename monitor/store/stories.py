"""Stories as digests and pages tell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import (
    Abroad,
    Cause,
    DigestName,
    ItemId,
    Joined,
    Line,
    Reported,
    Story,
    StoryId,
)
from monitor.store.reports import REPORT, matches_of, reported
from monitor.store.schema import (
    digest_entries,
    digests,
    items,
    stories,
    story_items,
    story_kin,
    story_updates,
)
from monitor.store.statements import chunks
from monitor.store.volume import alerts_waiting


def pending_stories(conn: Connection, digest: DigestName) -> tuple[Story, ...]:
    """What `digest` has not told yet, oldest first: stories, and what is new about others."""
    untold = _lines(conn, digest_entries.c.digest == digest, digest_entries.c.digest_id.is_(None))
    return _with_lines(conn, digest, untold)


def waiting_since(
    conn: Connection, digest: DigestName, *, follow_ups: bool = True
) -> tuple[datetime, datetime] | None:
    """When the first and the last untold line or alert came in; None when all is told.

    Without `follow_ups`, of what is news by itself: those go out with whatever goes out next.
    """
    news = sa.select(
        sa.func.min(digest_entries.c.added_at), sa.func.max(digest_entries.c.added_at)
    ).where(digest_entries.c.digest == digest, digest_entries.c.digest_id.is_(None))
    if not follow_ups:
        news = news.where(digest_entries.c.cause != Cause.FOLLOW_UP.value)
    first, last = conn.execute(news).one()
    stories_span = None if first is None else (first, last)
    spans = [span for span in (stories_span, alerts_waiting(conn, digest)) if span]
    return (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None


def told_stories(conn: Connection, digest_ids: Sequence[str]) -> tuple[Story, ...]:
    """What digests of one name have told, all together."""
    told = _lines(conn, digest_entries.c.digest_id.in_(digest_ids))
    name = conn.execute(sa.select(digests.c.name).where(digests.c.id.in_(digest_ids))).scalar()
    return _with_lines(conn, DigestName(name or ""), told, but=digest_ids)


def _lines(conn: Connection, *which: sa.ColumnElement[bool]) -> dict[int, tuple[Line, ...]]:
    """The lines of digests by their stories, in the order they came."""
    rows = conn.execute(
        sa.select(digest_entries, story_updates.c.said)
        .outerjoin(story_updates, story_updates.c.id == digest_entries.c.update_id)
        .where(*which)
        .order_by(
            digest_entries.c.added_at,
            digest_entries.c.story_id,
            digest_entries.c.item_id,
            digest_entries.c.update_id,
        )
    )
    found: dict[int, tuple[Line, ...]] = {}
    for row in rows:
        line = Line(
            cause=Cause(row.cause),
            item_id=ItemId(row.item_id) if row.item_id else None,
            update_id=row.update_id,
            said=row.said or "",
            reason=row.reason,
        )
        found[row.story_id] = (*found.get(row.story_id, ()), line)
    return found


def _with_lines(
    conn: Connection,
    digest: DigestName,
    lines: Mapping[int, tuple[Line, ...]],
    but: Sequence[str] = (),
) -> tuple[Story, ...]:
    """These stories as a digest tells them: what it has told before is headed by what is new."""
    before = _told_at(conn, digest, lines, but)
    return tuple(
        replace(_headed(story, lines[story.id]), told_at=before[story.id])
        if story.id in before
        else replace(story, lines=lines[story.id])
        for story in read_stories(conn, list(lines))
    )


def _headed(story: Story, lines: tuple[Line, ...]) -> Story:
    """A story headed by the latest report that its lines are about; all else comes after it."""
    about = [line.item_id for line in lines if line.item_id is not None]
    reports = (story.lead, *story.others)
    lead = next((one for one in reversed(reports) if one.item_id in about), story.lead)
    others = tuple(one for one in reports if one is not lead)
    return replace(story, lead=lead, others=others, lines=lines)


def _told_at(
    conn: Connection, digest: DigestName, ids: Iterable[int], but: Sequence[str]
) -> dict[int, datetime]:
    """When a digest told these stories first, those of them that it has."""
    return {
        row.story_id: row.first
        for part in chunks(ids)
        for row in conn.execute(
            sa.select(digest_entries.c.story_id, sa.func.min(digests.c.planned_at).label("first"))
            .join(digests, digests.c.id == digest_entries.c.digest_id)
            .where(
                digest_entries.c.digest == digest,
                digest_entries.c.story_id.in_(part),
                digest_entries.c.cause == Cause.STORY.value,
                digest_entries.c.digest_id.not_in(but),
            )
            .group_by(digest_entries.c.story_id)
        )
    }


def story_of_item(conn: Connection, item: int) -> StoryId | None:
    """The story that an item belongs to; None while no rule has fired on it."""
    return stories_of_items(conn, [item]).get(item)


def stories_of_items(conn: Connection, ids: Iterable[int]) -> dict[int, StoryId]:
    """The story of each of these items, of those that belong to one."""
    return {
        row.item_id: StoryId(row.story_id)
        for part in chunks(ids)
        for row in conn.execute(
            sa.select(story_items.c.item_id, story_items.c.story_id).where(
                story_items.c.item_id.in_(part)
            )
        )
    }


def recent_stories(conn: Connection, limit: int) -> tuple[Story, ...]:
    """The stories opened last, newest first."""
    ids = conn.execute(
        sa.select(stories.c.id)
        .order_by(stories.c.opened_at.desc(), stories.c.id.desc())
        .limit(limit)
    ).scalars()
    return read_stories(conn, list(ids))


def count_stories(conn: Connection, since_at: datetime) -> int:
    """How many stories were opened since then."""
    opened = sa.select(sa.func.count()).where(
        stories.c.opened_at >= since_at, stories.c.merged_into.is_(None)
    )
    return int(conn.execute(opened).scalar_one())


def count_untold(conn: Connection, digest: DigestName) -> int:
    """Of how many stories a digest has something to tell."""
    untold = sa.select(sa.func.count(sa.distinct(digest_entries.c.story_id))).where(
        digest_entries.c.digest == digest, digest_entries.c.digest_id.is_(None)
    )
    return int(conn.execute(untold).scalar_one())


def read_stories(conn: Connection, ids: Sequence[int]) -> tuple[Story, ...]:
    """These stories, in this order; the first report of each leads it."""
    members: dict[int, list[Reported]] = {story: [] for story in ids}
    for part in chunks(ids):
        rows = conn.execute(
            REPORT.add_columns(
                story_items.c.story_id,
                story_items.c.joined,
                story_items.c.like_item,
                story_items.c.score,
                story_items.c.reason.label("joined_because"),
            )
            .join(story_items, story_items.c.item_id == items.c.id)
            .where(story_items.c.story_id.in_(part))
            .order_by(items.c.first_seen_at, items.c.id)
        ).all()
        found = matches_of(conn, [row.id for row in rows])
        for row in rows:
            members[row.story_id].append(_member(row, reported(row, found.get(row.id, ()))))
    abroad = _abroad(conn, members)
    return tuple(
        Story(
            id=StoryId(story),
            lead=reports[0],
            others=tuple(reports[1:]),
            abroad=_elsewhere(abroad.get(story, ()), reports),
        )
        for story, reports in members.items()
        if reports
    )


def _elsewhere(abroad: Iterable[Abroad], reports: Iterable[Reported]) -> tuple[Abroad, ...]:
    """Without the languages that the story is told in itself: its kin may be mixed."""
    own = {_spoken(one.item.language) for one in reports}
    return tuple(each for each in abroad if _spoken(each.language) not in own)


def _spoken(language: str) -> str:
    return language.casefold().partition("-")[0]


def _member(row: Any, report: Reported) -> Reported:  # noqa: ANN401 - a row of REPORT and more
    return replace(
        report,
        joined=Joined(row.joined),
        like=None if row.like_item is None else ItemId(row.like_item),
        score=row.score,
        reason=row.joined_because,
    )


def _abroad(conn: Connection, ids: Iterable[int]) -> dict[int, tuple[Abroad, ...]]:
    """How many reports there are of what may be the same events, by language."""
    counted: dict[int, list[Abroad]] = {}
    for part in chunks(ids):
        rows = conn.execute(
            sa.select(
                story_kin.c.story_id,
                items.c.language,
                sa.func.count().label("reports"),
            )
            .join_from(story_kin, story_items, story_items.c.story_id == story_kin.c.other_id)
            .join(items, items.c.id == story_items.c.item_id)
            .where(story_kin.c.story_id.in_(part), items.c.language != "")
            .group_by(story_kin.c.story_id, items.c.language)
            .order_by(sa.desc("reports"), items.c.language)
        )
        for row in rows:
            told = Abroad(language=row.language, reports=row.reports)
            counted.setdefault(row.story_id, []).append(told)
    return {story: tuple(found) for story, found in counted.items()}

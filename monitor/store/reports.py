"""Rows of `items` and `matches` as the values the rest of the house speaks of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import (
    Evidence,
    Item,
    ItemId,
    Match,
    Outcome,
    Reported,
    RuleId,
    Severity,
    StoryId,
)
from monitor.store.schema import feeds, full_texts, items, matches, story_items
from monitor.store.statements import chunks

REPORT = sa.select(items, feeds.c.url.label("feed")).join_from(
    items, feeds, feeds.c.id == items.c.feed_id
)


def reported(row: Any, found: tuple[Match, ...]) -> Reported:  # noqa: ANN401 - a row of REPORT
    """A row of REPORT with the matches it had."""
    return Reported(
        item_id=ItemId(row.id),
        outcome=Outcome(row.outcome),
        matches=found,
        item=Item(
            title=row.title,
            lead=row.lead,
            body=row.body,
            author=row.author,
            tags=tuple(row.tags),
            url=row.url,
            guid=row.guid,
            source=row.source,
            feed=row.feed,
            language=row.language,
            published_at=row.published_at,
            first_seen_at=row.first_seen_at,
        ),
    )


def matches_of(conn: Connection, ids: Iterable[int]) -> dict[int, tuple[Match, ...]]:
    """The matches of each of these items, most severe first."""
    found: dict[int, tuple[Match, ...]] = {}
    for part in chunks(ids):
        for row in conn.execute(
            sa.select(matches)
            .where(matches.c.item_id.in_(part))
            .order_by(matches.c.severity.desc(), matches.c.score.desc(), matches.c.rule)
        ):
            found[row.item_id] = (*found.get(row.item_id, ()), _match(row))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefMatch:
    """A match, without its evidence, on an item, without its text."""

    match: Match
    item: Item
    story: StoryId | None


def matches_since(
    conn: Connection, rules: Iterable[RuleId], since_at: datetime
) -> Iterator[BriefMatch]:
    """What these rules have found since, but for what was there before the watch began."""
    for part in chunks(rules):
        yield from map(
            _brief,
            conn.execute(
                sa.select(*_BRIEF)
                .join_from(matches, items, items.c.id == matches.c.item_id)
                .join(feeds, feeds.c.id == items.c.feed_id)
                .outerjoin(story_items, story_items.c.item_id == items.c.id)
                .where(
                    matches.c.rule.in_(part), matches.c.matched_at >= since_at, ~items.c.archived
                )
                .order_by(matches.c.matched_at.desc(), matches.c.item_id.desc())
            ),
        )


_BRIEF = (
    matches.c.rule,
    matches.c.severity,
    items.c.title,
    items.c.source,
    items.c.language,
    items.c.published_at,
    items.c.first_seen_at,
    feeds.c.url,
    story_items.c.story_id,
)


def _brief(row: Any) -> BriefMatch:  # noqa: ANN401 - a row of _BRIEF
    return BriefMatch(
        match=Match(rule=RuleId(row.rule), severity=Severity(row.severity), score=0, evidence=()),
        item=Item(
            title=row.title,
            source=row.source,
            feed=row.url,
            language=row.language,
            published_at=row.published_at,
            first_seen_at=row.first_seen_at,
        ),
        story=None if row.story_id is None else StoryId(row.story_id),
    )


def texts_of(conn: Connection, ids: Collection[int]) -> dict[int, str]:
    """The articles that were read, of those of these items that have one."""
    return {
        row.id: row.text
        for part in chunks(ids)
        for row in conn.execute(
            sa.select(
                items.c.id, sa.func.substr(items.c.body, 1, full_texts.c.length).label("text")
            )
            .join_from(items, full_texts, full_texts.c.item_id == items.c.id)
            .where(items.c.id.in_(part), full_texts.c.length > 0)
        )
    }


def _match(row: Any) -> Match:  # noqa: ANN401 - a row of `matches`
    return Match(
        rule=RuleId(row.rule),
        severity=Severity(row.severity),
        score=row.score,
        rule_version=row.rule_version,
        evidence=tuple(
            Evidence(clause=clause, term=term, field=field, start=start, end=end, text=text)
            for clause, term, field, start, end, text in row.evidence
        ),
    )

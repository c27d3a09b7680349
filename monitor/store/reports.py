"""Rows of `items` and `matches` as the values the rest of the house speaks of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import Evidence, Item, ItemId, Match, Outcome, Reported, RuleId, Severity
from monitor.store.schema import feeds, full_texts, items, matches
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

"""Hits of rules to be counted, what is remembered of their alerts, and the alerts that fired."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import (
    Alert,
    AlertId,
    Decision,
    DigestName,
    Item,
    Outcome,
    RuleId,
    Severity,
)
from monitor.store.reports import REPORT, reported
from monitor.store.rows import add_rows
from monitor.store.schema import (
    alert_entries,
    alert_states,
    alerts,
    items,
    matches,
    rule_hits,
    seen_terms,
    watched_hours,
    watched_rules,
)
from monitor.store.statements import chunks, insert_into
from monitor.text.publishers import publisher_of

HOUR = timedelta(hours=1)
AWAY = timedelta(days=8)
"""A rule that was not watched for longer begins anew; a weekly cron job is no absence."""

KEPT = timedelta(days=400)
"""How long hits are counted: longer than the longest time a rule can ask for."""

_MOST_HISTORY = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """What is remembered of one alert of one rule; `warming` is why it cannot fire yet."""

    firing: bool = False
    mark_at: datetime | None = None
    vocabulary_version: str = ""
    warming: str = ""


# --- hits ------------------------------------------------------------------------------------


def record_hits(
    conn: Connection, decisions: Sequence[Decision], real: Mapping[int, int], now: datetime
) -> None:
    """Note the hits that count; to be called before the matches themselves are recorded.

    Archived items are no news, and a revision counts only for a rule that did not fire before.
    """
    found = [each for each in decisions if each.matches and not each.archived]
    revised = [int(each.id) for each in found if each.outcome is Outcome.REVISED]
    before = _fired_on(conn, revised)
    rows = []
    for decision in found:
        item_id = real.get(decision.id, decision.id)
        copied = decision.outcome is Outcome.DUPLICATE and decision.of is not None
        origin = real.get(decision.of, decision.of) if copied and decision.of else item_id
        source = publisher_of(decision.item.url, decision.item.source)
        rows += [
            {"rule": match.rule, "origin": origin, "source": source}
            | {"item_id": item_id, "hit_at": now}
            for match in decision.matches
            if (item_id, match.rule) not in before
        ]
    add_rows(conn, rule_hits, rows, unless_there=True)


def _fired_on(conn: Connection, ids: Sequence[int]) -> set[tuple[int, str]]:
    return {
        (row.item_id, row.rule)
        for part in chunks(ids)
        for row in conn.execute(
            sa.select(matches.c.item_id, matches.c.rule).where(matches.c.item_id.in_(part))
        )
    }


def count_hits(conn: Connection, rule: RuleId, after: datetime, until: datetime) -> tuple[int, int]:
    """How many hits a rule had after one instant up to another, and by how many publishers."""
    row = conn.execute(
        sa.select(sa.func.count(), sa.func.count(sa.distinct(rule_hits.c.source))).where(
            rule_hits.c.rule == rule, rule_hits.c.hit_at > after, rule_hits.c.hit_at <= until
        )
    ).one()
    return int(row[0]), int(row[1])


def last_hits(conn: Connection, rules: Collection[RuleId]) -> dict[RuleId, datetime]:
    """When each of these rules last had a hit that counts."""
    return {
        RuleId(row.rule): row.last_at
        for part in chunks(rules)
        for row in conn.execute(
            sa.select(rule_hits.c.rule, sa.func.max(rule_hits.c.hit_at).label("last_at"))
            .where(rule_hits.c.rule.in_(part))
            .group_by(rule_hits.c.rule)
        )
    }


def items_hit(
    conn: Connection, rule: RuleId, after: datetime, limit: int = _MOST_HISTORY
) -> list[tuple[int, Item]]:
    """The items a rule hit after an instant, newest first, each once."""
    rows = conn.execute(
        REPORT.join(rule_hits, rule_hits.c.item_id == items.c.id)
        .where(rule_hits.c.rule == rule, rule_hits.c.hit_at > after)
        .order_by(rule_hits.c.hit_at.desc(), items.c.id.desc())
        .limit(limit)
    )
    return list({row.id: (row.id, reported(row, ()).item) for row in rows}.values())


def items_matched(conn: Connection, rule: RuleId, until: datetime) -> list[Item]:
    """The items a rule has matched up to an instant, also those archived; the newest 20,000."""
    rows = conn.execute(
        REPORT.join(matches, matches.c.item_id == items.c.id)
        .where(matches.c.rule == rule, matches.c.matched_at <= until)
        .order_by(matches.c.matched_at.desc())
        .limit(_MOST_HISTORY)
    )
    return [reported(row, ()).item for row in rows]


# --- who was watched when --------------------------------------------------------------------


def watched_since(
    conn: Connection, rules: Collection[RuleId], now: datetime
) -> dict[RuleId, datetime]:
    """Since when each rule has been watched without a long absence; `now` where it begins anew."""
    known = {
        RuleId(row.rule): now if now - row.last_at > AWAY else row.since_at
        for part in chunks(rules)
        for row in conn.execute(sa.select(watched_rules).where(watched_rules.c.rule.in_(part)))
    }
    return {rule: known.get(rule, now) for rule in rules}


def note_watched(conn: Connection, rules: Collection[RuleId], now: datetime) -> None:
    """Note that these rules are watched; one that was not for long begins anew.

    Written once an hour: that is as exact as anybody asks.
    """
    known: dict[str, Any] = {
        row.rule: row
        for part in chunks(rules)
        for row in conn.execute(sa.select(watched_rules).where(watched_rules.c.rule.in_(part)))
    }
    rows = [
        {
            "rule": rule,
            "since_at": now if row is None or now - row.last_at > AWAY else row.since_at,
            "last_at": now,
        }
        for rule in rules
        if (row := known.get(rule)) is None or now - row.last_at >= HOUR
    ]
    if rows:
        adding = insert_into(conn, watched_rules)
        values = {name: adding.excluded[name] for name in ("since_at", "last_at")}
        conn.execute(adding.on_conflict_do_update(index_elements=["rule"], set_=values), rows)


def note_hour(conn: Connection, now: datetime) -> None:
    """Note that in this hour somebody was watching."""
    hour_at = now.replace(minute=0, second=0, microsecond=0)
    conn.execute(insert_into(conn, watched_hours).on_conflict_do_nothing(), {"hour_at": hour_at})


def hours_watched(conn: Connection, since_at: datetime) -> frozenset[datetime]:
    """The beginnings of the hours that were watched since then."""
    return frozenset(
        conn.execute(
            sa.select(watched_hours.c.hour_at).where(watched_hours.c.hour_at >= since_at)
        ).scalars()
    )


# --- what is remembered ----------------------------------------------------------------------


def alert_states_of(
    conn: Connection, rules: Collection[RuleId]
) -> dict[tuple[RuleId, str], AlertState]:
    """What is remembered of the alerts of these rules."""
    return {
        (RuleId(row.rule), row.alert): AlertState(
            firing=row.firing,
            mark_at=row.mark_at,
            vocabulary_version=row.vocabulary_version,
            warming=row.warming,
        )
        for part in chunks(rules)
        for row in conn.execute(sa.select(alert_states).where(alert_states.c.rule.in_(part)))
    }


def put_state(
    conn: Connection, rule: RuleId, alert: str, before: AlertState | None, after: AlertState
) -> bool:
    """Remember the state, unless somebody else has changed it in the meantime: then False."""
    values = {name: getattr(after, name) for name in AlertState.__slots__}
    if before is None:
        adding = insert_into(conn, alert_states).values(rule=rule, alert=alert, **values)
        added = adding.on_conflict_do_nothing().returning(alert_states.c.rule)
        return conn.execute(added).first() is not None
    changed = conn.execute(
        alert_states.update()
        .where(
            alert_states.c.rule == rule,
            alert_states.c.alert == alert,
            alert_states.c.firing == before.firing,
            alert_states.c.mark_at.is_(None)
            if before.mark_at is None
            else alert_states.c.mark_at == before.mark_at,
        )
        .values(**values)
    )
    return changed.rowcount == 1


def forget_warming(conn: Connection, known: Collection[tuple[RuleId, str]]) -> None:
    """Forget why alerts that no rule asks for any more could not fire yet."""
    for rule, alert, _ in warming_alerts(conn):
        if (rule, alert) not in known:
            conn.execute(
                alert_states.update()
                .where(alert_states.c.rule == rule, alert_states.c.alert == alert)
                .values(warming="")
            )


def terms_seen(conn: Connection, rule: RuleId, vocabulary: str) -> frozenset[str]:
    """The terms of a vocabulary that a rule has met in its hits."""
    return frozenset(
        conn.execute(
            sa.select(seen_terms.c.term).where(
                seen_terms.c.rule == rule, seen_terms.c.vocabulary == vocabulary
            )
        ).scalars()
    )


def note_terms(
    conn: Connection, rule: RuleId, vocabulary: str, terms: Iterable[str], now: datetime
) -> None:
    """Remember terms as met, for ever."""
    rows = [
        {"rule": rule, "vocabulary": vocabulary, "term": term, "first_at": now} for term in terms
    ]
    if rows:
        conn.execute(insert_into(conn, seen_terms).on_conflict_do_nothing(), rows)


# --- alerts ----------------------------------------------------------------------------------


def put_alert(
    conn: Connection, alert: Alert, item_ids: Sequence[int], digests: Iterable[DigestName]
) -> AlertId:
    """Record an alert that fired, and which digests are to tell it."""
    found = conn.execute(
        alerts.insert()
        .values(
            rule=alert.rule,
            alert=alert.alert,
            severity=int(alert.severity),
            sentence=alert.sentence,
            reason=alert.reason,
            items=list(item_ids),
            fired_at=alert.fired_at,
        )
        .returning(alerts.c.id)
    ).scalar_one()
    rows = [{"digest": digest, "alert_id": found, "added_at": alert.fired_at} for digest in digests]
    if rows:
        conn.execute(alert_entries.insert(), rows)
    return AlertId(found)


def pending_alerts(conn: Connection, digest: DigestName) -> tuple[Alert, ...]:
    """The alerts that a digest has not told yet, oldest first."""
    ids = conn.execute(
        sa.select(alert_entries.c.alert_id)
        .where(alert_entries.c.digest == digest, alert_entries.c.digest_id.is_(None))
        .order_by(alert_entries.c.added_at, alert_entries.c.alert_id)
    ).scalars()
    return read_alerts(conn, ids)


def read_alerts(conn: Connection, ids: Iterable[int]) -> tuple[Alert, ...]:
    """These alerts."""
    return tuple(
        alert for part in chunks(ids) for alert in _read(conn, alerts.c.id.in_(part), alerts.c.id)
    )


def told_alerts(conn: Connection, digest_ids: Collection[str]) -> tuple[Alert, ...]:
    """The alerts that these digests have told, oldest first."""
    ids = conn.execute(
        sa.select(alert_entries.c.alert_id)
        .where(alert_entries.c.digest_id.in_(digest_ids))
        .distinct()
    ).scalars()
    return _read(conn, alerts.c.id.in_(list(ids)), alerts.c.id)


def recent_alerts(conn: Connection, limit: int) -> tuple[Alert, ...]:
    """The alerts that fired last, newest first."""
    newest = sa.select(alerts.c.id).order_by(alerts.c.id.desc()).limit(limit)
    return _read(conn, alerts.c.id.in_(newest), alerts.c.id.desc())


def warming_alerts(conn: Connection) -> tuple[tuple[RuleId, str, str], ...]:
    """The alerts that cannot fire yet: rule, alert, and why."""
    rows = conn.execute(
        sa.select(alert_states.c.rule, alert_states.c.alert, alert_states.c.warming)
        .where(alert_states.c.warming != "")
        .order_by(alert_states.c.rule, alert_states.c.alert)
    )
    return tuple((RuleId(row.rule), row.alert, row.warming) for row in rows)


def tell_alerts(
    conn: Connection, digest: DigestName, ids: Sequence[AlertId], digest_id: str
) -> bool:
    """Mark alerts as told by a digest; False when one of them was told in the meantime."""
    told = 0
    for part in chunks(ids):
        told += conn.execute(
            alert_entries.update()
            .where(
                alert_entries.c.digest == digest,
                alert_entries.c.alert_id.in_(part),
                alert_entries.c.digest_id.is_(None),
            )
            .values(digest_id=digest_id)
        ).rowcount
    return told == len(ids)


def alerts_waiting(conn: Connection, digest: DigestName) -> tuple[datetime, datetime] | None:
    """When the first and the last untold alert of a digest came; None when all are told."""
    first, last = conn.execute(
        sa.select(
            sa.func.min(alert_entries.c.added_at), sa.func.max(alert_entries.c.added_at)
        ).where(alert_entries.c.digest == digest, alert_entries.c.digest_id.is_(None))
    ).one()
    return None if first is None else (first, last)


def prune_hits(conn: Connection, now: datetime) -> None:
    """Let go of hits, and of watched hours, that nothing asks for any more."""
    conn.execute(rule_hits.delete().where(rule_hits.c.hit_at < now - KEPT))
    conn.execute(watched_hours.delete().where(watched_hours.c.hour_at < now - KEPT))


def _read(
    conn: Connection, which: sa.ColumnElement[bool], order: sa.ColumnElement[Any]
) -> tuple[Alert, ...]:
    rows = conn.execute(sa.select(alerts).where(which).order_by(order)).all()
    wanted = {item_id for row in rows for item_id in row.items}
    known = {
        row.id: reported(row, ()).item
        for part in chunks(wanted)
        for row in conn.execute(REPORT.where(items.c.id.in_(part)))
    }
    return tuple(
        Alert(
            id=AlertId(row.id),
            rule=RuleId(row.rule),
            alert=row.alert,
            severity=Severity(row.severity),
            sentence=row.sentence,
            reason=row.reason,
            fired_at=row.fired_at,
            examples=tuple(known[each] for each in row.items if each in known),
        )
        for row in rows
    )

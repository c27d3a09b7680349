"""Alerting: look at the hits each rule has had, and tell whoever hears it when they are news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.digests.routing import hearers
from monitor.model import Alert, AlertId, DigestSpec, Match, RuleId
from monitor.rules.alerts import Count, NewTerm, Silence, Spike, Volume
from monitor.rules.rulebook import Rule
from monitor.store import volume as rows
from monitor.store.engine import Store
from monitor.store.feeds import listed_feeds
from monitor.store.held import held_row, note_held
from monitor.store.volume import AlertState
from monitor.volume.deciding import HOUR, WEEK, Fires, Quiet, Seen, State, Verdict, decide
from monitor.watch import Watch
from monitor.work.holding import alert_held, holds_now

EXAMPLES = 5
"""Items shown with an alert."""

_LATE = timedelta(minutes=10)
"""How long after its instant a hit may be committed, where several processes write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the store knows, for all rules at once."""

    answered: bool
    hours: frozenset[datetime]
    watched_at: Mapping[RuleId, datetime]
    last_hits: Mapping[RuleId, datetime]
    states: Mapping[tuple[RuleId, str], AlertState]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """One alert, decided on: what to commit if nobody else has in the meantime."""

    rule: Rule
    alert: Volume
    before: AlertState | None
    after: AlertState
    verdict: Verdict
    met: tuple[str, ...] = ()
    examples: tuple[int, ...] = ()


def watch_volume(store: Store, watch: Watch, now: datetime) -> tuple[Alert, ...]:
    """Decide on every alert of every active rule; the alerts that fired.

    1. gather what is known of their hits; 2. decide; 3. commit what is remembered, the alerts,
    and who is to tell them, all or nothing.
    """
    rules = watch.book.active(now)
    alerting = [rule for rule in rules if rule.alert.volume]
    with store.reading() as conn:
        known = _gather(conn, watch, alerting, now)
        decided = [
            _decided(conn, watch, rule, alert, known, now)
            for rule in alerting
            for alert in rule.alert.volume
        ]

    def commit(conn: Connection) -> tuple[Alert, ...]:
        rows.note_watched(conn, [rule.id for rule in rules], now)
        if known.answered:
            rows.note_hour(conn, now)
        rows.forget_warming(conn, {(each.rule.id, each.alert.written) for each in decided})
        recorded = (_record(conn, watch, each, now) for each in decided)
        return tuple(alert for alert in recorded if alert is not None)

    return store.write(commit).result()


def _gather(conn: Connection, watch: Watch, alerting: Sequence[Rule], now: datetime) -> _Known:
    ids = [rule.id for rule in alerting]
    patience = max(3 * watch.settings.poll.max, HOUR)
    polled = [feed.state.last_ok_at for feed in listed_feeds(conn) if feed.state.last_ok_at]
    overs = [a.over for rule in alerting for a in rule.alert.volume if isinstance(a, Spike)]
    return _Known(
        answered=any(now - at <= patience for at in polled),
        hours=rows.hours_watched(conn, now - max(overs) - 2 * HOUR) if overs else frozenset(),
        watched_at=rows.watched_since(conn, ids, now),
        last_hits=rows.last_hits(conn, ids),
        states=rows.alert_states_of(conn, ids),
    )


def _decided(
    conn: Connection, watch: Watch, rule: Rule, alert: Volume, known: _Known, now: datetime
) -> _Decided:
    before = known.states.get((rule.id, alert.written))
    seen = Seen(
        now=now,
        watched_at=known.watched_at[rule.id],
        answered=known.answered,
        last_hit_at=known.last_hits.get(rule.id),
    )
    match alert:
        case Count(within=within):
            hits, sources = rows.count_hits(conn, rule.id, now - within, now)
            seen = replace(seen, hits=hits, sources=sources)
            shown_after = now - within
        case Spike():
            seen = _with_past(conn, rule, alert, seen, known.hours)
            shown_after = now - HOUR
        case Silence():
            shown_after = now
        case NewTerm():
            return _on_terms(conn, watch, rule, alert, seen, before)
    verdict = decide(alert, seen, _state(before))
    shown = rows.items_hit(conn, rule.id, shown_after, EXAMPLES) if _fires(verdict) else []
    return _Decided(
        rule=rule,
        alert=alert,
        before=before,
        after=_remembered(verdict),
        verdict=verdict,
        examples=tuple(item_id for item_id, _ in shown),
    )


def _with_past(
    conn: Connection, rule: Rule, alert: Spike, seen: Seen, hours: frozenset[datetime]
) -> Seen:
    """The last hour beside the same hour of earlier weeks, as far as those were watched."""

    def watched(until: datetime) -> bool:
        return {_hour(until), _hour(until - HOUR)} <= hours and until - HOUR >= seen.watched_at

    ends = [seen.now - WEEK * back for back in range(1, alert.over // WEEK + 1)]
    began = max(seen.watched_at, seen.now - alert.over)
    days = {(seen.now - at) // timedelta(days=1) for at in hours if began <= at <= seen.now}
    hits, _ = rows.count_hits(conn, rule.id, seen.now - HOUR, seen.now)
    return replace(
        seen,
        steady=_hour(seen.now - HOUR) in hours,
        hits=hits,
        before=tuple(
            rows.count_hits(conn, rule.id, end - HOUR, end)[0] for end in ends if watched(end)
        ),
        known_days=min(len(days), alert.over.days),
    )


def _hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


def _on_terms(
    conn: Connection,
    watch: Watch,
    rule: Rule,
    alert: NewTerm,
    seen: Seen,
    before: AlertState | None,
) -> _Decided:
    """Read the hits that came since the last look.

    What the archive holds is known, not new: at the first look all of it, and when the
    vocabulary has changed, what had been read with the one before.
    """
    name, now = alert.vocabulary, seen.now
    version = watch.book.vocabularies[name].version
    met = set(rows.terms_seen(conn, rule.id, name))
    learnt: tuple[str, ...] = ()
    read_until = before.mark_at if before and before.mark_at else now
    if before is None or before.vocabulary_version != version:
        learnt = watch.terms_in(rows.items_matched(conn, rule.id, read_until), name)
        met |= set(learnt)
    fresh = rows.items_hit(conn, rule.id, read_until - _LATE) if before else []
    terms = [term for term in watch.terms_in([i for _, i in fresh], name) if term not in met]
    verdict = decide(alert, replace(seen, terms=tuple(terms)), _state(before))
    last = seen.last_hit_at
    shown = (
        [item_id for item_id, item in fresh if not set(watch.terms_in([item], name)) <= met]
        if terms
        else []
    )
    return _Decided(
        rule=rule,
        alert=alert,
        before=before,
        after=AlertState(
            mark_at=max(read_until, last) if last else read_until, vocabulary_version=version
        ),
        verdict=verdict,
        met=(*learnt, *terms),
        examples=tuple(shown[:EXAMPLES]),
    )


def _state(before: AlertState | None) -> State:
    return State(firing=before.firing, mark_at=before.mark_at) if before else State()


def _remembered(verdict: Verdict) -> AlertState:
    warming = verdict.why if isinstance(verdict, Quiet) and verdict.warming else ""
    state = verdict.state
    return AlertState(firing=state.firing, mark_at=state.mark_at, warming=warming)


def _fires(verdict: Verdict) -> bool:
    return isinstance(verdict, Fires)


def _record(conn: Connection, watch: Watch, decided: _Decided, now: datetime) -> Alert | None:
    """Commit one decision, unless another process has come first."""
    rule, verdict = decided.rule, decided.verdict
    if decided.after != decided.before and not rows.put_state(
        conn, rule.id, decided.alert.written, decided.before, decided.after
    ):
        return None
    if isinstance(decided.alert, NewTerm):
        rows.note_terms(conn, rule.id, decided.alert.vocabulary, decided.met, now)
    if not isinstance(verdict, Fires):
        return None
    alert = Alert(
        id=AlertId(0),
        rule=rule.id,
        alert=decided.alert.written,
        severity=rule.severity,
        sentence=verdict.sentence,
        reason=verdict.reason,
        fired_at=now,
    )
    hearing = _heard_by(watch, rule)
    holds = holds_now(conn, watch.book.rules, now)
    held = [
        because for spec in hearing if (because := alert_held(alert, spec, watch.rule_tags, holds))
    ]
    kept = {each.digest for each in held}
    told = [spec.name for spec in hearing if spec.name not in kept]
    found = rows.put_alert(conn, alert, decided.examples, told)
    note_held(conn, ((each.digest, held_row(each, alert=found)) for each in held), now)
    return replace(alert, id=found)


def _heard_by(watch: Watch, rule: Rule) -> list[DigestSpec]:
    """The digests that hear the rule, as they would a story of it."""
    as_match = Match(rule=rule.id, severity=rule.severity, score=0, evidence=())
    heard = hearers([as_match], watch.rule_tags, watch.settings.digests)
    return [watch.digests[each.digest] for each in heard]

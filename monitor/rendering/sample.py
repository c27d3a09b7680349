"""An invented digest that uses everything a template can use: what `check` renders."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.model import (
    Abroad,
    Alert,
    AlertId,
    Cause,
    Digest,
    DigestName,
    Evidence,
    Item,
    ItemId,
    Line,
    Match,
    Outcome,
    Reported,
    RuleCard,
    RuleId,
    RuleVolume,
    Section,
    Severity,
    Story,
    StoryId,
    Watching,
)

_NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
_MANY = range(2, 13)
_RULE = RuleCard(id=RuleId("sample-rule"), title="Sample rule", why="Shows what a reason is")


def sample_digest() -> Digest:
    """Urgent, updated, ordinary, late, the rest, a chart, a note: every branch of a template."""
    urgent = _story(1, "Freighter seized off the invented coast", Severity.CRITICAL)
    ordinary = _story(2, "Порт Примерный закрыт для судов", Severity.LOW)
    updated = replace(
        _story(4, "Ferry runs again off the invented coast", Severity.HIGH),
        told_at=_NOW - timedelta(days=1),
        lines=(
            *(Line(cause=Cause.UPDATE, said=f"now says {n} boats, was {n - 1}") for n in _MANY),
            *(Line(cause=Cause.REPORT, item_id=ItemId(40 + copy)) for copy in _MANY),
        ),
        abroad=(Abroad(language="ru", reports=3),),
    )
    meanwhile = replace(
        _story(5, "Dredger aground off the invented coast", Severity.LOW),
        lines=(
            Line(cause=Cause.STORY),
            Line(cause=Cause.UPDATE, item_id=ItemId(51), said="now says 3 hurt, was 2"),
        ),
    )
    third = _story(3, "A third story, told in one line", Severity.INFO)
    crowd = tuple(
        _story(100 + number, f"Boat {number} leaves port", Severity.INFO) for number in range(30)
    )
    return Digest(
        id="2026-03-02-0000",
        name=DigestName("sample"),
        planned_at=_NOW,
        since_at=_NOW - timedelta(days=1),
        timezone="Europe/Vienna",
        next_at=_NOW + timedelta(days=1),
        sections=(Section(rule=_RULE, stories=(urgent, updated, ordinary, meanwhile, *crowd)),),
        rest=(replace(third, told_at=_NOW, lines=(Line(cause=Cause.REPORT),)),),
        late=(_story(6, "An old story, found late", Severity.INFO),),
        rules=(_RULE,),
        volumes=(
            RuleVolume(rule=_RULE, days=(*[2] * 13, 30), usual=2.0, unusual=True),
            RuleVolume(rule=RuleCard(id=RuleId("other"), title="Another"), days=(0,) * 13 + (1,)),
        ),
        more_volumes=2,
        next_runs=(_NOW + timedelta(days=1), _NOW + timedelta(days=2)),
        why="due at 2026-03-02 07:00 CET",
        merges=("2026-03-01-0000",),
        alerts=(
            Alert(
                id=AlertId(1),
                rule=_RULE.id,
                alert="5 in 24h from 3 sources",
                severity=Severity.HIGH,
                sentence="7 matches from 4 sources in the last 24 hours.",
                reason="The rule asks to be told at 5 in 24h from 3 sources.",
                fired_at=_NOW,
                examples=tuple(one.item for one in (urgent.lead, ordinary.lead)),
            ),
        ),
        notes=("The feed “Invented wire” has been failing since yesterday.",),
    )


def empty_digest() -> Digest:
    """A digest with nothing in it but the proof of life."""
    return Digest(
        id="2026-03-02-0001",
        name=DigestName("sample"),
        planned_at=_NOW,
        since_at=None,
        timezone="UTC",
        next_at=None,
        sections=(),
        watching=Watching(feeds=35, rules=3, failing=1, read_at=_NOW),
    )


def single_digest() -> Digest:
    """One story and nothing else: what an alert is."""
    urgent = _story(1, "Freighter seized off the invented coast", Severity.CRITICAL)
    whole = sample_digest()
    return Digest(
        id=whole.id,
        name=whole.name,
        planned_at=_NOW,
        since_at=None,
        timezone=whole.timezone,
        next_at=None,
        sections=(Section(rule=_RULE, stories=(urgent,)),),
    )


def _story(number: int, title: str, severity: Severity) -> Story:
    word = title.split(maxsplit=1)[0]
    evidence = Evidence(clause="any", term=word, field="title", start=0, end=len(word), text=word)
    match = Match(rule=_RULE.id, severity=severity, score=3, evidence=(evidence,))
    reports = tuple(
        Reported(
            item_id=ItemId(10 * number + copy),
            item=Item(
                title=title,
                lead="An invented sentence that says a little more than the headline does.",
                url=f"https://wire{copy}.example/{number}",
                source=f"Invented wire {copy}",
                language="en",
                published_at=_NOW - timedelta(hours=5 * number),
                first_seen_at=_NOW - timedelta(hours=number),
            ),
            outcome=Outcome.REVISED if number == 1 else Outcome.NEW,
            matches=(match,),
        )
        for copy in range(13 if number == 4 else 3)
    )
    return Story(id=StoryId(number), lead=reports[0], others=reports[1:])

"""Invented stories and digests, as short to write as the tests that need them."""

from datetime import UTC, datetime, timedelta

from monitor.model import (
    Digest,
    DigestName,
    Evidence,
    Item,
    ItemId,
    Match,
    Outcome,
    Reported,
    RuleCard,
    RuleId,
    Section,
    Severity,
    Story,
    StoryId,
)

NOW = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
ARMS = RuleCard(id=RuleId("arms"), title="Arms transfers", why="Munitions on the move")


def evidence(field, text, start, clause="any"):
    return Evidence(
        clause=clause, term=text, field=field, start=start, end=start + len(text), text=text
    )


def reported(title="Port closed", *, number=1, matched=(), rule="arms", severity=Severity.LOW, **f):
    fields = {
        "title": title,
        "lead": "",
        "body": "",
        "url": f"https://wire.example/{number}",
        "source": "Wire",
        "language": "en",
        "published_at": NOW - timedelta(hours=2),
        "first_seen_at": NOW,
    } | f
    found = tuple(
        evidence(name, word, fields[name].index(word))
        for word in matched
        for name in ("title", "lead", "body")
        if word in fields[name]
    )
    match = Match(rule=RuleId(rule), severity=severity, score=1, evidence=found)
    return Reported(
        item_id=ItemId(number), item=Item(**fields), outcome=Outcome.NEW, matches=(match,)
    )


def story(title="Port closed", *, number=1, others=(), **fields):
    return Story(
        id=StoryId(number), lead=reported(title, number=number, **fields), others=tuple(others)
    )


def digest(*stories, rest=(), notes=(), zone="UTC", sections=None, **fields):
    if sections is None:
        sections = (Section(rule=ARMS, stories=tuple(stories)),) if stories else ()
    settings = {
        "id": "2026-11-23-a7f3",
        "name": DigestName("morning"),
        "planned_at": NOW,
        "since_at": NOW - timedelta(days=1),
        "timezone": zone,
        "next_at": NOW + timedelta(days=1),
    } | fields
    return Digest(sections=sections, rest=tuple(rest), notes=tuple(notes), **settings)

"""When a digest goes out and what stands in it: decisions that say why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.digests.routing import hearers
from monitor.model import (
    Alert,
    Cause,
    Digest,
    DigestSpec,
    Match,
    RuleCard,
    RuleId,
    Section,
    Severity,
    Story,
)
from monitor.schedule import (
    Now,
    Rolling,
    next_run,
    parse_cadence,
    parse_quiet,
    quiet_until,
    rolling_due,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What a digest has not told yet: when the first and the last of it came in."""

    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GoesOut:
    """The digest is due; `next_at` is its next calendar run, None when it has no calendar."""

    why: str
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Not now. `until_at` is the next instant worth looking at, None for "when news comes"."""

    why: str
    until_at: datetime | None
    next_at: datetime | None = None


Timing = GoesOut | Waits


def decide_timing(
    spec: DigestSpec,
    waiting: Waiting | None,
    *,
    next_run_at: datetime | None,
    last_told_at: datetime | None,
    now: datetime,
) -> Timing:
    """Whether a digest goes out now.

    `next_run_at` is the calendar run that was planned (None when none was yet). A run that was
    missed while the machine slept is made up for once. Quiet hours hold; they never drop.
    """
    zone = ZoneInfo(spec.timezone)
    cadence = parse_cadence(spec.cadence)
    quiet = parse_quiet(spec.quiet)
    held_until = quiet_until(quiet, zone, now) if quiet else None
    match cadence:
        case Now():
            # Nothing to wait for; first_at lies ahead when the clock was put back meanwhile.
            due_at, next_at = (min(waiting.first_at, now) if waiting else None), None
        case Rolling():
            due_at, next_at = None, None
            if waiting:
                due_at = rolling_due(
                    cadence,
                    first_waiting_at=waiting.first_at,
                    last_waiting_at=waiting.last_at,
                    last_told_at=last_told_at,
                )
        case _:
            due_at = next_run_at
            next_at = next_run(cadence, zone, now)
            if due_at is None:
                return Waits(why="the first run is planned", until_at=next_at, next_at=next_at)
            if due_at > now:
                return Waits(why="not yet its time", until_at=due_at, next_at=due_at)
    if waiting is None and spec.skip_if_empty:
        return Waits(why="nothing to tell", until_at=next_at, next_at=next_at)
    if due_at is not None and due_at > now:
        return Waits(why="gathering what belongs together", until_at=due_at)
    if held_until is not None:
        return Waits(why=f"quiet hours {spec.quiet}", until_at=held_until, next_at=next_run_at)
    return GoesOut(why=f"due at {due_at:%Y-%m-%d %H:%M} UTC" if due_at else "due", next_at=next_at)


def compose_digest(
    spec: DigestSpec,
    stories: Sequence[Story],
    cards: Mapping[RuleId, RuleCard],
    *,
    digest_id: str,
    since_at: datetime | None,
    next_at: datetime | None,
    now: datetime,
    notes: Sequence[str] = (),
) -> Digest:
    """Arrange stories: the most severe first, each under the most severe rule it matched.

    Stories beyond `spec.max_stories` are told too, as one line each.
    """
    ranked = sorted(stories, key=_rank, reverse=True)
    shown, rest = ranked[: spec.max_stories], ranked[spec.max_stories :]
    filed: dict[RuleId, list[Story]] = {}
    for story in shown:
        filed.setdefault(_filed_under(story), []).append(story)
    fired = {
        match.rule
        for story in stories
        for report in (story.lead, *story.others)
        for match in report.matches
    }
    return Digest(
        id=digest_id,
        name=spec.name,
        planned_at=now,
        since_at=since_at,
        timezone=spec.timezone,
        next_at=next_at,
        sections=tuple(
            Section(rule=_card(rule, cards), stories=tuple(told)) for rule, told in filed.items()
        ),
        rest=tuple(rest),
        rules=tuple(_card(rule, cards) for rule in sorted(fired)),
        notes=tuple(notes),
    )


def with_alerts(
    digest: Digest, alerts: Sequence[Alert], cards: Mapping[RuleId, RuleCard]
) -> Digest:
    """The digest with alerts above its stories, and the cards of their rules."""
    rules = sorted({*(card.id for card in digest.rules), *(alert.rule for alert in alerts)})
    return replace(digest, alerts=tuple(alerts), rules=tuple(_card(rule, cards) for rule in rules))


def at_once(
    stories: Sequence[Story],
    spec: DigestSpec,
    rules: Collection[RuleId],
    tags: Mapping[RuleId, tuple[str, ...]],
) -> tuple[Story, ...]:
    """The stories that a digest tells at once: those it hears by a match of these rules.

    Not for a follow-up: that goes out with whatever goes out next.
    """
    return tuple(
        story
        for story in stories
        if any(line.cause is not Cause.FOLLOW_UP for line in story.lines)
        and hearers([each for each in _matches(story) if each.rule in rules], tags, [spec])
    )


def held_by_quiet_hours(spec: DigestSpec, now: datetime) -> bool:
    """Whether a digest says nothing now, however urgent."""
    quiet = parse_quiet(spec.quiet)
    return quiet is not None and quiet_until(quiet, ZoneInfo(spec.timezone), now) is not None


def _matches(story: Story) -> list[Match]:
    return [match for report in (story.lead, *story.others) for match in report.matches]


def _rank(story: Story) -> tuple[Severity, int, datetime]:
    score = max((match.score for match in _matches(story)), default=0)
    return story.severity, score, story.lead.item.published_at


def _filed_under(story: Story) -> RuleId:
    found = _matches(story)
    return max(found, key=lambda match: (match.severity, match.score)).rule if found else RuleId("")


def _card(rule: RuleId, cards: Mapping[RuleId, RuleCard]) -> RuleCard:
    """A rule that is gone since it fired keeps its name."""
    return cards.get(rule) or RuleCard(id=rule, title=rule)

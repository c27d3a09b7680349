"""When a digest goes out and what stands in it: decisions that say why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
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
    Daily,
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
    """Not now. `until_at` is the next instant worth looking at, None for "when news comes".

    `held`: but for quiet hours it would go out.
    """

    why: str
    until_at: datetime | None
    next_at: datetime | None = None
    held: bool = False


Timing = GoesOut | Waits

LATE = timedelta(days=3)
"""What was published so long before it was first seen is told in a section of its own."""

_MORNING = Daily(times=(time(9),))
_SLACK = timedelta(hours=12)


def decide_timing(
    spec: DigestSpec,
    waiting: Waiting | None,
    *,
    next_run_at: datetime | None,
    last_told_at: datetime | None,
    silent_since_at: datetime | None = None,
    now: datetime,
) -> Timing:
    """Whether a digest goes out now.

    `next_run_at` is the calendar run that was planned (None when none was yet). A run that was
    missed while the machine slept is made up for once. Quiet hours hold; they never drop.
    `silent_since_at` is since when the digest has said nothing, None where that is not known:
    after its heartbeat it says that there was nothing to tell.
    """
    zone = ZoneInfo(spec.timezone)
    cadence = parse_cadence(spec.cadence)
    quiet = parse_quiet(spec.quiet)
    held_until = quiet_until(quiet, zone, now) if quiet else None
    match cadence:
        case Now():
            # Nothing to wait for; first_at lies ahead when the clock was put back meanwhile.
            due_at, next_at = (min(waiting.first_at, now) if waiting else None), None
            beat_at = heartbeat_at(spec, silent_since_at)
        case Rolling():
            due_at, next_at = None, None
            beat_at = heartbeat_at(spec, silent_since_at)
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
            beat_at = _calendar_beat(spec, silent_since_at, due_at)
    beats = waiting is None and beat_at is not None and beat_at <= now
    if waiting is None and not beats:
        return Waits(why="nothing to tell", until_at=next_at or beat_at, next_at=next_at)
    if due_at is not None and due_at > now:
        return Waits(why="gathering what belongs together", until_at=due_at)
    if held_until is not None:
        return Waits(
            why=f"quiet hours {spec.quiet}", until_at=held_until, next_at=next_run_at, held=True
        )
    if beats:
        since = f" since {_at(silent_since_at, zone)}" if silent_since_at else ""
        why = f"a sign of life, with nothing to tell{since}"
        return GoesOut(why=why, next_at=next_at)
    return GoesOut(why=f"due at {_at(due_at, zone)}" if due_at else "due", next_at=next_at)


def _at(instant: datetime, zone: ZoneInfo) -> str:
    """An instant as those who read the digest say it."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def heartbeat_at(spec: DigestSpec, silent_since_at: datetime | None) -> datetime | None:
    """When a digest without a calendar says that there was nothing to tell: in the morning."""
    if not spec.heartbeat or silent_since_at is None:
        return None
    return next_run(_MORNING, ZoneInfo(spec.timezone), silent_since_at + spec.heartbeat)


def _calendar_beat(
    spec: DigestSpec, silent_since_at: datetime | None, run_at: datetime
) -> datetime | None:
    """The run of a calendar digest if it is to say so, although there is nothing to tell.

    The last digest went out a little after its run: half a day does not count.
    """
    if not spec.heartbeat or silent_since_at is None:
        return None
    return run_at if run_at + _SLACK >= silent_since_at + spec.heartbeat else None


def next_runs(spec: DigestSpec, now: datetime, count: int = 3) -> tuple[datetime, ...]:
    """The next times that a digest with a calendar goes out; none of one that waits for news.

    A run in quiet hours goes out at their end.
    """
    cadence, zone, quiet = parse_cadence(spec.cadence), ZoneInfo(spec.timezone), None
    if spec.quiet:
        quiet = parse_quiet(spec.quiet)
    found: list[datetime] = []
    at = now
    while len(found) < count and (run_at := next_run(cadence, zone, at)) is not None:
        at = run_at
        goes_at = (quiet_until(quiet, zone, run_at) or run_at) if quiet else run_at
        if goes_at not in found:
            found.append(goes_at)
    return tuple(found)


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

    Stories beyond `spec.max_stories` are told too, as one line each; so are those that were
    old when the watch first saw them.
    """
    ranked = sorted(stories, key=_rank, reverse=True)
    late = [story for story in ranked if is_late(story)]
    fresh = [story for story in ranked if not is_late(story)]
    shown, rest = fresh[: spec.max_stories], fresh[spec.max_stories :]
    filed: dict[RuleId, list[Story]] = {}
    for story in shown:
        filed.setdefault(filed_under(story), []).append(story)
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
        late=tuple(late),
        rules=tuple(_card(rule, cards) for rule in sorted(fired)),
        notes=tuple(notes),
        next_runs=next_runs(spec, now),
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


def breaking_through(
    waiting: Sequence[Story],
    hurried: Sequence[Story],
    spec: DigestSpec,
    timing: Waits,
    now: datetime,
) -> tuple[Story, ...]:
    """The stories that are told although the digest waits.

    Those `hurried`, which a rule wants told at once; in quiet hours only what is severe enough
    to break through, of all that would go out but for them.
    """
    if not held_by_quiet_hours(spec, now):
        return tuple(hurried)
    if spec.breakthrough is None:
        return ()
    would_go = waiting if timing.held else hurried
    return tuple(story for story in would_go if story.severity >= spec.breakthrough)


def is_late(story: Story) -> bool:
    """Whether a story was old news when the watch first saw it, as after an outage."""
    item = story.lead.item
    return item.first_seen_at - item.published_at > LATE


def held_by_quiet_hours(spec: DigestSpec, now: datetime) -> bool:
    """Whether a digest says nothing now, however urgent."""
    quiet = parse_quiet(spec.quiet)
    return quiet is not None and quiet_until(quiet, ZoneInfo(spec.timezone), now) is not None


def _matches(story: Story) -> list[Match]:
    return [match for report in (story.lead, *story.others) for match in report.matches]


def _rank(story: Story) -> tuple[Severity, int, datetime]:
    score = max((match.score for match in _matches(story)), default=0)
    return story.severity, score, story.lead.item.published_at


def filed_under(story: Story) -> RuleId:
    """The rule that a story stands under: the most severe that fired on any report of it."""
    found = _matches(story)
    return max(found, key=lambda match: (match.severity, match.score)).rule if found else RuleId("")


def _card(rule: RuleId, cards: Mapping[RuleId, RuleCard]) -> RuleCard:
    """A rule that is gone since it fired keeps its name."""
    return cards.get(rule) or RuleCard(id=rule, title=rule)

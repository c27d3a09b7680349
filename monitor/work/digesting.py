"""Digesting: find out which digests are due, put them into words, and queue them for delivery."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.channels.composing import compose
from monitor.digests.planning import (
    GoesOut,
    Timing,
    Waiting,
    Waits,
    at_once,
    breaking_through,
    compose_digest,
    decide_timing,
    with_alerts,
)
from monitor.errors import UsageError
from monitor.model import Alert, Channel, Digest, DigestName, DigestSpec, Message, Part, Story
from monitor.schedule import Now, Rolling, parse_cadence
from monitor.store import digests as digest_rows
from monitor.store.digests import AlreadyTold, ScheduleRow
from monitor.store.engine import Store
from monitor.store.held import HeldRow, tell_held
from monitor.store.stories import pending_stories, waiting_since
from monitor.store.told_notes import record_told
from monitor.store.volume import pending_alerts
from monitor.watch import Watch
from monitor.work.charting import chart, watching
from monitor.work.health import tell_health
from monitor.work.holding import (
    NOTHING_HELD,
    HeldBack,
    held_of,
    hold_back_all,
    holds_now,
    tell_held_back,
)
from monitor.work.telling import SILENCE, Telling

MOST_STORIES_ONCE = 10_000
"""Stories in one digest; what is beyond them is told by the next, which is due at once."""

MOST_ALERTS_ONCE = 25
"""Alerts in one digest, so that a mail stays whole; the rest is told by the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A digest that was queued, or is ready to be: decided, in words, dressed for its targets."""

    digest: Digest
    message: Message
    parts: tuple[Part, ...]
    why: str
    warnings: tuple[str, ...] = ()
    health: Telling = SILENCE
    held: HeldBack = NOTHING_HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the store knows of one digest."""

    schedule: ScheduleRow | None
    waiting: Waiting | None
    last_told_at: datetime | None

    @property
    def silent_since_at(self) -> datetime | None:
        """Since when the digest has said nothing."""
        since_at = self.schedule.since_at if self.schedule else None
        known = [at for at in (self.last_told_at, since_at) if at is not None]
        return max(known, default=None)


def digest_all(store: Store, watch: Watch, now: Callable[[], datetime]) -> tuple[Planned, ...]:
    """Queue every digest that is due, each in a transaction of its own."""
    planned = (digest_if_due(store, watch, spec, now()) for spec in watch.settings.digests)
    return tuple(each for each in planned if each)


def digest_if_due(store: Store, watch: Watch, spec: DigestSpec, now: datetime) -> Planned | None:
    """Queue one digest if it is due; else remember when its calendar runs next."""
    hold_back_all(store, watch, spec, now, only_mutes=True)
    known, timing = _looked_at(store, spec, now)
    if isinstance(timing, GoesOut) and hold_back_all(store, watch, spec, now):
        known, timing = _looked_at(store, spec, now)
    if isinstance(timing, Waits):
        _remember(store, spec, known, timing, now)
        return _send_early(store, watch, spec, timing, now) if known.waiting else None
    return _queue(store, watch, spec, now, timing)


def _looked_at(store: Store, spec: DigestSpec, now: datetime) -> tuple[_Known, Timing]:
    with store.reading() as conn:
        known = _known(conn, spec)
    return known, _timing(spec, known, now)


def _send_early(
    store: Store, watch: Watch, spec: DigestSpec, timing: Waits, now: datetime
) -> Planned | None:
    """Queue, alone, what does not wait for the digest; all else keeps its time.

    None when there is nothing, and when another process has told it.
    """
    if not watch.told_at_once and not (timing.held and spec.breakthrough is not None):
        return None
    pending, _, _ = _pending(store, watch, spec, now)
    hurried = at_once(pending, spec, watch.told_at_once, watch.rule_tags)
    stories = breaking_through(pending, hurried, spec, timing, now)
    if not stories:
        return None
    why = "it breaks through quiet hours" if timing.held else "a rule tells its stories at once"
    planned = _planned(store, watch, spec, now, stories, why=why)

    def commit(conn: Connection) -> None:
        digest_rows.put_digest(
            conn, planned.digest, planned.parts, now, message=planned.message, at_once=True
        )
        _record_notes(conn, planned)

    try:
        store.write(commit).result()
    except AlreadyTold:
        return None
    return planned


def _record_notes(conn: Connection, planned: Planned) -> None:
    """Remember what a digest has said of the watch itself and of what was held back."""
    record_told(conn, planned.digest.name, planned.health.told, planned.health.over)
    tell_held(conn, planned.digest.name, planned.held.rows, planned.digest.id)


def next_run_of(store: Store, spec: DigestSpec, now: datetime) -> Timing:
    """Whether a digest is due, and when it will be: for lists."""
    return _looked_at(store, spec, now)[1]


def send_digest(store: Store, watch: Watch, spec: DigestSpec, now: datetime) -> Planned | None:
    """Queue a digest now, because somebody asks for it: see `_queue`."""
    hold_back_all(store, watch, spec, now)
    return _queue(store, watch, spec, now, None)


def _queue(
    store: Store, watch: Watch, spec: DigestSpec, now: datetime, timing: GoesOut | None
) -> Planned | None:
    """Queue a digest now. None when another process has told its stories in the meantime.

    1. gather what it has not told; 2. decide what stands where, and put it into words;
    3. commit its messages, the stories and notes as told, and its next run, all or nothing.
    """
    planned = preview_digest(store, watch, spec, now, why=timing.why if timing else "")

    def commit(conn: Connection) -> bool:
        digest_rows.put_digest(conn, planned.digest, planned.parts, now, message=planned.message)
        _record_notes(conn, planned)
        before = digest_rows.read_schedules(conn).get(spec.name)
        next_at = timing.next_at if timing else (before.next_run_at if before else None)
        since_at = before.since_at if before else now
        digest_rows.set_schedule(conn, _schedule(spec, next_at, last_run_at=now, since_at=since_at))
        return True

    try:
        store.write(commit).result()
    except AlreadyTold:
        return None
    return planned


def preview_digest(
    store: Store,
    watch: Watch,
    spec: DigestSpec,
    now: datetime,
    *,
    why: str = "",
) -> Planned:
    """Exactly what `send_digest` would queue at this instant; nothing is changed.

    Where `why` is not given, it is that the digest is due or, while it is not, asked for.
    """
    if not why:
        timing = next_run_of(store, spec, now)
        why = timing.why if isinstance(timing, GoesOut) else "asked for"
    stories, alerts, held = _pending(store, watch, spec, now)
    return _planned(store, watch, spec, now, stories, alerts, held, why=why)


def _pending(
    store: Store, watch: Watch, spec: DigestSpec, now: datetime
) -> tuple[tuple[Story, ...], tuple[Alert, ...], tuple[HeldRow, ...]]:
    """What waits in a digest and may be told, and what of it is held back."""
    with store.reading() as conn:
        holds = holds_now(conn, watch.book.rules, now)
        stories = pending_stories(conn, spec.name)
        alerts = pending_alerts(conn, spec.name)
    held = held_of(stories, alerts, spec, watch, holds)
    kept = {(each.story, each.alert) for each in held}
    return (
        tuple(each for each in stories if (each.id, None) not in kept)[:MOST_STORIES_ONCE],
        tuple(each for each in alerts if (None, each.id) not in kept)[:MOST_ALERTS_ONCE],
        tuple(held),
    )


def _planned(
    store: Store,
    watch: Watch,
    spec: DigestSpec,
    now: datetime,
    stories: Sequence[Story],
    alerts: Sequence[Alert] = (),
    held: Sequence[HeldRow] | None = None,
    *,
    why: str,
) -> Planned:
    """A digest of these stories and alerts, in words.

    `held` is not told of what waits; None where the digest only hurries ahead with a few stories.
    """
    with store.reading() as conn:
        known = _known(conn, spec)
        taken = digest_rows.digest_ids(conn, f"{_local(spec, now):%Y-%m-%d}")
        calendar = not isinstance(parse_cadence(spec.cadence), Now)
        says_all = calendar or not (stories or alerts)  # as a sign of life does
        health = tell_health(conn, watch, spec.name, now) if says_all else SILENCE
        held_back = tell_held_back(conn, spec, held or (), {each.id for each in stories}, now)
        volumes, more_volumes = (
            chart(conn, watch, spec, now) if calendar and held is not None else ((), 0)
        )
        idle = not stories and not alerts
        behind = watching(conn, watch, spec, now) if idle else None
    digest = compose_digest(
        spec,
        stories,
        watch.cards,
        digest_id=new_id(spec, stories, alerts, now, taken),
        since_at=known.last_told_at,
        next_at=_timing(spec, known, now).next_at,
        now=now,
        notes=health.sentences,
    )
    digest = replace(
        with_alerts(digest, alerts, watch.cards),
        why=why,
        volumes=volumes,
        more_volumes=more_volumes,
        watching=behind,
        held=held_back.sentence if calendar else "",
    )
    dressed = dress(digest, spec, watch, now, why=why)
    return replace(dressed, health=health, held=held_back)


def dress(digest: Digest, spec: DigestSpec, watch: Watch, now: datetime, *, why: str) -> Planned:
    """Put a digest into words, and the words into final bytes for every target."""
    warnings: list[str] = []
    message = watch.wording.word(
        digest, template=spec.template, key=digest.id, warn=warnings.append
    )
    parts: list[Part] = []
    for name in dict.fromkeys(spec.to):
        try:
            parts += compose(_channel(watch, name), message, now=now)
        except UsageError as error:
            # The others are told all the same; who misses it is named, loudly.
            warnings.append(f"channel `{name}` cannot be used: {error}")
    return Planned(
        digest=digest, message=message, parts=tuple(parts), why=why, warnings=tuple(warnings)
    )


def _channel(watch: Watch, name: str) -> Channel:
    channel = watch.channels.get(name)
    if channel is None:
        raise UsageError("there is no such channel")
    if not channel.url.reveal():
        raise UsageError("its URL is not known here")
    return channel


def sync_schedules(conn: Connection, specs: Sequence[DigestSpec]) -> None:
    """Forget the runs of digests that are gone or whose times have changed."""
    planned = digest_rows.read_schedules(conn)
    digest_rows.drop_schedules(
        conn,
        [
            spec.name
            for spec in specs
            if (row := planned.get(spec.name)) is not None and _is_of(row, spec)
        ],
    )


def _known(conn: Connection, spec: DigestSpec) -> _Known:
    follow_ups = not isinstance(parse_cadence(spec.cadence), Now | Rolling)
    found = waiting_since(conn, spec.name, follow_ups=follow_ups)
    schedules: Mapping[DigestName, ScheduleRow] = digest_rows.read_schedules(conn)
    row = schedules.get(spec.name)
    return _Known(
        schedule=row if row is not None and _is_of(row, spec) else None,
        waiting=Waiting(first_at=found[0], last_at=found[1]) if found else None,
        last_told_at=digest_rows.last_digest_at(conn, spec.name),
    )


def _timing(spec: DigestSpec, known: _Known, now: datetime) -> Timing:
    return decide_timing(
        spec,
        known.waiting,
        next_run_at=known.schedule.next_run_at if known.schedule else None,
        last_told_at=known.last_told_at,
        silent_since_at=known.silent_since_at,
        now=now,
    )


def _remember(store: Store, spec: DigestSpec, known: _Known, timing: Waits, now: datetime) -> None:
    """Note when the calendar runs next and, of a digest that is new, since when it is there."""
    row = known.schedule
    if row is not None and timing.next_at in (None, row.next_run_at):
        return
    schedule = _schedule(
        spec,
        timing.next_at,
        last_run_at=row.last_run_at if row is not None else None,
        since_at=row.since_at if row is not None else now,
    )
    store.write(lambda conn: digest_rows.set_schedule(conn, schedule)).result()


def _schedule(
    spec: DigestSpec,
    next_at: datetime | None,
    *,
    last_run_at: datetime | None,
    since_at: datetime | None,
) -> ScheduleRow:
    return ScheduleRow(
        name=spec.name,
        cadence=spec.cadence,
        timezone=spec.timezone,
        next_run_at=next_at,
        last_run_at=last_run_at,
        since_at=since_at,
    )


def _is_of(row: ScheduleRow, spec: DigestSpec) -> bool:
    return (row.cadence, row.timezone) == (spec.cadence, spec.timezone)


def new_id(
    spec: DigestSpec,
    stories: Sequence[Story],
    alerts: Sequence[Alert],
    now: datetime,
    taken: frozenset[str],
) -> str:
    """A digest's id: the date, and four characters that follow from what is told.

    So a preview shows the same one.
    """
    told = " ".join([*map(_told, stories), *(f"alert {a.id}" for a in alerts)])
    for attempt in range(0x10000):
        text = f"{spec.name} {told} {attempt}"
        short = hashlib.blake2b(text.encode(), digest_size=2).hexdigest()
        found = f"{_local(spec, now):%Y-%m-%d}-{short}"
        if found not in taken:
            return found
    raise UsageError("65,536 digests in one day: no number is left for another")


def _told(story: Story) -> str:
    news = (line for line in story.lines if line.item_id is not None)
    return " ".join([str(story.id), *(f"{line.item_id}/{line.update_id}" for line in news)])


def _local(spec: DigestSpec, now: datetime) -> datetime:
    return now.astimezone(ZoneInfo(spec.timezone))

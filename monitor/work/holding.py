"""Holding back: what mutes and silences keep from those who would hear of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.digests.hits import Hit
from monitor.digests.holding import Holds, Tags, held, held_sentence
from monitor.digests.muting import Muting
from monitor.digests.routing import hearers
from monitor.digests.silencing import Silence
from monitor.model import (
    Alert,
    Decision,
    DigestName,
    DigestSpec,
    Held,
    Item,
    Match,
    SilenceId,
    Story,
    StoryId,
)
from monitor.rules.rulebook import Rule
from monitor.schedule.endings import end_of
from monitor.sources.addresses import without_login
from monitor.store.engine import Store
from monitor.store.held import (
    HeldRow,
    held_row,
    held_since,
    hold_back,
    untold_among,
    untold_stories,
)
from monitor.store.merging import survivors
from monitor.store.mutes import mutes_by_hand
from monitor.store.silences import silences_called, silences_now
from monitor.store.stories import read_stories
from monitor.store.volume import pending_alerts, read_alerts
from monitor.watch import Watch


def holds_now(conn: Connection, rules: Iterable[Rule], now: datetime) -> Holds:
    """Every mute, of rule files and by hand, and every silence that holds at this instant.

    What was said of a story that has become part of another is said of that one.
    """
    in_files = (
        Muting(story=mute.story, until_at=end_of(mute.until), rule=rule.id, note=mute.note)
        for rule in rules
        for mute in rule.mutes
    )
    mutings = [each for each in (*in_files, *mutes_by_hand(conn, now)) if now < each.until_at]
    silences = silences_now(conn, now)
    named = {each.story for each in mutings}.union(*(each.stories for each in silences))
    merged = survivors(conn, named) if named else {}
    by_story: dict[StoryId, tuple[Muting, ...]] = {}
    for each in mutings:
        story = merged.get(each.story, each.story)
        by_story[story] = (*by_story.get(story, ()), replace(each, story=story))
    return Holds(mutings=by_story, silences=tuple(each.moved(merged) for each in silences))


def without_held(decision: Decision, watch: Watch, holds: Holds) -> Decision:
    """The decision, told only to those who hear of a match that is not held back."""
    if not holds or not decision.digests:
        return decision
    kept = {
        each.digest: because
        for each in decision.digests
        if (spec := watch.digests.get(each.digest)) is not None
        and (because := held(spec, _hits_of(decision, watch, spec.name), watch.rule_tags, holds))
    }
    return replace(
        decision,
        digests=tuple(each for each in decision.digests if each.digest not in kept),
        held=tuple(kept.values()),
    )


def held_because(story: Story, spec: DigestSpec, watch: Watch, holds: Holds) -> Held | None:
    """What keeps a story from being told by a digest that it waits in; None where nothing does."""
    hits = hits_of_story(story, spec.name, watch.rule_tags)
    told = (hit for hit in hits if hit.match.rule not in watch.kept_back)
    return held(spec, told, watch.rule_tags, holds)


def alert_held(alert: Alert, spec: DigestSpec, tags: Tags, holds: Holds) -> Held | None:
    """What keeps an alert from being told by a digest: a silence that asks for no item."""
    as_match = Match(rule=alert.rule, severity=alert.severity, score=0, evidence=())
    hit = Hit(digest=spec.name, match=as_match, tags=tags.get(alert.rule, ()))
    return held(spec, [hit], tags, holds)


def silences_on(
    story: Story, silences: Iterable[Silence], tags: Tags, specs: Sequence[DigestSpec]
) -> tuple[Silence, ...]:
    """The silences that hold back some match of a story from some digest that hears it."""
    hits = [
        hit
        for spec in specs
        for hit in hits_of_story(story, spec.name, tags)
        if hearers([hit.match], tags, [spec])
    ]
    return tuple(each for each in silences if any(each.holds(hit) for hit in hits))


def hits_of_story(story: Story, digest: DigestName, tags: Tags) -> Iterator[Hit]:
    """The matches of a story as a digest would hear of them."""
    for report in (story.lead, *story.others):
        yield from _hits(digest, story.id, report.item, report.matches, tags)


def _hits_of(decision: Decision, watch: Watch, digest: DigestName) -> Iterator[Hit]:
    told = [each for each in decision.matches if each.rule not in watch.kept_back]
    return _hits(digest, decision.story, decision.item, told, watch.rule_tags)


def _hits(
    digest: DigestName, story: StoryId | None, item: Item, matches: Iterable[Match], tags: Tags
) -> Iterator[Hit]:
    feeds = names_of_feed(item)
    for match in matches:
        yield Hit(
            digest=digest,
            match=match,
            tags=tags.get(match.rule, ()),
            story=story,
            item=item,
            feeds=feeds,
        )


def names_of_feed(item: Item) -> tuple[str, ...]:
    """What the feed of an item may be called: by its name, or by its address as it is shown."""
    names = (item.source, item.feed, without_login(item.feed))
    return tuple(dict.fromkeys(each for each in names if each))


def hold_back_all(
    store: Store, watch: Watch, spec: DigestSpec, now: datetime, *, only_mutes: bool = False
) -> int:
    """Take out of a digest what has been muted or silenced since it came; how much.

    What comes while they hold never gets there. `only_mutes` looks at few stories, and not at
    everything that waits.
    """
    with store.reading() as conn:
        rows = _held_among_waiting(conn, watch, spec, now, only_mutes=only_mutes)
    if rows:
        store.write(lambda conn: hold_back(conn, spec.name, rows, now)).result()
    return len(rows)


def _held_among_waiting(
    conn: Connection, watch: Watch, spec: DigestSpec, now: datetime, *, only_mutes: bool
) -> list[HeldRow]:
    holds = holds_now(conn, watch.book.rules, now)
    if holds.silences and not only_mutes:
        waiting = untold_stories(conn, spec.name)
        alerts = pending_alerts(conn, spec.name)
    else:
        waiting = untold_among(conn, spec.name, holds.mutings) if holds.mutings else ()
        alerts = ()
    return held_of(read_stories(conn, waiting), alerts, spec, watch, holds)


def held_of(
    stories: Iterable[Story],
    alerts: Iterable[Alert],
    spec: DigestSpec,
    watch: Watch,
    holds: Holds,
) -> list[HeldRow]:
    """Which of these stories and alerts that wait in a digest it is not to tell."""
    if not holds:
        return []
    told = ((each, held_because(each, spec, watch, holds)) for each in stories)
    sounded = ((each, alert_held(each, spec, watch.rule_tags, holds)) for each in alerts)
    return [
        *(held_row(why, story=each.id) for each, why in told if why is not None),
        *(held_row(why, alert=each.id) for each, why in sounded if why is not None),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """What was held back of a digest since its last, and the sentence that it says of that.

    `also_told` are stories that it tells all the same: some other match of them is not held.
    """

    rows: tuple[HeldRow, ...] = ()
    also_told: frozenset[StoryId] = frozenset()
    sentence: str = ""

    @property
    def untold(self) -> tuple[HeldRow, ...]:
        """All but what it tells itself."""
        return tuple(each for each in self.rows if each.story not in self.also_told)


NOTHING_HELD = HeldBack()


def held_fields(store: Store, held_back: HeldBack) -> list[dict[str, object]]:
    """What is held back, for whoever previews a digest: which story or alert, and why."""
    rows = held_back.untold
    with store.reading() as conn:
        stories = read_stories(conn, [each.story for each in rows if each.story is not None])
        alerts = read_alerts(conn, [each.alert for each in rows if each.alert is not None])
    titles: dict[int | None, str] = {story.id: story.lead.item.title for story in stories}
    said: dict[int | None, str] = {alert.id: alert.sentence for alert in alerts}
    return [
        {
            "story": each.story,
            "title": titles.get(each.story) or said.get(each.alert, ""),
            "why": each.reason,
        }
        for each in rows
    ]


def tell_held_back(
    conn: Connection,
    spec: DigestSpec,
    waiting: Iterable[HeldRow],
    told: Collection[StoryId],
    now: datetime,
) -> HeldBack:
    """What a digest that tells these stories says of what was held back of it.

    `waiting` is what would be held back if it went out now.
    """
    rows = {each.key: each for each in (*held_since(conn, spec.name), *waiting)}
    found = HeldBack(rows=tuple(rows.values()), also_told=frozenset(told))
    stories = Counter(each.silence for each in found.untold if each.story is not None)
    alerts = Counter(each.silence for each in found.untold if each.alert is not None)
    ids: set[SilenceId] = {*stories, *alerts} - {SilenceId(0)}
    sentence = held_sentence(stories, alerts, silences_called(conn, ids), now)
    return replace(found, sentence=sentence)

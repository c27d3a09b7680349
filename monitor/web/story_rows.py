"""A story, or a stored item, as a row of a list: what it says, why it was found, who was told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.model import Cause, ItemId, Match, Reported, Severity, Story
from monitor.rendering.grounds import Grounds, grounds
from monitor.rendering.marking import Runs, snippet_runs, title_runs
from monitor.rendering.news import LONGEST, shortened
from monitor.rendering.reasons import other_publishers
from monitor.store.held import held_lines
from monitor.store.judgements import Verdict, verdicts_on
from monitor.store.stories import read_stories
from monitor.store.story_cards import ToldLine, UpdateRow, lines_of, updates_of
from monitor.text.clean import one_line
from monitor.watch import Watch
from monitor.work.holding import holds_now, silences_on

_SNIPPET = 150
_OUTLETS = 3
_UPDATES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A digest that has told a story, or will: `at` and `id` are None while it waits."""

    digest: str
    id: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row. `story` is None for an item of which none was made.

    `outlets` are a few of the others that have it, `more_outlets` how many besides. `holds` are
    sentences on what keeps it from being told, `muted` whether somebody has muted it by hand;
    `held` are the digests that have left it out, and why.
    `archived`: it was there before the watch began.
    """

    story: int | None
    item: int
    headline: Runs
    snippet: Runs
    url: str
    source: str
    language: str
    published_at: datetime
    seen_at: datetime
    severity: str
    urgent: bool
    because: tuple[Grounds, ...]
    reports: int = 1
    outlets: tuple[str, ...] = ()
    more_outlets: int = 0
    updates: tuple[str, ...] = ()
    verdict: str = ""
    holds: tuple[str, ...] = ()
    muted: bool = False
    held: tuple[str, ...] = ()
    told: tuple[Telling, ...] = ()
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What keeps a story from being told: mutes and silences, in words."""

    sentences: tuple[str, ...] = ()
    by_hand: bool = False


NOT_HELD = Holding()


def story_rows(
    conn: Connection,
    watch: Watch,
    ids: Sequence[int],
    now: datetime,
    found: Mapping[int, tuple[ItemId, Match]] | None = None,
) -> tuple[Row, ...]:
    """These stories, in this order; `found` are the report and the match by which each was."""
    stories = read_stories(conn, ids)
    updates, lines = updates_of(conn, ids), lines_of(conn, ids)
    verdicts, left_out = verdicts_on(conn, ids), held_lines(conn, ids)
    holds = holds_of(conn, watch, stories, now)
    return tuple(
        _story_row(
            story,
            watch,
            hit=(found or {}).get(story.id),
            updates=updates.get(story.id, ()),
            verdict=verdicts.get(story.id),
            holding=holds.get(story.id, NOT_HELD),
            held=tuple(f"{name}: {why}" for name, why, _ in left_out.get(story.id, ())),
            told=tellings(lines.get(story.id, ())),
        )
        for story in stories
    )


def item_row(
    report: Reported, watch: Watch, story: int | None, *, archived: bool, match: Match | None = None
) -> Row:
    """A stored item, as a row."""
    row = _row(report, report.matches, [match] if match else report.matches, watch)
    return replace(row, story=story, archived=archived)


def holds_of(
    conn: Connection, watch: Watch, stories: Iterable[Story], now: datetime
) -> dict[int, Holding]:
    """What keeps each of these from being told now."""
    holds = holds_now(conn, watch.book.rules, now)
    if not holds:
        return {}
    specs, tags = watch.settings.digests, watch.rule_tags
    found = {}
    for story in stories:
        mutings = holds.mutings.get(story.id, ())
        silences = silences_on(story, holds.silences, tags, specs)
        found[int(story.id)] = Holding(
            sentences=(*(each.words for each in mutings), *(each.words for each in silences)),
            by_hand=any(each.rule is None for each in mutings),
        )
    return found


def tellings(lines: Iterable[ToldLine]) -> tuple[Telling, ...]:
    """Who has told a story itself, or will."""
    return tuple(
        Telling(digest=each.digest, id=each.digest_id, at=each.told_at)
        for each in lines
        if each.cause is Cause.STORY
    )


def _story_row(
    story: Story,
    watch: Watch,
    *,
    hit: tuple[ItemId, Match] | None,
    updates: tuple[UpdateRow, ...],
    verdict: Verdict | None,
    holding: Holding,
    held: tuple[str, ...],
    told: tuple[Telling, ...],
) -> Row:
    reports = (story.lead, *story.others)
    shown = next((one for one in reports if hit and one.item_id == hit[0]), story.lead)
    others = other_publishers(story)
    said = dict.fromkeys(one_line(each.said) for each in updates if each.said)
    matches = tuple(match for one in reports for match in one.matches)
    return replace(
        _row(shown, matches, [hit[1]] if hit else shown.matches, watch),
        story=story.id,
        reports=len(reports),
        outlets=others[:_OUTLETS],
        more_outlets=max(0, len(others) - _OUTLETS),
        updates=tuple(shortened(each, LONGEST) for each in list(said)[-_UPDATES:]),
        verdict=verdict.value if verdict else "",
        holds=holding.sentences,
        muted=holding.by_hand,
        held=held,
        told=told,
    )


def _row(
    report: Reported, matches: Collection[Match], marking: Iterable[Match], watch: Watch
) -> Row:
    """What a report says, with what was found by `marking` marked, and all that fired."""
    evidence = [each for match in marking for each in match.evidence]
    severity = max((each.severity for each in matches), default=None)
    item = report.item
    return Row(
        story=None,
        item=int(report.item_id),
        headline=title_runs(item, evidence),
        snippet=snippet_runs(item, evidence, limit=_SNIPPET),
        url=item.url,
        source=one_line(item.source),
        language=item.language,
        published_at=item.published_at,
        seen_at=item.first_seen_at,
        severity="" if severity is None else severity.word,
        urgent=severity is not None and severity >= Severity.HIGH,
        because=grounds(matches, watch.cards),
    )

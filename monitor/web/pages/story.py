"""A story: who reported it when, how each report joined and why it matched, who was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
from sqlalchemy import Connection

from monitor.errors import NotFound
from monitor.model import Cause, Reported, Severity, Story, StoryId
from monitor.rendering.reasons import other_publishers
from monitor.store.held import held_back
from monitor.store.judgements import judgement_on
from monitor.store.merging import survivors
from monitor.store.stories import read_stories
from monitor.store.story_cards import story_card
from monitor.store.wordings import wordings_of
from monitor.text.clean import one_line
from monitor.web.page import Page
from monitor.web.queries import query_of
from monitor.web.report_cards import ReportCard, Told, report_card, told
from monitor.web.service import Service
from monitor.web.story_rows import NOT_HELD, holds_of
from monitor.web.wire import Number

_REPORTS = 10
_POINTS = 40
_SHORT, _LONG = 1_500, 30_000
_MOST_PAIRS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`story` by its number; reports from the `skip`th on, or one `report` with all its text."""

    story: Number
    skip: Annotated[int, msgspec.Meta(ge=0, le=2**31)] = 0
    report: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A report on the timeline."""

    item: int
    source: str
    published_at: datetime
    seen_at: datetime
    lag: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a digest has left out, why, and when."""

    digest: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A story in another language that may be of the same event, and what speaks for that."""

    story: int
    language: str
    reports: int
    title: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a report said that was not known."""

    item: int
    said: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What somebody has said of two reports."""

    item: int
    other: int
    same: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPage:
    """One story. `asked` is the number asked for: another one if that was merged into this.

    `timeline` has its first reports, `more_points` says how many come after. `next` is the query
    string of further reports. `told` are the lines of the story itself.
    """

    at: datetime
    story: int
    asked: int
    title: str
    language: str
    severity: str
    urgent: bool
    reports: int
    outlets: int
    timeline: tuple[Point, ...]
    more_points: int
    cards: tuple[ReportCard, ...]
    skipped: int
    next: str | None
    verdict: str
    verdict_by: str
    verdict_at: datetime | None
    holds: tuple[str, ...]
    muted: bool
    held: tuple[Kept, ...]
    told: tuple[Told, ...]
    updates: tuple[News, ...]
    elsewhere: tuple[Elsewhere, ...]
    pairs: tuple[Pair, ...]


def load(service: Service, asked: Asked) -> StoryPage:
    """Read a story. Raises NotFound."""
    with service.store.reading() as conn:
        number = StoryId(asked.story)
        survivor = survivors(conn, [number]).get(number, number)
        found = read_stories(conn, [survivor])
        if not found:
            raise NotFound("story", str(asked.story), [])
        return _page(service, conn, found[0], asked)


def _page(service: Service, conn: Connection, story: Story, asked: Asked) -> StoryPage:
    watch, now = service.watch(), service.now()
    reports = (story.lead, *story.others)
    shown = _shown(reports, asked)
    card = story_card(conn, story.id, [one.item_id for one in reports])
    wordings = wordings_of(conn, [one.item_id for one in shown])
    judged = judgement_on(conn, story.id)
    holding = holds_of(conn, watch, [story], now).get(story.id, NOT_HELD)
    further = asked.skip + len(shown)
    return StoryPage(
        at=now,
        story=story.id,
        asked=asked.story,
        title=one_line(story.lead.item.title),
        language=story.lead.item.language,
        severity=story.severity.word,
        urgent=story.severity >= Severity.HIGH,
        reports=len(reports),
        outlets=1 + len(other_publishers(story)),
        timeline=tuple(_point(one) for one in reports[:_POINTS]),
        more_points=max(0, len(reports) - _POINTS),
        cards=tuple(
            report_card(
                one,
                story.lead,
                card,
                wordings.get(one.item_id, ()),
                watch,
                longest=_LONG if asked.report else _SHORT,
            )
            for one in shown
        ),
        skipped=asked.skip,
        next=query_of(asked, skip=further) if not asked.report and further < len(reports) else None,
        verdict=judged.verdict.value if judged else "",
        verdict_by=judged.by if judged else "",
        verdict_at=judged.at if judged else None,
        holds=holding.sentences,
        muted=holding.by_hand,
        held=tuple(
            Kept(digest=digest, reason=reason, at=at)
            for digest, reason, at in held_back(conn, story.id)
        ),
        told=tuple(told(each) for each in card.lines if each.cause is Cause.STORY),
        updates=tuple(
            News(item=each.item_id, said=one_line(each.said), reason=each.reason, at=each.noted_at)
            for each in card.updates
        ),
        elsewhere=tuple(
            Elsewhere(
                story=each.story,
                language=each.language,
                reports=each.reports,
                title=one_line(each.title),
                reason=each.reason,
            )
            for each in card.kin
        ),
        pairs=tuple(
            Pair(item=each.item_id, other=each.other, same=each.same, at=each.said_at)
            for each in card.verdicts[-_MOST_PAIRS:]
        ),
    )


def _shown(reports: Sequence[Reported], asked: Asked) -> Sequence[Reported]:
    """The reports that are shown in full. Raises NotFound for one that is none of them."""
    if asked.report is None:
        return reports[asked.skip : asked.skip + _REPORTS]
    found = [one for one in reports if one.item_id == asked.report]
    if not found:
        raise NotFound("report of this story", str(asked.report), [])
    return found


def _point(report: Reported) -> Point:
    item = report.item
    return Point(
        item=int(report.item_id),
        source=one_line(item.source),
        published_at=item.published_at,
        seen_at=item.first_seen_at,
        lag=(item.first_seen_at - item.published_at).total_seconds(),
    )


PAGE = Page(
    name="story",
    path="/stories/{story}",
    title="Story",
    help="One story: every report, how it joined, why it matched, and who was told.",
    load=load,
    asks=Asked,
    shows=StoryPage,
    order=2,
    example="/stories/1",
    live=("stories",),
)

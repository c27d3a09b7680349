"""A report of a story, complete: how it joined, why it matched, what it says and used to say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from monitor.model import Evidence, Item, Joined, Match, Reported
from monitor.rendering.differences import Change, differences
from monitor.rendering.grounds import place_word
from monitor.rendering.marking import Runs, paragraph_runs, title_runs
from monitor.rendering.reasons import JOINED
from monitor.store.story_cards import StoryCard, ToldLine
from monitor.store.wordings import Wording
from monitor.text.clean import one_line
from monitor.watch import Watch

_MOST_VERSIONS = 4
_MOST_PIECES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A word of a report that made a clause hold: `term` is as the rule has it."""

    clause: str
    term: str
    text: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A rule that fired on a report, and on what."""

    rule: str
    title: str
    severity: str
    score: int
    pieces: tuple[Piece, ...]
    more_pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a report changed when it was reworded."""

    at: datetime
    headline: tuple[Change, ...]
    text: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A line of a digest about a report: `id` and `at` are None while it waits."""

    digest: str
    id: str | None
    at: datetime | None
    cause: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCard:
    """One report. `like` is the report it resembles, `alike` how much in percent.

    `lag` is how many seconds after its publication it was seen, `after` how many after the first
    report of the story. `cut`: there is more text than is shown. `said` is what it said anew.
    """

    item: int
    headline: Runs
    url: str
    source: str
    language: str
    author: str
    published_at: datetime
    seen_at: datetime
    lag: float
    after: float
    joined: str
    how: str
    like: int | None
    alike: int | None
    reason: str
    fired: tuple[Fired, ...]
    text: tuple[Runs, ...]
    cut: bool
    said: tuple[str, ...]
    told: tuple[Told, ...]
    versions: tuple[Version, ...]


def report_card(
    report: Reported,
    first: Reported,
    card: StoryCard,
    wordings: tuple[Wording, ...],
    watch: Watch,
    *,
    longest: int,
) -> ReportCard:
    """The card of one report of the story that `first` has opened; at most so much text."""
    item = report.item
    evidence = [each for match in report.matches for each in match.evidence]
    text = _paragraphs(item, evidence, longest)
    mine = [each for each in card.updates if each.item_id == report.item_id]
    return ReportCard(
        item=int(report.item_id),
        headline=title_runs(item, evidence),
        url=item.url,
        source=one_line(item.source),
        language=item.language,
        author=one_line(item.author),
        published_at=item.published_at,
        seen_at=item.first_seen_at,
        lag=(item.first_seen_at - item.published_at).total_seconds(),
        after=(item.first_seen_at - first.item.first_seen_at).total_seconds(),
        joined=report.joined.value,
        how=JOINED[report.joined],
        like=report.like,
        alike=None if report.score is None else round(100 * report.score),
        reason="" if report.joined is Joined.FIRST else report.reason,
        fired=tuple(_fired(each, watch) for each in report.matches),
        text=text,
        cut=len(item.lead) + len(item.body) > longest,
        said=tuple(one_line(each.said) for each in mine if each.said),
        told=tuple(told(each) for each in card.lines if each.item_id == report.item_id),
        versions=_versions(item, wordings),
    )


def told(line: ToldLine) -> Told:
    """A line of a digest."""
    return Told(
        digest=line.digest,
        id=line.digest_id,
        at=line.told_at,
        cause=line.cause.value,
        reason=line.reason,
    )


def _paragraphs(item: Item, evidence: Iterable[Evidence], longest: int) -> tuple[Runs, ...]:
    evidence = tuple(evidence)
    lead = paragraph_runs(item.lead, evidence, ("lead", "summary"), limit=longest)
    room = max(0, longest - len(item.lead))
    body = paragraph_runs(item.body, evidence, ("body", "content"), limit=room) if room else ()
    return (*lead, *body)


def _fired(match: Match, watch: Watch) -> Fired:
    card = watch.cards.get(match.rule)
    pieces = {
        (each.clause, each.term, each.text, each.field): Piece(
            clause=each.clause,
            term=one_line(each.term),
            text=one_line(each.text),
            place=place_word(each.field),
        )
        for each in match.evidence
    }
    return Fired(
        rule=match.rule,
        title=one_line(card.title) if card else match.rule,
        severity=match.severity.word,
        score=match.score,
        pieces=tuple(pieces.values())[:_MOST_PIECES],
        more_pieces=max(0, len(pieces) - _MOST_PIECES),
    )


def _versions(item: Item, wordings: tuple[Wording, ...]) -> tuple[Version, ...]:
    """What each rewording changed, the last first."""
    told_at = [each.replaced_at for each in wordings]
    texts = [(each.title, _text(each.lead, each.body)) for each in wordings]
    texts.append((item.title, _text(item.lead, item.body)))
    changed = [
        Version(at=at, headline=differences(old[0], new[0]), text=differences(old[1], new[1]))
        for at, (old, new) in zip(told_at, pairwise(texts), strict=True)
    ]
    return tuple(reversed(changed))[:_MOST_VERSIONS]


def _text(lead: str, body: str) -> str:
    return f"{lead}\n{body}" if lead and body else lead or body

"""What a template may say: a digest in local time, with links that are safe and text that is seen.

Everything a template touches is made here, so that no template needs to compute, and feed
text reaches it as plain text only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.model import (
    Alert,
    Cause,
    Digest,
    Item,
    Section,
    Severity,
    Story,
)
from monitor.rendering.links import safe_link
from monitor.rendering.marking import Run, Runs, plain, snippet_runs, title_runs
from monitor.rendering.reasons import Reason, other_publishers, reasons
from monitor.text.clean import one_line
from monitor.text.publishers import publisher_of

ATTACHMENT = "digest.csv"
"""The file that holds every story where a page does not."""

SNIPPET = 190
"""Characters of a snippet under a headline that is to be read first."""

URGENT = Severity.HIGH
_MOST_FIRST = 5
_MOST_OUTLETS = 3
_MOST_NEWS = 3
_MOST_BRIEFS = 8
_LONGEST_BEFORE = 90
_MOST_NOTES = 20
_LONGEST_NOTE = 300
_MOST_ALERTS_AT_LENGTH = 5
_DAY = "%a %-d %b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """Another report of a story, in a line: it may be more than the same again."""

    mark: str
    title: str
    url: str
    source: str
    when: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One story as a template sees it. `when` is local; `outlets` are a few of `also`.

    `mark` is what the digest tells of a story that it has told before: `Updated`, `New report`
    or `Follow-up`, "" of one that is new to it; `news` are sentences on what has changed, and
    `before` is when it was told, and under which headline. `briefs` are the other reports that
    this digest tells, `more_briefs` how many there are beyond these. `abroad` is like `ru (3)`.
    """

    title: str
    title_runs: Runs
    snippet_runs: Runs
    url: str
    source: str
    when: str
    published_at: datetime
    language: str
    severity: str
    urgent: bool
    mark: str
    news: tuple[str, ...]
    before: str
    briefs: tuple[Brief, ...]
    more_briefs: int
    reasons: tuple[Reason, ...]
    also: int
    outlets: tuple[str, ...]
    abroad: str

    @property
    def snippet(self) -> str:
        """The snippet without marks."""
        return plain(self.snippet_runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A rule and the stories filed under it. `above` of its `count` stand in "Read first"."""

    id: str
    title: str
    why: str
    count: int
    above: int
    stories: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One of the items behind an alert."""

    title: str
    url: str
    source: str
    when: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounded:
    """An alert as a template sees it: the volume of a rule's matches is news."""

    rule: str
    sentence: str
    reason: str
    when: str
    severity: str
    urgent: bool
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A digest as templates see it. `more` is how many stories are only in the attachment."""

    name: str
    title: str
    id: str
    date: str
    zone: str
    since: str
    until: str
    next: str
    lang: str
    stories: int
    reports: int
    publishers: int
    urgent: int
    updates: int
    rules: int
    first: tuple[Told, ...]
    groups: tuple[Group, ...]
    rest: tuple[Told, ...]
    more: int
    attachment: str
    notes: tuple[str, ...]
    ailing: bool
    alerts: tuple[Sounded, ...]
    headlines: tuple[str, ...]

    @property
    def shown(self) -> tuple[Told, ...]:
        """Every story on the page, in the order shown."""
        return (*self.first, *(told for group in self.groups for told in group.stories), *self.rest)


class Viewing:
    """Everything about one digest that stays the same however much of it a page shows."""

    def __init__(self, digest: Digest) -> None:
        self.digest = digest
        self.zone = zone(digest.timezone)
        self.cards = {card.id: card for card in digest.rules}
        sectioned = [story for section in digest.sections for story in section.stories]
        urgent = [story for story in sectioned if story.severity >= URGENT]
        urgent.sort(key=lambda story: -story.severity)
        self.first = urgent[:_MOST_FIRST]
        self.stories = (*sectioned, *digest.rest)
        self.urgent = sum(story.severity >= URGENT for story in self.stories)
        self.updates = sum(story.told_at is not None for story in self.stories)
        reports = [one for story in self.stories for one in (story.lead, *story.others)]
        self.reports = len(reports)
        self.publishers = len({publisher_of(one.item.url, one.item.source) for one in reports})
        self.first_ids = {story.id for story in self.first}
        order = [*self.first, *(s for s in self.stories if s.id not in self.first_ids)]
        self.alerts = tuple(map(self._sounded, digest.alerts))
        self.headlines = tuple(one_line(story.lead.item.title) for story in order[:3])

    def page(self, *, limit: int, snippet: int = SNIPPET) -> Page:
        """The page with at most `limit` stories; the others are counted in `more`."""
        digest = self.digest
        first = self.first[:limit]
        room = limit - len(first)
        groups: list[Group] = []
        for section in digest.sections:
            others = [s for s in section.stories if s.id not in self.first_ids][:room]
            room -= len(others)
            if others:
                groups.append(self._group(section, others))
        rest = digest.rest[:room]
        shown = len(first) + sum(len(group.stories) for group in groups) + len(rest)
        more = len(self.stories) - shown
        return Page(
            name=one_line(digest.name),
            title=one_line(digest.name).replace("-", " ").replace("_", " ").capitalize(),
            id=digest.id,
            date=f"{self._local(digest.planned_at):%A %-d %B %Y}",
            zone=self._local(digest.planned_at).tzname() or digest.timezone,
            since=self._instant(digest.since_at),
            until=self._instant(digest.planned_at),
            next=self._instant(digest.next_at),
            lang="en",
            stories=len(self.stories),
            reports=self.reports,
            publishers=self.publishers,
            urgent=self.urgent,
            updates=self.updates,
            rules=len(digest.sections),
            first=self._told(first, snippet),
            groups=tuple(groups),
            rest=self._told(rest, 0),
            more=more,
            attachment=ATTACHMENT if more else "",
            notes=(*_notes(digest.notes), *filter(None, [one_line(digest.held)])),
            ailing=bool(digest.notes),
            alerts=self.alerts,
            headlines=self.headlines,
        )

    def _sounded(self, alert: Alert) -> Sounded:
        card = self.cards.get(alert.rule)
        few = len(self.digest.alerts) <= _MOST_ALERTS_AT_LENGTH
        return Sounded(
            rule=(one_line(card.title) if card else "") or alert.rule,
            sentence=shortened(one_line(alert.sentence), _LONGEST_NOTE),
            reason=shortened(one_line(alert.reason), _LONGEST_NOTE),
            when=self._when(alert.fired_at),
            severity=alert.severity.word,
            urgent=alert.severity >= URGENT,
            examples=tuple(map(self._example, alert.examples[: 5 if few else 1])),
        )

    def _example(self, item: Item) -> Example:
        return Example(
            title=shortened(one_line(item.title), _LONGEST_NOTE) or "(no title)",
            url=safe_link(item.url),
            source=one_line(item.source),
            when=self._when(item.published_at),
            language=_language(item.language),
        )

    def _when(self, instant: datetime) -> str:
        local = self._local(instant)
        today = local.date() == self._local(self.digest.planned_at).date()
        return f"{local:%H:%M}" if today else f"{local:{_DAY}}, {local:%H:%M}"

    def _group(self, section: Section, stories: list[Story]) -> Group:
        rule = section.rule
        return Group(
            id=rule.id,
            title=one_line(rule.title) or rule.id,
            why=shortened(one_line(rule.why), _LONGEST_NOTE),
            count=len(section.stories),
            above=sum(story.id in self.first_ids for story in section.stories),
            stories=self._told(stories, 0),
        )

    def _told(self, stories: Iterable[Story], snippet: int) -> tuple[Told, ...]:
        """Stories in order; a date stands only where it differs from that of the row above."""
        day = self._local(self.digest.planned_at).date()
        told: list[Told] = []
        for story in stories:
            published = self._local(story.lead.item.published_at)
            label = f"{published:%H:%M}"
            if published.date() != day:
                day = published.date()
                label = f"{published:{_DAY}}, {label}"
            try:
                told.append(self._one(story, label, snippet))
            except Exception:  # noqa: BLE001 - whatever is wrong with one story costs one line only
                told.append(_unshowable(story, label))
        return tuple(told)

    def _one(self, story: Story, when: str, snippet: int) -> Told:
        item = story.lead.item
        evidence = [each for match in story.lead.matches for each in match.evidence]
        title = title_runs(item, evidence)
        outlets = other_publishers(story)
        briefs = self._briefs(story)
        return Told(
            title=plain(title) or "(no title)",
            title_runs=title,
            snippet_runs=snippet_runs(item, evidence, limit=snippet) if snippet else (),
            url=safe_link(item.url),
            source=one_line(item.source),
            when=when,
            published_at=item.published_at,
            language=_language(item.language),
            severity=story.severity.word,
            urgent=story.severity >= URGENT,
            mark=mark_of(story),
            news=news_of(story),
            before=self._before(story),
            briefs=briefs[:_MOST_BRIEFS],
            more_briefs=max(0, len(briefs) - _MOST_BRIEFS),
            reasons=reasons(story, self.cards),
            also=len(outlets),
            outlets=outlets[:_MOST_OUTLETS],
            abroad=", ".join(f"{each.language} ({each.reports})" for each in story.abroad),
        )

    def _briefs(self, story: Story) -> tuple[Brief, ...]:
        """The reports that have a line of their own and do not head the story, in their order."""
        marks = {line.item_id: _BRIEF_MARKS.get(line.cause, "") for line in story.lines}
        return tuple(
            Brief(
                mark=mark,
                title=shortened(one_line(one.item.title), _LONGEST_NOTE) or "(no title)",
                url=safe_link(one.item.url),
                source=one_line(one.item.source),
                when=self._when(one.item.published_at),
                language=_language(one.item.language),
            )
            for one in story.others
            if (mark := marks.get(one.item_id))
        )

    def _before(self, story: Story) -> str:
        """When a story was told first, and under which headline where that was another one."""
        if story.told_at is None:
            return ""
        reports = (story.lead, *story.others)
        first = min(reports, key=lambda one: (one.item.first_seen_at, one.item_id))
        told = f"first told on {self._local(story.told_at):{_DAY}}"
        if first is story.lead:
            return told
        return f"{told}: {shortened(one_line(first.item.title), _LONGEST_BEFORE)}"

    def _local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    def _instant(self, instant: datetime | None) -> str:
        return f"{self._local(instant):{_DAY}, %H:%M}" if instant else ""


def _unshowable(story: Story, when: str) -> Told:
    """The one line left of a story that cannot be shown: nobody is left without its link."""
    return Told(
        title="1 story could not be shown",
        title_runs=(Run("1 story could not be shown"),),
        snippet_runs=(),
        url=safe_link(story.lead.item.url),
        source=f"story {story.id}",
        when=when,
        published_at=story.lead.item.published_at,
        language="",
        severity=story.severity.word,
        urgent=story.severity >= URGENT,
        mark="",
        news=(),
        before="",
        briefs=(),
        more_briefs=0,
        reasons=(),
        also=0,
        outlets=(),
        abroad="",
    )


_MARKS = ((Cause.UPDATE, "Updated"), (Cause.REPORT, "New report"), (Cause.FOLLOW_UP, "Follow-up"))
_BRIEF_MARKS: dict[Cause, str] = dict(_MARKS[1:])


def mark_of(story: Story) -> str:
    """What makes a story news again, in a word; "" where it is new."""
    if story.told_at is None:
        return ""
    causes = {line.cause for line in story.lines}
    return next((mark for cause, mark in _MARKS if cause in causes), "")


def news_of(story: Story) -> tuple[str, ...]:
    """What its reports say that was not known, latest last; nothing of a story that is new."""
    if story.told_at is None:
        return ()
    said = dict.fromkeys(one_line(line.said) for line in story.lines if line.said)
    return tuple(shortened(each, _LONGEST_NOTE) for each in list(said)[-_MOST_NEWS:])


def _notes(notes: tuple[str, ...]) -> tuple[str, ...]:
    shown = tuple(shortened(one_line(note), _LONGEST_NOTE) for note in notes[:_MOST_NOTES])
    left = len(notes) - len(shown)
    return (*shown, f"{left} more notes: see `wirewatch status`.") if left else shown


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where there is one, with a mark."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ", limit // 2)
    return (cut[:space] if space > 0 else cut).rstrip() + "…"


def zone(name: str) -> ZoneInfo:
    """The time zone of that name, UTC where there is none: a digest goes out all the same."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _language(code: str) -> str:
    """A language code fit for an attribute, or ""."""
    return code if code.replace("-", "").isalnum() and code.isascii() else ""

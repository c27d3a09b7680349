"""From a digest to a page: what stands where, in local time, and what only an attachment has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.model import Alert, Digest, Item, Match, RuleId, Section, Severity, Story, StoryId
from monitor.rendering.charting import charted
from monitor.rendering.links import safe_link
from monitor.rendering.marking import Run, plain, snippet_runs, title_runs
from monitor.rendering.news import (
    BRIEF_MARKS,
    LONGEST,
    mark_of,
    news_mark_of,
    news_of,
    shortened,
)
from monitor.rendering.reasons import other_publishers, reasons
from monitor.rendering.view import Brief, Example, Group, Page, Sounded, Told, Watched
from monitor.text.clean import one_line
from monitor.text.publishers import publisher_of

TABLE = "digest.csv"
"""The attached table that holds every story where a page does not."""

WHOLE_PAGE = "digest.html"
"""The attached page that holds every story where a mail does not."""

SNIPPET = 190
"""Characters of a snippet under a headline that is to be read first."""

URGENT = Severity.HIGH

MOST_LISTED = 25
"""Stories in the section of one rule; the others are told in a line each."""

_MOST_FIRST = 5
_FEW = 3  # stories of a digest that has room for a snippet under each
_MOST_OUTLETS = 3
_MOST_NEWS = 3
_MOST_BRIEFS = 8
_LONGEST_BEFORE = 90
_MOST_NOTES = 20
_MOST_ALERTS_AT_LENGTH = 5
_DAY = "%a %-d %b"


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
        self.stories = digest.stories
        self.urgent = sum(story.severity >= URGENT for story in self.stories)
        self.updates = sum(story.told_at is not None for story in self.stories)
        reports = [one for story in self.stories for one in (story.lead, *story.others)]
        self.reports = len(reports)
        self.publishers = len({publisher_of(one.item.url, one.item.source) for one in reports})
        self.first_ids = {story.id for story in self.first}
        order = [*self.first, *(s for s in self.stories if s.id not in self.first_ids)]
        self.alerts = tuple(map(self._sounded, digest.alerts))
        self.headlines = tuple(one_line(story.lead.item.title) for story in order[:3])

    def page(
        self,
        *,
        limit: int,
        snippet: int = SNIPPET,
        attachment: str = WHOLE_PAGE,
        whole: bool = False,
    ) -> Page:
        """The page with at most `limit` stories; the others are counted in `more`.

        A rule lists at most 25 stories in its section, unless the page is `whole`; those beyond
        are told in a line each, before the rest of the digest.
        """
        listed = limit if whole else MOST_LISTED
        digest = self.digest
        first = self.first[:limit]
        room = limit - len(first)
        listing: list[tuple[Section, list[Story]]] = []
        beyond: list[Story] = []
        for section in digest.sections:
            others = [s for s in section.stories if s.id not in self.first_ids]
            shown = others[: min(room, listed)]
            room -= len(shown)
            beyond += others[len(shown) :]
            listing.append((section, shown))
        lines = [*beyond, *digest.rest]
        rest = lines[:room]
        late = digest.late[: room - len(rest)]
        more = len(self.stories) - limit + room - len(rest) - len(late)
        below = {story.id for story in rest}
        few = len(self.stories) <= _FEW
        groups = self._groups(listing, below, snippet if few else 0)
        return Page(
            name=one_line(digest.name),
            title=one_line(digest.name).replace("-", " ").replace("_", " ").capitalize(),
            id=digest.id,
            date=f"{self._local(digest.planned_at):%A %-d %B %Y}",
            zone=self._local(digest.planned_at).tzname() or digest.timezone,
            since=self._instant(digest.since_at),
            until=self._instant(digest.planned_at),
            next=self._instant(digest.next_at),
            next_runs=tuple(map(self._instant, digest.next_runs)),
            why=one_line(digest.why),
            merges=tuple(map(one_line, digest.merges)),
            lang="en",
            whole=whole,
            stories=len(self.stories),
            reports=self.reports,
            publishers=self.publishers,
            urgent=self.urgent,
            updates=self.updates,
            rules=len(digest.sections),
            volumes=charted(digest.volumes, self._links(groups, rest, below)),
            more_volumes=digest.more_volumes,
            first=self._told(first, snippet),
            groups=groups,
            rest=self._told(rest, 0),
            late=self._told(late, 0),
            more=more,
            attachment=attachment if more else "",
            table=TABLE if more else "",
            notes=(*_notes(digest.notes), *filter(None, [one_line(digest.held)])),
            ailing=bool(digest.notes),
            alerts=self.alerts,
            headlines=self.headlines,
            watching=self._watched(),
        )

    def _groups(
        self,
        listing: Sequence[tuple[Section, list[Story]]],
        below: set[StoryId],
        snippet: int,
    ) -> tuple[Group, ...]:
        groups: list[Group] = []
        for number, (section, shown) in enumerate(listing, start=1):
            if not shown:
                continue
            rule = section.rule
            above = sum(story.id in self.first_ids for story in section.stories)
            after = sum(story.id in below for story in section.stories)
            groups.append(
                Group(
                    id=rule.id,
                    anchor=f"rule-{number}",
                    title=one_line(rule.title) or rule.id,
                    why=shortened(one_line(rule.why), LONGEST),
                    count=len(section.stories),
                    above=above,
                    below=after,
                    more=len(section.stories) - above - after - len(shown),
                    stories=self._told(shown, snippet),
                )
            )
        return tuple(groups)

    def _links(
        self, groups: Sequence[Group], rest: Sequence[Story], below: set[StoryId]
    ) -> dict[RuleId, str]:
        """Where on the page each rule is first told of."""
        links = dict.fromkeys(_rules_of(rest), "#also")
        for section in self.digest.sections:
            ids = {story.id for story in section.stories}
            if ids & below:
                links[section.rule.id] = "#also"
            if ids & self.first_ids:
                links[section.rule.id] = "#first"
        return links | {RuleId(group.id): f"#{group.anchor}" for group in groups}

    def _watched(self) -> Watched | None:
        seen = self.digest.watching
        if seen is None:
            return None
        read = self._when(seen.read_at) if seen.read_at else ""
        return Watched(feeds=seen.feeds, failing=seen.failing, rules=seen.rules, read=read)

    def _sounded(self, alert: Alert) -> Sounded:
        card = self.cards.get(alert.rule)
        few = len(self.digest.alerts) <= _MOST_ALERTS_AT_LENGTH
        return Sounded(
            rule=(one_line(card.title) if card else "") or alert.rule,
            sentence=shortened(one_line(alert.sentence), LONGEST),
            reason=shortened(one_line(alert.reason), LONGEST),
            when=self._when(alert.fired_at),
            severity=alert.severity.word,
            urgent=alert.severity >= URGENT,
            examples=tuple(map(self._example, alert.examples[: 5 if few else 1])),
        )

    def _example(self, item: Item) -> Example:
        return Example(
            title=shortened(one_line(item.title), LONGEST) or "(no title)",
            url=safe_link(item.url),
            source=one_line(item.source),
            when=self._when(item.published_at),
            language=_language(item.language),
        )

    def _when(self, instant: datetime) -> str:
        local = self._local(instant)
        today = local.date() == self._local(self.digest.planned_at).date()
        return f"{local:%H:%M}" if today else f"{local:{_DAY}}, {local:%H:%M}"

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
        news = news_of(story)
        return Told(
            title=plain(title) or "(no title)",
            title_runs=title or (Run("(no title)"),),
            snippet_runs=snippet_runs(item, evidence, limit=snippet) if snippet else (),
            url=safe_link(item.url),
            source=one_line(item.source),
            when=when,
            published_at=item.published_at,
            language=_language(item.language),
            severity=story.severity.word,
            urgent=story.severity >= URGENT,
            mark=mark_of(story),
            news_mark=news_mark_of(story) if news else "",
            news=news[-_MOST_NEWS:],
            more_news=max(0, len(news) - _MOST_NEWS),
            before=self._before(story),
            briefs=briefs[:_MOST_BRIEFS],
            more_briefs=max(0, len(briefs) - _MOST_BRIEFS),
            reasons=reasons(story, self.cards),
            also=len(outlets),
            outlets=outlets[:_MOST_OUTLETS],
            abroad=", ".join(f"{each.language} ({each.reports:,})" for each in story.abroad),
        )

    def _briefs(self, story: Story) -> tuple[Brief, ...]:
        """The reports that have a line of their own and do not head the story, in their order."""
        marks = {line.item_id: BRIEF_MARKS.get(line.cause, "") for line in story.lines}
        return tuple(
            Brief(
                mark=mark,
                title=shortened(one_line(one.item.title), LONGEST) or "(no title)",
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


def _rules_of(stories: Iterable[Story]) -> set[RuleId]:
    """The rules that fired on the headline reports of these."""
    matches = (match for story in stories for match in story.lead.matches)
    return {match.rule for match in matches if isinstance(match, Match)}


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
        news_mark="",
        news=(),
        more_news=0,
        before="",
        briefs=(),
        more_briefs=0,
        reasons=(),
        also=0,
        outlets=(),
        abroad="",
    )


def _notes(notes: tuple[str, ...]) -> tuple[str, ...]:
    shown = tuple(shortened(one_line(note), LONGEST) for note in notes[:_MOST_NOTES])
    left = len(notes) - len(shown)
    return (*shown, f"{left} more notes: see `wirewatch status`.") if left else shown


def zone(name: str) -> ZoneInfo:
    """The time zone of that name, UTC where there is none: a digest goes out all the same."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _language(code: str) -> str:
    """A language code fit for an attribute, or ""."""
    return code if code.replace("-", "").isalnum() and code.isascii() else ""

"""What a template may say: a digest in local time, with links that are safe and text that is seen.

Everything a template touches is made by `viewing`, so that no template needs to compute, and
feed text reaches it as plain text only. docs/templates.md describes every name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.rendering.marking import Runs, plain
from monitor.rendering.reasons import Reason

_MOST_TOP = 5


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
    or `Follow-up`, "" of one that is new to it; `before` is when it was told, and under which
    headline. `news` are sentences on what has changed, the latest of them, `more_news` how many
    there are before these, and `news_mark` what they are called: `Updated`, or `Meanwhile` under
    the first report of a story that is new. `briefs` are the other reports that this digest
    tells, `more_briefs` how many there are beyond these. `abroad` is like `ru (3)`.
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
    news_mark: str
    news: tuple[str, ...]
    more_news: int
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
    """A rule and the stories filed under it; `anchor` is where its section begins.

    Of its `count`, `above` stand in "Read first", `below` in "And also", and `more` only in the
    attachment.
    """

    id: str
    anchor: str
    title: str
    why: str
    count: int
    above: int
    below: int
    more: int
    stories: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charted:
    """How much a rule has matched in each of the last days, as a template draws it.

    `today` are the matches of the day that ends with the digest, `usual` what a day usually
    brings ("" while that is not known), `unusual` whether today is out of the ordinary. `bars`
    are heights in pixels, `link` is like `#rule-1`, "" where the page has nothing of the rule.
    """

    rule: str
    link: str
    days: tuple[int, ...]
    bars: tuple[int, ...]
    today: int
    usual: str
    unusual: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What stands behind a digest that has nothing to tell. `read` is when a feed was read."""

    feeds: int
    failing: int
    rules: int
    read: str


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
    """A digest as templates see it.

    `more` is how many stories are only in the attachments; `whole` is true of the page that
    is attached and has them all.
    """

    name: str
    title: str
    id: str
    date: str
    zone: str
    since: str
    until: str
    next: str
    next_runs: tuple[str, ...]
    why: str
    merges: tuple[str, ...]
    lang: str
    whole: bool
    stories: int
    reports: int
    publishers: int
    urgent: int
    updates: int
    rules: int
    volumes: tuple[Charted, ...]
    more_volumes: int
    first: tuple[Told, ...]
    groups: tuple[Group, ...]
    rest: tuple[Told, ...]
    late: tuple[Told, ...]
    more: int
    attachment: str
    table: str
    notes: tuple[str, ...]
    ailing: bool
    alerts: tuple[Sounded, ...]
    headlines: tuple[str, ...]
    watching: Watched | None

    @property
    def shown(self) -> tuple[Told, ...]:
        """Every story on the page, in the order shown."""
        grouped = (told for group in self.groups for told in group.stories)
        return (*self.first, *grouped, *self.rest, *self.late)

    @property
    def top(self) -> tuple[Told, ...]:
        """The five stories that a chat names before all others."""
        return self.shown[:_MOST_TOP]

    @property
    def single(self) -> bool:
        """Whether the digest is one story and nothing else: an alert, to be read in a glance."""
        return self.stories == 1 and not self.alerts and not self.notes and not self.merges

"""The rule book: rules, vocabularies and inline tests, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from monitor.errors import Place, Problem
from monitor.model import Item, RuleId, Severity, StoryMode
from monitor.rules.alerts import Alerts, Mute
from monitor.rules.syntax import AllOf, Leaf, Node, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An inline test: this item must, or must not, be hit.

    `feed_tags` only serve `feeds:` filters. `source` and `width` underline the test at `place`.
    """

    must_hit: bool
    item: Item
    feed_tags: tuple[str, ...] = ()
    place: Place
    source: str = ""
    width: int = 1

    @property
    def words(self) -> str:
        """The sample in one line, as its author would recognise it."""
        return " / ".join(filter(None, (self.item.title, self.item.lead, self.item.body)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """A named list of terms, to be used as `$name` in any rule or other vocabulary.

    A hit that lies inside a hit of one of the `false_friends` does not count. `version` changes
    whenever the vocabulary, or one it uses, would find something else.
    """

    name: str
    title: str
    terms: tuple[Leaf, ...]
    false_friends: tuple[Term, ...] = ()
    samples: tuple[Sample, ...] = ()
    version: str = ""
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFilter:
    """Which feeds a rule listens to: globs over feed URL and source name, or `tag:name`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Points for an item on which a query holds; `written` is the query as its author wrote it."""

    query: Node
    points: int
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A watch-rule, complete: all it needs to decide is in it.

    `vocabularies` are those it uses, directly or through others. `version` changes whenever
    the rule would decide otherwise. It is active from `since` to the end of the day `expires`.
    `scores` order its matches; they decide only if there is a `min_score`. With `full_text`,
    the article is fetched of an item that it misses by one clause. `stories`, `alert`, `mutes`
    and `review` are about telling, and no part of `version`.
    """

    id: RuleId
    title: str
    why: str = ""
    severity: Severity = Severity.MEDIUM
    tags: tuple[str, ...] = ()
    owner: str = ""
    enabled: bool = True
    condition: AllOf
    scores: tuple[Score, ...] = ()
    min_score: int | None = None
    vocabularies: Mapping[str, Vocabulary] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    feeds: FeedFilter = FeedFilter()
    full_text: bool = False
    since: date | None = None
    expires: date | None = None
    stories: StoryMode = StoryMode.GROUP
    alert: Alerts = field(default_factory=Alerts)
    mutes: tuple[Mute, ...] = ()
    review: date | None = None
    samples: tuple[Sample, ...] = ()
    version: str = ""
    place: Place

    def is_active(self, now: datetime) -> bool:
        """Whether the rule is to be matched at `now`."""
        today = now.date()
        return (
            self.enabled
            and (self.since is None or self.since <= today)
            and (self.expires is None or today <= self.expires)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """All rules and vocabularies that could be read, and every problem found on the way."""

    rules: tuple[Rule, ...] = ()
    vocabularies: Mapping[str, Vocabulary] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def active(self, now: datetime) -> tuple[Rule, ...]:
        """The rules to be matched at `now`: enabled, begun and not expired."""
        return tuple(rule for rule in self.rules if rule.is_active(now))

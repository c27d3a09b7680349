"""What is being watched for, as one snapshot: settings, feeds, rules and templates, swapped
whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from monitor.config.settings import Settings
from monitor.errors import Problem
from monitor.model import Channel, Feed, Item, Match, RuleCard, RuleId
from monitor.rendering.wording import Wording
from monitor.rules.matching import Matcher
from monitor.rules.rulebook import RuleBook

ReadOpml = Callable[[bytes], tuple[Feed, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One consistent version of everything the operator wrote.

    `feeds` are keyed by URL and include those of OPML files. `problems` are what is wrong but
    did not stop this version from being used. `fingerprint` changes when any file does.
    """

    settings: Settings
    feeds: Mapping[str, Feed]
    book: RuleBook
    matcher: Matcher
    wording: Wording
    problems: tuple[Problem, ...] = ()
    fingerprint: str = ""

    @property
    def rule_tags(self) -> Mapping[RuleId, tuple[str, ...]]:
        """The tags of each rule, for routing."""
        return {rule.id: rule.tags for rule in self.book.rules}

    @property
    def cards(self) -> Mapping[RuleId, RuleCard]:
        """What digests say of each rule."""
        return {
            rule.id: RuleCard(id=rule.id, title=rule.title, why=rule.why)
            for rule in self.book.rules
        }

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The channels by name, with the built-in one that writes files."""
        return {channel.name: channel for channel in self.settings.channels}

    def match(self, item: Item, feed: Feed | None) -> tuple[Match, ...]:
        """The rules that fire on an item of this feed."""
        return self.matcher.match(item, feed.tags if feed else ())

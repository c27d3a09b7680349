"""Silences: what somebody does not want to hear of for a while, by what it is like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase

from monitor.digests.hits import Hit
from monitor.digests.matchers import Condition, Key, Sign
from monitor.model import Severity, SilenceId, StoryId
from monitor.schedule.endings import until_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Until then nobody is told of what fits. `matcher` is as it was written.

    Without conditions, as where another version wrote a matcher that this one cannot read, it
    holds nothing back.
    """

    id: SilenceId
    matcher: str
    conditions: tuple[Condition, ...]
    until_at: datetime
    comment: str

    @property
    def words(self) -> str:
        """Until when, by which and why, in a sentence without a full stop."""
        return f"silenced {until_words(self.until_at)} by #{self.id}: {self.comment}"

    @property
    def silence(self) -> SilenceId:
        """Itself, by its number."""
        return self.id

    @property
    def stories(self) -> frozenset[StoryId]:
        """The stories that it names."""
        return frozenset(
            StoryId(int(each.value))
            for each in self.conditions
            if each.key is Key.STORY and each.sign is Sign.IS
        )

    def holds(self, hit: Hit) -> bool:
        """Whether it holds a match back: only what surely fits every condition."""
        return bool(self.conditions) and all(fits(each, hit) for each in self.conditions)

    def moved(self, merged: Mapping[StoryId, StoryId]) -> Silence:
        """The same, for stories that have become part of others."""
        if not merged:
            return self
        return replace(self, conditions=tuple(_moved(each, merged) for each in self.conditions))


def fits(condition: Condition, hit: Hit) -> bool:
    """Whether a condition surely holds: of what is not known, none does, not even a `!=`."""
    if condition.key is Key.SEVERITY:
        return _compares(condition, hit.match.severity)
    said = _said(condition.key, hit)
    if said is None:
        return False
    pattern = condition.value
    if condition.key in _FOLDED:
        said, pattern = [each.casefold() for each in said], pattern.casefold()
    is_there = any(fnmatchcase(each, pattern.replace("[", "[[]")) for each in said)
    return is_there if condition.sign is Sign.IS else not is_there


_FOLDED = frozenset({Key.FEED, Key.LANG, Key.TITLE})


def _said(key: Key, hit: Hit) -> Iterable[str] | None:
    """What a match is called in this respect; None where that is not known."""
    match key:
        case Key.RULE:
            return [hit.match.rule]
        case Key.TAG:
            return hit.tags
        case Key.DIGEST:
            return [hit.digest]
        case Key.STORY:
            return [str(hit.story)] if hit.story is not None else None
        case Key.FEED:
            return hit.feeds or None
        case Key.LANG:
            return _languages(hit.item.language) if hit.item and hit.item.language else None
        case Key.TITLE:
            return [hit.item.title] if hit.item else None
        case _:
            return None


def _languages(language: str) -> list[str]:
    """A language with and without its region."""
    whole = language.replace("_", "-")
    return [whole, whole.partition("-")[0]]


def _compares(condition: Condition, severity: Severity) -> bool:
    wanted = Severity[condition.value.upper()]
    match condition.sign:
        case Sign.IS:
            return severity == wanted
        case Sign.IS_NOT:
            return severity != wanted
        case Sign.BELOW:
            return severity < wanted
        case Sign.AT_MOST:
            return severity <= wanted
        case Sign.ABOVE:
            return severity > wanted
        case Sign.AT_LEAST:
            return severity >= wanted


def _moved(condition: Condition, merged: Mapping[StoryId, StoryId]) -> Condition:
    if condition.key is not Key.STORY:
        return condition
    story = StoryId(int(condition.value))
    return replace(condition, value=str(merged.get(story, story)))

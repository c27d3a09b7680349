"""Why a story is told, and who else tells it: the two lines under every headline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.model import Joined, Match, Reported, RuleCard, RuleId, Story
from monitor.text.clean import one_line
from monitor.text.publishers import publisher_of

JOINED: Mapping[Joined, str] = {
    Joined.FIRST: "the first report",
    Joined.LINK: "the same article",
    Joined.COPY: "a copy",
    Joined.REPORT: "another report",
    Joined.BY_HAND: "joined by hand",
}
"""How reports come to their story, in words."""

_MOST_TERMS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a story is told: a rule, and the words that made it fire, as they stand in the text."""

    rule: str
    terms: tuple[str, ...]


def reasons(story: Story, cards: Mapping[RuleId, RuleCard]) -> tuple[Reason, ...]:
    """Every rule that fired on any report of a story, once, with the words that made it fire."""
    found: dict[RuleId, list[str]] = {}
    for match in sorted(_matches(story), key=lambda match: -match.severity):
        terms = found.setdefault(match.rule, [])
        known = {term.casefold() for term in terms}
        for each in match.evidence:
            term = one_line(each.text) or one_line(each.term)
            if term and term.casefold() not in known:
                known.add(term.casefold())
                terms.append(term)
    return tuple(
        Reason(rule=_rule_title(rule, cards), terms=tuple(terms[:_MOST_TERMS]))
        for rule, terms in found.items()
    )


def other_publishers(story: Story) -> tuple[str, ...]:
    """Who else reported a story, by publisher: two feeds of one outlet are one voice."""
    seen = {_publisher(story.lead)}
    names: list[str] = []
    for other in story.others:
        publisher = _publisher(other)
        if publisher not in seen:
            seen.add(publisher)
            names.append(one_line(other.item.source) or publisher)
    return tuple(names)


def _publisher(reported: Reported) -> str:
    return publisher_of(reported.item.url, reported.item.source)


def _matches(story: Story) -> list[Match]:
    return [match for one in (story.lead, *story.others) for match in one.matches]


def _rule_title(rule: RuleId, cards: Mapping[RuleId, RuleCard]) -> str:
    return one_line(cards[rule].title) or rule if rule in cards else rule

"""Why a rule fired, clause by clause: the words as they stand, and in which part of a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.model import Evidence, Match, RuleCard, RuleId
from monitor.text.clean import one_line

_MOST_CLAUSES = 4
_MOST_TERMS = 2
_LONGEST = 60

_PLACES = {
    "title": "headline",
    "lead": "lead",
    "summary": "lead",
    "body": "text",
    "content": "text",
    "tags": "tags",
    "author": "author",
    "url": "link",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Why a rule fired: for each clause the words that made it hold, and where they stand.

    `names` are those of the clauses, in their order.
    """

    rule: str
    title: str
    severity: str
    clauses: tuple[tuple[str, ...], ...]
    places: tuple[str, ...]
    names: tuple[str, ...]


def grounds(matches: Iterable[Match], cards: Mapping[RuleId, RuleCard]) -> tuple[Grounds, ...]:
    """The grounds of every rule that fired, each once; of several matches, those of the first."""
    found: dict[RuleId, Grounds] = {}
    for match in matches:
        if match.rule not in found:
            found[match.rule] = _grounds(match, cards)
    return tuple(found.values())


def place_word(field: str) -> str:
    """What people call a field."""
    return _PLACES.get(field, field)


def _grounds(match: Match, cards: Mapping[RuleId, RuleCard]) -> Grounds:
    told: dict[str, dict[str, str]] = {}
    known: set[str] = set()
    places: dict[str, None] = {}
    for each in match.evidence:
        word = _word(each)
        terms = told.setdefault(each.clause, {})
        folded = word.casefold()
        # `North Korean shells` says no more than `North Korean` and `shells` beside it.
        if not word or any(each in folded for each in known) or len(terms) >= _MOST_TERMS:
            continue
        known.add(folded)
        terms[folded] = word
        places[place_word(each.field)] = None
    held = {name: tuple(terms.values()) for name, terms in told.items() if terms}
    return Grounds(
        rule=match.rule,
        title=one_line(cards[match.rule].title) if match.rule in cards else match.rule,
        severity=match.severity.word,
        clauses=tuple(held.values())[:_MOST_CLAUSES],
        places=tuple(places),
        names=tuple(held)[:_MOST_CLAUSES],
    )


def _word(evidence: Evidence) -> str:
    word = one_line(evidence.text) or one_line(evidence.term)
    return word if len(word) <= _LONGEST else word[: _LONGEST - 1].rstrip() + "…"

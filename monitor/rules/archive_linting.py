"""Linting with an archive at hand: terms nobody writes, terms everybody writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from monitor.errors import Level, Problem
from monitor.rules.rulebook import Rule
from monitor.rules.surveying import TermSurvey, survey_all

LEAST_ITEMS = 1_000
"""A smaller archive says nothing of how often a word is to be expected."""

_MOST_WORDS = 5_000
_FREQUENT = 0.01
_LONGEST_VOCABULARY = 200
_NAMED = 8


def lint_with_archive(
    rules: Sequence[Rule], counts: Mapping[str, int], items: int
) -> Iterator[Problem]:
    """What is odd about terms, given all words of so many items: at most one line a kind."""
    if items < LEAST_ITEMS:
        return
    surveyed = survey_all(rules, counts)
    for rule in rules:
        terms = [each for each in surveyed[rule.id] if _is_own(each, rule)]
        yield from _wide(rule, [each for each in terms if each.words > _MOST_WORDS])
        yield from _dead(rule, [each for each in terms if each.dead])
        yield from _frequent(rule, [each for each in terms if each.at_least > _FREQUENT * items])


def _is_own(term: TermSurvey, rule: Rule) -> bool:
    """Long vocabularies come from elsewhere, and name much that is not in the news."""
    if not term.vocabulary:
        return True
    return len(rule.vocabularies[term.vocabulary].terms) <= _LONGEST_VOCABULARY


def _wide(rule: Rule, terms: Sequence[TermSurvey]) -> Iterator[Problem]:
    if terms:
        found = f"{_named(terms)}: taken for more than {_MOST_WORDS:,} words of the archive"
        yield _problem(rule, "R162", found, "put more letters beside the wildcard", Level.ERROR)


def _dead(rule: Rule, terms: Sequence[TermSurvey]) -> Iterator[Problem]:
    if terms:
        found = f"in no item of the archive: {_named(terms)}"
        hint = "look for a misspelling, or leave it if the day may come"
        yield _problem(rule, "R160", found, hint)


def _frequent(rule: Rule, terms: Sequence[TermSurvey]) -> Iterator[Problem]:
    if terms:
        found = f"in more than 1 % of the archive: {_named(terms)}"
        hint = "it tells little by itself; is it in a list with rarer words?"
        yield _problem(rule, "R161", found, hint)


def _problem(
    rule: Rule, code: str, message: str, hint: str, level: Level = Level.WARNING
) -> Problem:
    return Problem(place=rule.place, code=code, message=message, hint=hint, level=level)


def _named(terms: Sequence[TermSurvey]) -> str:
    names = list(dict.fromkeys(f"`{each.term}`" for each in terms))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more

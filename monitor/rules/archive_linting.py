"""Linting with an archive at hand: terms nobody writes, terms everybody writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from monitor.errors import Level, Place, Problem
from monitor.rules.rulebook import Rule
from monitor.rules.surveying import TermSurvey, survey_all
from monitor.rules.syntax import Term
from monitor.rules.term_spots import TermSpots
from monitor.rules.yaml_nodes import SourceFile

LEAST_ITEMS = 1_000
"""A smaller archive says nothing of how often a word is to be expected."""

_MOST_WORDS = 5_000
_FREQUENT = 0.01
_LONGEST_VOCABULARY = 200
_NAMED = 8


Read = Callable[[str], SourceFile | None]
"""What gives a file by its path, or None if it cannot be read (any more)."""


def lint_with_archive(
    rules: Sequence[Rule], counts: Mapping[str, int], items: int, read: Read = lambda _: None
) -> Iterator[Problem]:
    """What is odd about terms, given all words of so many items, file by file.

    Problems stand where the term stands, in the rule or in the vocabulary it came through.
    """
    if items < LEAST_ITEMS:
        return
    surveyed = survey_all(rules, counts)
    homes: dict[Place, dict[str, TermSurvey]] = {}
    for rule in rules:
        for term in surveyed[rule.id]:
            home = _home_of(term, rule)
            if home is not None:
                homes.setdefault(home, {})[term.term] = term
    for home, found in homes.items():
        terms = [*found.values()]
        spots = _Spots(home, read)
        yield from _wide(spots, [each for each in terms if each.words > _MOST_WORDS])
        yield from _dead(spots, [each for each in terms if each.dead])
        yield from _frequent(spots, [each for each in terms if each.at_least > _FREQUENT * items])


def _home_of(term: TermSurvey, rule: Rule) -> Place | None:
    """The rule or the vocabulary that has the term.

    None for long vocabularies, which come from elsewhere and name much that is not in the news.
    """
    if not term.vocabulary:
        return rule.place
    through = rule.vocabularies[term.vocabulary]
    if len(through.terms) > _LONGEST_VOCABULARY:
        return None
    for each in (through, *rule.vocabularies.values()):
        if any(isinstance(leaf, Term) and leaf.written == term.term for leaf in each.terms):
            return each.place
    return through.place


def _wide(spots: _Spots, terms: Sequence[TermSurvey]) -> Iterator[Problem]:
    said = f"taken for more than {_MOST_WORDS:,} words of the archive"
    yield from spots.problems("R162", terms, said, "put more letters beside the wildcard")


def _dead(spots: _Spots, terms: Sequence[TermSurvey]) -> Iterator[Problem]:
    hint = "look for a misspelling, or leave it if the day may come"
    yield from spots.problems("R160", terms, "in no item of the archive", hint)


def _frequent(spots: _Spots, terms: Sequence[TermSurvey]) -> Iterator[Problem]:
    hint = "it tells little by itself; is it in a list with rarer words?"
    yield from spots.problems("R161", terms, "in more than 1 % of the archive", hint)


class _Spots:
    """Problems about terms of one file, which is read if there are any."""

    def __init__(self, home: Place, read: Read) -> None:
        self._home = home
        self._read = read
        self._found: TermSpots | None = None

    def problems(
        self, code: str, terms: Sequence[TermSurvey], said: str, hint: str
    ) -> Iterator[Problem]:
        """One for each of the first terms, and one for all others."""
        level = Level.ERROR if code == "R162" else Level.WARNING
        for each in terms[:_NAMED]:
            problem = self._at(each.term)
            yield replace(
                problem, code=code, message=f"`{each.term}`: {said}", hint=hint, level=level
            )
        if others := terms[_NAMED:]:
            yield Problem(
                place=self._home,
                code=code,
                message=f"{said}: {len(others)} more terms, {_named(others)}",
                hint=hint,
                level=level,
            )

    def _at(self, term: str) -> Problem:
        if self._found is None:
            source = self._read(self._home.path) or SourceFile(self._home.path, "")
            self._found = TermSpots(source)
        spot = self._found.find(term)
        if spot is None:
            return Problem(place=self._home, code="", message="")
        place = Place(self._home.path, spot.mark.line, spot.mark.column)
        return Problem(place=place, code="", message="", source=spot.line, width=spot.mark.width)


def _named(terms: Sequence[TermSurvey]) -> str:
    names = [f"`{each.term}`" for each in terms]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more

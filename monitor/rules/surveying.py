"""Surveying: what the words of an archive say of the terms of a rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.model import RuleId
from monitor.rules.compiling import CompiledRule, Compiler, groups_of
from monitor.rules.lexicon import Feature, Lexicon
from monitor.rules.narrowing import bearers
from monitor.rules.rulebook import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class TermSurvey:
    """A term in an archive.

    `words` is how many distinct words of the archive it may be, or its rarest word may; without
    any, it is in no item. `at_least` items have it, of which the commonest spelling is sure.
    Of phrases nothing is sure but that they are nowhere.
    """

    clause: str
    vocabulary: str
    term: str
    words: int
    at_least: int

    @property
    def dead(self) -> bool:
        """Whether no item can have it."""
        return not self.words


def words_found(rule: Rule, counts: Mapping[str, int]) -> frozenset[str]:
    """The words of an archive that are, or are part of, something the rule looks for."""
    compiler = Compiler()
    compiler.compile(rule)
    found = bearers(compiler.lexicon, counts)
    return frozenset(word for words in found.values() for word in words)


def survey_all(
    rules: Iterable[Rule], counts: Mapping[str, int]
) -> dict[RuleId, tuple[TermSurvey, ...]]:
    """Of each rule every term it looks for in titles and texts, in the order of its clauses.

    `counts` has all words of the archive as written, and how many items have each; every word is
    read but once.
    """
    compiler = Compiler()
    compiled = [compiler.compile(rule) for rule in rules]
    bearing = bearers(compiler.lexicon, counts)
    return {
        each.rule.id: survey_compiled(each, compiler.lexicon, bearing, counts) for each in compiled
    }


def survey_compiled(
    compiled: CompiledRule,
    lexicon: Lexicon,
    bearing: Mapping[Feature, Sequence[str]],
    counts: Mapping[str, int],
) -> tuple[TermSurvey, ...]:
    """What `survey` says, for who has the rule compiled and the words read."""
    groups = [(name, group) for name, group in compiled.required]
    groups += [
        (condition.name, group)
        for condition in compiled.conditions
        for group in groups_of(condition.node)
    ]
    found: dict[tuple[str, str, str], TermSurvey] = {}
    for clause, group in groups:
        for feature in sorted(group.features):
            if lexicon.field_of(feature) not in ("", "title", "lead", "body"):
                continue
            members = lexicon.members(feature)
            spellings = [bearing.get(member, ()) for member in members]
            through = group.vocabulary_of(feature, lexicon)
            term = lexicon.written(feature)
            sure = len(members) == 1 and not lexicon.field_of(feature)
            found[clause, through, term] = TermSurvey(
                clause=clause,
                vocabulary=through,
                term=term,
                words=min(map(len, spellings)),
                at_least=max((counts[w] for w in spellings[0]), default=0) if sure else 0,
            )
    return tuple(found.values())

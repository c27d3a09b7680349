"""Dissecting: how a rule compiled, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.model import RuleId
from monitor.rules.compiling import (
    All,
    Compiled,
    CompiledRule,
    Expressions,
    Group,
    Never,
    Some,
    Standing,
    needs_of,
)
from monitor.rules.lexicon import Lexicon
from monitor.rules.matching import Matcher

_FIRST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A list of terms, with the `first` few of its `terms` as they are written."""

    clause: str
    terms: int
    first: tuple[str, ...]

    def __str__(self) -> str:
        more = f" and {self.terms - len(self.first):,} more" if self.terms > len(self.first) else ""
        return ", ".join(self.first) + more


@dataclass(frozen=True, slots=True, kw_only=True)
class Dissected:
    """A rule as the matcher has it.

    It is looked at only when a term of the clause `waits_at` is found. `conditions` are each a
    clause with what it asks for; `scores` each a query with its points.
    """

    waits_at: str
    required: tuple[Concept, ...]
    forbidden: tuple[Concept, ...]
    conditions: tuple[tuple[str, str], ...]
    scores: tuple[tuple[str, int], ...]
    min_score: int | None
    languages: tuple[str, ...]
    feeds: tuple[str, ...]


def dissect(matcher: Matcher, rule_id: RuleId) -> Dissected:
    """How the matcher holds a rule. Raises NotFound for an unknown id."""
    compiled, lexicon = matcher.compiled(rule_id), matcher.lexicon
    rule = compiled.rule
    return Dissected(
        waits_at=_anchor(compiled),
        required=tuple(_concept(name, group, lexicon) for name, group in compiled.required),
        forbidden=tuple(_concept(name, group, lexicon) for name, group in compiled.forbidden),
        conditions=tuple(
            (each.name, each.written or _in_words(each.node, lexicon))
            for each in compiled.conditions
        ),
        scores=tuple((each.written, each.points) for each in rule.scores),
        min_score=rule.min_score,
        languages=rule.languages,
        feeds=(*rule.feeds.include, *(f"not {glob}" for glob in rule.feeds.exclude)),
    )


def _anchor(compiled: CompiledRule) -> str:
    first = compiled.needs[0]
    clauses: Iterator[tuple[str, Compiled]] = (
        pair
        for pairs in (compiled.required, ((each.name, each.node) for each in compiled.conditions))
        for pair in pairs
    )
    return next(
        (name for name, node in clauses if any(first == each.features for each in needs_of(node))),
        "",
    )


def _concept(name: str, group: Group, lexicon: Lexicon) -> Concept:
    # Features are numbered as they are met, which is the order of the file.
    first = tuple(map(lexicon.written, sorted(group.features)[:_FIRST]))
    return Concept(clause=name, terms=len(group.features), first=first)


def _in_words(node: Compiled, lexicon: Lexicon) -> str:
    match node:
        case Group():
            return str(_concept("", node, lexicon))
        case All(parts):
            return _joined(" and ", parts, lexicon)
        case Some(parts):
            return _joined(" or ", parts, lexicon)
        case Standing(_, parts):
            return _joined(" beside ", parts, lexicon)
        case Never(part):
            return f"not ({_in_words(part, lexicon)})"
        case Expressions(parts):
            return " or ".join(pattern for pattern, _, _ in parts)


def _joined(word: str, parts: tuple[Compiled, ...], lexicon: Lexicon) -> str:
    if len(parts) == 1:
        return _in_words(parts[0], lexicon)
    return word.join(f"({_in_words(part, lexicon)})" for part in parts)

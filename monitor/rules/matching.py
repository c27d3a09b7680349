"""Matching: which rules fire on an item, and why."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from monitor.errors import NotFound
from monitor.model import Evidence, Item, Match, RuleId
from monitor.rules.compiling import (
    CompiledRule,
    Compiler,
    Condition,
    Expressions,
    FeatureSet,
    Group,
    needs_of,
)
from monitor.rules.explaining import why_not
from monitor.rules.frequencies import Weigh, expected_frequency
from monitor.rules.lexicon import Feature, Lexicon
from monitor.rules.reading import Reading
from monitor.rules.rulebook import FeedFilter, Rule, Vocabulary
from monitor.rules.syntax import AllOf, AnyOf, Clause, VocabularyRef

# Nobody reads a longer list of reasons.
_MOST_EVIDENCE = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseReport:
    """How one clause of a rule fared. `reason` is a sentence; `evidence` what was found."""

    clause: str
    held: bool
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Every clause of a rule, whether it held, and why it did or did not."""

    clauses: tuple[ClauseReport, ...]

    @property
    def matched(self) -> bool:
        """Whether the rule fires."""
        return all(report.held for report in self.clauses)

    @property
    def failed(self) -> tuple[ClauseReport, ...]:
        """The clauses that did not hold; of a near miss there is exactly one."""
        return tuple(report for report in self.clauses if not report.held)


class NearMiss(NamedTuple):
    """A rule that would have fired, had it not been for this one clause."""

    rule: RuleId
    clause: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of an item: the rules that fire, and those of which one clause failed."""

    matches: tuple[Match, ...]
    near_misses: tuple[NearMiss, ...]


# What is tried of a rule that waits: its second need, the further ones, what is excluded.
_Waiting = tuple[FeatureSet, tuple[FeatureSet, ...], FeatureSet, CompiledRule]


class Matcher:
    """Matches items against all its rules at once.

    One pass over the words of an item gives the set of terms in it. Each rule waits at the
    terms of its rarest concept, so that only rules which have one of them are looked at, by
    one set operation per further concept. Places are worked out for hits alone, and for rules
    whose answer depends on them. After Lucene's stored queries, with sets for postings.
    """

    def __init__(self, rules: Iterable[Rule] = (), weigh: Weigh = expected_frequency) -> None:
        self._weigh = weigh
        self._compiler = Compiler(weigh)
        self._rules: dict[RuleId, CompiledRule] = {}
        self._waiting: dict[Feature, list[_Waiting]] = {}
        for rule in rules:
            self.put(rule)

    def put(self, rule: Rule) -> None:
        """Add a rule, or replace the one of the same id, without touching the others."""
        self.drop(rule.id)
        compiled = self._compiler.compile(rule)
        self._rules[rule.id] = compiled
        first, *others = compiled.needs
        # A rule with a single need has it twice, which costs less than a case of its own.
        entry = (others[0] if others else first, tuple(others[1:]), compiled.excluded, compiled)
        for feature in first:
            self._waiting.setdefault(feature, []).append(entry)

    def drop(self, rule_id: RuleId) -> None:
        """Forget a rule, if it is known."""
        compiled = self._rules.pop(rule_id, None)
        if compiled is not None:
            self._forget(compiled)

    def _forget(self, compiled: CompiledRule) -> None:
        for feature in compiled.needs[0]:
            left = [entry for entry in self._waiting[feature] if entry[3] is not compiled]
            if left:
                self._waiting[feature] = left
            else:
                del self._waiting[feature]

    def with_rules(self, rules: Iterable[Rule]) -> Matcher:
        """A matcher of exactly these rules. Those that this one holds need not be compiled again.

        Both may be used side by side, but not at one instant: they share what they know of words.
        """
        wanted = {rule.id: rule for rule in rules}
        kept = {
            rule_id: compiled
            for rule_id, compiled in self._rules.items()
            if wanted.get(rule_id) is compiled.rule
        }
        fresh = Matcher(weigh=self._weigh)
        # Words of rules that are gone stay in a lexicon, so that now and then it is begun anew.
        if 2 * len(kept) > len(wanted):
            fresh._compiler = self._compiler
            fresh._rules = kept
            gone = [each for rule_id, each in self._rules.items() if rule_id not in kept]
            fresh._waiting = {feature: list(each) for feature, each in self._waiting.items()}
            for compiled in gone:
                fresh._forget(compiled)
        for rule_id, rule in wanted.items():
            if rule_id not in fresh._rules:
                fresh.put(rule)
        return fresh

    def weighed(self, weigh: Weigh) -> Matcher:
        """A matcher of the same rules that wait at other concepts: it finds just the same."""
        return Matcher([compiled.rule for compiled in self._rules.values()], weigh)

    def match(self, item: Item, feed_tags: tuple[str, ...] = ()) -> tuple[Match, ...]:
        """The rules that fire on `item`, most severe and highest score first, with evidence.

        `feed_tags` are the tags of the feed that brought it, for rules that ask for them.
        """
        reading = Reading(item, self._compiler.lexicon)
        return _in_order(
            _to_match(compiled, reading)
            for compiled in self._candidates(reading.features)
            if _listens(compiled.rule, item, feed_tags) and _fires(compiled, reading)
        )

    def firing(
        self, item: Item, feed_tags: tuple[str, ...], among: Collection[RuleId]
    ) -> frozenset[RuleId]:
        """Which of these rules fire on `item`, without saying why: a fraction of the work."""
        reading = Reading(item, self._compiler.lexicon)
        return frozenset(
            compiled.rule.id
            for compiled in self._candidates(reading.features)
            if compiled.rule.id in among
            and _listens(compiled.rule, item, feed_tags)
            and _fires(compiled, reading)
        )

    def examine(self, item: Item, feed_tags: tuple[str, ...] = ()) -> Examined:
        """The rules that fire on `item`, and those of which all clauses held but one.

        Rules are looked at that have their rarest concept in the item: one that lacks just that
        is not noticed, and never interesting.
        """
        reading = Reading(item, self._compiler.lexicon)
        matches: list[Match] = []
        near: list[NearMiss] = []
        for compiled, lacking in self._nearly(reading.features).items():
            if lacking is not None and compiled.is_plain:
                if reading.features.isdisjoint(compiled.excluded):
                    names = [name for name, group in compiled.required if group.features == lacking]
                    near += [NearMiss(compiled.rule.id, name) for name in names if len(names) == 1]
                continue
            failed = list(islice(_failed(compiled, lacking, reading, item, feed_tags), 2))
            if not failed:
                matches.append(_to_match(compiled, reading))
            elif len(failed) == 1:
                near.append(NearMiss(compiled.rule.id, failed[0]))
        return Examined(_in_order(matches), tuple(near))

    def explain(self, item: Item, rule_id: RuleId, feed_tags: tuple[str, ...] = ()) -> Explanation:
        """How each clause of one rule fares on `item`. Raises NotFound for an unknown id."""
        compiled = self.compiled(rule_id)
        reading = Reading(item, self._compiler.lexicon)
        return Explanation(clauses=tuple(_report(compiled, reading, item, feed_tags)))

    def compiled(self, rule_id: RuleId) -> CompiledRule:
        """A rule as it is held here. Raises NotFound for an unknown id."""
        if rule_id not in self._rules:
            raise NotFound("rule", rule_id, self._rules)
        return self._rules[rule_id]

    def holds(self, rule: Rule) -> bool:
        """Whether this very rule is held here."""
        held = self._rules.get(rule.id)
        return held is not None and held.rule is rule

    @property
    def lexicon(self) -> Lexicon:
        """What numbers the terms of the compiled rules."""
        return self._compiler.lexicon

    def _candidates(self, features: set[Feature]) -> Iterable[CompiledRule]:
        """Rules of which every required term and no forbidden one is there, places aside."""
        lacks = features.isdisjoint
        waiting = self._waiting
        found: dict[CompiledRule, None] = {}
        for feature in waiting.keys() & features:
            for second, further, excluded, compiled in waiting[feature]:
                if lacks(second):
                    continue
                for other in further:
                    if lacks(other):
                        break
                else:
                    if lacks(excluded):
                        found[compiled] = None
        return found

    def _nearly(self, features: set[Feature]) -> dict[CompiledRule, FeatureSet | None]:
        """Rules that lack at most one of their needs, and that one."""
        lacks = features.isdisjoint
        waiting = self._waiting
        found: dict[CompiledRule, FeatureSet | None] = {}
        for feature in waiting.keys() & features:
            for second, further, _, compiled in waiting[feature]:
                lacking = second if lacks(second) else None
                for other in further:
                    if lacks(other):
                        if lacking is not None:
                            break
                        lacking = other
                else:
                    found[compiled] = lacking
        return found


def _in_order(matches: Iterable[Match]) -> tuple[Match, ...]:
    return tuple(sorted(matches, key=lambda match: (-match.severity, -match.score, match.rule)))


class TermFinder:
    """Finds which terms of one vocabulary, or of those it uses, stand in an item."""

    def __init__(self, name: str, vocabularies: Mapping[str, Vocabulary]) -> None:
        compiler = Compiler()
        asked = Clause(name="any", node=AnyOf((VocabularyRef(name),)))
        rule = Rule(
            id=RuleId(name),
            title=name,
            condition=AllOf((asked,)),
            vocabularies=vocabularies,
            place=vocabularies[name].place,
        )
        ((_, self._group),) = compiler.compile(rule).required
        self._lexicon = compiler.lexicon

    def terms(self, item: Item) -> tuple[str, ...]:
        """The terms as the vocabulary writes them, each once, in the order they stand."""
        reading = Reading(item, self._lexicon)
        if not reading.found(self._group):
            return ()
        written = self._lexicon.written
        return tuple(dict.fromkeys(written(hit.feature) for hit in reading.hits(self._group)))


def _fires(compiled: CompiledRule, reading: Reading) -> bool:
    """Whether a rule of which all needs are there, and nothing that is excluded, fires."""
    # Plain loops: this is asked of every candidate, and most of them have little to be asked.
    for group in compiled.doubtful:
        if not reading.found(group):
            return False
    for group in compiled.guarded:
        if reading.found(group):
            return False
    for condition in compiled.conditions:
        if not reading.holds(condition.node):
            return False
    return compiled.rule.min_score is None or _scores_enough(compiled, reading)


def _failed(
    compiled: CompiledRule,
    lacking: FeatureSet | None,
    reading: Reading,
    item: Item,
    feed_tags: tuple[str, ...],
) -> Iterator[str]:
    """The clauses that fail, of a rule that is `lacking` at most one of its needs.

    What stands on a concept that is not there fails with it, and is not counted again.
    """
    rule = compiled.rule
    missing = set[FeatureSet]() if lacking is None else {lacking}
    for name, group in compiled.required:
        if not reading.found(group):
            missing.add(group.features)
            yield name
    for condition in compiled.conditions:
        if not reading.holds(condition.node) and not _leans(condition, compiled, missing):
            yield condition.name
    for name, group in compiled.forbidden:
        if reading.found(group):
            yield name
    if not _speaks(rule, item):
        yield "languages"
    if not _hears(rule.feeds, item, feed_tags):
        yield "feeds"
    if not _scores_enough(compiled, reading):
        yield "min_score"


def _leans(condition: Condition, compiled: CompiledRule, missing: Collection[FeatureSet]) -> bool:
    """Whether a condition asks for a concept of the list that is missing, and says so itself."""
    named = {group.features for _, group in compiled.required}
    return any(
        need.features in named and need.features in missing for need in needs_of(condition.node)
    )


def _scores_enough(compiled: CompiledRule, reading: Reading) -> bool:
    least = compiled.rule.min_score
    return least is None or _score(compiled, reading) >= least


def _score(compiled: CompiledRule, reading: Reading) -> int:
    return sum(each.points for each in compiled.scores if reading.holds(each.node))


def _to_match(compiled: CompiledRule, reading: Reading) -> Match:
    rule = compiled.rule
    return Match(
        rule=rule.id,
        severity=rule.severity,
        score=_score(compiled, reading),
        evidence=tuple(dict.fromkeys(_evidence(compiled, reading)))[:_MOST_EVIDENCE],
        rule_version=rule.version,
    )


def _evidence(compiled: CompiledRule, reading: Reading) -> Iterator[Evidence]:
    """What made the clauses hold; what stood together where the rule asks for that."""
    told: set[Group] = set()
    for condition in compiled.conditions:
        if isinstance(condition.node, Expressions):
            yield from reading.stretches(condition.node, condition.name)
        names = {group: name for name, group in reversed(compiled.required)}
        before = frozenset(told)
        for group, hits in reading.grounds(condition.node):
            if group not in before:
                told.add(group)
                yield from reading.evidence(hits, names.get(group, condition.name), group)
    for name, group in compiled.required:
        if group not in told:
            told.add(group)
            yield from reading.evidence(reading.foremost(group), name, group)
    if compiled.rule.min_score is not None:
        yield from _what_scored(compiled, reading)


def _what_scored(compiled: CompiledRule, reading: Reading) -> Iterator[Evidence]:
    for each in compiled.scores:
        if each.points > 0 and reading.holds(each.node):
            for group, hits in reading.grounds(each.node):
                yield from reading.evidence(hits, "score", group)


def _listens(rule: Rule, item: Item, feed_tags: tuple[str, ...]) -> bool:
    """Whether the rule is meant for items of this language and feed; unknown ones pass."""
    return _speaks(rule, item) and _hears(rule.feeds, item, feed_tags)


def _speaks(rule: Rule, item: Item) -> bool:
    if not rule.languages or not item.language:
        return True
    return item.language.lower().replace("_", "-").partition("-")[0] in rule.languages


def _hears(feeds: FeedFilter, item: Item, feed_tags: tuple[str, ...]) -> bool:
    if not feeds.include and not feeds.exclude:
        return True
    names = [name.lower() for name in (item.feed, item.source) if name]
    names.extend(f"tag:{tag.lower()}" for tag in feed_tags)
    if not names:
        return True

    def named_by(globs: tuple[str, ...]) -> bool:
        return any(fnmatch.fnmatchcase(name, glob) for glob in globs for name in names)

    return (not feeds.include or named_by(feeds.include)) and not named_by(feeds.exclude)


def _report(
    compiled: CompiledRule, reading: Reading, item: Item, feed_tags: tuple[str, ...]
) -> Iterator[ClauseReport]:
    rule = compiled.rule
    if rule.languages:
        held = _speaks(rule, item)
        reason = "" if held else f"the item is in `{item.language}`"
        yield ClauseReport(clause="languages", held=held, reason=reason)
    if rule.feeds != FeedFilter():
        held = _hears(rule.feeds, item, feed_tags)
        reason = "" if held else f"the rule does not listen to `{item.source or item.feed}`"
        yield ClauseReport(clause="feeds", held=held, reason=reason)
    for name, group in compiled.required:
        yield _report_required(name, group, reading)
    for name, group in compiled.forbidden:
        found = tuple(reading.evidence(reading.hits(group), name, group))
        reason = f"found `{found[0].text}` ({found[0].term})" if found else ""
        yield ClauseReport(clause=name, held=not found, reason=reason, evidence=found)
    for condition in compiled.conditions:
        yield _report_condition(compiled, condition, reading)
    if compiled.scores:
        yield _report_score(compiled, reading)


def _report_required(name: str, group: Group, reading: Reading) -> ClauseReport:
    found = tuple(reading.evidence(reading.hits(group), name, group))
    reason = "" if found else why_not(group, reading)
    return ClauseReport(clause=name, held=bool(found), reason=reason, evidence=found)


def _report_condition(
    compiled: CompiledRule, condition: Condition, reading: Reading
) -> ClauseReport:
    name, node = condition.name, condition.node
    if not reading.holds(node):
        written = f": `{condition.written}`" if condition.written else ""
        return ClauseReport(clause=name, held=False, reason=why_not(node, reading) + written)
    names = {group: each for each, group in reversed(compiled.required)}
    found = {
        each: None
        for group, hits in reading.grounds(node)
        for each in reading.evidence(hits, names.get(group, name), group)
    }
    if isinstance(node, Expressions):
        found.update(dict.fromkeys(reading.stretches(node, name)))
    return ClauseReport(clause=name, held=True, evidence=tuple(found))


def _report_score(compiled: CompiledRule, reading: Reading) -> ClauseReport:
    score, least = _score(compiled, reading), compiled.rule.min_score
    if least is None:
        return ClauseReport(clause="score", held=True, reason=f"scored {score}")
    if score < least:
        return ClauseReport(clause="score", held=False, reason=f"scored {score}, not {least}")
    found = tuple(dict.fromkeys(_what_scored(compiled, reading)))
    return ClauseReport(clause="score", held=True, reason=f"scored {score}", evidence=found)

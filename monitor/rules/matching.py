"""Matching: which rules fire on an item, and why."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from monitor.errors import NotFound
from monitor.model import Evidence, Item, Match, RuleId
from monitor.rules.compiling import Anchor, CompiledRule, Compiler, Condition, Group
from monitor.rules.explaining import why_not
from monitor.rules.lexicon import Feature
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


class Matcher:
    """Matches items against all its rules at once.

    One pass over the words of an item gives the set of terms in it. Each rule waits at the
    terms of its rarest concept, so that only rules which have one of them are looked at, by
    one set operation per further concept. Places are worked out for hits alone, and for rules
    whose answer depends on them. After Lucene's stored queries, with sets for postings.
    """

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._compiler = Compiler()
        self._rules: dict[RuleId, CompiledRule] = {}
        self._waiting: dict[Feature, list[Anchor]] = {}
        for rule in rules:
            self.put(rule)

    def put(self, rule: Rule) -> None:
        """Add a rule, or replace the one of the same id, without touching the others."""
        self.drop(rule.id)
        compiled = self._compiler.compile(rule)
        self._rules[rule.id] = compiled
        anchor = compiled.anchor
        if not anchor.rules:
            for feature in anchor.features:
                self._waiting.setdefault(feature, []).append(anchor)
        anchor.rules.append(compiled)

    def drop(self, rule_id: RuleId) -> None:
        """Forget a rule, if it is known."""
        compiled = self._rules.pop(rule_id, None)
        if compiled is None:
            return
        anchor = compiled.anchor
        anchor.rules.remove(compiled)
        if not anchor.rules:
            for feature in anchor.features:
                self._waiting[feature].remove(anchor)

    def match(self, item: Item, feed_tags: tuple[str, ...] = ()) -> tuple[Match, ...]:
        """The rules that fire on `item`, most severe and highest score first, with evidence.

        `feed_tags` are the tags of the feed that brought it, for rules that ask for them.
        """
        reading = Reading(item, self._compiler.lexicon)
        matches = [
            _to_match(compiled, reading)
            for compiled in self._candidates(reading)
            if _listens(compiled.rule, item, feed_tags) and _fires(compiled, reading)
        ]
        matches.sort(key=lambda match: (-match.severity, -match.score, match.rule))
        return tuple(matches)

    def explain(self, item: Item, rule_id: RuleId, feed_tags: tuple[str, ...] = ()) -> Explanation:
        """How each clause of one rule fares on `item`. Raises NotFound for an unknown id."""
        compiled = self._rules.get(rule_id)
        if compiled is None:
            raise NotFound("rule", rule_id, self._rules)
        reading = Reading(item, self._compiler.lexicon)
        return Explanation(clauses=tuple(_report(compiled, reading, item, feed_tags)))

    def _candidates(self, reading: Reading) -> Iterator[CompiledRule]:
        """Rules of which every required term and no forbidden one is there, places aside."""
        features = reading.features
        seen: set[Anchor] = set()
        for feature in features:
            for anchor in self._waiting.get(feature, ()):
                if anchor in seen:
                    continue
                seen.add(anchor)
                for compiled in anchor.rules:
                    for other in compiled.others:
                        if features.isdisjoint(other):
                            break
                    else:
                        if features.isdisjoint(compiled.excluded):
                            yield compiled


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
        written = self._group.terms(self._lexicon)
        return tuple(dict.fromkeys(written[hit.feature][1] for hit in reading.hits(self._group)))


def _fires(compiled: CompiledRule, reading: Reading) -> bool:
    return (
        all(reading.found(group) for _, group in compiled.required)
        and not any(reading.found(group) for _, group in compiled.forbidden)
        and all(reading.holds(condition.node) for condition in compiled.conditions)
        and _scores_enough(compiled, reading)
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
    names = {group: name for name, group in reversed(compiled.required)}
    told: set[Group] = set()
    for condition in compiled.conditions:
        before = frozenset(told)
        for group, hits in reading.grounds(condition.node):
            if group not in before:
                told.add(group)
                yield from reading.evidence(hits, names.get(group, condition.name), group)
    for name, group in compiled.required:
        if group not in told:
            told.add(group)
            yield from reading.evidence(reading.hits(group), name, group)
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
    return ClauseReport(clause=name, held=True, evidence=tuple(found))


def _report_score(compiled: CompiledRule, reading: Reading) -> ClauseReport:
    score, least = _score(compiled, reading), compiled.rule.min_score
    if least is None:
        return ClauseReport(clause="score", held=True, reason=f"scored {score}")
    if score < least:
        return ClauseReport(clause="score", held=False, reason=f"scored {score}, not {least}")
    found = tuple(dict.fromkeys(_what_scored(compiled, reading)))
    return ClauseReport(clause="score", held=True, reason=f"scored {score}", evidence=found)

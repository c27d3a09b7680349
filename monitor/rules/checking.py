"""Checking: the inline tests of rules and vocabularies, run by the matcher itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.errors import Problem
from monitor.model import RuleId
from monitor.rules.matching import Explanation, Matcher
from monitor.rules.rulebook import Rule, RuleBook, Sample, Vocabulary
from monitor.rules.syntax import AllOf, AnyOf, Clause, VocabularyRef


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """How one inline test went. `name` is the rule's id, or `$name` of a vocabulary.

    `reason` says, of a test that failed, which clause decided and why.
    """

    __test__ = False  # the name must not make a test collector curious

    name: str
    sample: Sample
    passed: bool
    reason: str = ""
    explanation: Explanation


def run_tests(book: RuleBook, names: Iterable[str] = ()) -> tuple[TestResult, ...]:
    """Run the tests of every rule and vocabulary, or of those named, whatever their dates.

    Rules that are disabled or expired are tested like the others: they may come back.
    """
    wanted = set(names)
    subjects = [*book.rules, *(_as_rule(each, book) for each in book.vocabularies.values())]
    chosen = [rule for rule in subjects if not wanted or rule.id in wanted]
    matcher = Matcher(chosen)
    return tuple(_run(rule, sample, matcher) for rule in chosen for sample in rule.samples)


def run_samples(rule: Rule, matcher: Matcher) -> tuple[TestResult, ...]:
    """Run the tests of one rule by a matcher that holds it."""
    return tuple(_run(rule, sample, matcher) for sample in rule.samples)


def failures(results: Iterable[TestResult]) -> Iterator[Problem]:
    """The tests that failed, as problems at the lines where they stand."""
    for result in results:
        if result.passed:
            continue
        sample = result.sample
        killed_by_none = sample.must_hit and [
            report.clause for report in result.explanation.failed
        ] == ["none"]
        yield Problem(
            place=sample.place,
            code="R119" if killed_by_none else _code(result),
            message=f"{result.name}: {_verdict(sample)}",
            hint=result.reason,
            source=sample.source,
            width=sample.width,
        )


def _code(result: TestResult) -> str:
    return "V120" if result.name.startswith("$") else "R120"


def _verdict(sample: Sample) -> str:
    words = sample.words if len(sample.words) <= 80 else sample.words[:79] + "…"
    return f"not found: `{words}`" if sample.must_hit else f"found, and must not be: `{words}`"


def _run(rule: Rule, sample: Sample, matcher: Matcher) -> TestResult:
    explanation = matcher.explain(sample.item, rule.id, sample.feed_tags)
    passed = explanation.matched == sample.must_hit
    return TestResult(
        name=rule.id,
        sample=sample,
        passed=passed,
        reason="" if passed else _reason(explanation, sample),
        explanation=explanation,
    )


def _reason(explanation: Explanation, sample: Sample) -> str:
    if sample.must_hit:
        return "; ".join(f"{each.clause}: {each.reason}" for each in explanation.failed)
    found = [each for report in explanation.clauses for each in report.evidence]
    unique = dict.fromkeys(f"{each.clause}: `{each.text}`" for each in found)
    return "because of " + ", ".join(unique)


def _as_rule(vocabulary: Vocabulary, book: RuleBook) -> Rule:
    """A rule that asks for a vocabulary and nothing else."""
    name = f"${vocabulary.name}"
    concept = AnyOf((VocabularyRef(vocabulary.name),))
    return Rule(
        id=RuleId(name),
        title=vocabulary.title,
        condition=AllOf((Clause(name, concept),)),
        vocabularies=book.vocabularies,
        samples=vocabulary.samples,
        version=vocabulary.version,
        place=vocabulary.place,
    )

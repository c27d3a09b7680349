"""Rules: what is in force, what each has found of late, and which files cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec

from monitor.errors import Level, Problem
from monitor.rules.checking import run_samples
from monitor.rules.matching import Matcher
from monitor.rules.rulebook import Rule
from monitor.store.judgements import Judged, judged_by_rule
from monitor.turns import THINKING
from monitor.watch import Watch
from monitor.web.daily import DAYS, matches_by_day
from monitor.web.page import Page
from monitor.web.queries import query_of
from monitor.web.service import Service
from monitor.web.wire import Line

SHOWN = 50
MOST_BROKEN = 20
"""Files that are shown."""

MOST_PROBLEMS = 5
"""Problems of one file that are shown."""

Skip = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`q` are words of the title, the reason, the id, the tags, the owner or the file."""

    q: Line = ""
    skip: Skip = 0


class State(StrEnum):
    """How a rule stands."""

    IN_FORCE = "in force"
    PAUSED = "paused"
    EXPIRED = "expired"
    NOT_YET = "not yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is wrong at one place of a file, and what to do."""

    place: str
    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenFile:
    """A file that cannot be used. `rule` is what it is opened by, "" for a vocabulary.

    `runs_on`: its last good version is in force.
    """

    file: str
    rule: str
    runs_on: bool
    mistakes: tuple[Mistake, ...]
    more_mistakes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule with its matches of 30 days, the oldest first.

    `why` is the line of its file from which its state follows. `broken`: the file has errors,
    and this is its last good version. `noise` is the share of its judged stories that was noise,
    in percent. Of its tests so many pass and fail.
    """

    id: str
    title: str
    severity: str
    state: State
    why: str
    broken: bool
    days: tuple[int, ...]
    today: int
    month: int
    noise: int | None
    passed: int
    failed: int
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules that were asked for, by their titles; `in_all` is how many there are of any kind.

    `first` is the number of the first that is shown, of `found`.
    """

    broken: tuple[BrokenFile, ...]
    more_broken: int
    rules: tuple[RuleLine, ...]
    in_all: int
    in_force: int
    found: int
    first: int
    previous: str | None
    next: str | None


def load(service: Service, asked: Asked) -> Rules:
    """Read how each stands."""
    watch, now = service.watch(), service.now()
    with service.store.reading() as conn:
        daily = matches_by_day(service, conn)
        judged = judged_by_rule(conn, now - timedelta(days=DAYS))
    broken = tuple(_broken(watch))
    names = {each.file for each in broken}
    words = asked.q.casefold().split()
    found = sorted(
        (rule for rule in watch.book.rules if _is_meant(rule, words, _name_of(watch, rule))),
        key=lambda rule: (rule.title.casefold(), rule.id),
    )
    shown = found[asked.skip : asked.skip + SHOWN]
    after = asked.skip + SHOWN
    return Rules(
        broken=broken[:MOST_BROKEN],
        more_broken=max(0, len(broken) - MOST_BROKEN),
        rules=tuple(
            _line(
                rule,
                _name_of(watch, rule),
                now,
                daily.get(rule.id, (0,) * DAYS),
                judged.get(rule.id, Judged()),
                _tested(service, watch, rule),
                broken=_name_of(watch, rule) in names,
            )
            for rule in shown
        ),
        in_all=len(watch.book.rules),
        in_force=len(watch.book.active(now)),
        found=len(found),
        first=asked.skip + 1,
        previous=query_of(asked, skip=max(0, asked.skip - SHOWN)) if asked.skip else None,
        next=query_of(asked, skip=after) if after < len(found) else None,
    )


def _name_of(watch: Watch, rule: Rule) -> str:
    return _shown_path(watch, rule.place.path)


def _shown_path(watch: Watch, path: str) -> str:
    folder = watch.settings.rules
    there = Path(path)
    return there.relative_to(folder).as_posix() if there.is_relative_to(folder) else there.name


def _is_meant(rule: Rule, words: Iterable[str], name: str) -> bool:
    said = " ".join((rule.title, rule.why, rule.id, *rule.tags, rule.owner, name)).casefold()
    return all(word in said for word in words)


def _line(
    rule: Rule,
    name: str,
    now: datetime,
    days: tuple[int, ...],
    judged: Judged,
    tested: tuple[int, int],
    *,
    broken: bool,
) -> RuleLine:
    state, why = _state(rule, now)
    return RuleLine(
        id=rule.id,
        title=rule.title,
        severity=rule.severity.word,
        state=state,
        why=why,
        broken=broken,
        days=days,
        today=days[-1],
        month=sum(days),
        noise=judged.percent_noise,
        passed=tested[0],
        failed=tested[1],
        file=name,
    )


def _state(rule: Rule, now: datetime) -> tuple[State, str]:
    """How it stands, and the line of its file that says so."""
    if not rule.enabled:
        return State.PAUSED, "enabled: no"
    if rule.expires is not None and rule.expires < now.date():
        return State.EXPIRED, f"expires: {rule.expires}"
    if rule.since is not None and rule.since > now.date():
        return State.NOT_YET, f"since: {rule.since}"
    return State.IN_FORCE, ""


def _tested(service: Service, watch: Watch, rule: Rule) -> tuple[int, int]:
    """How many of its tests pass and fail: run once for each version of the rule."""
    if not rule.samples:
        return 0, 0
    samples = tuple((each.must_hit, each.words) for each in rule.samples)
    known: dict[str, tuple[object, tuple[int, int]]]
    known = service.memory.recall("tests of rules", None, dict)
    cause = (rule.version, samples)
    kept = known.get(rule.id)
    if kept is None or kept[0] != cause:
        kept = (cause, _run(watch, rule))
        known[rule.id] = kept
    return kept[1]


def _run(watch: Watch, rule: Rule) -> tuple[int, int]:
    with THINKING:
        matcher = watch.matcher if watch.matcher.holds(rule) else Matcher([rule])
        passed = sum(each.passed for each in run_samples(rule, matcher))
    return passed, len(rule.samples) - passed


def _broken(watch: Watch) -> Iterator[BrokenFile]:
    """Rule files and vocabularies with errors, in the order of their names."""
    runs_on = bool(watch.refused)
    found: dict[str, list[Problem]] = {}
    for each in watch.refused or watch.problems:
        if each.level is Level.ERROR and _is_ours(watch, each):
            found.setdefault(each.place.path, []).append(each)
    named = {rule.place.path: rule.id for rule in reversed(watch.book.rules)}
    for path, problems in sorted(found.items()):
        name = _shown_path(watch, path)
        yield BrokenFile(
            file=name,
            rule="" if name.startswith("vocab/") else named.get(path, Path(path).stem),
            runs_on=runs_on and path in named,
            mistakes=tuple(_mistake(each, name) for each in problems[:MOST_PROBLEMS]),
            more_mistakes=max(0, len(problems) - MOST_PROBLEMS),
        )


def _is_ours(watch: Watch, problem: Problem) -> bool:
    path = Path(problem.place.path)
    return path != watch.settings.rules and path.is_relative_to(watch.settings.rules)


def _mistake(problem: Problem, name: str) -> Mistake:
    line = problem.place.line
    return Mistake(
        place=f"{name}:{line}" if line else name,
        code=problem.code,
        message=problem.message,
        hint=problem.hint,
    )


PAGE = Page(
    name="rules",
    path="/rules",
    title="Rules",
    help="Every rule: how it stands, what it has found of late, its tests; and broken files.",
    load=load,
    asks=Asked,
    shows=Rules,
    label="Rules",
    order=3,
    live=("rules",),
)

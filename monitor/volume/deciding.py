"""Whether an alert fires: from what is known of a rule's hits to a sentence, or to why not."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.rules.alerts import Count, NewTerm, Silence, Spike, Volume

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)

UNLIKELY = 0.001
"""A spike is something that chance would bring in fewer than one hour of a thousand."""

_MOST_TERMS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is remembered of one alert of one rule.

    `firing`: it has fired, and what it fired for goes on. `mark_at` is the instant it leans on:
    of a spike when it last held, of a silence the last hit before it, of new terms up to where
    hits have been read.
    """

    firing: bool = False
    mark_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of a rule's hits at `now`.

    `watched_at`: since when the rule has been watched without a long absence. `answered`: some
    feed has been polled well of late. `steady`: the hour before this one was watched too, so
    that what came in is the news of an hour and not of a night. `hits` and `sources` are those
    within the time of a count, or within the last hour for a spike. `before` holds the hits of
    the same hour one, two, ... weeks earlier, of hours that were watched only; `known_days` of
    `days` were. `terms` are the terms never seen before.
    """

    now: datetime
    watched_at: datetime
    answered: bool = True
    steady: bool = True
    last_hit_at: datetime | None = None
    hits: int = 0
    sources: int = 0
    before: tuple[int, ...] = ()
    known_days: int = 0
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fires:
    """People are to be told: `sentence` says what happened, `reason` what makes it news."""

    sentence: str
    reason: str
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Nothing to tell. `warming`: it could not fire yet, whatever happened."""

    why: str
    state: State
    warming: bool = False


Verdict = Fires | Quiet


def decide(alert: Volume, seen: Seen, state: State) -> Verdict:
    """Whether one alert of a rule fires now, and what is to be remembered of it."""
    match alert:
        case Count():
            return _count(alert, seen, state)
        case Spike():
            return _spike(alert, seen, state)
        case Silence():
            return _silence(alert, seen, state)
        case NewTerm():
            return _new_term(alert, seen, state)


def poisson_tail(least: int, mean: float) -> float:
    """How likely `least` events or more are where `mean` are usual (Poisson).

    Summed from `least` upwards, where the terms fall: one minus the rest would round to zero.
    """
    if least <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if least <= mean:  # never unlikely, and the terms would rise first
        return 1.0
    term = math.exp(least * math.log(mean) - mean - math.lgamma(least + 1))
    total, count = 0.0, least
    while term > total * 1e-12 and term > 0:
        total += term
        count += 1
        term *= mean / count
    return min(total, 1.0)


def _count(alert: Count, seen: Seen, state: State) -> Verdict:
    """Fires when first true; is armed again once its window is below."""
    reached = seen.hits >= alert.hits and seen.sources >= alert.sources
    found = f"{_matches(seen.hits)} from {_sources(seen.sources)}"
    window = f"in the last {_window(alert.within)}"
    if not reached:
        return Quiet(why=f"{found} {window}", state=State())
    if state.firing:
        return Quiet(why=f"told already; {found} {window}", state=state)
    return Fires(
        sentence=f"{found} {window}.",
        reason=f"The rule asks to be told at {alert.written}.",
        state=State(firing=True, mark_at=seen.now),
    )


def _spike(alert: Spike, seen: Seen, state: State) -> Verdict:
    """Fires once in an episode, which is over when it has not held for an hour.

    Three conditions, since each alone fires for nothing: so many in all, so many times the
    usual, and too many for chance. The usual is the mean of the same hour of the week; its half
    a hit more keeps four quiet weeks from proving that nothing ever happens.
    """
    weekday = f"a {seen.now:%A} {seen.now:%H}:00 UTC"
    known = f"{seen.known_days} of {alert.over.days} days known"
    if seen.known_days < WEEK.days or not seen.before:
        return Quiet(
            why=f"learning what is usual ({known})", state=_spike_over(seen, state), warming=True
        )
    if not seen.steady:
        over = _spike_over(seen, state)
        return Quiet(why="watched again for less than an hour: it is catching up", state=over)
    usual = sum(seen.before) / len(seen.before)
    chance = poisson_tail(seen.hits, usual + 0.5 / len(seen.before))
    found = f"{_matches(seen.hits)} in the last hour; usual for {weekday} is {usual:.1f} ({known})"
    if not (seen.hits >= alert.at_least and seen.hits >= alert.times * usual and chance < UNLIKELY):
        return Quiet(why=found, state=_spike_over(seen, state))
    if _spike_over(seen, state).firing:
        return Quiet(why=f"told already; {found}", state=replace(state, mark_at=seen.now))
    return Fires(
        sentence=f"{found}.",
        reason=f"The rule asks to be told at {alert.written}.",
        state=State(firing=True, mark_at=seen.now),
    )


def _spike_over(seen: Seen, state: State) -> State:
    """An episode goes on until it has not held for an hour: five, six, five is one episode."""
    held_at = state.mark_at
    goes_on = state.firing and held_at is not None and seen.now - held_at < HOUR
    return state if goes_on else State()


def _silence(alert: Silence, seen: Seen, state: State) -> Verdict:
    """Fires once in a silence, and never before the rule has been watched for so long."""
    if state.firing and state.mark_at == seen.last_hit_at:
        return Quiet(why="told already; still silent", state=state)
    since_at = max(filter(None, (seen.last_hit_at, seen.watched_at)))
    silent = seen.now - since_at
    if silent < alert.after:
        young = seen.now - seen.watched_at < alert.after
        said = f"watched for {_roughly(seen.now - seen.watched_at)}" if young else "it has hits"
        return Quiet(why=said, state=State(), warming=young and seen.last_hit_at is None)
    if not seen.answered:
        return Quiet(why="no feed could be polled of late, so silence means nothing", state=state)
    last = (
        f"the last one came on {seen.last_hit_at:%-d %B %Y}"
        if seen.last_hit_at is not None
        else f"none since the rule was first watched on {seen.watched_at:%-d %B %Y}"
    )
    return Fires(
        sentence=f"No match for {_roughly(silent)}; {last}.",
        reason=f"The rule asks to be told at {alert.written}: it, or its feeds, may need a look.",
        state=State(firing=True, mark_at=seen.last_hit_at),
    )


def _new_term(alert: NewTerm, seen: Seen, state: State) -> Verdict:
    """Fires for terms never seen before; who reads the hits remembers which were."""
    name = f"${alert.vocabulary}"
    if not seen.terms:
        return Quiet(why=f"no term of {name} that is new", state=state)
    shown = ", ".join(f"“{term}”" for term in seen.terms[:_MOST_TERMS])
    left = len(seen.terms) - _MOST_TERMS
    more = f" and {left} more" if left > 0 else ""
    return Fires(
        sentence=f"For the first time in a match of this rule: {shown}{more}.",
        reason=f"The rule asks to be told of every term of {name} that it has not met before.",
        state=state,
    )


def _matches(count: int) -> str:
    return f"{count:,} match" if count == 1 else f"{count:,} matches"


def _sources(count: int) -> str:
    return f"{count:,} source" if count == 1 else f"{count:,} sources"


def _window(length: timedelta) -> str:
    """A window as people say it: `hour`, `24 hours`, `7 days`, `90 minutes`."""
    days, hours = timedelta(days=1), timedelta(hours=1)
    if length >= 2 * days and not length % days:
        return f"{length // days} days"
    if not length % hours:
        return "hour" if length == hours else f"{length // hours} hours"
    minutes = length // timedelta(minutes=1)
    return "minute" if minutes == 1 else f"{minutes} minutes"


def _roughly(length: timedelta) -> str:
    for unit, name in (("day", "days"), ("hour", "hours")):
        count = length // timedelta(**{name: 1})
        if count >= 2 or (count == 1 and unit == "hour"):
            return f"{count} {unit}" if count == 1 else f"{count} {name}"
    minutes = length // timedelta(minutes=1)
    return f"{minutes} minute" if minutes == 1 else f"{minutes} minutes"

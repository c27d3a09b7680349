"""Alerts decide: what fires, what does not, why; and that each fires once."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.alerts import Count, NewTerm, Silence, Spike
from monitor.schedule import parse_duration
from monitor.volume.deciding import Fires, Quiet, Seen, State, decide, poisson_tail

NOW = datetime(2026, 3, 4, 14, 20, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
COUNT = Count(written="5 in 24h from 3 sources", hits=5, within=DAY, sources=3)
SPIKE = Spike(
    written="spike 3x over 28d, at least 6", times=3.0, over=timedelta(days=28), at_least=6
)
SILENCE = Silence(written="silence 14d", after=14 * DAY)
NEW = NewTerm(written="new $ports", vocabulary="ports")


def seen(**known):
    return Seen(**{"now": NOW, "watched_at": NOW - 60 * DAY} | known)


def past(*before, days=28, **known):
    return seen(before=before, known_days=days, **known)


def fires(alert, known, state=None):
    return isinstance(decide(alert, known, state or State()), Fires)


def test_a_count_needs_its_hits_and_its_sources():
    assert fires(COUNT, seen(hits=5, sources=3))
    assert not fires(COUNT, seen(hits=4, sources=4))
    assert not fires(COUNT, seen(hits=9, sources=2))


WINDOWS = {"1h": "hour", "24h": "24 hours", "7d": "7 days", "90m": "90 minutes", "1m": "minute"}


@pytest.mark.parametrize(("written", "said"), WINDOWS.items())
def test_a_window_is_said_as_people_say_it(written, said):
    alert = replace(COUNT, hits=1, sources=1, within=parse_duration(written))
    verdict = decide(alert, seen(hits=1, sources=1), State())
    assert verdict.sentence == f"1 match from 1 source in the last {said}."


def test_a_count_fires_once_and_again_after_it_was_below():
    verdict = decide(COUNT, seen(hits=5, sources=3), State())
    again = decide(COUNT, seen(hits=7, sources=3), verdict.state)
    below = decide(COUNT, seen(hits=2, sources=2), again.state)
    assert isinstance(again, Quiet)
    assert fires(COUNT, seen(hits=5, sources=3), below.state)


def test_a_spike_says_what_is_usual_and_how_much_of_the_past_is_known():
    verdict = decide(SPIKE, past(2, 3, 1, days=24, hits=12), State())
    assert verdict.sentence == (
        "12 matches in the last hour; usual for a Wednesday 14:00 UTC is 2.0 (24 of 28 days known)."
    )


@pytest.mark.parametrize(
    ("hits", "before", "why"),
    [
        (5, (0, 0, 0, 0), "below the minimum, though nothing is usual"),
        (1, (0, 0, 0, 0), "a single hit over nothing"),
        (0, (0, 0, 0, 0), "nothing over nothing"),
        (14, (5, 5, 5, 5), "less than three times the usual"),
    ],
)
def test_what_is_no_spike(hits, before, why):
    assert not fires(SPIKE, past(*before, hits=hits)), why


def test_what_chance_may_bring_is_no_spike():
    often = replace(SPIKE, times=1.5, at_least=2)
    assert not fires(often, past(4, 4, 4, 4, hits=8))
    assert fires(often, past(40, 40, 40, 40, hits=80))


def test_a_spike_has_to_learn_for_a_week_and_says_so():
    verdict = decide(SPIKE, past(days=6, hits=50), State())
    assert verdict.warming
    assert verdict.why == "learning what is usual (6 of 28 days known)"
    assert fires(SPIKE, past(0, days=7, hits=50))


def test_what_a_night_without_power_left_is_no_spike():
    verdict = decide(SPIKE, past(1, 1, hits=90, steady=False), State())
    assert "catching up" in verdict.why


def test_a_silence_counts_from_the_last_hit_or_from_when_the_rule_was_first_watched():
    assert fires(SILENCE, seen(last_hit_at=NOW - 14 * DAY))
    assert not fires(SILENCE, seen(last_hit_at=NOW - 13 * DAY))
    assert fires(SILENCE, seen(watched_at=NOW - 14 * DAY))
    assert not fires(SILENCE, seen(watched_at=NOW - 13 * DAY))


def test_a_rule_that_was_long_not_watched_is_not_silent():
    assert not fires(SILENCE, seen(last_hit_at=NOW - 40 * DAY, watched_at=NOW - DAY))


def test_a_silence_is_told_once_and_the_next_one_again():
    first = decide(SILENCE, seen(last_hit_at=NOW - 20 * DAY), State())
    assert first.sentence == "No match for 20 days; the last one came on 12 February 2026."
    assert not fires(SILENCE, seen(last_hit_at=NOW - 20 * DAY), first.state)
    later = decide(SILENCE, seen(last_hit_at=NOW - DAY), first.state)
    assert fires(SILENCE, seen(now=NOW + 14 * DAY, last_hit_at=NOW - DAY), later.state)


def test_silence_means_nothing_while_no_feed_can_be_polled():
    verdict = decide(SILENCE, seen(last_hit_at=NOW - 20 * DAY, answered=False), State())
    assert "no feed could be polled" in verdict.why
    assert fires(SILENCE, seen(last_hit_at=NOW - 20 * DAY), verdict.state)


def test_new_terms_are_told_together():
    verdict = decide(NEW, seen(terms=("Nampo", "Primorsk")), State())
    assert "“Nampo”, “Primorsk”" in verdict.sentence
    assert not fires(NEW, seen())


@pytest.mark.parametrize(
    ("least", "mean", "tail"),
    [(0, 3.0, 1.0), (1, 0.0, 0.0), (1, 1.0, 1.0), (6, 2.1, 0.02039), (12, 2.1, 2.237e-06)],
)
def test_the_tail_of_the_poisson_distribution(least, mean, tail):
    assert poisson_tail(least, mean) == pytest.approx(tail, rel=0.01)


HITS = st.integers(0, 60)
PAST = st.lists(st.integers(0, 20), min_size=1, max_size=4).map(tuple)


@given(HITS, PAST, st.integers(2, 40))
def test_nothing_ever_fires_below_its_minimum(hits, before, least):
    alert = replace(SPIKE, at_least=least)
    if fires(alert, past(*before, hits=hits)):
        assert hits >= max(least, 3 * sum(before) / len(before))


@given(st.lists(HITS, max_size=80), st.booleans())
def test_a_spike_fires_once_in_an_episode_whatever_a_restart_forgets(minutes, restarting):
    """Two alerts have an hour without any spike between them; the state is all that is kept."""
    state, fired, held = State(), [], []
    for number, hits in enumerate(minutes):
        now = NOW + number * 7 * MINUTE
        known = past(1, 1, hits=hits, now=now)
        if fires(SPIKE, known):
            held.append(now)
        verdict = decide(SPIKE, known, state)
        if isinstance(verdict, Fires):
            fired.append(now)
        state = State(**asdict(verdict.state)) if restarting else verdict.state
    for before, after in pairwise(fired):
        last = max(each for each in held if each < after)
        assert after - last >= timedelta(hours=1)
        assert last >= before
    assert bool(fired) == bool(held)


@given(st.lists(st.tuples(HITS, st.integers(0, 5)), max_size=40))
def test_a_count_fires_exactly_when_it_comes_to_be_true(known):
    state, was = State(), False
    for hits, sources in known:
        verdict = decide(COUNT, seen(hits=hits, sources=sources), state)
        true = hits >= 5 and sources >= 3
        assert isinstance(verdict, Fires) == (true and not was)
        state, was = verdict.state, true


@given(st.lists(st.booleans(), max_size=60))
def test_a_silence_is_never_told_twice(days):
    state, last, told = State(), None, set()
    for number, hit in enumerate(days):
        now = NOW + number * DAY
        last = now if hit else last
        verdict = decide(SILENCE, Seen(now=now, watched_at=NOW, last_hit_at=last), state)
        state = verdict.state
        if isinstance(verdict, Fires):
            assert last not in told
            assert now - (last or NOW) >= SILENCE.after
            told.add(last)

"""Grouping on real news: events with twins, articles, headlines made to be told apart."""

from __future__ import annotations

import pytest
from corpus import CORPUS, benchmark, needs

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    needs(CORPUS / "dedup"),
]


@pytest.fixture(scope="module")
def bench():
    """What the benchmark measures."""
    return benchmark("_stories_grouping")


@pytest.fixture(scope="module")
def events(bench):
    return bench.rows("dedup/ecbplus_short-traindev")


def test_events_without_twins_are_kept_apart_and_together(bench, events):
    for half in bench.without_twins(events):
        found = bench.measured(bench.ours(), half)
        assert found.f1 >= 0.955
        assert found.swallowed <= 0.01


def test_twin_events_are_the_hard_part(bench, events):
    assert bench.measured(bench.ours(), events).f1 >= 0.85


def test_hardly_an_event_is_surely_another(bench, events):
    assert bench.measured(bench.ours(bench.SURE), events).swallowed <= 0.05


def test_no_twin_headline_is_grouped_and_every_other_pair_is(bench):
    assert bench.headlines() == {
        "twins": {"pairs": 10, "grouped": 0, "sure": 0},
        "one event": {"pairs": 8, "grouped": 8, "sure": 4},
    }


def test_articles_are_paired_by_title_and_better_by_text(bench):
    assert bench.pairs_f1("") >= 0.72
    assert bench.pairs_f1("summary") >= 0.84
    assert bench.pairs_f1("text") >= 0.85

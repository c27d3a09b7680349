"""Polling loses nothing: whole newsrooms simulated, a seed each, and looked at from outside.

A few small ones each time. Many large ones, after a change of what polls:

    WIREWATCH_EXAMPLES=200 ./run.sh test tests/work/test_work_simulation.py
"""

import os

import pytest
from simulation import Newsroom

SEEDS = int(os.environ.get("WIREWATCH_EXAMPLES", "0"))


def broken(room):
    """What went wrong, in lines that name the seed."""
    return [f"Newsroom({room.seed}): {each}" for each in room.run()]


@pytest.mark.parametrize("seed", [2, 3])
def test_a_day_of_troubles_loses_nothing_and_tells_nothing_twice(seed):
    assert broken(Newsroom(seed, feeds=14, days=1)) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_four_days_of_troubles_lose_nothing_and_tell_nothing_twice(seed):
    assert broken(Newsroom(seed, feeds=40, days=4)) == []

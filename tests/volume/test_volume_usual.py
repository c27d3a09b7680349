"""What a day usually brings a rule, and what is out of the ordinary."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.model import RuleCard, RuleId
from monitor.volume.usual import days_until, is_unusual, volume_of

CARD = RuleCard(id=RuleId("arms"), title="Arms")
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
VIENNA = ZoneInfo("Europe/Vienna")
DAYS = days_until(NOW, VIENNA)
LONG_AGO = NOW - timedelta(days=100)


def volume(counts, *, unwatched=(), watched_at=LONG_AGO):
    hours = {day.start_at for n, day in enumerate(DAYS) if n not in unwatched}
    return volume_of(CARD, counts, DAYS, hours=hours, watched_at=watched_at)


def test_days_end_at_the_time_of_the_digest_and_follow_each_other():
    assert len(DAYS) == 14
    assert DAYS[-1].end_at == NOW
    assert [a.end_at for a in DAYS[:-1]] == [b.start_at for b in DAYS[1:]]
    assert {day.end_at.astimezone(VIENNA).hour for day in DAYS} == {7}


def test_a_day_on_which_the_clocks_change_has_an_hour_more_or_less():
    days = days_until(datetime(2026, 10, 26, 6, 0, tzinfo=UTC), VIENNA, 3)
    assert [day.end_at - day.start_at for day in days] == [
        timedelta(hours=24),
        timedelta(hours=25),
        timedelta(hours=24),
    ]


def test_the_usual_is_the_middle_of_the_days_before():
    assert volume([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 99]).usual == 6


def test_a_day_on_which_nobody_watched_is_no_evidence():
    assert volume([0] * 5 + [6] * 8 + [6], unwatched=range(5)).usual == 6


def test_a_rule_that_is_young_has_no_usual():
    young = volume([0] * 8 + [5] * 6, watched_at=DAYS[7].start_at)
    assert (young.usual, young.unusual) == (None, False)
    assert volume([0] * 6 + [5] * 8, watched_at=DAYS[6].start_at).usual == 5


def test_fewer_than_a_week_of_watched_days_say_nothing():
    assert volume([5] * 14, unwatched=range(7)).usual is None


@pytest.mark.parametrize(
    ("count", "usual", "unusual"),
    [
        (5, 5, False),
        (1, 0, False),
        (2, 0, False),
        (5, 0, True),
        (12, 5, False),
        (16, 5, True),
        (130, 100, False),  # improbable, but not twice as much
        (300, 100, True),
        (0, 3, False),
        (0, 8, True),
        (4, 12, False),
        (1_200, 4_000, True),
        (0, 0, False),
    ],
)
def test_twice_or_half_the_usual_is_unusual_where_chance_would_not_bring_it(count, usual, unusual):
    assert is_unusual(count, usual) is unusual


def test_a_volume_says_how_the_last_day_was():
    loud = volume([2] * 13 + [20])
    assert (loud.today, loud.usual, loud.unusual) == (20, 2, True)

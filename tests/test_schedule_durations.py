"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.schedule import BadSchedule, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        ("5y", timedelta(days=5 * 365)),
        ("0", timedelta()),
        ("1h30m", timedelta(minutes=90)),
        (" 10 M ", timedelta(minutes=10)),
    ],
)
def test_a_duration_is_read_as_written(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "10", "m", "-5m", "1.5h", "ten minutes", "10 parsecs", "٣m"])
def test_what_is_no_duration_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(BadSchedule, match="is no duration; write a number and one of s, m, h"):
        parse_duration(text)


def test_a_duration_that_no_clock_can_hold_is_refused() -> None:
    with pytest.raises(BadSchedule, match="too long"):
        parse_duration("999999999999y")


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(seconds=90), "90s"),
        (timedelta(minutes=90), "90m"),
        (timedelta(hours=36), "36h"),
        (timedelta(days=180), "180d"),
        (timedelta(), "0"),
        (timedelta(minutes=-5), "-5m"),
    ],
)
def test_a_duration_is_shown_in_the_largest_unit_that_is_exact(
    duration: timedelta, text: str
) -> None:
    assert format_duration(duration) == text


@given(st.integers(min_value=0, max_value=3_000_000_000))
def test_what_is_shown_can_be_read_again(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration

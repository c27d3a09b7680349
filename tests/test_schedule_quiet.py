"""Quiet hours: when they hold, and when they end."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from monitor.schedule import BadSchedule, Quiet, parse_quiet, quiet_until

VIENNA = ZoneInfo("Europe/Vienna")
NIGHT = Quiet(start=time(22), end=time(6, 30))


def vienna(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=VIENNA)


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("22:00-06:30", NIGHT),
        ("12:00 – 13:00", Quiet(start=time(12), end=time(13))),
        ("", None),
    ],
)
def test_quiet_hours_are_read_as_written(text: str, quiet: Quiet | None) -> None:
    assert parse_quiet(text) == quiet


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("22:00", "`22:00` are no quiet hours; write two times"),
        ("22:00-25:00", "`25:00` is no time of day"),
        ("07:00-07:00", "quiet for ever, or never"),
    ],
)
def test_bad_quiet_hours_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(BadSchedule, match=complaint):
        parse_quiet(text)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (vienna(24, 21, 59), None),
        (vienna(24, 22, 0), vienna(25, 6, 30)),
        (vienna(25, 3, 0), vienna(25, 6, 30)),
        (vienna(25, 6, 30), None),
    ],
)
def test_a_night_goes_over_midnight(now: datetime, until: datetime | None) -> None:
    assert quiet_until(NIGHT, VIENNA, now) == until


def test_a_lunch_break_stays_within_its_day() -> None:
    lunch = Quiet(start=time(12), end=time(13))
    assert quiet_until(lunch, VIENNA, vienna(24, 12, 30)) == vienna(24, 13)
    assert quiet_until(lunch, VIENNA, vienna(24, 23)) is None


def test_the_zone_of_the_digest_decides_and_not_that_of_the_server() -> None:
    evening_in_seoul = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
    end = quiet_until(NIGHT, ZoneInfo("Asia/Seoul"), evening_in_seoul)
    assert end == datetime(2026, 11, 24, 21, 30, tzinfo=UTC)


def test_the_night_of_the_clock_change_is_an_hour_longer_or_shorter() -> None:
    spring = quiet_until(NIGHT, VIENNA, vienna(28, 22, month=3))
    autumn = quiet_until(NIGHT, VIENNA, vienna(24, 22, month=10))
    assert spring == datetime(2026, 3, 29, 4, 30, tzinfo=UTC)
    assert autumn == datetime(2026, 10, 25, 5, 30, tzinfo=UTC)


def test_an_end_that_the_clock_skips_comes_right_after_the_gap() -> None:
    early = Quiet(start=time(22), end=time(2, 30))
    assert quiet_until(early, VIENNA, vienna(28, 23, month=3)) == vienna(29, 3, month=3)

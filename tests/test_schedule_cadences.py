"""Cadences: reading them, and the next run on a wall clock that is put forward and back."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.schedule import (
    BadSchedule,
    Cadence,
    Daily,
    Now,
    Rolling,
    Weekly,
    next_run,
    parse_cadence,
    rolling_due,
)

VIENNA = ZoneInfo("Europe/Vienna")
SEOUL = ZoneInfo("Asia/Seoul")


def runs(cadence: str, zone: ZoneInfo, after: datetime, count: int) -> list[str]:
    """The next `count` runs as the wall clock shows them."""
    shown: list[str] = []
    while len(shown) < count:
        at = next_run(parse_cadence(cadence), zone, after)
        assert at is not None
        assert at.tzinfo is UTC
        shown.append(f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %z}")
        after = at
    return shown


@pytest.mark.parametrize(
    ("text", "cadence"),
    [
        ("now", Now()),
        ("rolling", Rolling(shortest=timedelta(minutes=15), longest=timedelta(hours=1))),
        ("daily 07:00", Daily(times=(time(7),))),
        ("Daily 13:00, 7:00", Daily(times=(time(7), time(13)))),
        ("weekly mon 07:00", Weekly(days=(0,), times=(time(7),))),
        ("weekly thu,Monday 07:00,19:30", Weekly(days=(0, 3), times=(time(7), time(19, 30)))),
    ],
)
def test_a_cadence_is_read_as_written(text: str, cadence: Cadence) -> None:
    assert parse_cadence(text) == cadence


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("daily 07:65", "`07:65` is no time of day; times go from `00:00` to `23:59`"),
        ("daily 24:00", "`24:00` is no time of day; midnight is `00:00`"),
        ("daily 7am", "`7am` is no time of day; write hours and minutes, like `07:00`"),
        ("daily", "a time of day is missing; write `daily 07:00,13:00`"),
        ("dayly 07:00", "`dayly 07:00` is no cadence; did you mean `daily`?"),
        ("", "`` is no cadence; write `now`, `rolling`, `daily 07:00`"),
        ("now and then", "`now` takes nothing after it"),
        ("weekly 07:00", "lacks a day or a time"),
        ("weekly mo 07:00", "`mo` is no day of the week; did you mean `mon`?"),
        ("cron 0 7 * * 1-5", "tools disagree on whether 0, 1 or 7 is Sunday"),
        ("cron 0 7 * *", "a cron line has five fields, not 4"),
        ("cron 60 7 * * *", "`60` is no minute; the minute is *, or numbers from 0 to 59"),
        ("cron 0 9-7 * * *", "`9-7` is no hour"),
        ("cron */0 7 * * *", "`*/0` is no minute"),
        ("cron 0 7 ? * *", "`?` is no day of month"),
        ("cron 0 7 31 feb,apr *", "`0 7 31 feb,apr *` never comes"),
    ],
)
def test_a_bad_cadence_is_refused_with_what_was_found_and_what_works(
    text: str, complaint: str
) -> None:
    with pytest.raises(BadSchedule) as refused:
        parse_cadence(text)
    assert complaint in str(refused.value)


@pytest.mark.parametrize("cadence", ["now", "rolling"])
def test_no_clock_decides_when_news_itself_does(cadence: str) -> None:
    assert next_run(parse_cadence(cadence), VIENNA, datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("cadence", "expected"),
    [
        ("daily 07:00,13:00", ["Tue 2026-11-24 13:00", "Wed 2026-11-25 07:00"]),
        ("weekly mon,thu 07:00", ["Thu 2026-11-26 07:00", "Mon 2026-11-30 07:00"]),
        ("cron 0 7 * * mon-fri", ["Wed 2026-11-25 07:00", "Thu 2026-11-26 07:00"]),
        ('cron "*/30 9-17 * * *"', ["Tue 2026-11-24 12:30", "Tue 2026-11-24 13:00"]),
        ("cron 15 6 29 2 *", ["Tue 2028-02-29 06:15", "Sun 2032-02-29 06:15"]),
        ("cron 0 7 1 * fri", ["Fri 2026-11-27 07:00", "Tue 2026-12-01 07:00"]),
        ("cron 0 7 * * sat-mon", ["Sat 2026-11-28 07:00", "Sun 2026-11-29 07:00"]),
        ("cron 0 7 1 jan-mar/2 *", ["Fri 2027-01-01 07:00", "Mon 2027-03-01 07:00"]),
    ],
)
def test_the_next_runs_after_noon_on_a_tuesday(cadence: str, expected: list[str]) -> None:
    noon = datetime(2026, 11, 24, 12, 0, tzinfo=VIENNA)
    assert [run[:20] for run in runs(cadence, VIENNA, noon, 2)] == expected


def test_a_run_that_is_due_this_very_instant_is_not_its_own_successor() -> None:
    seven = datetime(2026, 11, 24, 7, 0, tzinfo=SEOUL)
    assert runs("daily 07:00", SEOUL, seven, 1) == ["Wed 2026-11-25 07:00 +0900"]


def test_a_time_the_clock_skips_runs_once_at_the_first_instant_after_the_gap() -> None:
    eve = datetime(2026, 3, 28, 12, tzinfo=VIENNA)
    assert runs("daily 02:15,02:45", VIENNA, eve, 3) == [
        "Sun 2026-03-29 03:00 +0200",
        "Mon 2026-03-30 02:15 +0200",
        "Mon 2026-03-30 02:45 +0200",
    ]


def test_a_time_the_clock_shows_twice_runs_the_first_time_only() -> None:
    eve = datetime(2026, 10, 24, 12, tzinfo=VIENNA)
    assert runs("daily 02:30", VIENNA, eve, 2) == [
        "Sun 2026-10-25 02:30 +0200",
        "Mon 2026-10-26 02:30 +0100",
    ]


def test_a_gap_of_half_an_hour_is_met_to_the_minute() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    eve = datetime(2026, 10, 3, 12, tzinfo=lord_howe)
    assert runs("daily 02:10", lord_howe, eve, 1) == ["Sun 2026-10-04 02:30 +1100"]


def test_a_gap_that_reaches_midnight_ends_on_the_next_day() -> None:
    nuuk = ZoneInfo("America/Nuuk")
    eve = datetime(2024, 3, 30, 12, tzinfo=nuuk)
    assert runs("daily 23:30", nuuk, eve, 2) == [
        "Sun 2024-03-31 00:00 -0100",
        "Sun 2024-03-31 23:30 -0100",
    ]


def test_a_day_that_a_country_left_out_has_no_run() -> None:
    apia = ZoneInfo("Pacific/Apia")
    before = datetime(2011, 12, 29, 8, tzinfo=apia)
    assert runs("daily 07:00", apia, before, 1) == ["Sat 2011-12-31 07:00 +1400"]


def test_an_hourly_line_goes_on_through_the_repeated_hour() -> None:
    before = datetime(2026, 10, 25, 1, 30, tzinfo=VIENNA)
    assert [run[15:].strip() for run in runs("cron 0 * * * *", VIENNA, before, 3)] == [
        "02:00 +0200",
        "02:00 +0100",
        "03:00 +0100",
    ]


ZONES = [
    "Europe/Vienna", "Europe/Dublin", "America/New_York", "America/Sao_Paulo", "America/Havana",
    "Asia/Seoul", "Asia/Tehran", "Asia/Beirut", "Africa/Cairo", "Africa/Casablanca",
    "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "America/St_Johns",
    "Antarctica/Troll", "Asia/Pyongyang", "UTC",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    year=st.integers(1990, 2037),
    month=st.integers(1, 12),
    at=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
)
def test_a_daily_digest_comes_exactly_once_on_every_local_day(
    zone: ZoneInfo, year: int, month: int, at: time
) -> None:
    start = datetime(year, month, 1, tzinfo=UTC)
    days: list[date] = []
    after = start
    while after < start + timedelta(days=40):
        due = next_run(Daily(times=(at,)), zone, after)
        assert due is not None
        assert due > after
        days.append(due.astimezone(zone).date())
        after = due

    missing_in_apia = {date(2011, 12, 30)} if zone.key == "Pacific/Apia" else set()
    for earlier, later in pairwise(days):
        gap = {earlier + timedelta(days=n) for n in range(1, (later - earlier).days)}
        assert later > earlier
        assert gap <= missing_in_apia


ROLLING = Rolling()
T = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def minutes(count: float) -> datetime:
    return T + timedelta(minutes=count)


@pytest.mark.parametrize(
    ("first", "last", "told", "due"),
    [
        (0, 0, None, 0),  # the very first story: at once
        (0, 0, -15, 0),  # after a pause: at once
        (0, 0, -5, 10),  # soon after the last digest: wait until the quarter hour is over
        (0, 9, -5, 14),  # a burst still going on: wait for a lull of five minutes
        (0, 70, -5, 60),  # a burst without end: an hour at the most
    ],
)
def test_a_rolling_digest(first: float, last: float, told: float | None, due: float) -> None:
    assert rolling_due(
        ROLLING,
        first_waiting_at=minutes(first),
        last_waiting_at=minutes(last),
        last_told_at=None if told is None else minutes(told),
    ) == minutes(due)

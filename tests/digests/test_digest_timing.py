"""When a digest goes out, and why not yet."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.digests.planning import GoesOut, Waiting, Waits, decide_timing, next_runs
from monitor.model import DigestSpec

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
VIENNA = ZoneInfo("Europe/Vienna")


def vienna(month, day, hour, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=VIENNA)


def since(first, last=None):
    return Waiting(first_at=first, last_at=last or first)


def timing(
    cadence,
    waiting=None,
    *,
    now=NOON,
    next_run_at=None,
    last_told_at=None,
    silent_since_at=None,
    **more,
):
    return decide_timing(
        DigestSpec(name="desk", cadence=cadence, **more),
        waiting,
        next_run_at=next_run_at,
        last_told_at=last_told_at,
        silent_since_at=silent_since_at,
        now=now,
    )


# --- now --------------------------------------------------------------------------------------


def test_news_that_is_told_now_goes_out_at_once():
    assert timing("now", since(NOON)) == GoesOut(why="due at 2026-11-24 12:00 UTC", next_at=None)


def test_with_nothing_to_tell_it_waits_for_news():
    assert timing("now") == Waits(why="nothing to tell", until_at=None)


# --- rolling ----------------------------------------------------------------------------------


def test_the_first_story_after_a_pause_is_told_at_once():
    assert isinstance(timing("rolling", since(NOON)), GoesOut)
    assert isinstance(timing("rolling", since(NOON), last_told_at=NOON - DAY), GoesOut)


def test_a_story_soon_after_the_last_digest_waits_for_its_company():
    decided = timing("rolling", since(NOON), last_told_at=NOON - 5 * MINUTE)
    assert decided == Waits(why="gathering what belongs together", until_at=NOON + 10 * MINUTE)


def test_a_burst_is_told_when_it_is_over():
    burst = since(NOON - 30 * MINUTE, NOON)
    decided = timing("rolling", burst, last_told_at=NOON - 40 * MINUTE)
    assert decided.until_at == NOON + 5 * MINUTE


def test_a_burst_that_never_ends_is_told_after_an_hour():
    burst = since(NOON - 60 * MINUTE, NOON)
    assert isinstance(timing("rolling", burst, last_told_at=NOON - 65 * MINUTE), GoesOut)


def test_a_rolling_digest_with_nothing_to_tell_waits_for_news():
    assert timing("rolling", last_told_at=NOON) == Waits(why="nothing to tell", until_at=None)


# --- daily, weekly, cron ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cadence", "next_at"),
    [
        ("daily 07:00", datetime(2026, 11, 25, 7, tzinfo=UTC)),
        ("daily 07:00,13:00", datetime(2026, 11, 24, 13, tzinfo=UTC)),
        ("weekly mon 07:00", datetime(2026, 11, 30, 7, tzinfo=UTC)),
        ("cron 0 7 * * mon-fri", datetime(2026, 11, 25, 7, tzinfo=UTC)),
    ],
)
def test_the_first_run_is_only_planned_and_then_the_next(cadence, next_at):
    planned = Waits(why="the first run is planned", until_at=next_at, next_at=next_at)
    assert timing(cadence, since(NOON)) == planned
    due = timing(cadence, since(NOON), next_run_at=NOON)
    assert due == GoesOut(why="due at 2026-11-24 12:00 UTC", next_at=next_at)


def test_before_its_time_a_digest_waits():
    seven = datetime(2026, 11, 25, 7, tzinfo=UTC)
    decided = timing("daily 07:00", since(NOON), next_run_at=seven)
    assert decided == Waits(why="not yet its time", until_at=seven, next_at=seven)


def test_an_empty_digest_is_left_out_and_the_next_run_planned():
    tomorrow = datetime(2026, 11, 25, 7, tzinfo=UTC)
    decided = timing("daily 07:00", next_run_at=NOON)
    assert decided == Waits(why="nothing to tell", until_at=tomorrow, next_at=tomorrow)


def test_runs_missed_while_the_machine_slept_are_made_up_for_once():
    slept_since = NOON - 5 * DAY
    decided = timing("daily 07:00", since(slept_since), next_run_at=slept_since)
    assert isinstance(decided, GoesOut)
    again = timing("daily 07:00", since(NOON), next_run_at=decided.next_at, now=NOON + MINUTE)
    assert again == Waits(why="not yet its time", until_at=decided.next_at, next_at=decided.next_at)


def test_seven_in_the_morning_is_that_of_the_readers():
    decided = timing("daily 07:00", timezone="Asia/Seoul")
    assert decided.next_at == datetime(2026, 11, 24, 22, tzinfo=UTC)


# --- Quiet hours ------------------------------------------------------------------------------

NIGHT = {"quiet": "22:00-06:30", "timezone": "Europe/Vienna"}


@pytest.mark.parametrize("cadence", ["now", "rolling"])
def test_quiet_hours_hold_news_and_let_it_go_when_they_end(cadence):
    midnight, morning = vienna(11, 24, 23, 50), vienna(11, 25, 6, 30)
    held = timing(cadence, since(midnight), now=midnight, **NIGHT)
    assert held == Waits(why="quiet hours 22:00-06:30", until_at=morning, held=True)
    assert isinstance(timing(cadence, since(midnight), now=morning, **NIGHT), GoesOut)


def test_a_run_that_falls_into_quiet_hours_is_held_and_stays_planned():
    run, morning = vienna(11, 25, 3), vienna(11, 25, 6, 30)
    held = timing("daily 03:00", since(run), now=run, next_run_at=run, **NIGHT)
    assert held == Waits(why="quiet hours 22:00-06:30", until_at=morning, next_at=run, held=True)
    due = timing("daily 03:00", since(run), now=morning, next_run_at=held.next_at, **NIGHT)
    assert due.next_at == vienna(11, 26, 3)


def test_quiet_hours_say_nothing_when_there_is_nothing_to_tell():
    assert timing("now", now=vienna(11, 24, 23), **NIGHT).why == "nothing to tell"


def test_a_run_within_waking_hours_knows_no_quiet():
    assert isinstance(timing("now", since(NOON), **NIGHT), GoesOut)


# --- Signs of life ----------------------------------------------------------------------------


@pytest.mark.parametrize("cadence", ["now", "rolling"])
def test_after_a_week_without_news_a_digest_says_in_the_morning_that_it_watches(cadence):
    silent = NOON - 7 * DAY
    tomorrow = datetime(2026, 11, 25, 9, tzinfo=UTC)
    waits = timing(cadence, silent_since_at=silent)
    assert waits == Waits(why="nothing to tell", until_at=tomorrow)
    beat = timing(cadence, silent_since_at=silent, now=tomorrow)
    assert beat.why == "a sign of life, with nothing to tell since 2026-11-17 12:00 UTC"


def test_a_calendar_digest_says_so_at_its_time():
    seven = datetime(2026, 11, 24, 7, tzinfo=UTC)
    run = {"now": seven + MINUTE, "next_run_at": seven}
    assert isinstance(timing("daily 07:00", silent_since_at=seven - 6 * DAY, **run), Waits)
    assert isinstance(timing("daily 07:00", silent_since_at=seven - 7 * DAY, **run), GoesOut)


def test_a_weekly_digest_that_went_out_a_little_late_says_so_a_week_later():
    seven = datetime(2026, 11, 23, 7, tzinfo=UTC)
    late = seven - 7 * DAY + 5 * MINUTE
    decided = timing("weekly mon 07:00", silent_since_at=late, now=seven, next_run_at=seven)
    assert isinstance(decided, GoesOut)


@pytest.mark.parametrize(
    "silent", [{"silent_since_at": NOON - 99 * DAY, "heartbeat": timedelta()}, {}]
)
def test_no_sign_of_life_where_none_is_wanted_or_nobody_knows_since_when(silent):
    assert timing("now", **silent) == Waits(why="nothing to tell", until_at=None)


def test_a_sign_of_life_waits_for_the_end_of_quiet_hours():
    nine = vienna(11, 24, 9)
    asleep = {"quiet": "08:00-10:00", "timezone": "Europe/Vienna"}
    held = timing("now", silent_since_at=NOON - 8 * DAY, now=nine, **asleep)
    assert (held.held, held.until_at) == (True, vienna(11, 24, 10))


# --- The next times ---------------------------------------------------------------------------


def upcoming(cadence, now=NOON, **more):
    return next_runs(DigestSpec(name="desk", cadence=cadence, **more), now)


def test_the_next_three_times_are_told_on_the_clock_of_the_readers():
    assert upcoming("daily 07:00,19:00", timezone="Europe/Vienna") == (
        vienna(11, 24, 19),
        vienna(11, 25, 7),
        vienna(11, 25, 19),
    )


def test_a_time_in_quiet_hours_is_told_as_their_end():
    runs = upcoming("daily 23:00,06:00", **NIGHT)
    assert runs[:2] == (vienna(11, 25, 6, 30), vienna(11, 26, 6, 30))


@pytest.mark.parametrize("cadence", ["now", "rolling"])
def test_without_a_calendar_nobody_knows_the_next_time(cadence):
    assert upcoming(cadence) == ()


# --- The nights when clocks change ------------------------------------------------------------


def runs_between(start, end, **more):
    """The instants at which a daily digest goes out, looked at every minute."""
    now, planned, runs = start, None, []
    while now < end:
        decided = timing("daily 02:30", since(start), now=now, next_run_at=planned, **more)
        if isinstance(decided, GoesOut):
            runs.append(now)
        planned = decided.next_at
        now += MINUTE
    return runs


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_night_with_a_skipped_or_a_repeated_hour_brings_one_digest(start, expected):
    assert runs_between(start, start + DAY, timezone="Europe/Vienna") == [expected]


def test_quiet_hours_last_an_hour_longer_when_the_clock_goes_back():
    evening = vienna(10, 24, 23)
    held = timing("now", since(evening), now=evening, **NIGHT)
    assert held.until_at == datetime(2026, 10, 25, 5, 30, tzinfo=UTC)

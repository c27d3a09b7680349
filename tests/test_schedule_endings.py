"""Ends of mutes and silences, as people write them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.schedule import BadSchedule
from monitor.schedule.endings import end_of, parse_end, until_day, until_words

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("7d", NOW + timedelta(days=7)),
        ("1h30m", NOW + timedelta(hours=1, minutes=30)),
        ("0", NOW),
        ("2026-11-30", datetime(2026, 12, 1, tzinfo=UTC)),
        (" 2026-11-30 ", datetime(2026, 12, 1, tzinfo=UTC)),
        ("2026-11-30T18:00", datetime(2026, 11, 30, 18, tzinfo=UTC)),
        ("2026-11-30T18:00+01:00", datetime(2026, 11, 30, 17, tzinfo=UTC)),
    ],
)
def test_an_end_is_a_day_an_instant_or_a_time_from_now(text, end):
    assert parse_end(text, NOW) == end


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "7", "-7d"])
def test_anything_else_is_refused_with_what_to_write(text):
    with pytest.raises(BadSchedule, match="is no end; write a day like `2027-01-31`"):
        parse_end(text, NOW)


@pytest.mark.parametrize("text", ["9999-12-31", "3000-01-01T00:00"])
def test_what_nobody_will_see_end_is_refused(text):
    with pytest.raises(BadSchedule, match="too far off"):
        parse_end(text, NOW)


def test_the_last_day_of_all_has_an_end():
    assert end_of(date.max).year == 9999


def test_a_day_counts_to_its_last_minute():
    end = parse_end("2026-11-30", NOW)
    assert until_words(end) == "until 2026-11-30 23:59 UTC"
    assert until_day(end, NOW) == "until Mon 30 Nov"
    assert until_day(end, NOW - timedelta(days=400)) == "until Mon 30 Nov 2026"

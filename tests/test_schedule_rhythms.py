"""What is learnt of when a feed brings news."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.schedule.rhythms import (
    HALF_LIFE,
    Intensity,
    Rhythm,
    Shown,
    arrived_within,
    bucket_of,
    decode,
    encode,
    hours,
    learnt,
    may_have_missed,
    narrowed,
    tells,
)

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

instants = st.integers(-40 * 24 * 60, 10 * 24 * 60).map(lambda each: MONDAY + each * MINUTE)


def first_met(appeared_at, now, **more):
    return learnt(
        None, Shown(appeared_at=tuple(appeared_at), fresh_at=(), **more), since_at=None, now=now
    )


def brought(rhythm, fresh_at, *, since_at, now, appeared_at=None, **more):
    fresh_at = tuple(fresh_at)
    shown = Shown(appeared_at=appeared_at or fresh_at, fresh_at=fresh_at, **more)
    return learnt(rhythm, shown, since_at=since_at, now=now)


def every(step, start, end):
    count = int((end - start) / step)
    return [start + number * step for number in range(count)]


def rate(rhythm, at):
    return Intensity.of(rhythm, hours(at)).rate


def total(rhythm):
    return sum(rhythm.counts)


@pytest.mark.parametrize(
    ("day", "of_day", "bucket"), [(0, 0, 0), (4, 23, 23), (5, 0, 24), (6, 13, 37), (7, 13, 13)]
)
def test_hours_are_counted_apart_on_weekdays_and_weekends(day, of_day, bucket):
    assert bucket_of(int(hours(MONDAY + day * DAY + of_day * HOUR))) == bucket


def test_a_first_document_tells_how_often_news_comes():
    now = MONDAY + 14 * DAY
    rhythm = first_met(every(2 * HOUR, MONDAY, now), now)
    assert rate(rhythm, now) == pytest.approx(1 / 2, rel=0.1)
    assert rhythm.holds == 14 * 12


def test_a_first_document_tells_at_what_hours():
    now = MONDAY + 14 * DAY
    mornings = [MONDAY + day * DAY + 7.5 * HOUR for day in range(14) for _ in range(4)]
    expected = Intensity.of(first_met(mornings, now), hours(now))
    assert expected.during(int(hours(now)) + 7) > 10 * expected.during(int(hours(now)) + 12)


def test_hours_that_were_never_watched_are_taken_for_usual_ones():
    now = MONDAY + 12 * HOUR
    expected = Intensity.of(first_met(every(15 * MINUTE, now - 6 * HOUR, now), now), hours(now))
    assert expected.during(int(hours(MONDAY)) + 20) == pytest.approx(expected.rate)
    assert expected.rate == pytest.approx(4, rel=0.5)


def test_an_item_that_has_stood_there_for_years_tells_nothing():
    now = MONDAY + 6 * HOUR
    recent = every(15 * MINUTE, MONDAY, now)
    pinned = first_met([MONDAY - 2000 * DAY, *recent], now)
    assert rate(pinned, now) == pytest.approx(rate(first_met(recent, now), now))
    assert pinned.window_at(hours(now)) == pytest.approx(6)


def test_a_feed_that_brings_little_is_known_by_its_long_silences():
    now = MONDAY
    rhythm = first_met([now - number * 21 * DAY for number in range(1, 20)], now)
    assert 1 / 40 < rate(rhythm, now) * 24 < 1 / 10


@pytest.mark.parametrize("dates", [[], [MONDAY], [MONDAY - HOUR] * 20, [MONDAY] * 20])
def test_documents_without_dates_teach_nothing(dates):
    rhythm = first_met(dates, MONDAY)
    assert total(rhythm) == 0
    assert not tells(rhythm, hours(MONDAY))


def test_a_day_without_news_tells_something_too():
    assert tells(first_met([], MONDAY), hours(MONDAY + DAY))


def test_news_counts_when_it_became_visible_whatever_its_date():
    now = MONDAY + 10 * HOUR
    start = first_met([], MONDAY)
    rhythm = brought(start, [MONDAY - 9 * DAY], since_at=now - HOUR, now=now)
    assert rhythm.counts[9] == pytest.approx(1, abs=0.01)
    assert total(rhythm) == pytest.approx(1, abs=0.01)


def test_news_without_a_date_came_between_the_polls():
    now = MONDAY + 10 * HOUR
    rhythm = brought(first_met([], MONDAY), [now], since_at=now - 4 * HOUR, now=now)
    assert rhythm.counts[8] == pytest.approx(1, abs=0.01)


def test_a_feed_that_renames_all_its_items_brings_no_more_news():
    past = every(DAY, MONDAY - 20 * DAY, MONDAY)
    rhythm = first_met(past, MONDAY)
    now = MONDAY + 10 * HOUR
    renamed = brought(rhythm, past, since_at=now - HOUR, now=now)
    assert total(renamed) == pytest.approx(total(rhythm) + 1, abs=0.3)


def test_what_is_old_is_forgotten_by_half():
    rhythm = brought(first_met([], MONDAY), [MONDAY] * 40, since_at=MONDAY - HOUR, now=MONDAY)
    later = MONDAY + HALF_LIFE
    again = brought(rhythm, [later], since_at=later - HOUR, now=later)
    assert total(again) == pytest.approx(21, abs=0.5)


def test_what_came_in_one_minute_is_one_event_of_a_burst():
    start = first_met([], MONDAY)
    at_once = brought(start, [MONDAY - 10 * MINUTE] * 12, since_at=MONDAY - HOUR, now=MONDAY)
    in_a_row = brought(
        start, every(MINUTE, MONDAY - 12 * MINUTE, MONDAY), since_at=MONDAY - HOUR, now=MONDAY
    )
    assert at_once.level < 1
    assert in_a_row.level > 5


def test_few_items_that_were_never_dropped_stand_for_ever():
    past = every(DAY, MONDAY - 5 * DAY, MONDAY)
    rhythm = first_met(past, MONDAY)
    now = MONDAY + HOUR
    grown = brought(rhythm, [now], appeared_at=(*past, now), since_at=MONDAY, now=now)
    assert (grown.holds, grown.window_at(hours(now))) == (6, 0)


def test_a_feed_of_the_last_n_shows_what_came_since_the_oldest():
    rhythm = first_met(every(DAY, MONDAY - 10 * DAY, MONDAY), MONDAY)
    shown = every(HOUR, MONDAY, MONDAY + 10 * HOUR)
    now = MONDAY + 11 * HOUR
    turned = brought(rhythm, shown[5:], appeared_at=shown, since_at=now - 6 * HOUR, now=now)
    assert (turned.holds, turned.window_at(hours(now))) == (10, pytest.approx(11))
    assert turned.window_at(hours(now + 5 * HOUR)) == pytest.approx(16)


def test_a_feed_of_what_is_recent_has_the_longest_stand_as_its_window():
    rhythm = first_met([MONDAY - HOUR], MONDAY)
    now = MONDAY + 5 * HOUR
    shown = (now - 10 * MINUTE,)
    turned = brought(rhythm, shown, since_at=now - 15 * MINUTE, now=now)
    assert turned.window_at(hours(now + DAY)) == pytest.approx(5.75)


def test_a_feed_that_shows_fewer_without_news_has_dropped_what_was_old():
    shown = every(HOUR, MONDAY - 6 * HOUR, MONDAY) * 2
    rhythm, now = first_met(shown, MONDAY), MONDAY + 2 * HOUR
    fewer = brought(rhythm, [], appeared_at=tuple(shown[4:6]), since_at=now - HOUR, now=now)
    assert fewer.window_at(hours(now)) == pytest.approx(7)
    assert fewer.holds == 2


def test_one_item_taken_back_changes_nothing():
    shown = every(HOUR, MONDAY - 20 * HOUR, MONDAY)
    rhythm, now = first_met(shown, MONDAY), MONDAY + 2 * HOUR
    assert brought(rhythm, [], appeared_at=tuple(shown[1:]), since_at=now, now=now) is rhythm


def test_a_partial_document_says_nothing_of_the_window():
    rhythm = first_met(every(HOUR, MONDAY - 10 * HOUR, MONDAY), MONDAY)
    now = MONDAY + HOUR
    delta = brought(rhythm, [now], since_at=MONDAY, now=now, partial=True)
    assert (delta.holds, delta.oldest) == (rhythm.holds, rhythm.oldest)
    assert total(delta) > total(rhythm)


def test_what_is_unchanged_need_not_be_written():
    rhythm = first_met(every(HOUR, MONDAY - 10 * HOUR, MONDAY), MONDAY)
    shown = Shown(appeared_at=(MONDAY - HOUR,) * 10, fresh_at=())
    assert learnt(rhythm, shown, since_at=MONDAY, now=MONDAY + 3 * DAY) is rhythm


def test_a_publishers_ttl_is_remembered():
    rhythm = first_met([], MONDAY, ttl=HOUR)
    assert decode(encode(rhythm)).ttl == 1
    assert brought(rhythm, [], since_at=MONDAY, now=MONDAY + HOUR).ttl == 0


# --- possible gaps -----------------------------------------------------------------------------

FULL = first_met(every(15 * MINUTE, MONDAY - 5 * HOUR, MONDAY), MONDAY)


def missed(count, known=0, *, before=FULL, since_at=MONDAY, after=4 * HOUR, partial=False):
    now = MONDAY + after
    fresh = (now,) * count
    shown = Shown(
        appeared_at=(*fresh, *(MONDAY,) * known), fresh_at=fresh, known=known > 0, partial=partial
    )
    return may_have_missed(before, shown, since_at=since_at, now=now)


def test_when_nothing_shown_is_known_something_may_have_been_missed():
    assert missed(20)
    assert missed(20, before=None)


def test_one_known_item_is_proof_that_nothing_was_missed():
    assert not missed(19, known=1)


def test_first_meetings_deltas_and_empty_feeds_miss_nothing():
    assert not missed(20, since_at=None)
    assert not missed(19, partial=True)
    assert not missed(20, before=first_met([], MONDAY))
    assert not missed(0)


def test_a_part_with_as_many_new_items_as_the_feed_holds_may_hide_others():
    assert missed(FULL.holds, partial=True)
    assert not missed(FULL.holds - 1, partial=True)
    assert not missed(FULL.holds, partial=True, before=replace(FULL, slides=False))


def test_a_feed_of_recent_items_that_shows_fewer_has_dropped_them_itself():
    assert not missed(3, after=HOUR)
    assert missed(3, after=4 * HOUR)


def test_after_a_gap_the_window_is_no_longer_than_the_pause():
    for rhythm in (FULL, first_met([], MONDAY)):
        assert narrowed(rhythm, MONDAY).window_at(hours(MONDAY + HOUR)) == 1


# --- as text -----------------------------------------------------------------------------------


@given(st.lists(instants, max_size=60), st.lists(instants, max_size=20), instants, instants)
def test_a_rhythm_comes_back_from_its_text(seed, fresh, since_at, now):
    rhythm = brought(first_met(seed, MONDAY), fresh, since_at=since_at, now=now)
    back = decode(encode(rhythm))
    assert back is not None
    assert encode(back) == encode(rhythm)
    assert back.counts == pytest.approx(rhythm.counts, abs=0.006)
    assert len(encode(rhythm)) < 450


@given(st.text() | st.from_regex(r"\A1( -?[0-9]{1,12}){9,10} [0-9,\-]{0,80}\Z"))
def test_what_is_no_rhythm_is_none(text):
    found = decode(text)
    assert found is None or (decode(encode(found)) is not None and found.since <= found.at)


BROKEN = (
    "",
    "1 x",
    "2 4 5 0 0 0 0 0 0 0 0 ",
    "1 5 4 0 0 0 0 0 0 0 0 ",
    "1 4 5 0 0 0 0 0 0 0 0 " + "1," * 48,
    "1 4 5 0 0 0 0 0 0 0 0 -1",
    "1 4 5 -1 0 0 0 0 0 0 0 ",
    "1 4 5 0 0 0 0 0 0 0 99999999999999999999 1",
    "1 4 5 0 0 0 0 0 0 0 0 99999999999999999999",
)


@pytest.mark.parametrize("broken", BROKEN)
def test_other_versions_and_nonsense_are_learnt_anew(broken):
    assert decode(broken) is None


@given(
    st.lists(instants, max_size=30), st.lists(instants, min_size=1, max_size=9), instants, instants
)
def test_a_clock_put_back_or_forward_does_no_harm(seed, fresh, since_at, now):
    rhythm = brought(first_met(seed, MONDAY), fresh, since_at=since_at, now=now)
    for at in (now - 900 * DAY, now, now + 900 * DAY):
        expected = Intensity.of(rhythm, hours(at))
        assert 0 < expected.rate < 10_000
        assert all(0 < expected.within(bucket) < 10_000 for bucket in range(48))


def test_how_many_items_came_within_a_month():
    now = MONDAY + 14 * DAY
    rhythm = first_met(every(2 * HOUR, MONDAY, now), now)
    assert arrived_within(rhythm, 30 * DAY, now) == pytest.approx(168, rel=0.1)


def test_a_rhythm_is_a_value():
    assert Rhythm(since=1.0, at=2.0) == Rhythm(since=1.0, at=2.0)

"""The card of one feed: what is known of its rhythm."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.cli.feed_card import next_poll, print_card, print_card_json
from monitor.model import FeedId, FeedState
from monitor.schedule.rhythms import Shown, encode, learnt
from monitor.store.feeds import FeedRow
from monitor.work.standing import due_and_why

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
VIENNA = ZoneInfo("Europe/Vienna")


def row(*, worth=1.0, paused=False, rests_until_at=None, rests_because="", **state):
    return FeedRow(
        id=FeedId(1),
        url="https://user:secret@wire.example/rss",
        host="wire.example",
        name="Wire",
        paused=paused,
        listed=True,
        state=FeedState(**state),
        worth=worth,
        rests_until_at=rests_until_at,
        rests_because=rests_because,
    )


def mornings(days=14):
    appeared = tuple(
        sorted(NOW - day * DAY - n * HOUR / 9 for day in range(1, days) for n in range(9))
    )
    shown = Shown(appeared_at=appeared, fresh_at=())
    return encode(learnt(None, shown, since_at=None, now=NOW))


def card(capsys, feed):
    print_card(feed, "ok", NOW, VIENNA)
    return capsys.readouterr().out


def test_a_rhythm_is_drawn_hour_by_hour(capsys):
    lines = dict(
        line.split(maxsplit=1) for line in card(capsys, row(rhythm=mornings())).splitlines()
    )
    drawn = lines["weekdays"].split()[0]
    assert len(drawn) == 24
    assert min(drawn[8:10]) > "▃"
    assert set(drawn[12:]) == {"▁"}
    assert lines["rhythm"] == "about 8 items a day"
    assert "is usual" in lines["silence"]


def test_what_is_wrong_is_told_and_logins_are_not(capsys):
    said = card(
        capsys,
        row(error="timed out", failing_since_at=NOW - 3 * HOUR, gap_at=NOW - DAY, worth=2.0),
    )
    assert "for 3 h: timed out" in said
    assert "24 h ago nothing that it showed was known" in said
    assert "secret" not in said


def test_keys_that_are_unfit_are_told(capsys):
    said = card(capsys, row(key_flaws="changing-guids"))
    assert "its ids change from poll to poll, so that its items are told apart by link" in said


def test_machines_get_rates_and_seconds(capsys):
    print_card_json(row(rhythm=mornings()), "ok", NOW)
    said = capsys.readouterr().out
    assert '"holds": 117' in said
    assert '"usual_silence_seconds": ' in said


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        (row(next_due_at=NOW + 2 * HOUR, due_because="busy hour"), "12:30 because busy hour"),
        (row(next_due_at=NOW + 2 * DAY), "2026-03-04 10:30"),
        (row(next_due_at=NOW - HOUR, due_because="busy hour"), "now"),
        (row(), "now"),
        (row(paused=True), "never, paused"),
        (row(gone=True), "never, gone"),
        (
            row(next_due_at=NOW, rests_until_at=NOW + HOUR, rests_because="it rests"),
            "11:30 because it rests",
        ),
        (row(next_due_at=NOW + 2 * HOUR, rests_until_at=NOW + HOUR, rests_because="x"), "12:30"),
    ],
)
def test_the_next_poll_is_told_on_the_clock_of_the_desk_with_its_reason(feed, said):
    assert next_poll(feed, NOW, VIENNA) == said


@pytest.mark.parametrize(
    ("feed", "due", "because"),
    [
        (row(next_due_at=NOW + HOUR, due_because="busy hour"), NOW + HOUR, "busy hour"),
        (row(next_due_at=NOW, due_because="busy hour", paused=True), None, "it is paused"),
        (row(next_due_at=NOW, gone=True), None, "it is gone for good"),
        (
            row(next_due_at=NOW, rests_until_at=NOW + HOUR, rests_because="it rests"),
            NOW + HOUR,
            "it rests",
        ),
    ],
)
def test_machines_are_told_the_same_next_poll_as_people(feed, due, because):
    assert due_and_why(feed, NOW) == (due, because)


def test_what_fails_has_its_remedy_on_the_card(capsys):
    failing = row(error="it must not be dialled", error_kind="forbidden address")
    assert "remedy      `allow_private = true` permits" in card(capsys, failing)

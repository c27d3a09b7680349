"""What is said of a feed that is not well: what is so, since when, why, and what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import FailureKind, Feed, FeedId, FeedState
from monitor.store.feeds import (
    FeedRow,
    feed_heads,
    listed_feeds,
    set_paused,
    sync_feeds,
    write_states,
)
from monitor.store.floods import Flood
from monitor.work.ailments import Kind, is_silence, is_silent, notes_on_feed

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
URL = "https://wire.example/rss"


def row(*, paused=False, **state):
    well = {"first_polled_at": NOW - 90 * DAY, "last_ok_at": NOW, "last_new_at": NOW}
    return FeedRow(
        id=FeedId(1),
        url=URL,
        host="wire.example",
        name="Wire",
        paused=paused,
        listed=True,
        state=FeedState(**{**well, **state}),
    )


def failing(since=2 * DAY, kind=FailureKind.HTTP, **state):
    return row(
        failures=7,
        failing_since_at=NOW - since,
        error="there is no such feed on the server (404)",
        error_kind=kind.value,
        **{"last_ok_at": NOW - since, "last_new_at": NOW - since, **state},
    )


def notes(feed, flood=None):
    return list(notes_on_feed(feed, flood, NOW))


def test_of_a_feed_that_is_well_nothing_is_said():
    assert notes(row()) == []


def test_a_failure_says_for_how_long_how_often_and_what_to_do():
    (note,) = notes(failing())
    assert (note.kind, note.since_at) == (Kind.FAILING, NOW - 2 * DAY)
    assert note.sentence == (
        "Wire has failed for 2d: there is no such feed on the server (404) (7 polls, last read "
        "2d ago); `wirewatch feeds discover` finds whether its site has another."
    )


def test_a_hiccup_is_no_news():
    assert notes(failing(since=HOUR - timedelta(minutes=1))) == []
    assert len(notes(failing(since=HOUR))) == 1


def test_a_failure_gets_worse_after_a_week_and_after_a_month():
    assert [notes(failing(since=days * DAY))[0].grade for days in (6, 7, 30)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("feed", "kind", "said"),
    [
        (failing(last_ok_at=None), Kind.NEVER_READ, "never been read since it was added"),
        (failing(kind=FailureKind.BLOCKED), Kind.BLOCKED, "set `contact` in [poll]"),
        (failing(kind=FailureKind.TOO_LARGE), Kind.TOO_LARGE, "raise `max_bytes`"),
        (failing(kind=FailureKind.GONE, gone=True), Kind.GONE, "polled no more"),
        (failing(kind=FailureKind.REFUSED), Kind.FAILING, "give it `auth`"),
        (row(last_new_at=NOW - 15 * DAY), Kind.SILENT, "nothing new for 2w"[:-2]),
        (row(gap_at=NOW - DAY), Kind.GAP, "items may have been missed"),
        (row(address="https://new.example/rss"), Kind.MOVED, "polled at https://new.example/rss"),
        (row(problems="future-dates malformed"), Kind.DATES, "in the future"),
        (row(key_flaws="repeated-guids"), Kind.KEYS, "several items share an id"),
        (row(key_flaws="changing-guids"), Kind.KEYS, "told apart by link"),
        (row(key_flaws="changing-guids changing-links"), Kind.KEYS, "by title and date"),
    ],
)
def test_each_kind_of_trouble_has_its_sentence(feed, kind, said):
    (note,) = notes(feed)
    assert note.kind is kind
    assert said in note.sentence
    assert note.sentence.endswith(".")


def test_that_only_links_are_shared_harms_nobody():
    assert notes(row(key_flaws="shared-links")) == []


def test_of_a_paused_feed_nothing_is_said():
    assert notes(row(paused=True, failures=3, failing_since_at=NOW - DAY, gone=True)) == []


def test_a_password_in_a_new_address_is_not_told():
    (note,) = notes(row(address="https://me:secret@new.example/rss"))
    assert "secret" not in note.sentence


def test_a_gap_is_history_after_a_week():
    assert notes(row(gap_at=NOW - 8 * DAY)) == []


def test_a_feed_that_fails_is_not_called_silent_too():
    feed = failing(since=30 * DAY)
    assert not is_silent(feed, NOW)
    assert [note.kind for note in notes(feed)] == [Kind.FAILING]


def flood(today, before=70, old=0, share=0.1):
    return Flood(today=today, before=before, old=old, share=share)


@pytest.mark.parametrize(
    ("flood", "noisy"),
    [
        (flood(50), True),  # 10 a day are usual
        (flood(49, before=350), False),
        (flood(400, before=700), False),
        (flood(400, before=700, share=0.6), True),
        (flood(150, before=300, share=0.9), False),
    ],
)
def test_a_feed_is_noisy_by_its_own_habit_or_by_its_share_of_all(flood, noisy):
    assert [note.kind for note in notes(row(), flood)] == [Kind.NOISY] * noisy


def test_a_past_that_is_published_again_is_recognised():
    (note,) = notes(row(), flood(300, old=280))
    assert "has brought 300 items in a day" in note.sentence
    assert "10 are usual; most of them are old" in note.sentence


def test_what_a_new_feed_brings_is_not_called_noise():
    assert notes(row(first_polled_at=NOW - DAY), flood(500, before=0)) == []


UNWELL = (
    failing(),
    failing(kind=FailureKind.GONE, gone=True),
    row(last_new_at=NOW - 15 * DAY),
    row(last_new_at=None, first_polled_at=NOW - 15 * DAY),
    row(gap_at=NOW - HOUR),
    row(address="https://elsewhere.example/rss"),
    row(problems="future-dates"),
    row(key_flaws="unstable-guids"),
)


@pytest.mark.parametrize("feed", [*UNWELL, row(), row(paused=True, gap_at=NOW)])
def test_whatever_may_be_unwell_is_doubtful_at_a_glance(store, feed):
    def keep(conn):
        sync_feeds(conn, [(Feed(url=URL, name="Wire"), "wire.example")], NOW)
        (listed,) = listed_feeds(conn)
        write_states(conn, [(listed.id, listed.state, feed.state)])
        if feed.paused:
            set_paused(conn, URL, paused=True, now=NOW)

    store.write(keep).result()
    with store.reading() as conn:
        (head,) = feed_heads(conn)
    silent = is_silence(head.last_new_at, head.rhythm, NOW)
    assert (head.doubtful or silent) == (feed in UNWELL)

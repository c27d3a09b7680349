"""What is remembered of a feed after a poll."""

from dataclasses import replace
from datetime import timedelta

import pytest
from house import HOUR, NOON

from monitor.model import (
    Failed,
    FailureKind,
    FeedState,
    Fetched,
    Hints,
    NotModified,
    ParsedFeed,
    ParseProblem,
)
from monitor.work.remembering import after

HERE, THERE = "https://a.example/rss", "https://b.example/rss"
WHOLE = Fetched(body=b"x", content_type="", etag='"1"', last_modified="", final_url=HERE)
LOST = Failed(kind=FailureKind.HTTP, reason="there is no such feed (404)", status=404)
MOVED = FeedState(address=THERE, etag='"1"', last_modified="then")


def remembered(state, outcome, now=NOON, parsed=None):
    return after(state, outcome, parsed or ParsedFeed(kind="rss"), b"hash", now, url=HERE)


def moved(hours, places=(THERE,) * 9, first=WHOLE):
    """The state after polls at these hours, each of which led where `places` says."""
    state = FeedState()
    for hour, place in zip(hours, places, strict=False):
        outcome = replace(first, hints=Hints(moved_to=place))
        state = remembered(state, outcome, NOON + hour * HOUR)
    return state


def test_a_move_that_three_answers_in_a_day_agree_on_is_believed():
    state = moved([0, 10, 24])
    assert (state.address, state.moved_to, state.moved_count) == (THERE, "", 0)


@pytest.mark.parametrize("hours", [[0, 24], [0, 1, 23]])
def test_a_move_said_too_seldom_or_for_too_short_a_time_is_not_believed(hours):
    state = moved(hours)
    assert (state.address, state.moved_count) == ("", len(hours))


@pytest.mark.parametrize("other", ["", "https://c.example/rss"])
def test_an_answer_that_says_otherwise_begins_the_count_anew(other):
    state = moved([0, 10, 20, 30], [THERE, THERE, other, THERE])
    assert (state.address, state.moved_count) == ("", 1)


def test_an_answer_without_news_counts_and_a_failure_neither_counts_nor_resets():
    quiet = NotModified(etag="", last_modified="", hints=Hints(moved_to=THERE))
    state = remembered(moved([0, 10], first=quiet), LOST, NOON + 12 * HOUR)
    assert state.moved_count == 2
    assert remembered(state, quiet, NOON + 24 * HOUR).address == THERE


def test_a_feed_that_moves_back_is_polled_where_it_is_configured():
    state = replace(MOVED, moved_to=HERE, moved_since_at=NOON - 30 * HOUR, moved_count=2)
    assert remembered(state, replace(WHOLE, hints=Hints(moved_to=HERE))).address == ""


def test_a_part_of_a_document_does_not_say_that_what_was_odd_about_the_whole_is_over():
    odd = FeedState(problems="shared-ids")
    assert remembered(odd, replace(WHOLE, partial=True)).problems == "shared-ids"
    assert remembered(odd, WHOLE).problems == ""


def test_a_new_address_that_fails_three_times_is_given_up_with_its_validators():
    state = MOVED
    for _ in range(2):
        state = remembered(state, LOST)
    assert state.address == THERE
    state = remembered(state, LOST)
    assert (state.address, state.etag, state.last_modified) == ("", "", "")


def test_a_new_address_that_does_not_answer_is_still_the_address():
    state = replace(MOVED, failures=9)
    away = Failed(kind=FailureKind.TIMEOUT, reason="no answer")
    assert remembered(state, away).address == THERE


def test_a_part_of_a_document_is_not_what_a_whole_one_is_compared_with():
    before = FeedState(body_hash=b"whole", last_full_at=NOON - timedelta(hours=3), etag='"0"')
    state = remembered(before, replace(WHOLE, partial=True))
    assert (state.body_hash, state.last_full_at) == (b"whole", NOON - timedelta(hours=3))
    assert (state.etag, state.last_ok_at) == ('"1"', NOON)


CUT = ParsedFeed(kind="rss", problems=(ParseProblem(code="cut-off", message="It breaks off."),))


def test_nothing_is_kept_of_a_document_that_breaks_off_by_which_it_could_be_unchanged():
    before = FeedState(etag='"0"', last_modified="then", body_hash=b"whole")
    state = remembered(before, replace(WHOLE, last_modified="now"), parsed=CUT)
    assert (state.etag, state.last_modified, state.body_hash) == ("", "", b"whole")
    assert state.last_full_at is None

"""Merging and splitting stories: nothing is lost, nothing told to those who know it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from polls import NOON, alert, list_one_feed, read, record, select
from test_store_digests import digest, pending, put

from monitor.errors import NotFound, UsageError
from monitor.model import Cause, DigestName, Hearing, ItemId, Joined, StoryId, Update
from monitor.store.merging import merge_stories, merged_into, split_story
from monitor.store.schema import digest_entries, story_items, story_verdicts
from monitor.store.stories import read_stories

LATER = NOON + timedelta(hours=1)
MORNING = DigestName("morning")


def hears(matches):
    return [Hearing(MORNING, match.rule) for match in matches[:1]]


def merge(store, into, *others):
    def work(conn):
        return merge_stories(conn, StoryId(into), [StoryId(each) for each in others], LATER)

    return store.write(work).result()


def split(store, story, *items):
    wanted = [ItemId(each) for each in items]
    work = lambda conn: split_story(conn, StoryId(story), wanted, hears, LATER)  # noqa: E731
    return store.write(work).result()


def stories_of(store):
    return dict(select(store, story_items.c.item_id, story_items.c.story_id))


def lines(store):
    found = select(
        store, digest_entries.c.story_id, digest_entries.c.item_id, digest_entries.c.cause
    )
    return sorted(found)


def copy_of(number, like, story):
    return alert(number, story=story, joined=Joined.COPY, like=ItemId(like))


@pytest.fixture
def feed(store):
    return list_one_feed(store)


@pytest.fixture
def two(store, feed):
    """Stories 1 and 2 of items 1 and 2, neither told."""
    record(store, feed, alert(1), alert(2), now=NOON)
    return store


def test_reports_of_a_merged_story_are_those_of_the_other(two):
    assert merge(two, 1, 2) == 1
    assert stories_of(two) == {1: 1, 2: 1}
    (story,) = read(two, read_stories, [1])
    assert [each.joined for each in story.others] == [Joined.BY_HAND]
    assert read(two, merged_into, StoryId(2)) == 1
    assert read(two, merged_into, StoryId(1)) is None
    with pytest.raises(UsageError, match="story 2 was merged into 1"):
        split(two, 2, 2)


def test_two_stories_that_wait_are_told_as_one(two):
    merge(two, 1, 2)
    (story,) = pending(two)
    assert [line.cause for line in story.lines] == [Cause.STORY, Cause.REPORT]


def test_of_a_story_that_was_told_what_is_merged_is_told_as_another_report(store, feed):
    record(store, feed, alert(1))
    put(store, digest(pending(store)))
    record(store, feed, alert(2))
    merge(store, 1, 2)
    (story,) = pending(store)
    assert [line.cause for line in story.lines] == [Cause.REPORT]
    assert story.lead.item_id == 2
    assert story.told_at is not None


def test_what_both_have_told_is_not_told_again(two):
    put(two, digest(pending(two)))
    merge(two, 1, 2)
    assert pending(two) == ()


def test_what_was_said_is_kept(two):
    merge(two, 1, 2)
    rows = select(two, story_verdicts.c.item_id, story_verdicts.c.other_item, story_verdicts.c.same)
    assert rows == [(2, 1, True)]


def test_what_changes_is_read_again_by_who_knows_the_open_stories(two):
    before = max(turn for (turn,) in select(two, story_items.c.turn))
    merge(two, 1, 2)
    assert dict(select(two, story_items.c.item_id, story_items.c.turn))[2] > before


def test_a_merged_story_can_be_split_off_again(two):
    merge(two, 1, 2)
    assert split(two, 1, 2) == 3
    assert stories_of(two) == {1: 1, 2: 3}


def test_what_is_split_off_takes_its_copies_along(store, feed):
    record(store, feed, alert(1))
    record(store, feed, alert(2, story=1), copy_of(3, 1, 1))
    record(store, feed, copy_of(4, 2, 1))
    split(store, 1, 2)
    assert stories_of(store) == {1: 1, 2: 2, 3: 1, 4: 2}


def test_what_is_split_off_is_told_although_its_story_was(store, feed):
    record(store, feed, alert(1))
    put(store, digest(pending(store)))
    record(store, feed, alert(2, story=1))
    assert pending(store) == ()
    split(store, 1, 2)
    (story,) = pending(store)
    assert (story.id, story.lead.item_id, story.told_at) == (2, 2, None)


def test_but_not_where_that_very_report_was_told(store, feed):
    record(store, feed, alert(1))
    put(store, digest(pending(store)))
    hearing = (Hearing(MORNING, "why", Cause.REPORT),)
    record(store, feed, alert(2, story=1, digests=hearing))
    put(store, digest(pending(store), 2))
    split(store, 1, 2)
    assert pending(store) == ()


def test_what_is_left_of_a_story_whose_first_report_went_is_told(store, feed):
    record(store, feed, alert(1))
    put(store, digest(pending(store)))
    record(store, feed, alert(2, story=1))
    split(store, 1, 1)
    (left,) = pending(store)
    assert (left.id, left.lead.item_id, left.told_at) == (1, 2, None)


def test_an_update_that_waits_goes_with_its_report(store, feed):
    record(store, feed, alert(1))
    put(store, digest(pending(store)))
    report = (Hearing(MORNING, "why", Cause.REPORT),)
    record(store, feed, alert(2, story=1, digests=report))
    put(store, digest(pending(store), 2))
    update = (Hearing(MORNING, "why", Cause.UPDATE),)
    said = Update(said="now 12 dead", reason="a number was replaced")
    copy = replace(copy_of(3, 2, 1), update=said, digests=update)
    record(store, feed, copy)
    split(store, 1, 2)
    (story,) = pending(store)
    assert (story.id, [line.said for line in story.lines]) == (2, ["now 12 dead"])
    assert story.told_at is not None


def test_stories_may_go_together_and_apart_as_often_as_one_likes(store, feed):
    """Each time, a digest has one line at most for each report; what was told stays told."""
    record(store, feed, alert(1), alert(2), alert(3))
    put(store, digest(pending(store)))
    merge(store, 2, 1)
    merge(store, 3, 2)
    fourth = split(store, 3, 1)
    merge(store, 3, fourth)
    fifth = split(store, 3, 1, 2)
    merge(store, fifth, 3)
    assert set(stories_of(store).values()) == {fifth}
    assert pending(store) == ()


def test_so_may_stories_that_wait(two):
    merge(two, 2, 1)
    third = split(two, 2, 1)
    merge(two, 2, third)
    merge(two, split(two, 2, 2), 2)
    (story,) = pending(two)
    assert {story.lead.item_id, *(one.item_id for one in story.others)} == {1, 2}


def test_the_last_word_on_two_reports_counts(two):
    merge(two, 2, 1)
    split(two, 2, 2)
    assert select(two, story_verdicts.c.same) == [(False,)]


@pytest.mark.parametrize(
    ("do", "error"),
    [
        (lambda store: merge(store, 1, 99), NotFound),
        (lambda store: merge(store, 99, 1), NotFound),
        (lambda store: merge(store, 1, 1), UsageError),
        (lambda store: split(store, 1, 2), NotFound),
        (lambda store: split(store, 1, 1), UsageError),
        (lambda store: split(store, 99, 1), NotFound),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(two, do, error):
    before = lines(two), stories_of(two)
    with pytest.raises(error):
        do(two)
    assert (lines(two), stories_of(two)) == before

"""What one poll brings: recorded as a whole, recognised when it comes again."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from polls import (
    DAY,
    MINUTE,
    NOON,
    alert,
    item,
    key,
    list_one_feed,
    match,
    new,
    read,
    record,
    revised,
    rows,
    seen,
    select,
    write,
)

from monitor.model import (
    Cause,
    DigestName,
    FeedState,
    Hearing,
    ItemId,
    Joined,
    Kin,
    Outcome,
    PollResult,
    RuleId,
    StoryId,
    Update,
)
from monitor.store.archive import iter_items
from monitor.store.feeds import list_feeds, write_states
from monitor.store.items import TOUCH_EVERY, items_by_url_key, known_items, record_poll
from monitor.store.reports import matches_of
from monitor.store.schema import (
    digest_entries,
    item_keys,
    item_revisions,
    items,
    stories,
    story_items,
    story_kin,
    url_keys,
)
from monitor.store.schema import matches as match_table
from monitor.store.stories import read_stories

TABLES = ("items", "item_keys", "url_keys", "stories", "story_items", "matches", "digest_entries")


@pytest.fixture
def feed(store):
    return list_one_feed(store)


def known(store, feed, *keys):
    return read(store, known_items, feed, keys)


def test_new_items_get_real_ids_in_the_order_they_were_given(store, feed):
    real = record(store, feed, *(new(n, f"Report {n}") for n in range(1, 61)))
    titles = select(store, items.c.id, items.c.title)
    assert titles == [(real[-n], f"Report {n}") for n in range(1, 61)]
    assert list(real) == [-n for n in range(1, 61)]


def test_an_item_comes_back_as_it_was(store, feed):
    told = item(
        "Сухогруз вышел\nиз порта",
        lead="船が港を出た",
        body="whole text",
        author="A. Writer",
        tags=("customs", "порт"),
        language="ru",
    )
    told = replace(told, published_at=NOON - DAY)
    record(store, feed, new(1, item=told))
    (kept,) = read(store, lambda conn: list(iter_items(conn)))
    assert kept.item == told


def test_what_a_poll_brought_and_the_feeds_state_stand_or_fall_together(store, feed):
    state = FeedState(etag='"new"', next_due_at=NOON + DAY)
    result = PollResult(feed_id=feed, decisions=(alert(1), alert(2)))

    def poll(conn):
        write_states(conn, [(feed, FeedState(next_due_at=NOON), state)])
        record_poll(conn, result, NOON)
        raise LookupError("the last step failed")

    assert isinstance(store.write(poll).exception(10), LookupError)
    assert {table: rows(store, table) for table in TABLES} == dict.fromkeys(TABLES, 0)
    assert read(store, list_feeds)[0].state == FeedState(next_due_at=NOON)


def test_a_poll_that_brings_nothing_still_writes_the_feeds_state(store, feed):
    state = FeedState(failures=2, error="refused", next_due_at=NOON + DAY)
    assert record(store, feed, state=state) == {}
    assert read(store, list_feeds)[0].state == state


def test_every_key_an_entry_goes_by_points_at_its_item(store, feed):
    decision = new(1, keys=(b"g" * 16, b"l" * 16, b"t" * 16))
    real = record(store, feed, decision)
    found = known(store, feed, *decision.keys, b"unknown".ljust(16))
    assert {each: found[each].id for each in found} == dict.fromkeys(decision.keys, real[-1])


def test_an_alias_met_later_is_known_from_then_on(store, feed):
    first = new(1)
    real = record(store, feed, first)
    record(store, feed, replace(seen(first, real[-1]), keys=(*first.keys, b"a" * 16)))
    assert known(store, feed, b"a" * 16)[b"a" * 16].id == real[-1]
    assert rows(store, "items") == 1


def test_a_key_stays_with_the_item_that_had_it_first(store, feed):
    real = record(store, feed, new(1, keys=(b"k" * 16,)))
    record(store, feed, new(2, keys=(b"k" * 16, b"m" * 16)))
    assert known(store, feed, b"k" * 16)[b"k" * 16].id == real[-1]


def test_keys_are_those_of_one_feed(store, feed):
    other = list_one_feed(store, "https://other.example/rss", host="other.example")
    record(store, feed, new(1, keys=(b"k" * 16,)))
    assert known(store, other, b"k" * 16) == {}
    real = record(store, other, new(1, keys=(b"k" * 16,)))
    assert known(store, other, b"k" * 16)[b"k" * 16].id == real[-1]


def test_known_items_say_what_the_next_decision_needs(store, feed):
    decision = alert(1, item=item("Ore", at=NOON - MINUTE), matches=(match("arms"), match("ore")))
    real = record(store, feed, decision)
    found = known(store, feed, decision.keys[0])[decision.keys[0]]
    assert (found.id, found.feed_id) == (real[-1], feed)
    assert (found.title, found.guid) == ("Ore", "guid of Ore")
    assert found.content_hash == decision.content_hash
    assert (found.first_seen_at, found.published_at) == (NOON - MINUTE, NOON - MINUTE)
    assert found.rules == {RuleId("arms"), RuleId("ore")}
    assert (found.story,) == select(store, stories.c.id)[0]


def test_more_keys_are_looked_up_than_one_statement_may_name(store, feed):
    decisions = [new(n) for n in range(1, 1202)]
    record(store, feed, *decisions)
    wanted = [each for decision in decisions for each in decision.keys]
    assert len(known(store, feed, *wanted)) == len(wanted) == 2402


def test_an_entry_seen_again_adds_no_row(store, feed):
    first = alert(1)
    real = record(store, feed, first)
    before = {table: rows(store, table) for table in TABLES}
    record(store, feed, seen(first, real[-1]), now=NOON + MINUTE)
    assert {table: rows(store, table) for table in TABLES} == before


def test_a_key_is_marked_as_seen_once_a_day_and_not_at_every_poll(store, feed):
    first = new(1, keys=(b"k" * 16,))
    real = record(store, feed, first)
    again = seen(first, real[-1])
    record(store, feed, again, now=NOON + TOUCH_EVERY)
    assert select(store, item_keys.c.last_seen_at) == [(NOON,)]
    later = NOON + TOUCH_EVERY + MINUTE
    record(store, feed, again, now=later)
    assert select(store, item_keys.c.last_seen_at) == [(later,)]


def test_a_duplicate_is_kept_and_names_its_original(store, feed):
    original = record(store, feed, new(1))[-1]
    copy = new(2, outcome=Outcome.DUPLICATE, of=ItemId(original), reason="same address")
    real = record(store, feed, copy)
    row = select(store, items.c.id, items.c.outcome, items.c.duplicate_of, items.c.reason)[1]
    assert row == (real[-2], "duplicate", original, "same address")


def test_a_duplicate_may_name_an_original_of_the_same_poll_whichever_comes_first(store, feed):
    copy = new(1, outcome=Outcome.DUPLICATE, of=ItemId(-2))
    real = record(store, feed, copy, new(2))
    assert (real[-1], real[-2]) in select(store, items.c.id, items.c.duplicate_of)


def test_a_duplicate_joins_the_story_of_its_original(store, feed):
    original = record(store, feed, alert(1))[-1]
    ((story,),) = select(store, stories.c.id)
    copy = alert(2, outcome=Outcome.DUPLICATE, of=ItemId(original), story=story)
    record(store, feed, copy)
    (told,) = read(store, read_stories, [story])
    assert told.lead.item_id == original
    assert [each.outcome for each in told.others] == [Outcome.DUPLICATE]


def test_an_original_is_found_by_its_address_from_any_feed_and_its_copies_are_not(store, feed):
    first = new(1, url_key=b"u" * 16)
    real = record(store, feed, first)
    copy = new(2, url_key=b"u" * 16, outcome=Outcome.DUPLICATE, of=ItemId(real[-1]))
    record(store, feed, copy)
    found = read(store, items_by_url_key, [b"u" * 16, b"v" * 16], NOON)
    assert {k: [each.id for each in v] for k, v in found.items()} == {b"u" * 16: [real[-1]]}


def test_items_of_one_address_come_earliest_first_and_not_from_before_the_window(store, feed):
    for number, at in ((1, NOON), (2, NOON - DAY), (3, NOON - 9 * DAY)):
        record(store, feed, new(number, at=at, url_key=b"u" * 16))
    found = read(store, items_by_url_key, [b"u" * 16], NOON - 2 * DAY)
    assert [each.title for each in found[b"u" * 16]] == ["Report 2", "Report 1"]


def test_an_item_without_an_address_has_no_address_key(store, feed):
    record(store, feed, new(1, url_key=b""), new(2))
    assert len(select(store, url_keys.c.url_key)) == 1


def test_a_new_wording_replaces_the_old_one(store, feed):
    first = new(1)
    real = record(store, feed, first)
    record(store, feed, revised(first, real[-1], "Corrected"), now=NOON + MINUTE)
    (row,) = select(store, items.c.title, items.c.content_hash, items.c.revised_at)
    assert row == ("Corrected", key("content", "Corrected"), NOON + MINUTE)
    assert select(store, item_revisions.c.title) == []


def test_earlier_wordings_of_what_had_matched_are_kept(store, feed):
    first = alert(1, "First")
    real = record(store, feed, first)
    for n, title in enumerate(("Second", "Third"), start=1):
        record(store, feed, revised(first, real[-1], title), now=NOON + n * MINUTE)
    kept = select(store, item_revisions.c.replaced_at, item_revisions.c.title)
    assert kept == [(NOON + MINUTE, "First"), (NOON + 2 * MINUTE, "Second")]


def test_a_new_wording_brings_new_evidence(store, feed):
    first = alert(1, "Ore leaves")
    real = record(store, feed, first)
    again = revised(first, real[-1], "Pig iron leaves")
    record(store, feed, replace(again, matches=(match(text="Pig iron", version="v2"),)))
    ((found,),) = read(store, matches_of, [real[-1]]).values()
    assert (found.evidence[0].text, found.rule_version) == ("Pig iron", "v2")


def test_a_revision_may_open_a_story_at_last(store, feed):
    first = new(1)
    real = record(store, feed, first)
    fired = alert(1)
    again = revised(first, real[-1], "Missiles seized", story=fired.story)
    again = replace(again, matches=fired.matches, digests=fired.digests)
    record(store, feed, again)
    assert select(store, story_items.c.item_id) == [(real[-1],)]
    assert select(store, match_table.c.item_id, match_table.c.rule) == [(real[-1], "arms")]
    assert select(store, digest_entries.c.digest) == [("morning",)]


def test_an_entry_reworded_within_one_document_is_one_item_in_its_last_words(store, feed):
    record(store, feed, first := new(1), revised(first, -1, "Second wording"))
    assert select(store, items.c.title) == [("Second wording",)]


def test_reports_of_one_poll_that_share_a_story_open_it_once(store, feed):
    record(store, feed, alert(1, story=-7), alert(2, story=-7), alert(3, story=-8))
    assert rows(store, "stories") == 2
    assert rows(store, "story_items") == 3
    assert rows(store, "digest_entries") == 2


def test_each_story_is_due_to_every_digest_that_must_hear_of_it_with_the_reason(store, feed):
    hearers = (
        Hearing(DigestName("morning"), "rule arms"),
        Hearing(DigestName("desk"), "tag customs"),
    )
    record(store, feed, alert(1, digests=hearers))
    ((story,),) = select(store, stories.c.id)
    assert select(store, digest_entries.c.digest, digest_entries.c.reason) == [
        ("desk", "tag customs"),
        ("morning", "rule arms"),
    ]
    assert select(store, digest_entries.c.story_id, digest_entries.c.digest_id) == [
        (story, None),
        (story, None),
    ]


def test_matches_come_back_with_their_evidence_most_severe_first(store, feed):
    found = (match("low", severity=1), match("high", severity=3, text="Руда"))
    real = record(store, feed, alert(1, matches=found))
    assert read(store, matches_of, [real[-1]])[real[-1]] == (found[1], found[0])


@pytest.mark.parametrize("broken", ["nul \x00 inside", "half a pair \ud83d"])
def test_characters_no_database_takes_do_not_make_a_feed_unrecordable(store, feed, broken):
    record(store, feed, new(1, item=item("Fine", lead=broken)))
    assert select(store, items.c.lead)[0][0] == broken.translate({0: None, 0xD83D: None})


def test_ids_of_items_and_stories_that_are_gone_are_not_given_again(store, feed):
    first = record(store, feed, alert(1))[-1]
    for table in (items, stories, story_items):
        write(store, sa.Connection.execute, table.delete())
    opened = write(store, sa.Connection.execute, sa.select(digest_entries.c.story_id)).scalar()
    second = record(store, feed, alert(2))[-2]
    assert second > first
    assert select(store, stories.c.id)[0][0] > opened


# --- Reports of stories ------------------------------------------------------------------------


def entries(store):
    return select(
        store, digest_entries.c.item_id, digest_entries.c.cause, digest_entries.c.story_id
    )


def news(number, cause, *, story, **more):
    hearing = (Hearing(DigestName("morning"), "why", cause),)
    return alert(number, story=story, digests=hearing, **more)


def test_how_a_report_came_to_its_story_is_kept(store, feed):
    record(store, feed, alert(1))
    copy = alert(2, story=1, joined=Joined.COPY, like=ItemId(1), score=0.93)
    record(store, feed, copy)
    assert select(
        store,
        story_items.c.item_id,
        story_items.c.joined,
        story_items.c.like_item,
        story_items.c.score,
    ) == [(1, "first", None, None), (2, "copy", 1, 0.93)]


def test_a_report_that_resembles_one_of_its_own_document_names_it_by_its_real_id(store, feed):
    record(
        store, feed, one := alert(1), alert(2, story=one.story, like=one.id, joined=Joined.REPORT)
    )
    found = dict(select(store, story_items.c.item_id, story_items.c.like_item))
    assert found == {1: None, 2: 1}
    assert rows(store, "stories") == 1


def test_each_row_of_a_story_has_a_later_turn(store, feed):
    record(store, feed, alert(1), alert(2))
    record(store, feed, alert(3))
    turns = [turn for (turn,) in select(store, story_items.c.turn)]
    assert turns == sorted(set(turns))


def test_who_has_heard_of_a_story_hears_of_what_is_new_about_it(store, feed):
    record(store, feed, alert(1))
    record(store, feed, news(2, Cause.FOLLOW_UP, story=1), news(3, Cause.STORY, story=1))
    assert entries(store) == [(0, "story", 1), (2, "follow-up", 1)]


def test_who_has_not_heard_of_the_story_hears_of_that_as_well(store, feed):
    record(store, feed, alert(1, digest="desk"))
    record(store, feed, news(2, Cause.REPORT, story=1))
    found = select(store, digest_entries.c.digest, digest_entries.c.cause)
    assert sorted(found) == [("desk", "story"), ("morning", "report"), ("morning", "story")]


def test_two_updates_of_one_item_are_two_lines(store, feed):
    real = record(store, feed, first := alert(1))
    for said in ("now says 12, was 10", "now says 14, was 12"):
        again = revised(first, real[-1], said, story=StoryId(1))
        hearing = (Hearing(DigestName("morning"), "why", Cause.UPDATE),)
        update = Update(said=said, reason="1 number replaced")
        record(store, feed, replace(again, digests=hearing, update=update))
    assert select(store, digest_entries.c.update_id, digest_entries.c.cause) == [
        (0, "story"),
        (1, "update"),
        (2, "update"),
    ]


def test_stories_in_other_languages_are_noted_both_ways(store, feed):
    record(store, feed, one := alert(1))
    kin = (Kin(story=one.story, language="ru", score=0.5, reason="shares 12,000"),)
    record(store, feed, alert(2, kin=(replace(kin[0], story=StoryId(1)),)))
    assert sorted(select(store, story_kin.c.story_id, story_kin.c.other_id)) == [(1, 2), (2, 1)]

"""What is kept, what is let go, and reading all of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from polls import (
    DAY,
    MINUTE,
    NOON,
    alert,
    item,
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
    DeliveryState,
    Digest,
    DigestName,
    Hearing,
    ItemId,
    Kin,
    Outcome,
    Part,
    RuleCard,
    RuleId,
    Section,
    StoryId,
    Update,
)
from monitor.store import archive
from monitor.store.digests import put_digest, queue_parts
from monitor.store.housekeeping import KEYS_UNSEEN, prune, state_card, state_info
from monitor.store.items import known_items
from monitor.store.merging import merge_stories
from monitor.store.migrating import HEAD
from monitor.store.outbox import Attempt, claim_deliveries, record_dead, record_sent
from monitor.store.schema import attempts, deliveries, digest_entries, items, stories
from monitor.store.stories import pending_stories

KEEP = 30 * DAY
LATER = NOON + KEEP + DAY


@pytest.fixture
def feed(store):
    return list_one_feed(store)


def bite(store, *, now=LATER, keep=KEEP, keep_matched=KEEP, keep_deliveries=KEEP, limit=100):
    return write(
        store,
        prune,
        now=now,
        items_before=now - keep,
        matched_before=now - keep_matched,
        deliveries_before=now - keep_deliveries,
        limit=limit,
    )


def tell(store, name="morning"):
    told = read(store, pending_stories, DigestName(name))
    card = RuleCard(id=RuleId("arms"), title="Arms transfers")
    planned = Digest(
        id=f"2026-03-02-{name}",
        name=DigestName(name),
        planned_at=NOON,
        since_at=None,
        timezone="UTC",
        next_at=None,
        sections=(Section(rule=card, stories=told),),
    )
    write(store, put_digest, planned, [], NOON)


def titles(store, **which):
    return [each.item.title for each in read(store, lambda c: list(archive.iter_items(c, **which)))]


def test_items_past_their_keep_are_let_go(store, feed):
    record(store, feed, new(1, "Old"), new(2, "Young", at=NOON + 2 * DAY))
    assert bite(store).items == 1
    assert titles(store) == ["Young"]


def test_an_item_goes_with_everything_that_hangs_on_it(store, feed):
    real = record(store, feed, first := alert(1))
    kin = (Kin(story=StoryId(1), language="ru", score=0.5, reason="shares 12"),)
    update = Update(said="now says 12, was 10", reason="1 number replaced")
    record(store, feed, alert(2, kin=kin), now=NOON)
    again = revised(first, real[-1], "Reworded", story=StoryId(1), update=update)
    record(store, feed, again, now=NOON + MINUTE)
    write(store, merge_stories, StoryId(1), [StoryId(2)], NOON)
    tell(store)
    bite(store)
    left = ("items", "matches", "story_items", "item_revisions", "url_keys", "stories")
    left += ("story_updates", "story_kin", "story_verdicts", "digest_entries")
    assert {table: rows(store, table) for table in left} == dict.fromkeys(left, 0)


@pytest.mark.parametrize(("keep", "keep_matched"), [(30, 400), (400, 30)])
def test_items_that_matched_have_a_keep_of_their_own(store, feed, keep, keep_matched):
    record(store, feed, new(1, "Plain"), alert(2, "Matched"))
    tell(store)
    bite(store, keep=keep * DAY, keep_matched=keep_matched * DAY)
    assert titles(store) == (["Matched"] if keep_matched > keep else ["Plain"])


def test_what_a_digest_has_yet_to_tell_stays_whatever_its_age(store, feed):
    hearers = (Hearing(DigestName("morning"), ""), Hearing(DigestName("desk"), ""))
    record(store, feed, alert(1, digests=hearers))
    tell(store)
    assert bite(store, now=NOON + 999 * DAY).items == 0
    tell(store, "desk")
    assert bite(store, now=NOON + 999 * DAY).items == 1


def test_a_report_without_a_match_of_its_own_stays_while_its_story_is_untold(store, feed):
    original = record(store, feed, alert(1, "Original"))[-1]
    ((story,),) = select(store, stories.c.id)
    copy = new(2, "Copy", outcome=Outcome.DUPLICATE, of=ItemId(original), story=story)
    record(store, feed, copy)
    bite(store)
    assert sorted(titles(store)) == ["Copy", "Original"]


def test_a_story_that_keeps_one_report_is_kept(store, feed):
    record(store, feed, alert(1, "Old", story=-9), alert(2, "Young", at=LATER, story=-9))
    tell(store)
    assert bite(store).items == 1
    assert rows(store, "stories") == 1
    assert select(store, digest_entries.c.digest_id) == [("2026-03-02-morning",)]


def test_a_key_outlives_its_item_for_as_long_as_polls_show_it(store, feed):
    real = record(store, feed, first := new(1))
    record(store, feed, seen(first, real[-1]), now=LATER - MINUTE)
    bite(store)
    found = read(store, known_items, feed, first.keys)
    assert {each.id for each in found.values()} == {real[-1]}
    assert {each.content_hash for each in found.values()} == {b""}
    bite(store, now=LATER + KEYS_UNSEEN)
    assert read(store, known_items, feed, first.keys) == {}


def test_the_key_of_an_item_that_is_kept_is_kept_unseen(store, feed):
    record(store, feed, new(1))
    assert bite(store, now=NOON + 2 * KEYS_UNSEEN, keep=3 * KEYS_UNSEEN).keys == 0
    assert rows(store, "item_keys") == 2


def test_a_new_item_never_answers_to_the_key_of_one_let_go(store, feed):
    old = alert(1, "Old")
    record(store, feed, old)
    tell(store)
    bite(store)
    fresh = record(store, feed, alert(2, "Fresh", at=LATER), now=LATER)[-2]
    assert fresh not in {each.id for each in read(store, known_items, feed, old.keys).values()}


def test_a_new_story_is_told_although_the_last_one_was_let_go(store, feed):
    record(store, feed, alert(1))
    tell(store)
    bite(store)
    record(store, feed, alert(2, "Fresh", at=LATER), now=LATER)
    (waiting,) = read(store, pending_stories, DigestName("morning"))
    assert waiting.lead.item.title == "Fresh"


def test_only_messages_that_have_come_to_an_end_are_let_go(store):
    parts = [Part(channel="desk", target="", key=f"k{n}", payload=b"") for n in range(4)]
    write(store, queue_parts, "d1", parts, NOON)
    how = {"channel": "desk", "now": NOON, "lease": MINUTE, "token": "t"}
    sent, dead, _ = write(store, claim_deliveries, limit=3, **how)
    said = Attempt(number=1, outcome="sent", answer="", ended_at=NOON, took=MINUTE)
    write(store, record_sent, sent, "t", said)
    write(store, record_dead, dead, "t", replace(said, outcome="permanent"))
    assert bite(store, keep_deliveries=KEEP + 2 * DAY).deliveries == 0
    assert len(select(store, attempts.c.number)) == 2
    assert bite(store).deliveries == 2
    assert select(store, attempts.c.number) == []
    assert {row[0] for row in select(store, deliveries.c.state)} == {
        DeliveryState.PENDING,
        DeliveryState.SENDING,
    }


def test_letting_go_takes_bites_oldest_first_and_says_when_there_is_more(store, feed):
    record(store, feed, *(new(n, at=NOON - n * MINUTE) for n in range(1, 6)))
    eaten = [bite(store, limit=2) for _ in range(3)]
    assert [(each.items, each.more) for each in eaten] == [(2, True), (2, True), (1, False)]


def test_the_oldest_items_go_first(store, feed):
    record(store, feed, *(new(n, f"{n}", at=NOON - n * MINUTE) for n in range(1, 5)))
    bite(store, limit=2)
    assert titles(store) == ["1", "2"]


def test_the_state_is_counted(store, feed):
    record(store, feed, new(1), alert(2))
    parts = [Part(channel="desk", target="", key="k", payload=b"")]
    write(store, queue_parts, "d1", parts, NOON)
    info = read(store, state_info)
    assert (info.feeds, info.items, info.matches, info.stories) == (1, 2, 1, 1)
    assert (info.digests, info.deliveries_open, info.schema) == (0, 1, HEAD)
    assert info.database in {"sqlite", "postgresql"}
    assert info.version[0].isdigit()


def test_a_card_of_the_state_says_how_much_there_is_and_since_when(store, feed):
    record(store, feed, new(1), alert(2, at=NOON - DAY))
    card = read(store, state_card)
    assert (card.items, card.matches, card.stories, card.queued) == (2, 1, 1, 2)
    assert card.oldest_at == NOON - DAY
    assert card.bytes > 50_000


def test_the_archive_is_read_across_pages_each_item_once_those_seen_last_first(store, feed):
    # Many of the same instant, so that pages end within one.
    total = 2 * archive.BATCH + 7
    decisions = [new(n, at=NOON + (n // 300) * MINUTE) for n in range(1, total + 1)]
    record(store, feed, *decisions)
    instants = [row[0] for row in select(store, items.c.first_seen_at)]
    found = read(store, lambda conn: list(archive.iter_items(conn)))
    assert len({each.item_id for each in found}) == len(found) == total
    assert [each.item.first_seen_at for each in found] == sorted(instants, reverse=True)


def test_the_archive_is_not_loaded_before_it_is_asked_for(store, feed):
    record(store, feed, *(new(n) for n in range(1, archive.BATCH + 2)))
    with store.reading() as conn:
        asked = []
        sa.event.listen(conn, "before_cursor_execute", lambda *said: asked.append(said[2]))
        found = archive.iter_items(conn)
        next(found)
        one_page = len(asked)
        assert sum(1 for _ in found) == archive.BATCH
        assert len(asked) > one_page


def test_the_archive_is_read_from_an_instant_until_before_another(store, feed):
    record(store, feed, *(new(n, f"{n}", at=NOON + n * DAY) for n in range(1, 5)))
    assert titles(store, since_at=NOON + 2 * DAY, until_at=NOON + 4 * DAY) == ["3", "2"]


def test_only_what_matched_is_read_with_its_matches(store, feed):
    record(store, feed, new(1), alert(2, matches=(match("ore"), match("arms"))))
    (found,) = read(store, lambda conn: list(archive.iter_items(conn, matched_only=True)))
    assert [each.rule for each in found.matches] == ["arms", "ore"]
    assert found.item == replace(item("Report 2"), feed="https://wire.example/rss")


def test_items_and_matches_are_counted_since_an_instant(store, feed):
    record(store, feed, new(1, at=NOON - DAY), alert(2), now=NOON)
    record(store, feed, alert(3, rule="ore"), alert(4, rule="arms"), now=NOON + DAY)
    assert (read(store, archive.count_items), read(store, archive.count_items, NOON)) == (4, 3)
    assert read(store, archive.count_matches, NOON) == {"arms": 2, "ore": 1}
    assert read(store, archive.count_matches, NOON + timedelta(seconds=1)) == {"arms": 1, "ore": 1}

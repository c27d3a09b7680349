"""Stories wait for a digest, and are told by it exactly once."""

from datetime import timedelta

import pytest
from polls import (
    DAY,
    MINUTE,
    NOON,
    alert,
    item,
    list_one_feed,
    match,
    read,
    record,
    rows,
    seen,
    select,
    write,
)

from monitor.model import (
    Digest,
    DigestName,
    Hearing,
    Outcome,
    Part,
    RuleCard,
    RuleId,
    Section,
    Severity,
)
from monitor.store import digests
from monitor.store.digests import AlreadyTold, ScheduleRow
from monitor.store.schema import deliveries, digest_entries
from monitor.store.stories import (
    pending_stories,
    read_stories,
    recent_stories,
    told_stories,
    waiting_since,
)

MORNING = DigestName("morning")


@pytest.fixture
def feed(store):
    return list_one_feed(store)


def digest(stories, number=1, *, name=MORNING, at=NOON, rest=()):
    card = RuleCard(id=RuleId("arms"), title="Arms transfers")
    return Digest(
        id=f"2026-03-02-{number:04}",
        name=name,
        planned_at=at,
        since_at=None,
        timezone="UTC",
        next_at=None,
        sections=(Section(rule=card, stories=tuple(stories)),) if stories else (),
        rest=tuple(rest),
    )


def part(key="k1", channel="desk"):
    return Part(channel=channel, target="a@desk.example", key=key, payload=b"\x00final bytes\xff")


def pending(store, name=MORNING):
    return read(store, pending_stories, name)


def put(store, planned, *parts):
    return write(store, digests.put_digest, planned, parts, planned.planned_at)


def titles(stories):
    return [each.lead.item.title for each in stories]


def test_a_story_waits_for_its_digest_and_for_no_other(store, feed):
    record(store, feed, alert(1, "Ore"), alert(2, "Steel", digest="desk"))
    assert titles(pending(store)) == ["Ore"]
    assert titles(pending(store, DigestName("desk"))) == ["Steel"]


def test_stories_wait_in_the_order_they_came(store, feed):
    record(store, feed, alert(1, "Second"), now=NOON + MINUTE)
    record(store, feed, alert(2, "First"), now=NOON)
    assert titles(pending(store)) == ["First", "Second"]


def test_a_story_is_led_by_its_first_report_and_has_all_their_matches(store, feed):
    record(
        store,
        feed,
        alert(1, "Later", item=item("Later", at=NOON), story=-9),
        alert(2, item=item("Earlier", at=NOON - MINUTE), story=-9, matches=(match("ore"),)),
    )
    (story,) = pending(store)
    assert [each.item.title for each in (story.lead, *story.others)] == ["Earlier", "Later"]
    assert [m.rule for each in (story.lead, *story.others) for m in each.matches] == ["ore", "arms"]
    assert story.severity == Severity.HIGH
    assert story.lead.outcome == Outcome.NEW


def test_how_long_stories_have_waited_counts_only_the_untold(store, feed):
    assert read(store, waiting_since, MORNING) is None
    for n in range(3):
        record(store, feed, alert(n + 1), now=NOON + n * MINUTE)
    put(store, digest(pending(store)[:1]))
    assert read(store, waiting_since, MORNING) == (NOON + MINUTE, NOON + 2 * MINUTE)


def test_what_a_digest_told_waits_no_more_and_can_be_read_again(store, feed):
    record(store, feed, alert(1), alert(2))
    first, second = pending(store)
    planned = digest([first], rest=[second])
    put(store, planned, part())
    assert pending(store) == ()
    assert read(store, told_stories, [planned.id]) == (first, second)


def test_a_story_that_one_digest_told_still_waits_for_the_other(store, feed):
    hearers = (Hearing(MORNING, "why"), Hearing(DigestName("desk"), "why"))
    record(store, feed, alert(1, digests=hearers))
    put(store, digest(pending(store)))
    assert len(pending(store, DigestName("desk"))) == 1


def test_a_story_that_was_told_meanwhile_stops_the_whole_digest(store, feed):
    record(store, feed, alert(1), alert(2))
    first, second = pending(store)
    put(store, digest([first], 1), part("k1"))
    late = digest([first, second], 2)
    failure = store.write(lambda conn: digests.put_digest(conn, late, [part("k2")], NOON))
    assert isinstance(failure.exception(10), AlreadyTold)
    assert pending(store) == (second,)
    assert (rows(store, "digests"), rows(store, "deliveries")) == (1, 1)


def test_two_digests_planned_from_the_same_stories_tell_them_once(store, feed):
    record(store, feed, *(alert(n) for n in range(1, 6)))
    waiting = pending(store)
    futures = [
        store.write(
            lambda conn, n=n: digests.put_digest(conn, digest(waiting, n), [part(f"k{n}")], NOON)
        )
        for n in range(8)
    ]
    failed = [each.exception(10) for each in futures]
    assert [type(each) for each in failed] == [type(None), *[AlreadyTold] * 7]
    assert select(store, deliveries.c.key) == [("k0",)]


def test_a_late_report_joins_a_told_story_and_is_not_told_again(store, feed):
    real = record(store, feed, first := alert(1))
    put(store, digest(pending(store)))
    ((story,),) = select(store, digest_entries.c.story_id)
    record(store, feed, seen(first, real[-1]), alert(2, story=story))
    assert pending(store) == ()
    (told,) = read(store, read_stories, [story])
    assert len(told.others) == 1


def test_more_stories_than_one_statement_may_name_are_told_together(store, feed):
    record(store, feed, *(alert(n) for n in range(1, 1_102)))
    put(store, digest(pending(store)))
    assert pending(store) == ()
    assert read(store, digests.list_digests, 1)[0].stories == 1_101


def test_an_empty_digest_is_recorded_all_the_same(store):
    put(store, digest([]), part())
    (row,) = read(store, digests.list_digests, 10)
    assert (row.stories, row.deliveries, row.sent) == (0, 1, 0)


def test_a_message_with_a_key_that_is_taken_stops_the_whole_digest(store, feed):
    record(store, feed, alert(1))
    put(store, digest([], 1), part("k1"))
    clash = digest(pending(store), 2)
    failure = store.write(lambda conn: digests.put_digest(conn, clash, [part("k1")], NOON))
    assert failure.exception(10) is not None
    assert len(pending(store)) == 1


def test_messages_are_queued_as_final_bytes_due_at_once(store):
    put(store, digest([]), part("k1"), part("k2"))
    queued = select(store, deliveries.c.key, deliveries.c.payload, deliveries.c.next_try_at)
    assert queued == [(key, b"\x00final bytes\xff", NOON) for key in ("k1", "k2")]


def test_digests_are_listed_newest_first_with_what_has_gone_out(store):
    for n in range(3):
        put(store, digest([], n, at=NOON + n * DAY), part(f"a{n}"), part(f"b{n}"))
    write(store, lambda conn: conn.execute(deliveries.update().values(state="sent")))
    listed = read(store, digests.list_digests, 2)
    assert [each.id for each in listed] == ["2026-03-02-0002", "2026-03-02-0001"]
    assert {(each.deliveries, each.sent) for each in listed} == {(2, 2)}


def test_the_last_digest_is_that_of_the_same_name(store):
    put(store, digest([], 1, at=NOON))
    put(store, digest([], 2, at=NOON + DAY, name=DigestName("desk")))
    assert read(store, digests.last_digest_at, MORNING) == NOON
    assert read(store, digests.last_digest_at, DigestName("evening")) is None


def test_ids_in_use_are_found_by_their_date(store):
    put(store, digest([], 1))
    assert read(store, digests.digest_ids, "2026-03-02") == {"2026-03-02-0001"}
    assert read(store, digests.digest_ids, "2026-03-03") == frozenset()


def test_recent_stories_are_those_opened_last(store, feed):
    for n in range(4):
        record(store, feed, alert(n + 1), now=NOON + n * MINUTE)
    assert titles(read(store, recent_stories, 2)) == ["Report 4", "Report 3"]


def schedule(name="morning", **changes):
    values = {"cadence": "daily 07:00", "timezone": "Asia/Seoul", "next_run_at": NOON}
    return ScheduleRow(name=DigestName(name), last_run_at=None, **(values | changes))


def test_a_schedule_is_remembered_and_replaced_whole(store):
    write(store, digests.set_schedule, schedule())
    later = schedule(cadence="now", next_run_at=NOON + timedelta(hours=7))
    write(store, digests.set_schedule, later)
    assert read(store, digests.read_schedules) == {MORNING: later}


def test_schedules_of_digests_that_are_configured_no_more_are_forgotten(store):
    for name in ("morning", "desk"):
        write(store, digests.set_schedule, schedule(name))
    write(store, digests.drop_schedules, [MORNING])
    assert list(read(store, digests.read_schedules)) == ["morning"]
    write(store, digests.drop_schedules, [])
    assert read(store, digests.read_schedules) == {}

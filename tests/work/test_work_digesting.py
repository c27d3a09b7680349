"""Digesting and delivering, on SQLite and on PostgreSQL: told once, never lost."""

from dataclasses import replace

import pytest
from house import HOUR, MINUTE, NOON, WIRE, House, watch
from house import timedelta as duration

from monitor.desk import sync
from monitor.model import (
    Channel,
    DigestName,
    DigestSpec,
    NotSent,
    Secret,
    Sent,
    Severity,
    Trouble,
)
from monitor.store.deliveries import list_deliveries
from monitor.store.feeds import list_feeds, write_states
from monitor.store.schema import (
    deliveries,
    digest_entries,
    digests,
    items,
    schedules,
    stories,
    story_items,
    story_kin,
    told_notes,
)
from monitor.store.stories import read_stories
from monitor.work import delivering, digesting
from monitor.work.health import tell_health

MORNING = DigestSpec(name=DigestName("morning"), cadence="daily 07:00", to=("box",))
URGENT = DigestSpec(name=DigestName("urgent"), to=("box",))


def housed(store, *specs, **how):
    house = House(store, watch(digests=specs or (URGENT,), **how))
    house.serve(("1", "Missile fired"), ("2", "A quiet day"))
    house.poll()
    return house


def test_a_match_is_queued_at_once_and_marked_as_told(store):
    house = housed(store)
    (planned,) = house.digest()
    assert [story.lead.item.title for story in planned.digest.stories] == ["Missile fired"]
    assert [row.digest_id for row in house.rows(digest_entries)] == [planned.digest.id]
    assert len(house.rows(deliveries)) == len(planned.parts) == 1


def test_what_was_told_is_not_told_again(store):
    house = housed(store)
    house.digest()
    assert house.digest() == ()


def test_a_calendar_digest_waits_for_its_time_and_is_sent_once(store):
    house = housed(store, MORNING)
    assert house.digest() == ()
    house.now = NOON.replace(day=3, hour=7)
    (planned,) = house.digest()
    assert planned.digest.next_at == NOON.replace(day=4, hour=7)
    assert house.digest() == ()


def test_a_run_missed_while_the_machine_slept_is_made_up_for_once(store):
    house = housed(store, MORNING)
    house.digest()
    house.now = NOON.replace(day=5)
    assert len(house.digest()) == 1
    assert house.rows(schedules)[0].next_run_at == NOON.replace(day=6, hour=7)


def test_another_cadence_forgets_the_run_that_was_planned_for_the_old_one(store):
    house = housed(store, MORNING)
    house.digest()
    house.watch = watch(digests=(replace(MORNING, cadence="daily 13:00"),))
    from monitor.desk import sync

    sync(store, house.watch, house.now)
    house.digest()
    assert house.rows(schedules)[0].next_run_at == NOON.replace(hour=13)


def test_what_is_severe_enough_breaks_through_quiet_hours_and_the_rest_follows(store):
    spec = replace(URGENT, quiet="11:00-13:00", breakthrough=Severity.HIGH)
    house = housed(store, spec)
    (planned,) = house.digest()
    assert planned.why == "it breaks through quiet hours"
    assert [row.at_once for row in house.rows(digests)] == [True]
    assert house.digest() == ()


def test_without_leave_to_break_through_all_is_held_until_the_end_of_quiet_hours(store):
    house = housed(store, replace(URGENT, quiet="11:00-13:00"))
    assert house.digest() == ()
    house.pass_time(HOUR)
    (planned,) = house.digest()
    assert len(planned.digest.stories) == 1


def test_after_a_week_of_silence_a_digest_says_once_that_it_watches(store):
    house = housed(store)
    house.digest()
    house.pass_time(duration(days=6))
    assert house.digest() == ()
    house.now = NOON.replace(day=10, hour=9)
    (planned,) = house.digest()
    assert planned.digest.stories == ()
    assert planned.why.startswith("a sign of life")
    assert house.digest() == ()


def test_a_digest_that_is_new_waits_for_a_week_before_it_says_that_there_is_nothing(store):
    house = House(store, watch(digests=(URGENT,)))
    assert house.digest() == ()
    house.now = NOON.replace(day=9, hour=8)
    assert house.digest() == ()
    house.now = NOON.replace(day=10, hour=9)
    assert len(house.digest()) == 1


def test_each_digest_hears_of_a_match_by_its_own_time(store):
    house = housed(store, URGENT, MORNING)
    assert [each.digest.name for each in house.digest()] == ["urgent"]
    house.now = NOON.replace(day=3, hour=7)
    assert [each.digest.name for each in house.digest()] == ["morning"]


def test_a_preview_is_byte_for_byte_what_is_sent_and_changes_nothing(store):
    house = housed(store)
    shown = digesting.preview_digest(store, house.watch, URGENT, house.now)
    assert house.rows(digests) == []
    (sent,) = house.digest()
    assert sent.parts == shown.parts
    assert [bytes(row.payload) for row in house.rows(deliveries)] == [
        part.payload for part in shown.parts
    ]


@pytest.mark.parametrize("hour", [6, 7])
def test_a_preview_says_why_as_what_is_sent_does(store, hour):
    house = housed(store, MORNING)
    house.digest()
    house.now = NOON.replace(day=3, hour=hour)
    shown = digesting.preview_digest(store, house.watch, MORNING, house.now)
    sent = digesting.send_digest(store, house.watch, MORNING, house.now)
    assert sent.parts == shown.parts
    assert sent.digest.why == ("due at 2026-03-03 07:00 UTC" if hour == 7 else "asked for")
    assert f"Why now: {sent.digest.why}." in sent.message.text


def test_other_languages_are_those_the_story_is_not_told_in_itself(store):
    house = housed(store)
    (planned,) = house.digest()
    (told,) = planned.digest.stories
    (item,) = [row for row in house.rows(items) if row.title == "Missile fired"]

    def kin(conn):
        conn.execute(items.update().where(items.c.id == item.id).values(language="en"))
        (other,) = [row for row in conn.execute(items.select()) if row.id != item.id]
        conn.execute(items.update().where(items.c.id == other.id).values(language="en-GB"))
        conn.execute(stories.insert(), {"id": 99, "opened_at": NOON})
        conn.execute(
            story_items.insert(),
            {"story_id": 99, "item_id": other.id, "joined": "first", "reason": ""},
        )
        conn.execute(
            story_kin.insert(),
            {"story_id": told.id, "other_id": 99, "score": 0.9, "reason": ""},
        )

    store.write(kin).result()
    with store.reading() as conn:
        assert read_stories(conn, [told.id])[0].abroad == ()
    store.write(
        lambda conn: conn.execute(items.update().where(items.c.id != item.id).values(language="ru"))
    ).result()
    with store.reading() as conn:
        assert [each.language for each in read_stories(conn, [told.id])[0].abroad] == ["ru"]


def test_a_channel_that_cannot_be_used_costs_the_others_nothing_and_is_named(store):
    spec = replace(URGENT, to=("broken", "box"))
    channels = (
        Channel(name="box", url=Secret("json://hook.example/x")),
        Channel(name="broken", url=Secret("mailto://nowhere")),
    )
    house = housed(store, spec, channels=channels)
    (planned,) = house.digest()
    assert [part.channel for part in planned.parts] == ["box"]
    assert any("broken" in warning for warning in planned.warnings)


def test_a_calendar_digest_says_how_the_watch_is_doing(store):
    house = housed(store, MORNING)
    house.digest()
    with store.reading() as conn:
        from monitor.store.feeds import list_feeds, write_states

        (row,) = list_feeds(conn)
    broken = replace(row.state, failures=9, failing_since_at=NOON, error="no answer")
    store.write(lambda conn: write_states(conn, [(row.id, row.state, broken)])).result()
    house.now = NOON.replace(day=3, hour=7)
    (planned,) = house.digest()
    assert any("has failed for 19h: no answer" in note for note in planned.digest.notes)


def next_morning(house, day):
    house.now = NOON.replace(day=day, hour=7)
    house.serve(("1", "Missile fired"), (f"day {day}", "Missile fired again"))
    store_state(house, next_due_at=house.now)
    house.poll()
    (planned,) = house.digest()
    return planned.digest.notes


def store_state(house, **changes):
    with house.store.reading() as conn:
        (row,) = list_feeds(conn)
    changed = replace(row.state, **changes)
    house.store.write(lambda conn: write_states(conn, [(row.id, row.state, changed)])).result()


def break_feed(house, since=NOON):
    store_state(house, failures=9, failing_since_at=since, error="no answer")


def test_a_digest_tells_a_failure_once_and_its_end_once(store):
    house = housed(store, MORNING)
    house.digest()
    break_feed(house)
    house.now = NOON.replace(day=3, hour=7)
    shown = digesting.preview_digest(store, house.watch, MORNING, house.now)
    (sent,) = house.digest()
    assert sent.digest.notes == shown.digest.notes
    assert len(sent.digest.notes) == 2
    with store.reading() as conn:
        (blind,) = tell_health(conn, house.watch, MORNING.name, house.now).sentences
    assert "1 of 1 feeds could not be read" in blind
    ended = next_morning(house, 4)
    assert ended == (
        "Most feeds can be read again.",
        "Wire is read again; it had failed since 2026-03-02 12:00 UTC.",
    )
    assert next_morning(house, 5) == ()
    assert house.rows(told_notes) == []


def test_a_preview_remembers_nothing_as_told(store):
    house = housed(store, MORNING)
    break_feed(house, NOON - HOUR)
    assert digesting.preview_digest(store, house.watch, MORNING, house.now).digest.notes
    assert house.rows(told_notes) == []


def test_a_feed_that_is_watched_no_more_does_not_recover(store):
    house = housed(store, MORNING)
    house.digest()
    break_feed(house)
    house.now = NOON.replace(day=3, hour=7)
    house.digest()
    sync(store, watch(feeds=(), digests=(MORNING,)), house.now)
    with store.reading() as conn:
        telling = tell_health(conn, house.watch, MORNING.name, house.now)
    assert "Wire is read again" not in " ".join(telling.sentences)
    assert ("never read", WIRE) in telling.over or ("failing", WIRE) in telling.over


def test_a_message_is_delivered_and_its_answer_kept(store):
    house = housed(store)
    (planned,) = house.digest()
    (delivered,) = house.deliver()
    assert (delivered.outcome, delivered.answer) == ("sent", "fine")
    assert house.sent[0].payload == planned.parts[0].payload
    assert house.deliver() == []


def test_a_message_that_was_not_taken_is_tried_again_later_with_the_same_key(store):
    house = housed(store)
    house.digest()
    house.receipts = [NotSent(trouble=Trouble.TEMPORARY, reason="451 later")]
    assert [each.outcome for each in house.deliver()] == ["retry"]
    assert house.deliver() == []
    house.pass_time(MINUTE)
    assert [each.outcome for each in house.deliver()] == ["sent"]
    assert house.sent[0].key == house.sent[1].key
    assert house.sent[0].payload == house.sent[1].payload


@pytest.mark.parametrize("trouble", [Trouble.PERMANENT, Trouble.POISON])
def test_a_message_refused_for_good_becomes_a_dead_letter_that_says_why(store, trouble):
    house = housed(store)
    house.digest()
    house.receipts = [NotSent(trouble=trouble, reason="550 no such user")]
    assert [each.outcome for each in house.deliver()] == ["dead"]
    with store.reading() as conn:
        (row,) = list_deliveries(conn)
    assert row.state.value == "dead"
    assert row.answer.startswith("550 no such user (")


@pytest.mark.parametrize(("spec", "hours"), [(URGENT, 24), (MORNING, 72)])
def test_a_message_is_given_up_when_it_is_too_old_to_be_of_use(store, spec, hours):
    house = housed(store, spec)
    if spec is MORNING:
        house.digest()
    house.now = NOON if spec is URGENT else NOON.replace(day=3, hour=7)
    house.digest()
    house.receipts = [NotSent(trouble=Trouble.TEMPORARY, reason="away")] * 2
    house.now += duration(hours=hours - 1)
    assert [each.outcome for each in house.deliver()] == ["retry"]
    house.now += HOUR * 2
    assert [each.outcome for each in house.deliver()] == ["dead"]


def test_a_channel_that_is_configured_no_more_leaves_a_dead_letter_not_a_silence(store):
    house = housed(store)
    house.digest()
    house.watch = watch(channels=(Channel(name="other", url=Secret("json://hook.example/y")),))
    (delivered,) = house.deliver()
    assert (delivered.outcome, house.sent) == ("dead", [])
    assert "no channel `box`" in delivered.answer


def test_a_claim_of_one_who_died_is_taken_over_after_its_lease_and_keeps_its_key(store):
    house = housed(store)
    house.digest()

    class Killed(BaseException):
        pass

    def die(delivery):
        house.sent.append(delivery)
        raise Killed

    house.send = die
    with pytest.raises(Killed):
        house.deliver()
    del house.send
    assert house.deliver() == []
    house.pass_time(delivering.LEASE)
    assert [each.outcome for each in house.deliver()] == ["sent"]
    assert house.sent[0].key == house.sent[1].key


def test_two_deliverers_never_send_the_same_message(store):
    house = housed(store)
    house.digest()
    inner = []

    def send(delivery):
        house.sent.append(delivery)
        if not inner:
            inner.append(True)
            assert house.deliver() == []
        return Sent(answer="fine")

    house.send = send
    house.deliver()
    assert len(house.sent) == 1


def test_items_past_their_keep_go_and_what_is_untold_stays(store):
    from monitor.config.settings import StateSettings
    from monitor.store.schema import items
    from monitor.work.housekeeping import keep_house

    house = housed(store, MORNING)
    gone = keep_house(store, StateSettings(keep_items=HOUR, keep_matched=HOUR), NOON + HOUR * 2)
    assert gone.items == 1
    assert [row.title for row in house.rows(items)] == ["Missile fired"]


def test_a_pruned_item_that_is_still_shown_does_not_come_back_as_new(store):
    from monitor.config.settings import StateSettings
    from monitor.work.housekeeping import keep_house

    house = housed(store)
    house.digest()
    keep_house(store, StateSettings(keep_items=HOUR, keep_matched=HOUR), NOON + HOUR * 2)
    house.pass_time(HOUR * 2)
    house.serve(("1", "Missile fired"), ("2", "A quiet day"), ("3", "News"), url=WIRE)
    (polled,) = house.poll()
    assert (polled.new, polled.told) == (1, 0)

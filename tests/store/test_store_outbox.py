"""The outbox: one claimer for a message, and no receipt but its own."""

from datetime import timedelta

import pytest
from polls import DAY, MINUTE, NOON, read, write

from monitor.model import DeliveryState, Digest, DigestName, Part
from monitor.schedule.breaking import Breaker
from monitor.store import outbox
from monitor.store.breakers import put_breaker
from monitor.store.deliveries import (
    ChannelSummary,
    attempts_of,
    drop_dead,
    list_deliveries,
    retry_dead,
    summarise,
)
from monitor.store.digests import put_digest, queue_parts
from monitor.store.outbox import Attempt, claim_deliveries

LEASE = 5 * MINUTE


def queue(store, *keys, channel="desk", now=NOON, digest_id="d1"):
    parts = [Part(channel=channel, target="t", key=key, payload=key.encode()) for key in keys]
    write(store, queue_parts, digest_id, parts, now)


def claim(store, token="ours", *, channel="desk", now=NOON):
    found = write(store, claim_deliveries, channel=channel, now=now, lease=LEASE, token=token)
    return found[0] if found else None


def attempt(delivery, outcome="sent", answer="250 ok"):
    return Attempt(
        number=delivery.attempts,
        outcome=outcome,
        answer=answer,
        ended_at=NOON,
        took=timedelta(seconds=2),
    )


def sent(store, delivery, token="ours", answer="250 ok"):
    return write(store, outbox.record_sent, delivery, token, attempt(delivery, answer=answer))


def retry(store, delivery, token="ours", *, at=NOON + MINUTE, trouble="temporary"):
    told = attempt(delivery, trouble, "451 later")
    return write(store, outbox.record_retry, delivery, token, told, next_try_at=at)


def dead(store, delivery, token="ours"):
    return write(
        store, outbox.record_dead, delivery, token, attempt(delivery, "permanent", "550 no")
    )


def rows_of(store, **which):
    return read(store, list_deliveries, **which)


def test_a_claimed_message_is_handed_out_as_it_was_queued(store):
    queue(store, "k1")
    delivery = claim(store)
    assert (delivery.channel, delivery.target, delivery.key) == ("desk", "t", "k1")
    assert (delivery.payload, delivery.attempts, delivery.queued_at) == (b"k1", 1, NOON)
    assert rows_of(store)[0].state == DeliveryState.SENDING


def test_a_message_is_claimed_by_one(store):
    queue(store, "k1")
    assert claim(store, "one").key == "k1"
    assert claim(store, "other") is None


def test_claimers_that_come_at_once_never_get_the_same_message(store):
    queue(store, *(f"k{n}" for n in range(20)))

    def work(conn, token):
        found = claim_deliveries(conn, channel="desk", now=NOON, lease=LEASE, token=token)
        return found[0] if found else None

    futures = [store.write(lambda conn, n=n: work(conn, f"t{n}")) for n in range(25)]
    got = [each.result(10) for each in futures]
    assert sorted(each.key for each in got if each) == sorted(f"k{n}" for n in range(20))
    assert got[20:] == [None] * 5


def test_the_message_that_is_due_longest_goes_first(store):
    queue(store, "late", now=NOON)
    queue(store, "early", now=NOON - DAY)
    assert [claim(store, t).key for t in "ab"] == ["early", "late"]


def test_a_channel_is_given_its_own_messages_only_and_only_when_due(store):
    queue(store, "k1", channel="other")
    queue(store, "k2", now=NOON + MINUTE)
    assert claim(store) is None
    assert claim(store, now=NOON + MINUTE).key == "k2"


def test_a_message_whose_claimer_died_is_anybodys_when_its_lease_is_over(store):
    queue(store, "k1")
    claim(store, "dead")
    assert claim(store, "next", now=NOON + LEASE - MINUTE) is None
    again = claim(store, "next", now=NOON + LEASE)
    assert (again.key, again.attempts) == ("k1", 2)


@pytest.mark.parametrize("record", [sent, retry, dead])
def test_who_has_lost_the_claim_records_nothing(store, record):
    queue(store, "k1")
    lost = claim(store, "slow")
    claim(store, "quick", now=NOON + LEASE)
    assert record(store, lost, "slow") is False
    assert (rows_of(store)[0].state, rows_of(store)[0].answer) == (DeliveryState.SENDING, "")


@pytest.mark.parametrize("record", [sent, retry, dead])
def test_a_receipt_is_recorded_once(store, record):
    queue(store, "k1")
    delivery = claim(store)
    assert record(store, delivery) is True
    assert record(store, delivery) is False


def test_what_was_sent_is_not_due_again_and_keeps_the_answer(store):
    queue(store, "k1")
    sent(store, claim(store))
    assert claim(store, now=NOON + DAY) is None
    (row,) = rows_of(store)
    assert (row.state, row.sent_at, row.answer) == (DeliveryState.SENT, NOON, "250 ok")


def test_what_is_tried_again_waits_for_its_time(store):
    queue(store, "k1")
    retry(store, claim(store), at=NOON + DAY)
    assert claim(store, now=NOON + DAY - MINUTE) is None
    (row,) = rows_of(store)
    assert (row.state, row.trouble, row.answer) == (DeliveryState.PENDING, "temporary", "451 later")
    assert claim(store, now=NOON + DAY).attempts == 2


def test_a_success_clears_the_trouble_before_it(store):
    queue(store, "k1")
    retry(store, claim(store))
    sent(store, claim(store, now=NOON + MINUTE))
    assert rows_of(store)[0].trouble == ""


def test_a_dead_letter_is_kept_and_not_tried_again(store):
    queue(store, "k1")
    dead(store, claim(store))
    assert claim(store, now=NOON + 999 * DAY) is None
    (row,) = rows_of(store, state=DeliveryState.DEAD)
    assert (row.trouble, row.answer, row.attempts) == ("permanent", "550 no", 1)


def test_at_a_start_what_a_dead_process_held_is_due_at_once(store):
    queue(store, "k1", "k2")
    held = claim(store, "dead")
    assert write(store, outbox.reopen_claims) == 1
    assert sent(store, held, "dead") is False
    assert claim(store, "next").key == "k1"


def test_channels_with_something_due_are_named_once_and_in_order(store):
    queue(store, "k1", "k2", channel="mail")
    queue(store, "k3", channel="chat")
    queue(store, "k4", channel="later", now=NOON + DAY)
    assert read(store, outbox.due_channels, NOON) == ("chat", "mail")
    claim(store, channel="chat")
    assert read(store, outbox.due_channels, NOON) == ("mail",)


def test_a_summary_tells_how_each_channel_stands(store):
    for n in range(4):
        queue(store, f"k{n}", now=NOON + n * MINUTE)
    later = NOON + DAY
    sent(store, claim(store, now=later), answer="250 first")
    dead(store, claim(store, now=later))
    claim(store, now=later)
    queue(store, "chat", channel="chat", now=NOON)
    assert read(store, summarise) == (
        ChannelSummary(channel="chat", pending=1, oldest_pending_at=NOON),
        ChannelSummary(
            channel="desk",
            pending=2,
            sent=1,
            dead=1,
            oldest_pending_at=NOON + 2 * MINUTE,
            last_answer="550 no",
        ),
    )


def test_an_empty_outbox_has_no_channels(store):
    assert read(store, summarise) == ()


def test_deliveries_are_listed_newest_first_by_digest_and_state(store):
    queue(store, "k1", "k2", digest_id="d1")
    queue(store, "k3", digest_id="d2")
    sent(store, claim(store))
    assert [each.digest_id for each in rows_of(store, limit=2)] == ["d2", "d1"]
    assert len(rows_of(store, digest_id="d1")) == 2
    assert len(rows_of(store, digest_id="d1", state=DeliveryState.PENDING)) == 1


def test_a_message_knows_the_name_of_its_digest(store):
    planned = Digest(
        id="d1",
        name=DigestName("morning"),
        planned_at=NOON,
        since_at=None,
        timezone="UTC",
        next_at=None,
        sections=(),
    )
    part = Part(channel="desk", target="t", key="k1", payload=b"")
    write(store, put_digest, planned, [part], NOON)
    queue(store, "test", channel="chat", digest_id="")
    assert read(store, outbox.digest_name_of, claim(store).id) == "morning"
    assert read(store, outbox.digest_name_of, claim(store, channel="chat").id) == ""


def test_several_messages_are_claimed_at_once_those_that_are_due_longest_first(store):
    queue(store, "k3", now=NOON)
    queue(store, "k1", "k2", now=NOON - DAY)
    found = write(
        store, claim_deliveries, channel="desk", now=NOON, lease=LEASE, token="t", limit=2
    )
    assert [each.key for each in found] == ["k1", "k2"]


def test_what_is_given_back_untried_is_as_if_it_had_not_been_claimed(store):
    queue(store, "k1")
    write(store, outbox.release, [claim(store)], "ours")
    again = claim(store)
    assert (again.attempts, again.maybe_sent) == (1, False)


def test_what_a_dead_process_held_may_have_been_sent(store):
    queue(store, "k1")
    assert claim(store).maybe_sent is False
    write(store, outbox.reopen_claims)
    assert claim(store).maybe_sent is True


def test_what_somebody_held_for_too_long_may_have_been_sent(store):
    queue(store, "k1")
    claim(store, "slow")
    assert claim(store, "next", now=NOON + LEASE).maybe_sent is True


def test_the_parts_of_a_digest_stay_in_their_order_when_one_of_them_has_to_wait(store):
    queue(store, "k1", "k2", "k3")
    retry(store, claim(store), at=NOON + DAY)
    queue(store, "other", digest_id="d2")
    sent(store, claim(store))
    assert [row.key for row in rows_of(store, state=DeliveryState.SENT)] == ["other"]
    assert claim(store) is None
    assert [claim(store, now=NOON + DAY).key for _ in range(3)] == ["k1", "k2", "k3"]


def test_what_came_of_every_attempt_is_kept(store):
    queue(store, "k1")
    retry(store, claim(store))
    delivery = claim(store, now=NOON + MINUTE)
    sent(store, delivery)
    tried = read(store, attempts_of, [delivery.id])[delivery.id]
    assert [(each.number, each.outcome) for each in tried] == [(1, "temporary"), (2, "sent")]


def test_a_dead_letter_can_be_tried_once_more_and_is_young_again(store):
    queue(store, "k1", now=NOON - DAY)
    lost = claim(store)
    dead(store, lost)
    assert write(store, retry_dead, [lost.id], NOON) == 1
    again = claim(store)
    assert (again.key, again.queued_at) == ("k1", NOON)


def test_a_dead_letter_that_is_tried_once_more_does_not_wait_for_a_channel_that_rests(store):
    queue(store, "k1")
    lost = claim(store)
    dead(store, lost)
    resting = Breaker(failures=5, opened_at=NOON, openings=1, probe_at=NOON + DAY)
    write(store, put_breaker, "desk", resting)
    write(store, retry_dead, [lost.id], NOON)
    assert read(store, outbox.due_channels, NOON) == ("desk",)


def test_a_dead_letter_can_be_dropped_and_nothing_else_can(store):
    queue(store, "k1", "k2")
    lost = claim(store)
    assert write(store, drop_dead, [lost.id]) == 0
    dead(store, lost)
    assert write(store, drop_dead, [lost.id]) == 1
    assert read(store, summarise)[0].dead == 0


def test_a_channel_that_rests_has_nothing_due(store):
    queue(store, "k1")
    resting = Breaker(failures=5, opened_at=NOON, openings=1, probe_at=NOON + MINUTE)
    write(store, put_breaker, "desk", resting)
    assert read(store, outbox.due_channels, NOON) == ()
    assert read(store, outbox.due_channels, NOON + MINUTE) == ("desk",)
    assert read(store, summarise)[0].breaker == resting
    write(store, put_breaker, "desk", None)
    assert read(store, outbox.due_channels, NOON) == ("desk",)


def test_when_a_channel_is_back_nothing_waits_for_its_time_any_more(store):
    queue(store, "k1")
    retry(store, claim(store), at=NOON + DAY)
    write(store, outbox.due_at_once, "desk", NOON)
    assert claim(store).key == "k1"


def test_what_waits_too_long_for_a_channel_that_is_away_becomes_a_dead_letter(store):
    put(store, "old", at=NOON - 3 * DAY)
    put(store, "new", at=NOON)
    assert write(store, outbox.bury_overdue, ["morning"], NOON - DAY) == 1
    assert write(store, outbox.bury_overdue, ["evening"], NOON + DAY) == 0
    (row,) = rows_of(store, state=DeliveryState.DEAD)
    assert (row.digest_id, row.answer) == ("old", "its channel was away until it was too old")


def put(store, digest_id, *, at):
    planned = Digest(
        id=digest_id,
        name=DigestName("morning"),
        planned_at=at,
        since_at=None,
        timezone="UTC",
        next_at=None,
        sections=(),
    )
    part = Part(channel="desk", target="t", key=digest_id, payload=b"")
    write(store, put_digest, planned, [part], at)

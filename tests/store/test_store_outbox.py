"""The outbox: one claimer for a message, and no receipt but its own."""

import pytest
from polls import DAY, MINUTE, NOON, read, write

from monitor.model import DeliveryState, Digest, DigestName, Part
from monitor.store import outbox
from monitor.store.digests import put_digest, queue_parts
from monitor.store.outbox import ChannelSummary

LEASE = 5 * MINUTE


def queue(store, *keys, channel="desk", now=NOON, digest_id="d1"):
    parts = [Part(channel=channel, target="t", key=key, payload=key.encode()) for key in keys]
    write(store, queue_parts, digest_id, parts, now)


def claim(store, token="ours", *, channel="desk", now=NOON):
    return write(store, outbox.claim_delivery, channel=channel, now=now, lease=LEASE, token=token)


def sent(store, delivery, token="ours", answer="250 ok"):
    return write(store, outbox.record_sent, delivery.id, token, answer=answer, now=NOON)


def retry(store, delivery, token="ours", *, at=NOON + MINUTE):
    return write(
        store,
        outbox.record_retry,
        delivery.id,
        token,
        trouble="temporary",
        answer="451 later",
        next_try_at=at,
    )


def dead(store, delivery, token="ours"):
    return write(
        store, outbox.record_dead, delivery.id, token, trouble="permanent", answer="550 no"
    )


def rows_of(store, **which):
    return read(store, outbox.list_deliveries, **which)


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
        return outbox.claim_delivery(conn, channel="desk", now=NOON, lease=LEASE, token=token)

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
    assert read(store, outbox.summarise) == (
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
    assert read(store, outbox.summarise) == ()


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

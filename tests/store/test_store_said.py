"""What digests said is kept, to be filed and sent again, as long as their deliveries are."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from polls import DAY, NOON, read, select, write

from monitor.model import Attachment, Digest, DigestName, Message, Part
from monitor.store import said
from monitor.store.digest_cards import digest_card
from monitor.store.digests import put_digest
from monitor.store.housekeeping import prune
from monitor.store.schema import attempts, deliveries, messages

HOUR = timedelta(hours=1)
MORNING = DigestName("morning")


def message(digest_id="2026-03-02-a7f3", **changes):
    said_there = {"subject": "3 urgent", "text": "Ore carrier leaves", "html": "<p>Ore</p>"}
    return Message(
        key=digest_id, digest_id=digest_id, digest_name=MORNING, **(said_there | changes)
    )


def put(store, told, *channels, at=NOON):
    """A digest that says this, with one delivery for each of the channels."""
    planned = Digest(
        id=told.digest_id,
        name=MORNING,
        planned_at=at,
        since_at=None,
        timezone="UTC",
        next_at=None,
        sections=(),
    )
    parts = [
        Part(channel=each, target="a", key=f"{told.key} {each}", payload=b"") for each in channels
    ]
    write(store, put_digest, planned, parts, at, message=told)


anything = st.text(st.characters(codec=None))


@given(anything, anything, st.binary())
def test_whatever_was_said_comes_back_as_it_was(words, name, content):
    attached = Attachment(name=name, media_type="text/csv", content=content)
    told = message(text=words, html=words, chat=words, event=words, attachments=(attached,))
    assert said.unpack(said.pack(told)) == told


def test_what_a_digest_says_is_kept_with_it(store):
    put(store, message())
    assert read(store, said.read_message, "2026-03-02-a7f3") == message()
    assert read(store, said.read_message, "2026-03-02-b000") is None


def test_what_is_not_filed_is_found_with_its_channels_until_it_is(store):
    put(store, message("2026-03-02-a7f3"), "mail", "files")
    put(store, message("2026-03-02-b000"))
    first, second = read(store, said.unfiled, 10)
    assert (first.message, first.channels) == (message(), {"mail", "files"})
    assert second.channels == frozenset()
    write(store, said.mark_filed, ["2026-03-02-a7f3"], NOON + HOUR)
    assert read(store, said.unfiled, 10) == (second,)
    filed = select(store, messages.c.digest_id, messages.c.filed_at)
    assert set(filed) == {("2026-03-02-a7f3", NOON + HOUR), ("2026-03-02-b000", None)}


def let_go(store, now):
    return write(
        store,
        prune,
        now=now,
        items_before=NOON,
        matched_before=NOON,
        deliveries_before=now - DAY,
        limit=1,
    )


def test_what_was_said_goes_with_its_deliveries_and_their_attempts(store):
    put(store, message("2026-03-02-a7f3"), "mail")
    put(store, message("2026-03-03-b000"), "mail", at=NOON + DAY)
    attempt = {"number": 1, "ended_at": NOON, "milliseconds": 5, "outcome": "sent"}
    tried = [attempt | {"delivery_id": each} for (each,) in select(store, deliveries.c.id)]
    write(store, lambda conn: conn.execute(attempts.insert(), tried))
    write(store, lambda conn: conn.execute(deliveries.update().values(state="sent")))
    gone = let_go(store, NOON + DAY + HOUR)
    assert (gone.deliveries, gone.more) == (1, True)
    assert not let_go(store, NOON + DAY + HOUR).more
    assert select(store, messages.c.digest_id) == [("2026-03-03-b000",)]
    assert select(store, attempts.c.delivery_id) == select(store, deliveries.c.id)
    assert len(select(store, deliveries.c.id)) == 1


def test_a_card_tells_every_attempt_of_every_delivery(store):
    put(store, message(), "mail", "chat")
    first, second = sorted(each for (each,) in select(store, deliveries.c.id))
    attempt = {"ended_at": NOON, "milliseconds": 5}
    tried = [
        attempt | {"delivery_id": first, "number": 2, "outcome": "sent", "answer": "250 kept"},
        attempt | {"delivery_id": first, "number": 1, "outcome": "temporary", "answer": "451"},
        attempt | {"delivery_id": second, "number": 1, "outcome": "auth", "answer": "401"},
    ]
    write(store, lambda conn: [conn.execute(attempts.insert(), each) for each in tried])
    card = read(store, digest_card, "2026-03-02-a7f3")
    outcomes = {row.channel: [each.outcome for each in told] for row, told in card.deliveries}
    assert outcomes == {"mail": ["temporary", "sent"], "chat": ["auth"]}

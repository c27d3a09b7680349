"""A channel that was away is told what has gathered in one message, and nothing is lost by it."""

from dataclasses import replace

import pytest
from house import MINUTE, House, watch

from monitor.model import DigestName, DigestSpec, NotSent, Trouble
from monitor.schedule.breaking import OPENS_AFTER
from monitor.store.breakers import read_breakers
from monitor.store.deliveries import list_deliveries
from monitor.store.schema import deliveries, digests

URGENT = DigestSpec(name=DigestName("urgent"), to=("box",))
OTHER = replace(URGENT, name=DigestName("other"))
AWAY = NotSent(trouble=Trouble.TEMPORARY, reason="away")


@pytest.fixture
def house(store):
    return House(store, watch(digests=(URGENT,)))


def publish(house, number):
    """A report of a new event, and the digest that tells it."""
    house.serve(*((f"{n}", HEADLINES[n]) for n in range(number + 1)))
    house.pass_time(30 * MINUTE)
    house.poll()
    return house.digest()


HEADLINES = [
    "Missile shipment seized in Busan harbour",
    "Parliament debates the missile defence budget",
    "Rebels fire missile at the airport of Aden",
    "Factory for missile fuel burns in Samara",
    "Museum shows a missile of the cold war",
    "Student builds a missile from cardboard",
    "Navy loses a missile boat in a storm",
    "Court acquits the missile smuggler",
]


def break_channel(house):
    """Fail until the breaker opens, every message waiting untouched but the first."""
    publish(house, 0)
    for _ in range(OPENS_AFTER):
        house.receipts = [AWAY]
        house.deliver()
        house.pass_time(20 * MINUTE)
    house.sent.clear()


def states(house):
    return [row.state for row in sorted(house.rows(deliveries), key=lambda row: row.id)]


def titles_in(delivery):
    return {each for each in HEADLINES if each.encode() in delivery.payload}


def test_digests_that_waited_for_a_channel_go_out_as_one(house):
    break_channel(house)
    for number in (1, 2, 3):
        publish(house, number)
    (delivered,) = house.deliver()
    assert delivered.outcome == "sent"
    assert titles_in(house.sent[0]) == set(HEADLINES[:4])
    assert states(house) == ["merged"] * 4 + ["sent"]


def test_the_one_says_in_whose_place_it_goes(house):
    break_channel(house)
    publish(house, 1)
    house.deliver()
    *told, one = sorted(house.rows(digests), key=lambda row: (row.planned_at, row.merges))
    assert one.merges.split() == [row.id for row in told]
    assert one.why == "in place of 2 digests that waited for a channel that was away"
    with house.store.reading() as conn:
        answers = {row.answer for row in list_deliveries(conn) if row.state.value == "merged"}
    assert answers == {f"told by {one.id} in its place"}


def test_while_the_channel_is_away_nothing_is_tried_before_the_probe(house):
    break_channel(house)
    publish(house, 1)
    house.receipts = [AWAY]
    house.deliver()
    assert (len(house.sent), house.deliver()) == (1, [])
    with house.store.reading() as conn:
        assert read_breakers(conn)["box"].openings == 2


def test_what_gathers_after_a_failed_probe_joins_what_waits(house):
    break_channel(house)
    publish(house, 1)
    house.receipts = [AWAY]
    house.deliver()
    publish(house, 2)
    house.deliver()
    assert titles_in(house.sent[-1]) == set(HEADLINES[:3])
    assert states(house).count("sent") == 1
    assert set(states(house)) == {"merged", "sent"}


def test_what_may_have_arrived_goes_out_as_it_is_under_its_own_key(house):
    publish(house, 0)
    first = house.receipts = [replace(AWAY, trouble=Trouble.AMBIGUOUS)]
    house.deliver()
    for _ in range(OPENS_AFTER - len(first)):
        house.pass_time(20 * MINUTE)
        house.receipts = [AWAY]
        house.deliver()
    key = house.sent[0].key
    house.pass_time(20 * MINUTE)
    house.sent.clear()
    for number in (1, 2):
        publish(house, number)
    while house.deliver():
        house.pass_time(MINUTE)
    assert [titles_in(each) for each in house.sent] == [
        set(HEADLINES[:1]),
        set(HEADLINES[1:3]),
    ]
    assert house.sent[0].key == key


def test_what_waits_is_tried_when_the_probe_is_due_whatever_its_own_time(house):
    publish(house, 0)
    house.receipts = [replace(AWAY, trouble=Trouble.AUTH)]
    house.deliver()
    assert house.deliver() == []
    house.pass_time(15 * MINUTE)
    (delivered,) = house.deliver()
    assert delivered.outcome == "sent"


def test_digests_of_different_names_are_not_thrown_together(store):
    house = House(store, watch(digests=(URGENT, OTHER)))
    break_channel(house)
    publish(house, 1)
    house.deliver()
    assert states(house).count("merged") == 4
    assert len(house.sent) == 2


def test_one_digest_alone_is_sent_as_it_is(house):
    break_channel(house)
    (delivered,) = house.deliver()
    assert delivered.outcome == "sent"
    assert states(house) == ["sent"]


def test_a_story_told_by_the_one_is_not_told_again(house):
    break_channel(house)
    publish(house, 1)
    house.deliver()
    assert house.digest() == ()

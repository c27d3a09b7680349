"""A digest is sent again word for word, under keys of its own, to whom it is wanted."""

import json
from email import message_from_bytes
from email.policy import default

import pytest
from house import HOUR, House, watch

from monitor.errors import NotFound, UsageError
from monitor.model import Channel, DigestName, DigestSpec, Secret
from monitor.store.deliveries import list_deliveries
from monitor.store.digest_cards import digest_card
from monitor.store.schema import digest_entries, digests, messages
from monitor.work.requests import Desk, carry_out
from monitor.work.resending import resend

CHANNELS = (
    Channel(name="mail", url=Secret("mailto://mail.example/a@desk.example?from=w@desk.example")),
    Channel(name="box", url=Secret("json://hook.example/x")),
    Channel(name="lost", url=Secret("")),
)
URGENT = DigestSpec(name=DigestName("urgent"), to=("mail",))


@pytest.fixture
def house(store):
    """A house that has sent one digest by mail, an hour ago."""
    house = House(store, watch(digests=(URGENT,), channels=CHANNELS))
    house.serve(("1", "Missile fired"))
    house.poll()
    (house.planned,) = house.digest()
    house.deliver("mail")
    house.now += HOUR
    return house


def again(house, digest_id=None, *to):
    argument = json.dumps({"id": digest_id or house.planned.digest.id, "to": to})
    return resend(house.store, house.watch, argument, house.now)


def queued(house):
    with house.store.reading() as conn:
        return list_deliveries(conn, digest_id=house.planned.digest.id)


def test_it_goes_to_the_channels_of_the_digest_under_the_same_number(house):
    came = again(house)
    assert (came.id, came.channels, came.messages) == (house.planned.digest.id, ("mail",), 1)
    assert [row.state.value for row in queued(house)] == ["pending", "sent"]
    assert len(house.rows(digests)) == len(house.rows(messages)) == 1
    assert {row.digest_id for row in house.rows(digest_entries)} == {came.id}


def test_a_mail_is_the_same_but_for_its_message_id(house):
    again(house)
    again(house)
    house.deliver("mail")
    mails = [message_from_bytes(each.payload, policy=default) for each in house.sent]
    assert len({mail["Message-ID"] for mail in mails}) == 3
    assert len({mail["Subject"] for mail in mails}) == 1
    assert len({mail.get_body(["plain"]).get_content() for mail in mails}) == 1
    assert len({each.key for each in house.sent}) == 3


def test_it_goes_to_the_channels_that_are_named_instead(house):
    assert again(house, None, "box").channels == ("box",)
    assert [row.channel for row in queued(house)] == ["box", "mail"]


def test_one_channel_that_cannot_be_used_keeps_it_from_no_other(house):
    came = again(house, None, "lost", "box")
    assert came.channels == ("box",)
    assert came.warnings == ("channel `lost` cannot be used: its URL is not known here",)
    with pytest.raises(UsageError, match="reaches nobody: channel `lost`"):
        again(house, None, "lost")


def test_the_beginning_of_its_number_is_enough(house):
    assert again(house, house.planned.digest.id[:12]).id == house.planned.digest.id


@pytest.mark.parametrize("wanted", ["2026-03-02-zzzz", "", "%"])
def test_a_digest_that_is_not_there_is_told(house, wanted):
    with pytest.raises(NotFound, match=r"no digest"):
        resend(house.store, house.watch, json.dumps({"id": wanted, "to": []}), house.now)


def test_a_beginning_that_several_have_names_them(house):
    house.serve(("1", "Missile fired"), ("2", "A parade shows the new missile"))
    house.poll()
    (second,) = house.digest()
    with pytest.raises(UsageError, match="more than one digest begins with `2026-`") as told:
        again(house, "2026-")
    assert second.digest.id in str(told.value)


def test_a_channel_that_is_not_there_offers_the_nearest(house):
    with pytest.raises(NotFound, match="did you mean `mail`"):
        again(house, None, "mial")


def test_a_digest_that_is_configured_no_more_goes_to_channels_that_are_named(house):
    house.watch = watch(
        channels=CHANNELS, digests=(DigestSpec(name=DigestName("other"), to=("box",)),)
    )
    with pytest.raises(UsageError, match="name channels with --to"):
        again(house)
    assert again(house, None, "box").messages == 1


def test_what_is_not_kept_any_more_cannot_be_sent(house):
    house.store.write(lambda conn: conn.execute(messages.delete())).result()
    with pytest.raises(UsageError, match="is not kept any more"):
        again(house)


def test_it_can_be_asked_of_a_running_watch(house):
    desk = Desk(store=house.store, watch=house.watch, now=house.now)
    answer = carry_out("resend", json.dumps({"id": house.planned.digest.id, "to": []}), desk)
    assert answer["channels"] == ["mail"]


def test_the_card_of_a_digest_holds_all_its_deliveries_oldest_first(house):
    again(house, None, "box")
    with house.store.reading() as conn:
        card = digest_card(conn, house.planned.digest.id)
    assert (card.name, card.stories, card.message) == ("urgent", 1, house.planned.message)
    assert [row.channel for row, _ in card.deliveries] == ["mail", "box"]
    assert card.why == house.planned.why

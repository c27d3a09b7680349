"""Subscriptions and pushes on a clock moved by hand: agreed, renewed, believed, doubted."""

import asyncio
import hashlib
import hmac
import threading
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from desk import rss
from house import HOUR, MINUTE, NOON, WIRE, House, watch

from monitor.desk import sync
from monitor.model import Failed, FailureKind, Hints
from monitor.schedule.leases import DENIED_FOR
from monitor.store.engine import Store
from monitor.store.feeds import set_paused
from monitor.store.schema import digest_entries, feeds, items, subscriptions
from monitor.work import pushing, subscribing

HUB = "http://127.0.0.1:1/hub"
BASE = "https://desk.example/wirewatch/"
DAY = timedelta(days=1)


class Desk(House):
    """A house whose feed names a hub; `forms` are what the hub was asked."""

    def __init__(self, store, base=BASE):
        super().__init__(store, watch())
        self.at(base)
        self.forms = []
        self.trouble = None
        self.names = iter(range(1000))
        self.serve(("0", "An old story"))

    def at(self, base):
        settings = self.watch.settings
        web = replace(settings.web, public_url=base)
        self.watch = replace(self.watch, settings=replace(settings, web=web))

    def serve(self, *reports, hub=HUB, **more):
        super().serve(*reports, **more)
        self.outcomes[WIRE] = replace(self.outcomes[WIRE], hints=Hints(hub=hub))

    async def _ask(self, url, form, *, now, allow_private):
        self.forms.append((url, form, allow_private))
        return self.trouble() if callable(self.trouble) else self.trouble

    def tend(self):
        doors = subscribing.Doors(
            store=self.store,
            ask=self._ask,
            now=lambda: self.now,
            chance=lambda: 0.5,
            token=lambda: f"name{next(self.names)}",
        )
        return asyncio.run(subscribing.tend(doors, self.watch))

    def is_asked(self, row=None, **changes):
        """The hub asks whether we meant it; the status and the words of the reply."""
        row = row or self.row()
        query = {"hub.mode": "subscribe", "hub.topic": row.topic, "hub.challenge": "chal"}
        query |= {f"hub.{name}": value for name, value in changes.items()}
        reply = asyncio.run(pushing.answer(row.token, query, self.store, self.now))
        return reply.status, reply.body

    def subscribed(self, lease="864000"):
        self.poll()
        self.tend()
        assert self.is_asked(lease_seconds=lease) == (200, "chal")
        return self

    def push(self, *reports, body=None, sign="secret", row=None):
        row = row or self.row()
        body = rss(*reports) if body is None else body
        mac = hmac.new((row.secret if sign == "secret" else sign).encode(), body, hashlib.sha256)
        signature = f"sha256={mac.hexdigest()}" if sign else ""
        doors = self.polling_doors()
        taken = pushing.take(row.token, body, "text/xml", signature, doors, self.watch)
        return asyncio.run(taken)

    def row(self):
        (row,) = self.rows(subscriptions)
        return row

    def feed(self):
        (row,) = self.rows(feeds)
        return row

    def make_due(self):
        self.store.write(lambda conn: conn.execute(feeds.update().values(next_due_at=self.now)))


def in_a_thread(work, *args):
    """Done by somebody else, while the loop here waits."""
    thread = threading.Thread(target=work, args=args)
    thread.start()
    thread.join()


@pytest.fixture
def store(sqlite_url):
    with Store.open(sqlite_url) as opened:
        yield opened


@pytest.fixture
def desk(store):
    return Desk(store)


@pytest.fixture
def desks(state_url):
    """A desk on each database in turn."""
    with Store.open(state_url) as opened:
        yield Desk(opened)


# --- subscribing -----------------------------------------------------------------------------


def test_a_feed_that_names_a_hub_is_subscribed_to_and_the_promise_noted(desks):
    desks.poll()
    (asked,) = desks.tend()
    assert (asked.feed, asked.hub, asked.trouble) == (WIRE, HUB, "")
    ((url, form, near),) = desks.forms
    assert (url, near) == (HUB, True)
    assert form["hub.callback"] == f"https://desk.example/wirewatch/websub/{desks.row().token}"
    assert desks.is_asked(lease_seconds="864000") == (200, "chal")
    assert desks.row().state == "subscribed"
    assert desks.row().lease_until_at == NOON + 10 * DAY


def test_without_an_address_of_ours_nothing_is_asked_or_noted(store):
    desk = Desk(store, base=None)
    desk.poll()
    assert desk.tend() == ()
    assert desk.rows(subscriptions) == []


def test_a_hub_that_has_been_asked_is_not_asked_again_at_once(desk):
    desk.poll()
    desk.tend()
    assert desk.tend() == ()
    desk.pass_time(2 * HOUR)
    assert len(desk.tend()) == 1


@pytest.mark.parametrize(
    "changes",
    [{"topic": "https://evil.example/"}, {"mode": "unsubscribe"}, {"mode": "x"}, {"challenge": ""}],
)
def test_what_was_not_asked_for_is_not_confirmed(desk, changes):
    desk.poll()
    desk.tend()
    assert desk.is_asked(**changes)[0] == 404
    assert desk.row().state == "asking"


def test_a_callback_that_nobody_knows_is_not_found(desk):
    desk.subscribed()
    row = desk.row()
    stranger = SimpleNamespace(token="nobody", topic=row.topic, secret=row.secret)
    assert desk.is_asked(stranger) == (404, "")
    assert desk.push(("1", "Missile fired"), row=stranger).status == 404


def test_a_lease_is_renewed_before_its_end_and_pushes_go_on_meanwhile(desk):
    desk.subscribed(lease="86400")
    desk.pass_time(17 * HOUR)
    assert desk.tend() == ()
    desk.pass_time(2 * HOUR)
    assert len(desk.tend()) == 1
    assert desk.push(("1", "Missile fired")).pushed.new == 1
    assert desk.is_asked(lease_seconds="86400") == (200, "chal")
    assert desk.row().lease_until_at == desk.now + DAY
    assert desk.row().attempts == 0


def test_a_hub_that_is_gone_is_asked_ever_more_rarely_and_the_promise_ends(desk):
    desk.subscribed(lease="86400")
    desk.push(("1", "Missile fired"))
    desk.trouble = Failed(kind=FailureKind.UNREACHABLE, reason="the hub cannot be reached")
    for _ in range(12):
        desk.pass_time(6 * HOUR)
        desk.tend()
    row = desk.row()
    assert (row.state, row.reason) == ("asking", "the hub cannot be reached")
    assert row.due_at - desk.now > 4 * HOUR
    desk.trouble = None
    desk.pass_time(DAY)
    desk.tend()
    assert desk.is_asked(lease_seconds="86400") == (200, "chal")


def test_a_hub_that_says_no_is_left_alone_for_days_and_the_reason_kept(desk):
    desk.poll()
    desk.tend()
    assert desk.is_asked(mode="denied", reason="not\nhere") == (200, "chal")
    assert (desk.row().state, desk.row().reason) == ("denied", "the hub says no: not here")
    desk.pass_time(DENIED_FOR - HOUR)
    assert desk.tend() == ()
    desk.pass_time(2 * HOUR)
    assert len(desk.tend()) == 1
    assert desk.row().state == "asking"


def test_a_hub_that_asks_back_before_it_has_answered_is_believed(desk):
    desk.poll()

    def asks_back_at_once():
        in_a_thread(desk.is_asked)

    desk.trouble = asks_back_at_once
    desk.tend()
    assert desk.row().state == "subscribed"
    assert desk.row().due_at > NOON + DAY


def test_a_push_that_comes_while_its_hub_is_asked_for_more_is_not_forgotten(desk):
    desk.subscribed(lease="86400")
    desk.pass_time(19 * HOUR)
    desk.trouble = lambda: in_a_thread(desk.push, ("1", "Missile fired"))
    desk.tend()
    assert desk.row().attempts == 1
    assert desk.row().first_at == desk.now
    assert desk.push(("1", "Missile fired")).pushed.answer == "repeated"


@pytest.mark.parametrize("how", ["removed", "paused", "no hub"])
def test_a_hub_whose_feed_is_no_longer_polled_is_told_that_we_leave(desk, how):
    desk.subscribed()
    if how == "removed":
        desk.watch = replace(desk.watch, feeds={})
        sync(desk.store, desk.watch, desk.now)
    elif how == "paused":
        desk.store.write(lambda conn: set_paused(conn, WIRE, paused=True, now=desk.now)).result()
    else:
        desk.serve(("0", "An old story"), ("1", "A new one"), hub="")
        desk.make_due()
        desk.poll()
    (asked,) = desk.tend()
    assert asked.mode == "unsubscribe"
    assert desk.push(("2", "Missile fired")).status == 410
    assert desk.is_asked(mode="unsubscribe") == (200, "chal")
    assert desk.rows(subscriptions) == []


def test_a_hub_that_cannot_be_told_is_forgotten_after_three_goodbyes(desk):
    desk.subscribed()
    desk.watch = replace(desk.watch, feeds={})
    sync(desk.store, desk.watch, desk.now)
    desk.trouble = Failed(kind=FailureKind.HTTP, reason="no")
    for _ in range(4):
        desk.tend()
        desk.pass_time(DAY)
    assert desk.rows(subscriptions) == []


def test_a_feed_that_names_another_hub_is_subscribed_to_there(desk):
    desk.subscribed()
    desk.serve(("0", "An old story"), ("1", "Another"), hub="http://127.0.0.1:2/hub")
    desk.make_due()
    desk.poll()
    desk.tend()
    assert {(row.hub[-6:], row.state) for row in desk.rows(subscriptions)} == {
        (":1/hub", "leaving"),
        (":2/hub", "asking"),
    }


def test_another_address_of_ours_means_another_subscription(desk):
    old = desk.subscribed().row()
    desk.at("https://new.example")
    desk.tend()
    assert desk.row().callback.startswith("https://new.example/websub/")
    assert desk.is_asked(old) == (404, "")


def test_a_restart_forgets_nothing(tmp_path, sqlite_url):
    with Store.open(sqlite_url) as store:
        before = Desk(store).subscribed().row()
    with Store.open(sqlite_url) as store:
        desk = Desk(store)
        assert desk.tend() == ()
        assert desk.row() == before
        assert desk.push(("1", "Missile fired")).pushed.told == 1


# --- pushes ----------------------------------------------------------------------------------


def test_a_push_is_matched_and_told_as_a_poll_would_be(desks):
    reply = desks.subscribed().push(("1", "Missile fired"))
    assert reply.status == 202
    assert (reply.pushed.answer, reply.pushed.new, reply.pushed.told) == ("read", 1, 1)
    assert len(desks.rows(digest_entries)) == 1


def test_a_poll_after_a_push_finds_the_same_items_and_nothing_new(desks):
    desks.subscribed().push(("1", "Missile fired"))
    desks.serve(("1", "Missile fired"), ("0", "An old story"))
    desks.make_due()
    (polled,) = desks.poll()
    assert (polled.new, polled.revised, polled.told) == (0, 0, 0)
    assert len(desks.rows(items)) == 2


def test_a_push_says_nothing_of_what_is_not_in_it(desk):
    desk.subscribed().push(("1", "Missile fired"))
    (polled,) = (desk.make_due(), desk.poll())[1]
    assert (polled.new, polled.revised) == (0, 0)


def test_a_push_while_the_same_feed_is_being_polled_is_one_item(desk):
    desk.subscribed()
    doors_of = desk.polling_doors

    def chance():  # it is asked for when the poll is about to be recorded
        in_a_thread(desk.push, ("1", "Missile fired"))
        return 0.5

    desk.polling_doors = doors_of
    desk.serve(("1", "Missile fired"))
    desk.make_due()
    polling_doors = replace(doors_of(), chance=chance)
    desk.polling_doors = lambda *_: polling_doors if _ else doors_of()
    desk.poll()
    assert len([row for row in desk.rows(items) if row.title == "Missile fired"]) == 1


@pytest.mark.parametrize("sign", ["", "another secret"])
def test_what_is_not_signed_as_agreed_is_accepted_and_ignored(desk, sign):
    reply = desk.subscribed().push(("1", "Missile fired"), sign=sign)
    assert (reply.status, reply.pushed.answer) == (202, "ignored")
    assert len(desk.rows(items)) == 1


def test_a_push_that_is_replayed_changes_nothing(desk):
    desk.subscribed().push(("1", "Missile fired"))
    desk.push(("1", "Correction: missile was not fired"))
    reply = desk.push(("1", "Missile fired"))
    assert reply.pushed.answer == "repeated"
    assert "Correction" in desk.rows(items)[1].title


@pytest.mark.parametrize("body", [b"", b"<html><body>news!</body>", b"\x00\xff" * 50, rss()])
def test_a_push_that_cannot_be_read_has_the_feed_polled_at_once(desk, body):
    desk.subscribed()
    desk.pass_time(MINUTE)
    reply = desk.push(body=body)
    assert (reply.status, reply.pushed.answer) == (202, "unread")
    assert desk.feed().next_due_at == desk.now
    assert desk.feed().failures == 0


# --- trust -----------------------------------------------------------------------------------


def interval(desk):
    desk.make_due()
    desk.poll()
    return desk.feed().next_due_at - desk.now


def test_polls_are_rare_only_while_pushes_come_first(desk):
    desk.subscribed()
    usual = interval(desk)
    desk.push(("1", "Missile fired"))
    assert interval(desk) > 4 * usual
    assert "push" in desk.feed().due_because
    desk.pass_time(timedelta(hours=25))
    assert desk.row().first_at is not None
    assert "push" not in (interval(desk), desk.feed().due_because)[1]


def test_a_poll_that_finds_what_was_not_pushed_ends_the_trust(desk):
    desk.subscribed().push(("1", "Missile fired"))
    desk.serve(("0", "An old story"), ("1", "Missile fired"), ("2", "A quiet day"))
    desk.make_due()
    desk.poll()
    assert desk.row().first_at is None
    desk.push(("3", "Another missile"))
    assert desk.row().first_at == desk.now


def test_a_push_of_what_a_poll_had_found_proves_nothing(desk):
    desk.subscribed().push(("0", "An old story"))
    assert desk.row().known_pushes
    assert desk.row().first_at is None

"""What is polled, what is due, and who has claimed it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from polls import DAY, MINUTE, NOON, alert, read, record, write

from monitor.model import Feed, FeedState
from monitor.store import feeds
from monitor.store.schema import feeds as feed_table

LEASE = 5 * MINUTE


def listed(*urls, name="Wire"):
    """These feeds, each with the host its URL names."""
    return [(Feed(url=f"https://{url}", name=name), url.split("/")[0]) for url in urls]


def watch(store, *urls, now=NOON):
    write(store, feeds.sync_feeds, listed(*urls), now)


def row(store, url):
    return next(
        each for each in read(store, feeds.list_feeds) if each.url.removeprefix("https://") == url
    )


def remember(store, url, state):
    found = row(store, url)
    write(store, feeds.write_states, [(found.id, found.state, state)])


def set_due(store, url, at):
    remember(store, url, replace(row(store, url).state, next_due_at=at))


def release(store, claimed, next_slot_at, because=""):
    released = feeds.HostRelease(claim=claimed, next_slot_at=next_slot_at, waits_because=because)
    write(store, feeds.release_hosts, [released])


def is_held(store, claimed):
    return claimed.name in write(store, feeds.held, [claimed])


def claim(store, *, now=NOON, limit=10, per_host=10, token="ours"):
    return write(
        store, feeds.claim_due, now=now, limit=limit, per_host=per_host, lease=LEASE, token=token
    )


def hosts_of(claims):
    return [each.host for each in claims]


def urls_of(claim):
    return [each.url.removeprefix("https://") for each in claim.feeds]


def test_a_new_feed_is_due_at_once(store):
    watch(store, "a.example/rss")
    (claimed,) = claim(store)
    assert claimed.host == "a.example"
    assert urls_of(claimed) == ["a.example/rss"]


def test_listing_again_changes_nothing(store):
    watch(store, "a.example/rss")
    set_due(store, "a.example/rss", NOON + DAY)
    before = read(store, feeds.list_feeds)
    watch(store, "a.example/rss", now=NOON + MINUTE)
    assert read(store, feeds.list_feeds) == before


def test_a_feed_listed_no_more_keeps_what_it_brought_and_is_not_polled(store):
    watch(store, "a.example/rss", "b.example/rss")
    record(store, row(store, "a.example/rss").id, alert(1), alert(2))
    watch(store, "b.example/rss")
    gone = row(store, "a.example/rss")
    assert (gone.listed, gone.items, gone.matches) == (False, 2, 2)
    assert [each.url for each in read(store, feeds.listed_feeds)] == ["https://b.example/rss"]
    assert hosts_of(claim(store, now=NOON + DAY)) == ["b.example"]


def test_a_feed_that_comes_back_remembers_its_state(store):
    watch(store, "a.example/rss")
    state = FeedState(etag='"v1"', next_due_at=NOON + MINUTE, last_ok_at=NOON, body_hash=b"h")
    remember(store, "a.example/rss", state)
    watch(store)
    watch(store, "a.example/rss")
    back = row(store, "a.example/rss")
    assert (back.listed, back.state) == (True, state)


def test_a_feed_takes_the_name_and_host_it_is_listed_with(store):
    watch(store, "a.example/rss")
    renamed = (Feed(url="https://a.example/rss", name="Port news"), "cdn.example")
    write(store, feeds.sync_feeds, [renamed], NOON)
    found = row(store, "a.example/rss")
    assert (found.name, found.host) == ("Port news", "cdn.example")
    assert hosts_of(claim(store)) == ["cdn.example"]


def test_a_feed_without_a_name_is_called_by_its_title(store):
    write(store, feeds.sync_feeds, listed("a.example/rss", name=""), NOON)
    state = FeedState(title="The port daily")
    remember(store, "a.example/rss", state)
    assert row(store, "a.example/rss").name == "The port daily"


def test_the_longest_overdue_hosts_come_first(store):
    watch(store, "a.example/rss", "b.example/rss", "c.example/rss")
    set_due(store, "b.example/rss", NOON - DAY)
    set_due(store, "c.example/rss", NOON - 2 * DAY)
    assert hosts_of(claim(store, limit=2)) == ["c.example", "b.example"]


def test_of_one_host_the_longest_overdue_feeds_are_handed_out_and_no_more_than_asked(store):
    watch(store, *(f"a.example/{n}" for n in range(4)))
    for n in range(4):
        set_due(store, f"a.example/{n}", NOON - n * MINUTE)
    (claimed,) = claim(store, per_host=2)
    assert urls_of(claimed) == ["a.example/3", "a.example/2"]


def test_a_host_is_claimed_once_whatever_number_of_its_feeds_is_due(store):
    watch(store, "a.example/1", "a.example/2")
    assert len(claim(store, per_host=1)) == 1
    assert claim(store, per_host=1, token="another") == ()


def test_a_host_rests_until_its_next_slot(store):
    watch(store, "a.example/1", "a.example/2")
    (claimed,) = claim(store, per_host=1)
    release(store, claimed, NOON + MINUTE)
    assert claim(store, now=NOON + MINUTE - timedelta(seconds=1)) == ()
    assert hosts_of(claim(store, now=NOON + MINUTE)) == ["a.example"]


def test_a_host_that_rests_takes_no_place_from_one_that_may_be_asked(store):
    watch(store, "a.example/1", "b.example/1")
    set_due(store, "a.example/1", NOON - DAY)
    (first,) = claim(store, limit=1)
    release(store, first, NOON + DAY)
    assert hosts_of(claim(store, limit=1)) == ["b.example"]


def test_a_claim_whose_holder_died_is_anybodys_when_its_lease_is_over(store):
    watch(store, "a.example/rss")
    claim(store, token="dead")
    assert claim(store, now=NOON + LEASE - MINUTE) == ()
    assert hosts_of(claim(store, now=NOON + LEASE)) == ["a.example"]


def test_a_claim_that_was_lost_is_not_held_and_gives_nothing_back(store):
    watch(store, "a.example/rss")
    (lost,) = claim(store, token="slow")
    (taken,) = claim(store, now=NOON + LEASE, token="quick")
    release(store, lost, NOON)
    assert not is_held(store, lost)
    assert is_held(store, taken)
    assert claim(store, now=NOON + LEASE) == ()


def test_a_late_claim_that_nobody_else_took_is_still_held(store):
    watch(store, "a.example/rss")
    (claimed,) = claim(store)
    assert is_held(store, claimed)
    release(store, claimed, NOON)
    assert not is_held(store, claimed)


@pytest.mark.parametrize("state", [FeedState(gone=True, next_due_at=NOON), FeedState()])
def test_a_feed_that_is_gone_or_has_no_due_time_is_not_polled(store, state):
    watch(store, "a.example/rss")
    remember(store, "a.example/rss", state)
    assert claim(store, now=NOON + DAY) == ()
    assert read(store, feeds.next_due_at) is None


def test_a_paused_feed_is_not_polled_until_it_is_resumed(store):
    watch(store, "a.example/rss")
    assert write(store, feeds.set_paused, "https://a.example/rss", paused=True, now=NOON)
    assert row(store, "a.example/rss").paused
    assert claim(store) == ()
    assert write(store, feeds.set_paused, "https://a.example/rss", paused=False, now=NOON)
    assert hosts_of(claim(store)) == ["a.example"]


GONE = FeedState(gone=True, error="gone for good", failures=1)


def test_a_feed_that_is_gone_is_asked_again_when_it_is_resumed(store):
    watch(store, "a.example/rss")
    remember(store, "a.example/rss", GONE)
    write(store, feeds.set_paused, "https://a.example/rss", paused=False, now=NOON)
    assert hosts_of(claim(store)) == ["a.example"]


def test_a_feed_that_is_gone_is_asked_again_when_it_is_configured_anew(store):
    watch(store, "a.example/rss")
    remember(store, "a.example/rss", GONE)
    watch(store)
    watch(store, "a.example/rss")
    assert hosts_of(claim(store)) == ["a.example"]


def test_a_feed_that_has_moved_is_claimed_with_its_new_host_whatever_is_configured(store):
    watch(store, "a.example/rss")
    moved = row(store, "a.example/rss")
    state = replace(moved.state, address="https://b.example/rss")
    write(store, feeds.write_states, [(moved.id, moved.state, state)])
    write(store, feeds.move_to_host, moved.id, "b.example", NOON)
    watch(store, "a.example/rss")
    (claimed,) = claim(store)
    assert (claimed.host, urls_of(claimed)) == ("b.example", ["a.example/rss"])


def test_what_a_host_has_asked_for_holds_even_when_everything_is_made_due(store):
    watch(store, "a.example/rss", "b.example/rss")
    resting, free = claim(store)
    release(store, resting, NOON + DAY, "it asks to be left alone")
    release(store, free, NOON + DAY)
    write(store, feeds.make_due, NOON)
    assert hosts_of(claim(store)) == [free.host]
    assert read(store, feeds.next_slot_at, NOON) is None
    assert read(store, feeds.resting, NOON) == ((resting.host, "it asks to be left alone", 1),)
    assert read(store, feeds.resting, NOON + DAY) == ()


def test_only_a_listed_feed_can_be_paused(store):
    watch(store, "a.example/rss")
    watch(store)
    assert not write(store, feeds.set_paused, "https://a.example/rss", paused=True, now=NOON)
    assert not write(store, feeds.set_paused, "https://nobody.example/rss", paused=True, now=NOON)


def test_made_due_means_every_feed_but_the_paused_ones(store):
    watch(store, "a.example/rss", "b.example/rss")
    for host in ("a", "b"):
        set_due(store, f"{host}.example/rss", NOON + DAY)
    for claimed in claim(store, now=NOON + DAY):
        release(store, claimed, NOON + 2 * DAY)
    write(store, feeds.set_paused, "https://b.example/rss", paused=True, now=NOON)
    write(store, feeds.make_due, NOON)
    assert hosts_of(claim(store)) == ["a.example"]


def test_times_a_wrong_clock_left_far_ahead_are_pulled_forward(store):
    watch(store, "a.example/rss", "b.example/rss")
    set_due(store, "a.example/rss", NOON + 4000 * DAY)
    set_due(store, "b.example/rss", NOON + MINUTE)
    (claimed,) = claim(store, now=NOON + MINUTE, limit=1)
    release(store, claimed, NOON + 4000 * DAY)
    assert write(store, feeds.pull_forward, NOON + DAY) == 2
    assert row(store, "a.example/rss").state.next_due_at == NOON + DAY
    assert row(store, "b.example/rss").state.next_due_at == NOON + MINUTE
    assert hosts_of(claim(store, now=NOON + DAY)) == ["b.example", "a.example"]


def test_the_next_due_time_is_that_of_the_first_feed_that_is_polled(store):
    watch(store, "a.example/rss", "b.example/rss")
    set_due(store, "a.example/rss", NOON + MINUTE)
    set_due(store, "b.example/rss", NOON + DAY)
    assert read(store, feeds.next_due_at) == NOON + MINUTE
    write(store, feeds.set_paused, "https://a.example/rss", paused=True, now=NOON)
    assert read(store, feeds.next_due_at) == NOON + DAY


def test_the_next_slot_is_that_of_a_host_with_something_due_that_nobody_holds(store):
    watch(store, "a.example/rss", "b.example/rss")
    held, free = claim(store)
    release(store, free, NOON + MINUTE)
    assert read(store, feeds.next_slot_at, NOON) == NOON + MINUTE
    release(store, held, NOON)
    assert read(store, feeds.next_slot_at, NOON) == NOON
    assert read(store, feeds.next_slot_at, NOON - MINUTE) is None


def test_every_field_of_a_feeds_state_comes_back_as_it_was(store):
    watch(store, "a.example/rss")
    at = iter(NOON + n * MINUTE for n in range(20))
    state = FeedState(
        etag='W/"ä"',
        last_modified="Mon, 02 Mar 2026 12:00:00 GMT",
        body_hash=b"\x00\xff",
        title="Порт",
        **{name.name: next(at) for name in feed_table.c if name.name.endswith("_at")},
        failures=3,
        error="refused",
        error_kind="http",
        gone=True,
        key_flaws="shared-links",
    )
    remember(store, "a.example/rss", state)
    assert row(store, "a.example/rss").state == state

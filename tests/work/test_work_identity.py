"""Feeds whose keys change: over polls, each article is one item, and none is lost."""

import pytest
from house import HOUR, MINUTE, NOON, WIRE, House
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Fetched
from monitor.store.engine import Store
from monitor.store.feeds import list_feeds
from monitor.store.schema import feeds, hosts, items


def feed_of(entries):
    """A document of (guid, link, title, date) entries, "" for what there is none of."""
    told = "".join(
        "<item>"
        + (f"<guid isPermaLink='false'>{guid}</guid>" if guid else "")
        + (f"<link>{link}</link>" if link else "")
        + f"<title>{title}</title><pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for guid, link, title, at in entries
    )
    return f"<rss version='2.0'><channel><title>Wire</title>{told}</channel></rss>".encode()


def poll(house, entries):
    house.pass_time(10 * MINUTE)
    house.outcomes[WIRE] = Fetched(
        body=feed_of(entries), content_type="", etag="", last_modified="", final_url=WIRE
    )

    def due(conn):
        conn.execute(feeds.update().values(next_due_at=house.now))
        conn.execute(hosts.update().values(next_slot_at=house.now))

    house.store.write(due).result()
    (polled,) = house.poll()
    return polled


def titles(house):
    return sorted(row.title for row in house.rows(items))


def entries(numbers, guid="id-{n}", link="https://wire.example/{n}", poll_number=0):
    return [
        (
            guid.format(n=n, poll=poll_number),
            link.format(n=n, poll=poll_number),
            f"Report {n}",
            NOON - n * HOUR,
        )
        for n in numbers
    ]


SHAPES = {
    "guids made anew": {"guid": "{n}-{poll}"},
    "links made anew, no guids": {"guid": "", "link": "https://wire.example/{n}?token={poll}{n}"},
    "guids and links made anew": {
        "guid": "{n}-{poll}",
        "link": "https://wire.example/{poll}/{n}",
    },
    "one guid for all": {"guid": "the-feed"},
    "one guid and one link for all": {"guid": "the-feed", "link": "https://wire.example/status"},
    "no guids, one link for all": {"guid": "", "link": "https://wire.example/status"},
    "guids that are links with a count": {"guid": "https://wire.example/{n}#{poll}"},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_each_article_is_one_item_whatever_becomes_of_its_keys(store, shape):
    house = House(store)
    for number, shown in enumerate((range(6), range(6), range(-1, 5), range(-2, 4))):
        poll(house, entries(shown, poll_number=number, **shape))
    assert titles(house) == sorted(f"Report {n}" for n in range(-2, 6))


def test_that_keys_are_made_anew_is_remembered_of_the_feed(store):
    house = House(store)
    for number in range(2):
        poll(house, entries(range(4), poll_number=number, **SHAPES["guids and links made anew"]))
    with store.reading() as conn:
        assert list_feeds(conn)[0].state.key_flaws == "changing-guids changing-links"


def test_of_a_feed_whose_items_share_one_guid_a_part_of_a_document_loses_none(store):
    house = House(store)
    poll(house, entries(range(3), guid="the-feed"))
    poll(house, entries([7], guid="the-feed"))
    poll(house, entries([7, 8], guid="the-feed"))
    assert titles(house) == [f"Report {n}" for n in (0, 1, 2, 7, 8)]


def test_a_first_document_of_one_entry_does_not_double_it_once_its_guid_repeats(store):
    house = House(store)
    poll(house, entries([1], guid="the-feed"))
    poll(house, entries([1, 2], guid="the-feed"))
    poll(house, entries([1, 2, 3], guid="the-feed"))
    assert titles(house) == ["Report 1", "Report 2", "Report 3"]


def test_a_feed_that_shows_all_other_articles_proves_nothing(store):
    house = House(store)
    poll(house, entries(range(5)))
    poll(house, entries(range(10, 15)))
    assert len(titles(house)) == 10
    with store.reading() as conn:
        assert list_feeds(conn)[0].state.key_flaws == ""


def test_a_title_that_recurs_is_another_item_each_time(store):
    house = House(store)
    for hour in range(5):
        daily = [("", f"https://wire.example/{hour}/{n}", "Shipping forecast",
                  NOON - (n + 10 * hour) * MINUTE) for n in range(3)]  # fmt: skip
        poll(house, daily)
    assert titles(house) == ["Shipping forecast"] * 15


@settings(max_examples=12, deadline=None)
@given(
    shape=st.sampled_from(sorted(SHAPES)),
    steps=st.lists(st.integers(0, 3), min_size=2, max_size=6),
)
def test_over_any_polls_each_article_comes_once(shape, steps):
    with Store.in_memory() as store:
        house = House(store)
        first, seen = 0, set()
        for number, step in enumerate(steps):
            first -= step
            shown = range(first, first + 7)
            seen.update(shown)
            poll(house, entries(shown, poll_number=number, **SHAPES[shape]))
        assert titles(house) == sorted(f"Report {n}" for n in seen)

"""Weighing: rules wait at what is rare in the archive, once there is one."""

from __future__ import annotations

from datetime import timedelta

from house import NOON, House, watch

from monitor.model import Item
from monitor.work.searching import fill_index
from monitor.work.weighing import EVERY, is_due, weigh

RULE = "title: Arms\nall: [missiles, sea]\n"


def house_of(store):
    """A house in whose archive missiles are everywhere and the sea is nowhere."""
    house = House(store, watch(rules=RULE))
    house.serve(*((f"Missiles {number}", f"Missiles {number}") for number in range(9)))
    house.poll()
    fill_index(store)
    return house


def waits_at(watched):
    """The words at which the one rule waits: it is near only where it is looked at."""
    items = [
        Item(title=word, published_at=NOON, first_seen_at=NOON) for word in ("missiles", "sea")
    ]
    return {each.title for each in items if watched.matcher.examine(each).near_misses}


def test_a_rule_waits_at_what_is_rare_in_this_archive(store):
    house = house_of(store)
    assert waits_at(house.watch) == {"missiles"}  # the longer word, by a guess

    weighed = weigh(store, house.watch, most_unweighed=0, least_archived=9)

    assert waits_at(weighed) == {"sea"}
    assert weighed.book is house.watch.book


def test_few_rules_and_a_young_archive_are_left_as_they_are(store):
    house = house_of(store)
    assert weigh(store, house.watch, most_unweighed=1, least_archived=9) is house.watch
    assert weigh(store, house.watch, most_unweighed=0, least_archived=10) is house.watch


def test_the_archive_is_asked_once_a_day():
    assert is_due(None, NOON)
    assert not is_due(NOON, NOON + EVERY - timedelta(seconds=1))
    assert is_due(NOON, NOON + EVERY)

"""Lists of stories and items: newest first, each once, by what is asked for."""

from itertools import pairwise

import pytest
from polls import NOON, alert, list_one_feed, new, read, record, write

from monitor.model import RuleId, Severity, StoryId
from monitor.store.judgements import Verdict, judge
from monitor.store.merging import merge_stories
from monitor.store.story_lists import (
    Shown,
    Sieve,
    items_with,
    sifted_among,
    sifted_items,
    sifted_stories,
    stories_with,
)
from monitor.work.seeking import seek


@pytest.fixture
def five(store):
    """Stories 1 to 5 of items 1 to 5; 2 is noise, 3 is kept; and an item of which none is made."""
    feed = list_one_feed(store)
    for number in range(1, 6):
        record(store, feed, alert(number), now=NOON)
    record(store, feed, new(6), now=NOON)
    for story, verdict in ((2, Verdict.NOISE), (3, Verdict.KEEP)):
        write(store, lambda conn, s=story, v=verdict: judge(conn, s, v, by="", now=NOON))
    return store


def listed(store, sieve=None, **page):
    asked = {"before": None, "limit": 9} | page
    return list(read(store, lambda conn: sifted_stories(conn, sieve or Sieve(), **asked)))


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (Shown.BUT_NOISE, [5, 4, 3, 1]),
        (Shown.UNJUDGED, [5, 4, 1]),
        (Shown.KEPT, [3]),
        (Shown.NOISE, [2]),
        (Shown.ANY, [5, 4, 3, 2, 1]),
    ],
)
def test_what_people_have_said_decides_what_is_shown(five, shown, found):
    sieve = Sieve(shown=shown)
    assert listed(five, sieve) == found
    assert read(five, lambda conn: sifted_among(conn, sieve, range(9))) == set(found)


def test_pages_follow_one_another(five):
    assert listed(five, limit=2) == [5, 4]
    assert listed(five, before=4, limit=9) == [3, 1]


def test_a_story_that_was_merged_is_listed_no_more(five):
    write(five, lambda conn: merge_stories(conn, StoryId(1), [StoryId(5)], NOON))
    assert listed(five) == [4, 3, 1]


def test_rules_and_severities_are_those_of_any_report(five):
    rule = read(five, lambda conn: conn.exec_driver_sql("SELECT rule FROM matches").scalar())
    severity = Severity(
        read(five, lambda conn: conn.exec_driver_sql("SELECT severity FROM matches").scalar())
    )
    assert listed(five, Sieve(rule=RuleId(rule))) == listed(five)
    assert listed(five, Sieve(rule=RuleId("other"))) == []
    assert listed(five, Sieve(severity=severity)) == listed(five)
    assert listed(five, Sieve(severity=Severity.CRITICAL)) == []


def test_items_are_listed_whether_a_rule_fired_or_not(five):
    everything = read(five, lambda conn: sifted_items(conn, Sieve(), before=None, limit=9))
    assert list(everything) == [6, 5, 4, 3, 2, 1]


def test_candidates_are_the_same_however_they_are_found(five, monkeypatch):
    named = read(five, lambda conn: list(stories_with(conn, {2, 4, 6}, None)))
    monkeypatch.setattr("monitor.store.story_lists._NAMED_AT_ONCE", 0)
    monkeypatch.setattr("monitor.store.story_lists._WALKED_AT_ONCE", 2)
    walked = read(five, lambda conn: list(stories_with(conn, {2, 4, 6}, None)))
    assert named == walked == [(4, [4]), (2, [2])]
    assert len(read(five, lambda conn: list(items_with(conn, None, None)))) == 6


def test_seeking_goes_on_where_it_stopped_and_leaves_nothing_out(five, monkeypatch):
    monkeypatch.setattr("monitor.work.seeking.MOST_TRIED", 2)
    found, before, stretches = [], None, 0
    while stretches < 9:
        sought = read(five, lambda conn, at=before: everything_before(conn, at))
        found += [hit.number for hit in sought.hits]
        before, stretches = sought.next, stretches + 1
        if before is None:
            break
    assert found == [6, 5, 4, 3, 2, 1]
    assert stretches >= 3
    assert all(one > other for one, other in pairwise(found))


def everything_before(conn, before):
    return seek(conn, items_with(conn, None, before), set, lambda item: item, limit=9)

"""Alerts from the poll to the digest, on SQLite and on PostgreSQL: told once, over restarts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from house import HOUR, MINUTE, NOON, House, watch

from monitor.model import DigestName, DigestSpec
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.rules.yaml_nodes import SourceFile
from monitor.store import volume
from monitor.store.schema import alert_entries, digests, rule_hits
from monitor.work import digesting
from monitor.work.alerting import watch_volume

DAY = timedelta(days=1)
MORNING = DigestSpec(name=DigestName("morning"), cadence="daily 07:00", to=("box",))
WIRES = tuple(f"http://127.0.0.1/wire{number}" for number in range(3))


def ruled(line, **how):
    return watch(rules=f"title: Arms\nseverity: high\nany: [missile]\nalert: {{{line}}}\n", **how)


def sounded(house):
    return watch_volume(house.store, house.watch, house.now)


def begun(store, line, **how):
    """A house whose watch has begun, with a digest that waits for the morning."""
    house = House(store, ruled(line, digests=(MORNING,), **how))
    assert sounded(house) == ()
    house.digest()
    return house


def bring(house, *headlines, url=WIRES[0]):
    house.serve(*((title, title) for title in headlines), url=url)
    house.poll()


def test_a_count_is_told_once_in_the_digest_with_its_reason(store):
    house = begun(store, "volume: [2 in 24h]", feeds=WIRES[:1])
    bring(house, "Missile fired", "A missile found")
    assert [each.alert for each in sounded(house)] == ["2 in 24h"]
    house.pass_time(MINUTE)
    assert sounded(house) == ()
    house.now = NOON.replace(day=3, hour=7)
    (planned,) = house.digest()
    text = planned.message.text
    assert "2 matches from 1 source in the last 24 hours." in text
    assert text.index("ALERTS") < text.index("Missile fired")
    assert [row.digest_id for row in house.rows(alert_entries)] == [planned.digest.id]


def test_a_restart_between_hit_and_alert_and_digest_loses_and_repeats_nothing(store):
    house = begun(store, "volume: [2 in 24h]", feeds=WIRES[:1])
    bring(house, "Missile fired", "A missile found")
    again = House(store, house.watch)
    assert len(sounded(again)) == 1
    third = House(store, house.watch)
    assert sounded(third) == ()
    third.now = NOON.replace(day=3, hour=7)
    assert len(third.digest()[0].digest.alerts) == 1


def test_a_digest_with_nothing_but_an_alert_goes_out(store):
    house = begun(store, "each: none, volume: [1 in 24h]", feeds=WIRES[:1])
    bring(house, "Missile fired")
    sounded(house)
    house.now = NOON.replace(day=3, hour=7)
    (planned,) = house.digest()
    assert planned.digest.stories == ()
    assert planned.message.subject.startswith("1 alert: Arms: 1 match from 1 source")
    assert "Missile fired" in planned.message.html


def test_a_preview_with_an_alert_is_byte_for_byte_what_is_sent(store):
    house = begun(store, "volume: [1 in 24h]", feeds=WIRES[:1])
    bring(house, "Missile fired")
    sounded(house)
    house.now = NOON.replace(day=3, hour=7)
    shown = digesting.preview_digest(store, house.watch, MORNING, house.now)
    assert house.digest()[0].parts == shown.parts


def test_an_alert_is_told_only_to_digests_that_hear_the_rule(store):
    deaf = DigestSpec(name=DigestName("ships"), to=("box",), rules=("ships*",))
    house = House(store, ruled("volume: [1 in 24h]", digests=(deaf, MORNING), feeds=WIRES[:1]))
    bring(house, "Missile fired")
    sounded(house)
    assert [row.digest for row in house.rows(alert_entries)] == ["morning"]


def test_the_same_article_in_two_feeds_of_one_publisher_is_one_hit(store):
    house = begun(store, "volume: [2 in 24h]", feeds=WIRES[:2])
    for url in WIRES[:2]:
        house.serve(("1", "Missile fired"), url=url)
    house.poll()
    assert len(house.rows(rule_hits)) == 1
    assert sounded(house) == ()


def test_what_was_there_before_the_watch_began_is_no_hit(store):
    house = begun(store, "volume: [1 in 24h]", feeds=WIRES[:1], backfill=-DAY)
    bring(house, "Missile fired")
    assert house.rows(rule_hits) == []


def test_a_silence_is_told_once_and_only_while_feeds_answer(store):
    house = begun(store, "volume: [silence 2d]", feeds=WIRES[:1])
    bring(house, "A quiet day")
    house.pass_time(DAY)
    assert sounded(house) == ()
    house.pass_time(DAY)
    assert sounded(house) == ()  # nobody has polled since yesterday
    house.poll()
    assert [each.alert for each in sounded(house)] == ["silence 2d"]
    house.pass_time(HOUR)
    house.poll()
    assert sounded(house) == ()


def test_a_spike_is_measured_against_the_same_hour_of_the_weeks_before(store):
    house = begun(store, 'volume: ["spike 3x over 14d, at least 4"]', feeds=WIRES[:1])
    bring(house, "Missile 0")

    def watch_on(conn):
        for hours in range(14 * 24 + 1):
            volume.note_hour(conn, NOON + hours * HOUR)
        volume.note_watched(conn, ["arms"], NOON + 7 * DAY)

    store.write(watch_on).result()
    house.pass_time(14 * DAY + 5 * MINUTE)
    bring(house, *(f"Missile {number}" for number in range(1, 9)))
    (alert,) = sounded(house)
    assert alert.sentence.startswith("8 matches in the last hour; usual for a Monday 12:00 UTC")
    house.pass_time(MINUTE)
    assert sounded(house) == ()


def test_a_spike_that_is_still_learning_is_listed_as_such(store):
    house = begun(store, 'volume: ["spike 3x over 28d, at least 6"]', feeds=WIRES[:1])
    bring(house, "A quiet day")
    for _ in range(2):
        house.pass_time(HOUR)
        house.poll()
        sounded(house)
    with store.reading() as conn:
        ((rule, _, why),) = volume.warming_alerts(conn)
    assert (rule, why) == ("arms", "learning what is usual (1 of 28 days known)")


PORTS = "terms: [harbour, Nampo, Primorsk]"


def with_ports(house, terms=PORTS):
    rule = "title: Arms\nany: [missile]\nalert: {volume: [new $ports]}\n"
    files = [SourceFile("vocab/ports.yaml", terms)]
    book = load_rules([SourceFile("arms.yaml", rule)], files, NOON)
    house.watch = replace(house.watch, book=book, matcher=Matcher(book.active(NOON)))
    return house


def test_a_term_never_seen_in_a_hit_is_told_once_for_ever(store):
    house = with_ports(House(store, watch(feeds=WIRES[:1])))
    sounded(house)
    house.pass_time(MINUTE)
    bring(house, "Missile in Nampo", "Calm in Primorsk")
    (alert,) = sounded(house)
    assert "“Nampo”" in alert.sentence
    assert "Primorsk" not in alert.sentence
    house.pass_time(DAY)
    bring(house, "Another missile in Nampo")
    assert sounded(house) == ()


def test_what_the_archive_holds_is_not_new_for_a_new_alert_or_a_new_word(store):
    house = with_ports(House(store, watch(feeds=WIRES[:1])), "terms: [Nampo]")
    bring(house, "Missile in Nampo", "Missile near Primorsk")
    house.pass_time(MINUTE)
    assert sounded(house) == ()
    with_ports(house)
    house.pass_time(MINUTE)
    assert sounded(house) == ()
    house.pass_time(HOUR)
    bring(house, "A missile over Primorsk", "A missile in the harbour")
    (alert,) = sounded(house)
    assert alert.sentence == "For the first time in a match of this rule: “harbour”."


def test_a_decision_that_another_process_has_taken_is_not_taken_again(store):
    before = volume.AlertState()
    after = volume.AlertState(firing=True, mark_at=NOON)
    put = volume.put_state
    assert store.write(lambda conn: put(conn, "arms", "x", None, before)).result()
    assert store.write(lambda conn: put(conn, "arms", "x", before, after)).result()
    assert not store.write(lambda conn: put(conn, "arms", "x", before, after)).result()
    assert not store.write(lambda conn: put(conn, "arms", "x", None, after)).result()


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_the_order_in_which_alerts_stand_decides_nothing(store, order):
    lines = ["1 in 24h", "2 in 24h", "3 in 24h", "silence 2d"][order]
    house = begun(store, f"volume: [{', '.join(lines)}]", feeds=WIRES[:1])
    bring(house, "Missile fired", "A missile found")
    assert {each.alert for each in sounded(house)} == {"1 in 24h", "2 in 24h"}


def test_stories_of_each_item_go_out_at_once_and_alone(store):
    house = begun(store, "each: item", feeds=WIRES[:1])
    quiet, loud = "any: [film]", "any: [missile]\nalert: {each: item}"
    both = load_rules(
        [
            SourceFile("film.yaml", quiet),
            SourceFile("arms.yaml", loud),
        ],
        [],
        NOON,
    )
    house.watch = replace(house.watch, book=both, matcher=Matcher(both.active(NOON)))
    bring(house, "Missile fired", "A film opens")
    (planned,) = house.digest()
    assert [each.lead.item.title for each in planned.digest.stories] == ["Missile fired"]
    assert house.digest() == ()
    house.now = NOON.replace(day=3, hour=7)
    (morning,) = house.digest()
    assert [each.lead.item.title for each in morning.digest.stories] == ["A film opens"]
    assert morning.digest.since_at is None  # what went out at once was no run of the digest


def test_quiet_hours_hold_even_what_is_to_be_told_at_once(store):
    spec = replace(MORNING, quiet="11:00-13:00")
    house = House(store, ruled("each: item", digests=(spec,), feeds=WIRES[:1]))
    bring(house, "Missile fired")
    house.digest()
    assert house.rows(digests) == []
    house.pass_time(HOUR)
    assert len(house.digest()) == 1


def test_stories_of_each_none_are_recorded_and_counted_but_not_told(store):
    house = begun(store, "each: none", feeds=WIRES[:1])
    (bring(house, "Missile fired"))
    assert len(house.rows(rule_hits)) == 1
    house.now = NOON.replace(day=3, hour=7)
    assert house.digest() == ()

"""Silences: what fits is held back until they end, whether it waits already or comes later."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from house import HOUR, MINUTE, NOON, House, watch

from monitor.errors import NotFound, UsageError
from monitor.model import DigestName, DigestSpec
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.rules.yaml_nodes import SourceFile
from monitor.store.held import held_back, held_since
from monitor.store.schema import alert_entries, digest_entries, held_entries
from monitor.store.silences import list_silences, silences_now
from monitor.work.alerting import watch_volume
from monitor.work.digesting import preview_digest
from monitor.work.requests import Desk, carry_out

DAY = timedelta(days=1)
MORNING = DigestSpec(name=DigestName("morning"), cadence="daily 07:00", to=("box",))
EVENING = DigestSpec(name=DigestName("evening"), cadence="daily 19:00", to=("box",))
NOW = DigestSpec(name=DigestName("now"), to=("box",))
SEVENTH = NOON.replace(day=3, hour=7)
ARMS = "severity: high\ntags: [weapons]\nany: [missile]\n"
SHIPS = "severity: low\ntags: [sea]\nany: [ship]\n"


def house_of(store, *digests, **rules):
    house = House(store, watch(digests=digests or (MORNING,)))
    files = [SourceFile(f"{name}.yaml", text) for name, text in (rules or RULES).items()]
    book = load_rules(files, [], NOON)
    house.watch = replace(house.watch, book=book, matcher=Matcher(book.active(NOON)))
    house.digest()
    return house


RULES = {"arms": ARMS, "ships": SHIPS}


def ask(house, name, argument):
    return carry_out(name, argument, Desk(store=house.store, watch=house.watch, now=house.now))


def silence(house, matcher, until=None, *, force=False, comment="port strike"):
    until = (until or house.now + 9 * DAY).isoformat()
    asked = {"matcher": matcher, "until": until, "comment": comment, "force": force}
    return ask(house, "silence", json.dumps(asked))


def mute(house, story, until=None):
    until = (until or house.now + 9 * DAY).isoformat()
    return ask(house, "mute", json.dumps({"story": story, "until": until, "comment": "enough"}))


def bring(house, *headlines, after=MINUTE):
    house.pass_time(after)
    house.serve(*((title, title) for title in headlines))
    make_due(house)
    house.poll()


def make_due(house):
    from monitor.store.schema import feeds, hosts

    def due(conn):
        conn.execute(feeds.update().values(next_due_at=house.now))
        conn.execute(hosts.update().values(next_slot_at=house.now))

    house.store.write(due).result()


def waiting(house):
    return sorted((row.digest, row.story_id) for row in house.rows(digest_entries))


def held(house, digest="morning"):
    with house.store.reading() as conn:
        return [(each.story, each.silence) for each in held_since(conn, digest)]


def told(planned):
    return [each.lead.item.title for each in planned.digest.stories]


def test_what_waits_when_it_begins_is_taken_out_and_its_reason_kept(store):
    house = house_of(store)
    bring(house, "Missile fired at sea")
    answer = silence(house, "rule=arms")
    assert answer["taken_out"] == 1
    assert waiting(house) == []
    with store.reading() as conn:
        ((digest, reason, at),) = held_back(conn, 1)
    assert (digest, at) == ("morning", house.now)
    assert reason == "silenced until 2026-03-11 12:00 UTC by #1: port strike"


def test_what_comes_while_it_holds_tells_nobody_and_is_counted(store):
    house = house_of(store)
    silence(house, "tag=weapons")
    bring(house, "Missile fired at sea", "A ship sails")
    assert waiting(house) == [("morning", 2)]
    with store.reading() as conn:
        (row,) = list_silences(conn)
    assert (row.held, row.holds_at(house.now)) == (1, True)


def test_when_it_has_ended_what_comes_is_told_and_what_was_held_is_not(store):
    house = house_of(store)
    silence(house, "arms", house.now + HOUR)
    bring(house, "Missile fired at sea")
    bring(house, "Missile fired at sea", "Another missile", after=2 * HOUR)
    house.now = SEVENTH
    (planned,) = house.digest()
    assert told(planned) == ["Another missile"]


def test_a_later_report_brings_a_story_back_that_was_held(store):
    house = house_of(store)
    silence(house, "arms", house.now + HOUR)
    house.serve(("1", "Missile fired at sea"))
    house.poll()
    house.pass_time(2 * HOUR)
    house.serve(("1", "Missile fired at sea, ship hit"))
    make_due(house)
    house.poll()
    assert {story for _, story in waiting(house)} == {1}


def test_ended_by_hand_it_holds_no_more(store):
    house = house_of(store)
    number = silence(house, "arms")["id"]
    house.pass_time(HOUR)
    assert ask(house, "expire", str(number))["id"] == number
    with store.reading() as conn:
        assert silences_now(conn, house.now) == ()
    bring(house, "Missile fired at sea")
    assert waiting(house) == [("morning", 1)]


def test_ending_what_is_not_there_or_has_ended_is_refused_with_what_is(store):
    house = house_of(store)
    silence(house, "arms")
    silence(house, "ships")
    ask(house, "expire", "1")
    with pytest.raises(UsageError, match="no silence #7; there are #2"):
        ask(house, "expire", "7")
    with pytest.raises(UsageError, match="silence #1 ended at 2026-03-02 12:00 UTC"):
        ask(house, "expire", "1")


def test_a_story_is_told_if_any_of_its_matches_is_not_held(store):
    house = house_of(store)
    bring(house, "Missile hits ship")
    silence(house, "arms")
    assert waiting(house) == [("morning", 1)]
    silence(house, "severity<=low")
    assert waiting(house) == []


def test_a_story_that_comes_is_told_if_any_of_its_matches_is_not_held(store):
    house = house_of(store)
    silence(house, "arms")
    bring(house, "Missile hits ship")
    assert waiting(house) == [("morning", 1)]


def test_a_silence_of_one_digest_leaves_the_others_alone(store):
    house = house_of(store, MORNING, EVENING)
    bring(house, "Missile fired at sea")
    silence(house, "digest=morning severity>=high")
    bring(house, "Missile fired at sea", "Another missile")
    assert waiting(house) == [("evening", 1), ("evening", 2)]


@pytest.mark.parametrize("matcher", ["feed=Wire", "feed=*127.0.0.1/wire", 'title="*at sea"'])
def test_a_silence_may_look_at_the_item(store, matcher):
    house = house_of(store)
    bring(house, "Missile fired at sea")
    silence(house, matcher)
    assert waiting(house) == []


def test_where_everything_is_held_no_digest_goes_out(store):
    house = house_of(store, NOW)
    bring(house, "Missile fired at sea")
    silence(house, "arms")
    bring(house, "Missile fired at sea", "Another missile")
    assert house.digest() == ()


def test_what_reached_a_digest_past_a_silence_is_held_when_it_is_due(store):
    house = house_of(store, NOW)
    silence(house, "tag=weapons")
    untagged = {"arms": ARMS.replace("weapons", "other")}
    tagged = house.watch
    house.watch = house_of(store, NOW, **untagged).watch
    bring(house, "Missile fired at sea")
    assert waiting(house) == [("now", 1)]
    house.watch = tagged
    assert house.digest() == ()
    assert held(house, "now") == [(1, 1)]


def test_the_next_digest_says_what_was_held_back_and_only_once(store):
    house = house_of(store)
    silence(house, "arms", NOON.replace(day=9))
    bring(house, "Missile one", "Missile two", "A ship sails", "A second ship")
    mute(house, 4)
    house.now = SEVENTH
    (planned,) = house.digest()
    assert told(planned) == ["A ship sails"]
    sentence = "Held back: 2 stories by silence #1 (port strike, until Mon 9 Mar), 1 by a mute."
    assert planned.digest.held == sentence
    assert "port strike" in planned.message.text
    assert "HEALTH" not in planned.message.text
    bring(house, "A third ship", after=HOUR)
    house.now = SEVENTH + DAY
    (planned,) = house.digest()
    assert planned.digest.held == ""


def test_a_preview_is_byte_for_byte_what_is_sent_and_lists_what_is_held(store):
    house = house_of(store)
    bring(house, "A ship sails", "Missile one")
    silence(house, "arms")
    bring(house, "A ship sails", "Missile one", "Missile two")
    house.now = SEVENTH
    answer = ask(house, "preview", "morning")
    why = "silenced until 2026-03-11 12:00 UTC by #1: port strike"
    assert answer["held"] == [
        {"story": 2, "title": "Missile one", "why": why},
        {"story": 3, "title": "Missile two", "why": why},
    ]
    shown = preview_digest(store, house.watch, MORNING, house.now)
    assert house.digest()[0].parts == shown.parts


def test_a_preview_of_what_is_held_only_when_it_is_sent_is_the_same_too(store):
    house = house_of(store)
    bring(house, "A ship sails", "Missile one")
    house.watch = replace(house.watch, book=muted_in_file(2))
    shown = preview_digest(store, house.watch, MORNING, SEVENTH)
    assert shown.digest.held == "Held back: 1 story by a mute."
    house.now = SEVENTH
    assert house.digest()[0].parts == shown.parts


def muted_in_file(story):
    muted = f"{ARMS}mute: [{{story: {story}, until: 2026-03-09}}]\n"
    files = [SourceFile("arms.yaml", muted), SourceFile("ships.yaml", SHIPS)]
    return load_rules(files, [], NOON)


def test_a_story_that_a_digest_tells_all_the_same_is_not_called_held_back(store):
    house = house_of(store)
    bring(house, "Missile fired at sea")
    silence(house, "ships")
    house.serve(("Missile fired at sea", "Missile fired at sea, ship hit"))
    house.pass_time(MINUTE)
    make_due(house)
    house.poll()
    house.now = SEVENTH
    (planned,) = house.digest()
    assert planned.digest.held == ""
    assert house.rows(held_entries) == [] or held(house) == []


def test_an_alert_is_held_before_and_after_it_has_fired(store):
    alerting = {"arms": f"{ARMS}alert: {{each: none, volume: [1 in 24h]}}\n"}
    house = house_of(store, MORNING, EVENING, **alerting)
    watch_volume(store, house.watch, house.now)
    silence(house, "arms digest=evening")
    bring(house, "Missile fired at sea")
    assert len(watch_volume(store, house.watch, house.now)) == 1
    assert [row.digest for row in house.rows(alert_entries)] == ["morning"]
    silence(house, "severity>=high")
    assert house.rows(alert_entries) == []
    (entry,) = ask(house, "preview", "morning")["held"]
    assert (entry["story"], entry["title"]) == (None, "1 match from 1 source in the last 24 hours.")
    with store.reading() as conn:
        assert [row.held for row in list_silences(conn)] == [1, 1]


def test_an_alert_is_told_where_a_silence_asks_for_an_item(store):
    alerting = {"arms": f"{ARMS}alert: {{each: none, volume: [1 in 24h]}}\n"}
    house = house_of(store, **alerting)
    watch_volume(store, house.watch, house.now)
    silence(house, "arms title=*sea*")
    bring(house, "Missile fired at sea")
    watch_volume(store, house.watch, house.now)
    assert [row.digest for row in house.rows(alert_entries)] == ["morning"]


def test_it_is_tried_on_the_last_seven_days(store):
    house = house_of(store)
    bring(house, "Missile of last month")
    house.pass_time(9 * DAY)
    bring(house, "Missile one", "Missile two", "A ship sails")
    answer = silence(house, "arms title!=*two")
    assert (answer["would_have_held"], answer["matches"], answer["days"]) == (1, 3, 7)
    assert answer["examples"] == ["Missile one"]


@pytest.mark.parametrize(
    ("matcher", "said"),
    [
        ("arm", "there is no rule `arm`; did you mean `arms`?"),
        ("tag=weapon", "there is no tag `weapon`; did you mean `weapons`?"),
        ("digest=mornin", "did you mean `morning`?"),
        ("feed=Wiree", "did you mean `Wire`?"),
        ("sevrity=low", "did you mean `severity`?"),
        ("title=*at sea", "a value with blanks stands in quotes"),
        ("rule=*", "nobody would hear of anything"),
    ],
)
def test_a_matcher_of_what_does_not_exist_is_refused_with_the_nearest(store, matcher, said):
    house = house_of(store)
    bring(house, "Missile one")
    with pytest.raises(UsageError) as refused:
        silence(house, matcher)
    assert said in str(refused.value)


def test_a_story_that_does_not_exist_is_refused(store):
    with pytest.raises(NotFound, match="no story `99`"):
        silence(house_of(store), "story=99")


def test_what_does_not_exist_yet_can_be_silenced_by_force(store):
    assert silence(house_of(store), "harbour", force=True)["id"] == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"comment": "  "}, "says why"),
        ({"comment": "x" * 301}, "longer than 300"),
        ({"until": NOON}, "ends in the future"),
    ],
)
def test_a_silence_without_reason_or_future_is_refused(store, more, said):
    with pytest.raises(UsageError, match=said):
        silence(house_of(store), "arms", **more)


def merge(house, into, other):
    return ask(house, "merge", json.dumps({"story": into, "others": [other]}))


def test_a_silence_of_a_story_that_was_merged_away_holds_back_the_one_it_is_in(store):
    house = house_of(store)
    bring(house, "Missile one", "A ship sails")
    merge(house, 1, 2)
    answer = silence(house, "story=2")
    assert (answer["would_have_held"], waiting(house)) == (2, [])


def test_a_mute_by_hand_of_a_story_that_was_merged_away_holds_too(store):
    house = house_of(store)
    bring(house, "Missile one", "A ship sails")
    merge(house, 1, 2)
    assert mute(house, 2)["story"] == 1
    house.digest()
    assert waiting(house) == []


def test_a_mute_in_a_rule_file_of_a_story_that_was_merged_away_holds_too(store):
    house = house_of(store)
    bring(house, "Missile one", "Another missile", "A third missile")
    house.watch = replace(house.watch, book=muted_in_file(3))
    merge(house, 2, 3)
    merge(house, 1, 2)
    house.digest()
    assert waiting(house) == []

"""Mutes: a story is not told because of a rule, or at all, until a day; and what that held back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from house import HOUR, MINUTE, NOON, House, watch

from monitor.model import DigestName, DigestSpec
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.rules.yaml_nodes import SourceFile
from monitor.store.held import held_back
from monitor.store.schema import digest_entries
from monitor.work.requests import Desk, carry_out

MORNING = DigestSpec(name=DigestName("morning"), cadence="daily 07:00", to=("box",))
MUTED = "any: [missile]\nmute: [{story: 1, until: 2026-03-04, note: Baltic desk}]"
SEVENTH = NOON.replace(day=3, hour=7)


def ruled(house, **rules):
    files = [SourceFile(f"{name}.yaml", text) for name, text in rules.items()]
    book = load_rules(files, [], NOON)
    house.watch = replace(house.watch, book=book, matcher=Matcher(book.active(NOON)))


def begun(store):
    """A house in which story 1, `Missile fired`, waits for the morning."""
    house = House(store, watch(digests=(MORNING,)))
    house.serve(("1", "Missile fired at sea"))
    house.poll()
    house.digest()
    return house


def held(store):
    with store.reading() as conn:
        return held_back(conn, 1)


def mute(house, until, story=1):
    asked = json.dumps({"story": story, "until": until.isoformat(), "comment": "enough"})
    return carry_out("mute", asked, Desk(store=house.store, watch=house.watch, now=house.now))


def test_a_story_that_waits_is_not_told_once_it_is_muted_and_the_reason_is_kept(store):
    house = begun(store)
    ruled(house, arms=MUTED)
    house.now = SEVENTH
    assert house.digest() == ()
    ((digest, reason, _),) = held(store)
    assert (digest, reason) == (
        "morning",
        "muted until 2026-03-04 23:59 UTC by rule file `arms`: Baltic desk",
    )


def test_a_rule_that_is_not_muted_still_tells_the_story(store):
    house = House(store, watch(digests=(MORNING,)))
    ruled(house, arms=MUTED, sea="any: [sea]")
    house.serve(("1", "Missile fired at sea"))
    house.poll()
    house.digest()
    house.now = SEVENTH
    assert len(house.digest()) == 1


def test_after_its_end_a_later_report_of_the_story_is_told_as_usual(store):
    house = begun(store)
    mute(house, NOON + HOUR)
    house.digest()
    assert house.rows(digest_entries) == []
    house.pass_time(2 * HOUR)
    ruled(house, arms="any: [missile]", ships="any: [ship]")
    house.serve(("1", "Missile fired at sea, ship hit"))
    house.poll()
    house.now = SEVENTH
    (planned,) = house.digest()
    assert [int(each.id) for each in planned.digest.stories] == [1]


def test_while_it_is_muted_a_later_report_tells_nobody_and_says_why(store):
    house = begun(store)
    mute(house, NOON + timedelta(days=9))
    house.digest()
    house.pass_time(HOUR)
    ruled(house, arms="any: [missile]", ships="any: [ship]")
    house.serve(("1", "Missile fired at sea, ship hit"))
    house.poll()
    assert house.rows(digest_entries) == []
    assert held(store)[0][1].endswith("by hand: enough")
    assert held(store)[0][2] == house.now


def test_a_preview_leaves_out_what_is_muted(store):
    house = begun(store)
    mute(house, NOON + timedelta(days=9))
    answer = carry_out("preview", "morning", Desk(store=store, watch=house.watch, now=house.now))
    assert answer["stories"] == []


def test_another_story_is_told(store):
    house = begun(store)
    house.pass_time(HOUR)
    house.serve(("1", "Missile fired at sea"), ("2", "Another missile"))
    house.poll()
    mute(house, NOON + timedelta(days=9))
    house.now = SEVENTH + MINUTE
    (planned,) = house.digest()
    assert [each.lead.item.title for each in planned.digest.stories] == ["Another missile"]

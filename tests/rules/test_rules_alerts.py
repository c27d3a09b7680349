"""Alerts, mutes and the day of review: what is read, what is refused, what the version ignores."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from rulebooks import found, load, only_rule

from monitor.model import StoryId, StoryMode
from monitor.rules.alerts import Alerts, Count, Each, Mute, NewTerm, Silence, Spike

TESTED = "\ntests: [hit: missile, miss: film]"
LINES = {
    "5 in 24h": Count(written="5 in 24h", hits=5, within=timedelta(days=1)),
    "5 in 90m from 3 sources": Count(
        written="5 in 90m from 3 sources", hits=5, within=timedelta(minutes=90), sources=3
    ),
    "1 in 1w from 1 source": Count(
        written="1 in 1w from 1 source", hits=1, within=timedelta(days=7)
    ),
    "Spike  2.5x over 28d, at least 6": Spike(
        written="spike 2.5x over 28d, at least 6", times=2.5, over=timedelta(days=28), at_least=6
    ),
    "silence 14d": Silence(written="silence 14d", after=timedelta(days=14)),
    "new $ports": NewTerm(written="new $ports", vocabulary="ports"),
}


@pytest.mark.parametrize(("line", "meant"), LINES.items())
def test_a_line_of_volume_is_read_as_it_is_meant(line, meant):
    rule = only_rule(f'any: [missile]\nalert: {{volume: ["{line}"]}}', ports="terms: [harbour]")
    assert rule.alert == Alerts(volume=(meant,))


def test_stories_are_told_with_the_digest_unless_the_rule_says_otherwise():
    assert only_rule("any: [missile]").alert.each is Each.DIGEST
    assert only_rule("any: [missile]\nalert: {each: item}").alert.each is Each.ITEM


def test_later_reports_are_told_under_their_story_unless_the_rule_says_otherwise():
    assert only_rule("any: [missile]").stories is StoryMode.GROUP
    assert only_rule("any: [missile]\nstories: off").stories is StoryMode.OFF


def test_what_stories_does_not_know_is_said():
    assert found(load(f"any: [missile]\nstories: grup{TESTED}")) == ["R134 2:10"]


def test_a_mute_names_a_story_a_day_and_why():
    rule = only_rule("any: [missile]\nmute: [{story: 12, until: 2027-01-31, note: Baltic desk}]")
    assert rule.mutes == (Mute(story=StoryId(12), until=date(2027, 1, 31), note="Baltic desk"),)


def test_all_mistakes_of_an_alert_are_told_at_once():
    book = load("any: [missile]\nalert:\n  each: now\n  volume:\n    - 5 of 24h\n    - silence 0d")
    assert found(book) == ["R133 3:9", "R130 5:9", "R131 6:15"]


@pytest.mark.parametrize(
    "more", ["alert: {each: none}", "mute: []", "review: 2028-01-01", "stories: off"]
)
def test_what_is_said_of_telling_does_not_change_the_version_of_a_rule(more):
    assert only_rule(f"any: [missile]\n{more}").version == only_rule("any: [missile]").version


def test_a_rule_is_due_for_review_from_that_day_on():
    assert found(load(f"any: [missile]\nreview: 2026-11-03{TESTED}")) == ["R137 2:9"]
    assert found(load(f"any: [missile]\nreview: 2026-11-04{TESTED}")) == []


def test_a_mute_that_has_ended_is_noted():
    muted = "any: [missile]\nmute: [{story: 3, until: 2026-11-0%s}]" + TESTED
    assert found(load(muted % 2)) == ["R138 2:7"]
    assert found(load(muted % 3)) == []

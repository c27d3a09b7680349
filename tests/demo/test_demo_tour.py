"""The tour: three days of the newswire through the whole pipeline, held to the wire's labels."""

import re
import time
from collections import Counter
from datetime import UTC, datetime

import pytest
from desk import HOUSE, wirewatch

from monitor.demo.newswire.outlets import outlets
from monitor.demo.touring import MORNING, URGENT, tour
from monitor.model import Cause
from monitor.store.archive import iter_items
from monitor.store.deliveries import summarise
from monitor.store.engine import Store

START = datetime(2026, 3, 2, tzinfo=UTC)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def toured(tmp_path_factory):
    """Every moment of the tour, and what was stored by its end."""
    folder = tmp_path_factory.mktemp("tour")
    moments = list(tour(HOUSE, folder, START))
    with (
        Store.open(f"sqlite:///{folder}/wirewatch.db", owner=False) as store,
        store.reading() as conn,
    ):
        stored = list(iter_items(conn))
        (files,) = summarise(conn)
    return moments, stored, files, folder


@pytest.fixture(scope="module")
def reports():
    return {report.id: report for outlet in outlets(START) for report in outlet.reports}


def test_every_report_of_an_outlet_that_answers_is_stored_once(toured, reports):
    _, stored, _, _ = toured
    titles = Counter(each.item.title for each in stored)
    shown = [each for each in reports.values() if not each.replaces]
    assert sum(titles.values()) >= len(shown) - 5
    assert not [each for each in stored if not each.item.title]


def test_the_rules_that_fired_are_those_of_the_labels(toured, reports):
    _, stored, _, _ = toured
    fired = Counter(match.rule for each in stored for match in each.matches)
    meant = Counter(rule for each in reports.values() for rule in each.rules)
    assert {rule: fired[rule] >= 0.8 * count for rule, count in meant.items()} == dict.fromkeys(
        meant, True
    )


def told_by(moments, name):
    return [
        story
        for moment in moments
        for planned in moment.planned
        if planned.digest.name == name
        for story in planned.digest.stories
    ]


def test_a_digest_tells_a_story_again_only_for_what_is_new_about_it(toured):
    moments, _, _, _ = toured
    for name in (URGENT, MORNING):
        told = told_by(moments, name)
        assert told
        first = [story.id for story in told if story.told_at is None]
        assert len(first) == len(set(first))
        again = [story for story in told if story.told_at is not None]
        assert all(line.cause is not Cause.STORY for story in again for line in story.lines)


def test_the_correction_of_a_report_is_told_with_what_it_corrects(toured):
    moments, _, _, _ = toured
    said = [line.said for story in told_by(moments, URGENT) for line in story.lines if line.said]
    assert said == ["now says 12,000 shipping containers, was 10,000"]


def test_the_morning_digest_comes_at_its_hour_with_every_reason(toured):
    moments, _, _, _ = toured
    mornings = [
        planned
        for moment in moments
        for planned in moment.planned
        if planned.digest.name == MORNING
    ]
    assert [f"{each.digest.planned_at:%d %H:%M}" for each in mornings] == [
        "03 06:00",
        "04 06:00",
        "05 06:00",
    ]
    for each in mornings:
        assert each.message.text.count("why: ") >= len(each.digest.stories)


def test_the_forbidden_feed_fails_and_costs_nobody_else_anything(toured):
    moments, _, _, _ = toured
    failed = {poll.feed for moment in moments for poll in moment.polled if poll.answer == "failed"}
    assert len(failed) == 1
    digests = [planned.message.text for moment in moments for planned in moment.planned]
    assert sum("Meridian Ledger has never been read" in text for text in digests) == 1


def test_every_message_was_delivered(toured):
    _, _, files, folder = toured
    assert (files.pending, files.dead) == (0, 0)
    assert files.sent == len(list((folder / "digests").iterdir()))


def test_the_demo_shows_a_digest_in_the_terminal_and_writes_its_page(tmp_path):
    begun = time.monotonic()
    ran = wirewatch("demo", "--once", desk=tmp_path)
    assert (ran.code, time.monotonic() - begun < 30) == (0, True)
    assert "READ FIRST" in ran.out
    assert "because" in ran.out
    assert " init desk" in ran.err
    page = (tmp_path / "digest.html").read_text()
    assert re.search(r"<mark[^>]*>", page)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["digest.html"]

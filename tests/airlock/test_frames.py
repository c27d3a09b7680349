"""What a worker answers is believed only if it is exactly what was asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from monitor.airlock.frames import (
    feed_from_frame,
    feed_to_frame,
    list_from_frame,
    list_to_frame,
    strings,
    text,
)
from monitor.model import Entry, Feed, FeedList, NoFeed, ParsedFeed, ParseProblem

READING = ParsedFeed(
    kind="atom",
    title="Harbour Wire",
    site_url="https://news.example/",
    language="uk",
    entries=(
        Entry(
            guid="tag:1",
            url="https://news.example/1",
            title="Кран \ud83d",
            lead="l",
            body="b",
            author="A. Desk",
            tags=("ports", "cranes"),
            language="uk",
            published_at=datetime(2026, 11, 3, 8, 0, 0, 250_000, tzinfo=UTC),
        ),
        Entry(updated_at=datetime(1, 1, 1, tzinfo=UTC)),
    ),
    problems=(ParseProblem(code="malformed", message="The XML is malformed."),),
)


@pytest.mark.parametrize(
    "outcome", [READING, NoFeed(looks_like="an HTML page", feeds=("https://news.example/rss",))]
)
def test_a_reading_survives_the_journey(outcome):
    assert feed_from_frame(json.loads(json.dumps(feed_to_frame(outcome)))) == outcome


def test_a_list_of_feeds_survives_the_journey():
    feeds = (Feed(url="https://news.example/rss", name="Harbour", tags=("ports",)),)
    found = FeedList(feeds=feeds, includes=("https://news.example/more.opml",))

    assert list_from_frame(json.loads(json.dumps(list_to_frame(found)))) == found


@pytest.mark.parametrize(
    "lie",
    [
        None,
        {},
        [],
        ["feed"],
        ["no feed", "page", [1]],
        ["feed", ["rss", "t", "s", 5], [], []],
        ["feed", ["rss", "t", "s", "en"], [["too", "short"]], []],
        ["feed", ["rss", "t", "s", "en"], [[""] * 6 + [[None], "", None, None]], []],
        ["feed", ["rss", "t", "s", "en"], [[""] * 6 + [[], "", "noon", None]], []],
        ["feed", ["rss", "t", "s", "en"], [[""] * 6 + [[], "", 1e300, None]], []],
        ["feed", ["rss", "t", "s", "en"], [], [["code"]]],
        ["feed", ["rss", "t", "s", "en"], [], "none"],
    ],
)
def test_a_lie_is_not_believed(lie):
    with pytest.raises(ValueError, match="not a"):
        feed_from_frame(lie)


@pytest.mark.parametrize(
    ("read", "lie"), [(text, 5), (strings, ["a", None]), (strings, "ab"), (list_from_frame, [[]])]
)
def test_neither_is_a_smaller_one(read, lie):
    with pytest.raises(ValueError, match="not a"):
        read(lie)

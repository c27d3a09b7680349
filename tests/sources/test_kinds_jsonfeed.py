"""JSON Feed, 1.0 and 1.1, with the liberties that publishers take."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from monitor.model import NoFeed
from monitor.sources.reading import read_feed

VERSION = "https://jsonfeed.org/version/1.1"
URL = "https://wire.example/feed.json"


def read(document):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_feed(body, "application/feed+json", URL)


def item(**stated):
    (entry,) = read({"version": VERSION, "items": [stated]}).entries
    return entry


def test_an_item_in_full():
    feed = read(
        {
            "version": VERSION,
            "title": "Harbour Wire",
            "home_page_url": "https://wire.example/",
            "language": "en",
            "items": [
                {
                    "id": " urn:1 ",
                    "url": "/1",
                    "title": "Steel &amp; coal",
                    "summary": "In short.",
                    "content_html": "<p>In short.</p><p>In full.</p>",
                    "authors": [{"name": "A"}, {"name": "B"}],
                    "tags": ["ports", "ports", 5],
                    "date_published": "2026-11-03T10:00:00+02:00",
                    "date_modified": "2026-11-03T09:00:00Z",
                }
            ],
        }
    )
    (entry,) = feed.entries

    assert (feed.kind, feed.title, feed.site_url) == (
        "json",
        "Harbour Wire",
        "https://wire.example/",
    )
    assert (entry.guid, entry.url, entry.title) == (
        "urn:1",
        "https://wire.example/1",
        "Steel & coal",
    )
    assert (entry.lead, entry.body) == ("In short.", "In short.\nIn full.")
    assert (entry.author, entry.tags, entry.language) == ("A, B", ("ports", "5"), "en")
    assert entry.published_at == datetime(2026, 11, 3, 8, tzinfo=UTC)
    assert entry.updated_at == datetime(2026, 11, 3, 9, tzinfo=UTC)


LIBERTIES = {
    "an id that is a number": ({"id": 10}, "guid", "10"),
    "an id that is a fraction": ({"id": 1.5}, "guid", "1.5"),
    "an author as in version 1.0": ({"author": {"name": "A"}}, "author", "A"),
    "an author that is a name": ({"author": "A"}, "author", "A"),
    "text without a summary leads": ({"content_text": "a\n\nb"}, "lead", "a\nb"),
    "a link elsewhere": ({"external_url": "https://h.example/"}, "url", "https://h.example/"),
    "no link to a script": ({"url": "javascript:x"}, "url", ""),
    "an id that is a page": ({"id": "https://h.example/"}, "url", "https://h.example/"),
    "a title that is none": ({"title": ["x"]}, "title", ""),
    "a date that is none": ({"date_published": "soon"}, "published_at", None),
}


@pytest.mark.parametrize(("stated", "field", "read_as"), LIBERTIES.values(), ids=LIBERTIES.keys())
def test_liberties_are_forgiven(stated, field, read_as):
    assert getattr(item(**stated), field) == read_as


def test_a_feed_may_forget_its_version_but_not_be_something_else():
    assert read({"title": "W", "items": []}).problems[0].code == "no-version"
    assert isinstance(read({"items": [{"id": "1"}]}), NoFeed)


def test_entries_that_are_no_objects_cost_no_other():
    feed = read({"version": VERSION, "items": ["x", {"title": "Tug"}, None]})

    assert [entry.title for entry in feed.entries] == ["Tug"]
    assert [problem.code for problem in feed.problems] == ["unreadable-entry"]


def test_no_more_than_two_thousand_are_kept():
    feed = read({"version": VERSION, "items": [{"id": str(n)} for n in range(2_001)]})

    assert len(feed.entries) == 2_000
    assert [problem.code for problem in feed.problems] == ["too-many-entries"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": "no"}',
        b"{",
        b'{"version": 5, "items": {}}',
        b'{"a":' * 50_000,
        b'{"version": "x", "items": [' + b"9" * 10_000 + b"]}",
        b"[1, 2]",
    ],
    ids=["other", "cut", "wrong types", "deep", "a giant number", "a list"],
)
def test_json_that_is_no_feed_says_so(body):
    assert read(body).looks_like == "a JSON document that is no JSON Feed"


def test_another_encoding_and_a_giant_id_are_read():
    feed = {"version": VERSION, "items": [{"id": "7", "title": "Порт"}]}

    for encoding in ("utf-8-sig", "utf-16", "utf-16-le"):
        document = json.dumps(feed, ensure_ascii=False)
        assert read(document.encode(encoding)).entries[0].title == "Порт"
    giant = f'{{"version": "{VERSION}", "items": [{{"id": {"9" * 9_000}}}]}}'.encode()
    assert read(giant).entries[0].guid == "9" * 9_000

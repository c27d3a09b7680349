"""From entry to item: plain text, bounded dates, a link that is safe, a source with a name."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Entry, Feed
from monitor.text.clean import content_hash, one_line, tidy, to_item

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
FEED = Feed(url="https://wire.example/rss", name="Harbour Wire")


def item(entry, feed=FEED, feed_title=""):
    return to_item(entry, feed, feed_title, NOW)


TIDY = {
    "spaces": ("a \t b\u00a0\u3000c", "a b c"),
    "lines": ("a \r\n\r\n  b\u2028c\x0bd\x85e", "a\nb\nc\nd\ne"),
    "soft hyphens split no word": ("sanc\u00adtions", "sanctions"),
    "zero-width spaces split no word": ("sanc\u200btions\ufeff", "sanctions"),
    "bidi overrides reorder nothing": ("\u202eexe.\u2066cod\u2069", "exe.cod"),
    "controls vanish": ("a\x00b\x07c\x9fd", "abcd"),
    "joiners stay": ("می\u200cرود 👩\u200d🚒", "می\u200cرود 👩\u200d🚒"),
    "eight marks are plenty": ("e" + "\u0301" * 500, "e" + "\u0301" * 8),
    "lone surrogates vanish": ("a\ud800b", "ab"),
}


@pytest.mark.parametrize(("text", "tidied"), TIDY.values(), ids=TIDY.keys())
def test_text_is_tidied(text, tidied):
    assert tidy(text) == tidied


@given(st.text(st.characters(), max_size=60))
def test_tidy_text_is_stable_and_encodable_and_a_line_is_a_line(text):
    once = tidy(text)

    assert tidy(once) == once
    once.encode()  # or it could not be stored
    assert len(one_line(text).splitlines()) <= 1
    assert not any(unicodedata.category(char) == "Cc" for char in one_line(text))


def test_the_source_is_the_configured_name_else_the_feeds_own_else_its_host():
    nameless = replace(FEED, name="")

    assert item(Entry()).source == "Harbour Wire"
    assert item(Entry(), nameless, "Wire\nof the harbour").source == "Wire of the harbour"
    assert item(Entry(), nameless).source == "wire.example"
    assert item(Entry()).feed == "https://wire.example/rss"


DATES = {
    "as stated": (NOW - timedelta(days=3), None, NOW - timedelta(days=3)),
    "the update stands in": (None, NOW - timedelta(hours=1), NOW - timedelta(hours=1)),
    "the publication comes first": (NOW - timedelta(days=2), NOW, NOW - timedelta(days=2)),
    "none": (None, None, NOW),
    "the epoch means unknown": (datetime(1970, 1, 1, tzinfo=UTC), None, NOW),
    "a clock that is fast": (NOW + timedelta(hours=9), None, NOW),
    "a clock that is mad": (datetime(9999, 1, 1, tzinfo=UTC), None, NOW),
}


@pytest.mark.parametrize(("published", "updated", "believed"), DATES.values(), ids=DATES.keys())
def test_a_date_is_believed_between_1990_and_now(published, updated, believed):
    cleaned = item(Entry(published_at=published, updated_at=updated))

    assert cleaned.published_at == believed
    assert cleaned.first_seen_at == NOW


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://h/x", "https://h/a b", "https://h/\u202ex", "//h/x", ""]
)
def test_a_link_that_is_not_safe_is_dropped_and_the_item_kept(url):
    cleaned = item(Entry(url=url, title="Ferry seized"))

    assert (cleaned.url, cleaned.title) == ("", "Ferry seized")


def test_an_item_without_title_borrows_the_first_words_of_its_text():
    assert item(Entry(lead="Ferry seized.\nMore later.")).title == "Ferry seized."
    assert item(Entry(body="word " * 100)).title == "word " * 18 + "word…"
    assert item(Entry()).title == ""


def test_a_title_that_is_cut_is_still_there_in_full():
    long = item(Entry(title="tug " * 500 + "sanctions", lead="The crew is safe."))
    repeated = item(Entry(title="tug " * 500, lead="tug " * 500))

    assert len(long.title) <= 1_000
    assert long.title.endswith("tug…")
    assert "sanctions\nThe crew is safe." in long.lead
    assert repeated.lead == ("tug " * 500).strip()


def test_text_is_composed_so_that_equal_words_are_equal():
    cleaned = item(Entry(title="Кии\u0306в", author="Jose\u0301", tags=("Cafe\u0301", "Café", " ")))

    assert (cleaned.title, cleaned.author, cleaned.tags) == ("Кийв", "José", ("Café",))


def test_the_guid_is_left_as_it_is():
    assert item(Entry(guid="Tag:1\u00ad e\u0301")).guid == "Tag:1\u00ad e\u0301"


def test_the_language_is_that_of_the_text_where_the_feed_is_wrong():
    assert item(Entry(language="en-US", title="세관이 여객선을 억류")).language == "ko"
    assert item(Entry(title="세관"), replace(FEED, language="ja")).language == "ja"


def test_the_content_hash_follows_the_words_and_nothing_else():
    first = item(Entry(title="Ferry seized", lead="In port.", url="https://h/1"))
    same = item(Entry(title="FERRY  seized", lead="In\nport.", url="https://h/2", guid="2"))
    moved = item(Entry(title="Ferry seized In", lead="port."))

    assert content_hash(first) == content_hash(same)
    assert content_hash(first) != content_hash(moved)
    assert len(content_hash(first)) == 16

"""OPML: lists of feeds come in from other readers and go out again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from monitor.errors import UsageError
from monitor.model import Feed
from monitor.sources.opml import read_opml, write_opml
from monitor.text.clean import one_line

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)


def test_folders_become_tags_and_titles_names():
    feeds = read_opml(
        b"""<?xml version="1.0"?><opml version="1.0"><head><title>mine</title></head><body>
        <outline text="Ports"><outline text="North">
          <outline type="rss" text="Harbour" title="Harbour Wire" xmlUrl="https://h.example/rss"/>
        </outline></outline>
        <outline text="Tugs" XMLURL="http://t.example/atom"/>
        </body></opml>"""
    ).feeds

    assert feeds == (
        Feed(url="https://h.example/rss", name="Harbour Wire", tags=("Ports", "North")),
        Feed(url="http://t.example/atom", name="Tugs"),
    )


def test_a_feed_in_two_folders_is_one_feed_with_both_tags():
    feeds = read_opml(
        b'<opml><body><outline text="A"><outline xmlUrl="https://h.example/"/></outline>'
        b'<outline text="B"><outline text="H" xmlUrl="https://h.example/"/></outline></body></opml>'
    ).feeds

    assert feeds == (Feed(url="https://h.example/", name="H", tags=("A", "B")),)


def test_nothing_but_web_addresses_is_taken():
    feeds = read_opml(
        b'<opml><body><outline xmlUrl="file:///etc/passwd"/><outline xmlUrl="javascript:x"/>'
        b'<outline type="include" url="https://h.example/more.opml"/>'
        b'<outline xmlUrl="exec:/bin/true"/><outline xmlUrl=""/></body></opml>'
    ).feeds

    assert feeds == ()


def test_other_lists_that_are_included_are_named_and_not_followed():
    found = read_opml(
        b'<opml><body><outline text="A"><outline type="include" text="More" '
        b'url="https://h.example/more.opml"/></outline><outline type="Include" text="Mine"/>'
        b'<outline xmlUrl="https://h.example/rss"/></body></opml>'
    )

    assert found.includes == ("https://h.example/more.opml", "Mine")
    assert [feed.url for feed in found.feeds] == ["https://h.example/rss"]


def test_a_document_type_brings_nothing_in():
    feeds = read_opml(
        b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "&x;&x;">]>'
        b'<opml><body><outline text="[&y;]" xmlUrl="https://h.example/"/></body></opml>'
    ).feeds

    assert feeds[0].name == "[&y;]"


def test_a_list_that_is_broken_gives_what_it_has():
    feeds = read_opml(
        b'<opml><body><outline text="R & D" xmlUrl="https://h.example/?a=1&b=2"><outline te'
    ).feeds

    assert feeds == (Feed(url="https://h.example/?a=1&b=2", name="R & D"),)


def test_a_list_in_another_charset():
    opml = '<?xml version="1.0" encoding="windows-1251"?><opml><body><outline text="Порт" '
    opml += 'xmlUrl="https://h.example/"/></body></opml>'

    assert read_opml(opml.encode("cp1251")).feeds[0].name == "Порт"


def test_folders_without_end_are_no_trouble():
    opml = b"<opml><body>" + b'<outline text="x">' * 5_000

    assert read_opml(opml).feeds == ()


@pytest.mark.parametrize("body", [b"", b"<html></html>", b'{"feeds": []}', b"\xff\xfe"])
def test_what_is_no_opml_is_refused(body):
    with pytest.raises(UsageError, match="no OPML"):
        read_opml(body)


def test_a_written_list_is_what_other_readers_expect():
    root = etree.fromstring(
        write_opml([Feed(url="https://h.example/?a=1&b=2", tags=("Ports",))], "Watch", NOW).encode()
    )

    assert root.findtext("head/title") == "Watch"
    assert root.findtext("head/dateCreated") == "Tue, 03 Nov 2026 12:00:00 +0000"
    folder = root.find("body/outline")
    assert folder.get("text") == "Ports"
    assert dict(folder[0].attrib) == {
        "type": "rss",
        "text": "https://h.example/?a=1&b=2",
        "title": "https://h.example/?a=1&b=2",
        "xmlUrl": "https://h.example/?a=1&b=2",
    }


words = st.text(st.characters(), min_size=1, max_size=12).map(one_line).filter(bool)
feed_lists = st.lists(
    st.builds(
        Feed,
        url=st.integers(0, 99).map(lambda n: f"https://wire{n}.example/?a=1&b={n}"),
        name=words,
        tags=st.lists(words, max_size=3, unique=True).map(tuple),
    ),
    max_size=6,
    unique_by=lambda feed: feed.url,
)


@settings(max_examples=40)
@given(feed_lists, words)
def test_what_is_written_is_read_again_in_the_same_order(feeds, title):
    assert read_opml(write_opml(feeds, title, NOW).encode()).feeds == tuple(feeds)


def test_what_stands_in_the_place_of_an_address_and_is_none_is_named():
    body = b'<opml><body><outline xmlUrl="file:///x"/><outline xmlUrl="https://a.example/"/></body></opml>'
    found = read_opml(body)
    assert (found.refused, len(found.feeds)) == (("file:///x",), 1)

"""Real feeds: none loses an entry or a word that feedparser finds."""

from __future__ import annotations

import gzip
import tarfile
import warnings
from functools import cache

import pytest
from corpus import CORPUS, needs

from monitor.model import NoFeed
from monitor.sources.kinds._decoding import decode
from monitor.sources.kinds._entries import feed_of
from monitor.sources.kinds._found import said_feed
from monitor.sources.kinds._names import Declined
from monitor.sources.kinds._parsing import ESCAPES, parse
from monitor.sources.kinds._precleaning import mend, preclean
from monitor.sources.kinds._wellformed import read_well_formed
from monitor.sources.reading import read_feed

FEEDS = CORPUS / "feeds"
UNITS = "feedparser-unit"
ROOTS = frozenset(["rss", "feed", "rdf", "channel"])
URL = "https://wire.example/feed"
NOT_FEEDS = {
    "sqlite_releases.html.gz",
    "unrecognized.rss.gz",
}

pytestmark = [
    pytest.mark.corpus,
    needs(FEEDS),
]


def documents(folder):
    if folder != UNITS:
        paths = (FEEDS / folder).glob("*.gz")
        return [(path.name, gzip.decompress(path.read_bytes())) for path in paths]
    with tarfile.open(FEEDS / UNITS / f"{UNITS}.tar.gz") as archive:
        members = [member for member in archive if member.isfile()]
        return [(member.name, archive.extractfile(member).read()) for member in members]


def read_by_both(text, root):
    """The entries of a document as the fast reader and as feedparser understand them.

    None for the first where it declines; None for the second where it fails.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = feed_of(said_feed(parse(text), root), URL, ()).entries
        except ESCAPES:
            theirs = None
    try:
        return feed_of(read_well_formed(text), URL, ()).entries, theirs
    except Declined:
        return None, theirs


@cache
def readings(folder):
    """Of each XML feed of a folder: name, what we read, and the entries of both readers."""
    found = []
    for name, body in documents(folder):
        cleaned = preclean(decode(body, "").text, ROOTS)
        if cleaned is not None and name not in NOT_FEEDS:
            text = mend(cleaned).text
            found.append((name, read_feed(body, "", URL), *read_by_both(text, cleaned.root)))
    return found


def words(entries):
    return {word for each in entries for word in f"{each.title} {each.lead} {each.body}".split()}


SOURCES = ["live-2026", "fastfeedparser-integration", "rss-parser", "newsboat", "reader"]
FIELDS = ("title", "url", "published_at", "updated_at")


def test_no_entry_of_any_feed_is_lost():
    poorer = [
        name
        for folder in (*SOURCES, UNITS)
        for name, ours, _, theirs in readings(folder)
        if theirs and (isinstance(ours, NoFeed) or len(ours.entries) < len(theirs))
    ]

    assert poorer == []


def test_titles_links_and_dates_of_well_formed_feeds_are_those_that_feedparser_finds():
    pairs = [
        pair
        for folder in (*SOURCES, UNITS)
        for _, _, fast, theirs in readings(folder)
        if fast is not None and theirs is not None
        for pair in zip(fast, theirs, strict=True)
    ]
    agreed = sum(
        getattr(one, name) == getattr(other, name) for one, other in pairs for name in FIELDS
    )

    assert len(pairs) > 6_000
    assert agreed >= 0.999 * len(FIELDS) * len(pairs)


def test_no_word_that_feedparser_finds_is_dropped():
    dropped = {
        name: lost
        for folder in SOURCES
        for name, ours, _, theirs in readings(folder)
        if (lost := words(theirs or ()) - words(ours.entries))
    }

    assert dropped == {}


def test_nearly_every_live_feed_is_read_by_the_fast_reader():
    live = [fast is not None for _, _, fast, _ in readings("live-2026")]

    assert sum(live) >= 0.95 * len(live)


def test_a_feed_that_feedparser_finds_nothing_in_gives_its_items():
    body = gzip.decompress((FEEDS / "live-2026" / "7ef13a42fa7e177a.gz").read_bytes())
    outcome = read_feed(body, "", URL)

    assert (outcome.title, len(outcome.entries)) == ("arts and ego", 35)

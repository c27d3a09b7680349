"""Real feeds and hostile ones: none loses an entry, none does harm."""

from __future__ import annotations

import gzip
import importlib.util
import os
import tarfile
import time
import warnings
from functools import cache
from pathlib import Path

import pytest

from monitor.model import NoFeed
from monitor.sources.kinds._decoding import decode
from monitor.sources.kinds._entries import feed_of
from monitor.sources.kinds._found import said_feed
from monitor.sources.kinds._names import Declined
from monitor.sources.kinds._parsing import ESCAPES, parse
from monitor.sources.kinds._precleaning import mend, preclean
from monitor.sources.kinds._wellformed import read_well_formed
from monitor.sources.reading import read_feed

CORPUS = Path(
    os.environ.get(
        "WIREWATCH_CORPUS", Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
    )
)
FEEDS, HOSTILE = CORPUS / "feeds", CORPUS / "hostile"
UNITS = "feedparser-unit"
ROOTS = frozenset(["rss", "feed", "rdf", "channel"])
URL = "https://wire.example/feed"
NOT_FEEDS = {
    "sqlite_releases.html.gz",
    "unrecognized.rss.gz",
}
HEADERS = {"T07": "text/xml; charset=undefined", "punycode": "text/xml; charset=punycode"}
HARMLESS_SECONDS = 2.4

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not FEEDS.is_dir(), reason=f"no corpus at {CORPUS}"),
]


def documents(folder):
    if folder != UNITS:
        paths = (FEEDS / folder).glob("*.gz")
        return [(path.name, gzip.decompress(path.read_bytes())) for path in paths]
    with tarfile.open(FEEDS / UNITS / f"{UNITS}.tar.gz") as archive:
        members = [member for member in archive if member.isfile()]
        return [(member.name, archive.extractfile(member).read()) for member in members]


def generators():
    spec = importlib.util.spec_from_file_location("hostile_generators", HOSTILE / "gen.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
BREAKS_OFF = {"osm-pl.xml.gz", "illformed/rss_incomplete_cdata.xml"}
"""Kept without their ends; of the entry in which one breaks off feedparser makes what it can."""

FIELDS = ("title", "url", "published_at", "updated_at")


def test_no_entry_of_any_feed_is_lost():
    poorer = [
        name
        for folder in (*SOURCES, UNITS)
        for name, ours, _, theirs in readings(folder)
        if theirs
        and (isinstance(ours, NoFeed) or len(ours.entries) < len(theirs) - (name in BREAKS_OFF))
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
        if name not in BREAKS_OFF and (lost := words(theirs or ()) - words(ours.entries))
    }

    assert dropped == {}


def test_nearly_every_live_feed_is_read_by_the_fast_reader():
    live = [fast is not None for _, _, fast, _ in readings("live-2026")]

    assert sum(live) >= 0.95 * len(live)


TITLES = {
    "T01": "Россия и КНДР обсуждают поставки спутников",
    "T03": "Россия и КНДР обсуждают поставки спутников",
    "T04": "Россия и КНДР обсуждают поставки спутников",
    "T10": "café satellite",
    "X10": "[&xxe;]",
    "X28": "satellite deal Bcc: evil@evil.test X-Evil: 1",
    "X29": "satellite Bcc: x Y: 1",
    "X49": "AT&T & Co satellite",
    "X50": 'Satellite & missile "deal"',
}
COUNTS = {
    "T07": 2,
    "T09": 2,
    "T10": 3,
    "T13": 4,
    "T16": 5,
    "X01": 3,
    "X02": 1,
    "X11": 1,
    "X14": 1,
    "X16": 1,
    "X17": 2,
    "X20": 1,
    "X23": 0,
    "X25": 5,
    "X35": 9,
    "X44": 2,
    "X46": 2,
    "X47": 2,
    "X49": 2,
    "X50": 2,
}


def test_a_feed_that_feedparser_finds_nothing_in_gives_its_items():
    body = gzip.decompress((FEEDS / "live-2026" / "7ef13a42fa7e177a.gz").read_bytes())
    outcome = read_feed(body, "", URL)

    assert (outcome.title, len(outcome.entries)) == ("arts and ego", 35)


@pytest.mark.parametrize(("case", "title"), TITLES.items())
def test_a_hostile_title_is_read_as_meant(case, title):
    body = (HOSTILE / "feeds" / f"{case}.xml").read_bytes()

    assert read_feed(body, "", URL).entries[0].title.replace("…", " ") == title


@pytest.mark.parametrize(("case", "count"), COUNTS.items())
def test_a_hostile_feed_gives_its_items(case, count):
    body = (HOSTILE / "feeds" / f"{case}.xml").read_bytes()
    outcome = read_feed(body, HEADERS.get(case, ""), URL)

    assert len(outcome.entries) == count
    assert all(entry.url.startswith(("http", "")) for entry in outcome.entries)
    assert not any("<script" in entry.lead or "<img" in entry.lead for entry in outcome.entries)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "quadratic_entity",
        "newline_prolog",
        "attributes",
        "author_redos",
        "open_comments",
        "long_title",
        "adoption_agency",
        "open_tags",
        "many_entries_10k",
    ],
)
def test_a_bomb_is_defused_and_what_it_carries_delivered(name):
    body = generators().BODY[name]()
    started = time.process_time()
    outcome = read_feed(body, HEADERS.get(name, ""), URL)

    assert time.process_time() - started < HARMLESS_SECONDS
    titles = {entry.title for entry in outcome.entries}
    assert "Sentinel satellite item" in titles or len(titles) == 2_000

"""Real feeds and hostile ones: none loses an entry, none does harm."""

from __future__ import annotations

import gzip
import importlib.util
import io
import os
import tarfile
import time
import warnings
from pathlib import Path

import feedparser
import pytest

from monitor.model import NoFeed, ParsedFeed
from monitor.sources.reading import read_feed

CORPUS = Path(
    os.environ.get(
        "WIREWATCH_CORPUS", Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
    )
)
FEEDS, HOSTILE = CORPUS / "feeds", CORPUS / "hostile"
URL = "https://wire.example/feed"
NOT_FEEDS = {
    "sqlite_releases.html.gz",
    "unrecognized.rss.gz",
}
HEADERS = {"T07": "text/xml; charset=undefined", "punycode": "text/xml; charset=punycode"}
HARMLESS_SECONDS = 5.0

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not FEEDS.is_dir(), reason=f"no corpus at {CORPUS}"),
]


def documents(folder):
    return [(path.name, gzip.decompress(path.read_bytes())) for path in folder.glob("*.gz")]


def generators():
    spec = importlib.util.spec_from_file_location("hostile_generators", HOSTILE / "gen.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_the_reference(body):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    "folder", ["live-2026", "fastfeedparser-integration", "rss-parser", "newsboat", "reader"]
)
def test_every_entry_of_a_real_feed_is_read(folder):
    titles = same = 0
    for name, body in documents(FEEDS / folder):
        outcome = read_feed(body, "", URL)
        if name in NOT_FEEDS:
            assert isinstance(outcome, NoFeed), name
            continue
        assert isinstance(outcome, ParsedFeed), name
        if outcome.kind == "json":
            continue
        reference = by_the_reference(body).entries
        assert len(outcome.entries) >= len(reference), name
        for entry, theirs in zip(outcome.entries, reference, strict=False):
            titles += 1
            same += entry.title == " ".join(dict.get(theirs, "title", "").split())

    # The others are titles whose entities were encoded twice, or which hold markup.
    assert same >= 0.95 * titles or folder == "rss-parser"


@pytest.mark.slow
def test_no_document_of_the_parsers_own_suite_escapes_or_loses_an_entry():
    lost = []
    with tarfile.open(FEEDS / "feedparser-unit" / "feedparser-unit.tar.gz") as archive:
        for member in archive:
            if not member.isfile():
                continue
            body = archive.extractfile(member).read()
            outcome = read_feed(body, "", URL)
            read = len(outcome.entries) if isinstance(outcome, ParsedFeed) else 0
            if read < len(by_the_reference(body).entries):
                lost.append(member.name)

    assert lost == []


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


def test_a_feed_that_the_parser_finds_nothing_in_gives_its_items():
    body = gzip.decompress((FEEDS / "live-2026" / "7ef13a42fa7e177a.gz").read_bytes())
    outcome = read_feed(body, "", URL)

    assert by_the_reference(body).entries == []
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

"""Hostile documents: each gives what it has to say, and none does harm."""

from __future__ import annotations

import importlib.util
import time

import pytest
from corpus import CORPUS, needs

from monitor.sources.reading import read_feed

HOSTILE = CORPUS / "hostile"
URL = "https://wire.example/feed"
HEADERS = {"T07": "text/xml; charset=undefined", "punycode": "text/xml; charset=punycode"}
HARMLESS_SECONDS = 2.4

pytestmark = [
    pytest.mark.corpus,
    needs(HOSTILE),
]


def generators():
    spec = importlib.util.spec_from_file_location("hostile_generators", HOSTILE / "gen.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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

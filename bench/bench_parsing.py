"""Parsing: processor time until a feed's entries are plain text, and what readers agree on.

The corpus of live feeds is not part of the project; without it only the invented feed is read.
"""

from __future__ import annotations

import gzip
import importlib
import io
import os
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import _news
import feedparser
from _measuring import HOUSE, asked_for_quick, median, print_machine, print_table, times

from monitor.model import Entry, ParsedFeed
from monitor.sources.kinds._decoding import decode
from monitor.sources.kinds._entries import feed_of
from monitor.sources.kinds._found import said_feed
from monitor.sources.kinds._names import Declined
from monitor.sources.kinds._parsing import ESCAPES, parse
from monitor.sources.kinds._precleaning import Precleaned, mend, preclean
from monitor.sources.kinds._wellformed import read_well_formed
from monitor.sources.reading import read_feed

URL = "https://wire.example/feed"
CORPUS = Path(os.environ.get("WIREWATCH_CORPUS", HOUSE.parent / "shared" / "corpus"))
ROOTS = frozenset(["rss", "feed", "rdf", "channel"])
ENTRIES = 33
FIELDS = ("title", "url", "published_at", "updated_at")

Reader = Callable[[bytes], object]


def main() -> None:
    quick = asked_for_quick(__doc__ or "")
    warnings.simplefilter("ignore")
    print_machine()
    invented = [_invented()]
    print(f"An invented feed of {ENTRIES} entries, {len(invented[0]):,} bytes: ms a feed\n")
    compare(invented, rounds=3 if quick else 15)
    live = list(_live())[: 20 if quick else None]
    if not live:
        print(f"skipped: no corpus at {CORPUS}")
        return
    size = sum(map(len, live)) / len(live) / 1000
    print(f"{len(live)} live feeds, {size:,.0f} kB on average: ms a feed\n")
    compare(live, rounds=1 if quick else 3)
    print("What the fast reader and feedparser find in the same documents\n")
    agree(live)


def compare(bodies: Sequence[bytes], rounds: int) -> None:
    """Processor time of every reader, by one core."""
    readers = _readers()
    measured = {name: _milliseconds(reader, bodies, rounds) for name, reader in readers.items()}
    base = measured["feedparser as it comes"]
    rows = [(name, f"{each:.3f}", times(base, each)) for name, each in measured.items()]
    print_table(("reader", "ms", "feeds in the same time"), rows)


def agree(bodies: Sequence[bytes]) -> None:
    """Shares of the entries of well-formed documents of which both say the same."""
    counts: Counter[str] = Counter()
    for body in bodies:
        cleaned = preclean(decode(body, "").text, ROOTS)
        if cleaned is not None:
            counts += _agreement(cleaned)
    documents, entries = counts["documents"], counts["entries"]
    share = counts["fast"] / documents
    print(f"read by the fast reader: {counts['fast']} of {documents} ({share:.1%})")
    for name in (*FIELDS, "words"):
        print(
            f"{name + ' alike:':20} {counts[name]:,} of {entries:,} ({counts[name] / entries:.2%})"
        )
    print(f"{'words dropped:':20} {counts['dropped']:,}\n")


def _agreement(cleaned: Precleaned) -> Counter[str]:
    try:
        fast = feed_of(read_well_formed(cleaned.text), URL, ()).entries
    except Declined:
        return Counter(documents=1)
    theirs = _slow(cleaned).entries
    counts = Counter(documents=1, fast=1, entries=len(theirs))
    for one, other in zip(fast, theirs, strict=True):
        counts.update(name for name in FIELDS if getattr(one, name) == getattr(other, name))
        counts["words"] += _words(one) == _words(other)
        counts["dropped"] += len(_words(other) - _words(one))
    return counts


def _words(entry: Entry) -> set[str]:
    return {*f"{entry.title} {entry.lead} {entry.body}".split()}


def _readers() -> dict[str, Reader]:
    readers: dict[str, Reader] = {
        "feedparser as it comes": lambda body: feedparser.parse(io.BytesIO(body)),
        "feedparser, no cleaning": lambda body: feedparser.parse(
            io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False
        ),
        "ours by feedparser": _by_feedparser,
        "ours": lambda body: read_feed(body, "", URL),
    }
    try:
        other = importlib.import_module("fastfeedparser")
    except ImportError:
        print("fastfeedparser is not installed and is left out\n")
    else:
        readers["fastfeedparser, bare"] = _forgiven(other.parse)
    return readers


def _by_feedparser(body: bytes) -> object:
    """The same as ours, with feedparser in the place of the fast reader."""
    cleaned = preclean(decode(body, "").text, ROOTS)
    return cleaned and _slow(cleaned)


def _slow(cleaned: Precleaned) -> ParsedFeed:
    try:
        return feed_of(said_feed(parse(mend(cleaned).text), cleaned.root), URL, ())
    except ESCAPES:
        return ParsedFeed(kind="rss")


def _forgiven(read: Reader) -> Reader:
    def reader(body: bytes) -> object:
        try:
            return read(body)
        except (ValueError, AttributeError, KeyError):
            return None

    return reader


def _milliseconds(reader: Reader, bodies: Sequence[bytes], rounds: int) -> float:
    figures = []
    for _ in range(rounds):
        begun = time.process_time()
        for body in bodies:
            reader(body)
        figures.append((time.process_time() - begun) * 1_000 / len(bodies))
    return median(figures)


def _invented() -> bytes:
    items = "".join(map(_item, _news.edition(1, 0, ENTRIES)))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Wire</title>'
        f"<link>https://wire.example/</link><ttl>15</ttl>{items}</channel></rss>"
    ).encode()


def _item(news: _news.News) -> str:
    tags = "".join(f"<category>{tag}</category>" for tag in news.tags)
    return (
        f"<item>\n<title>{news.title}</title>\n<link>{news.url}</link>\n"
        f'<guid isPermaLink="false">{news.guid}</guid>\n<dc:creator>Desk</dc:creator>\n'
        f"<pubDate>{news.published_at:%a, %d %b %Y %H:%M:%S} +0000</pubDate>\n{tags}\n"
        f'<description>&lt;p&gt;{news.lead}&lt;/p&gt;&lt;p&gt;&lt;a href="{news.url}"&gt;More'
        "&lt;/a&gt;&lt;/p&gt;</description>\n</item>\n"
    )


def _live() -> Iterator[bytes]:
    for path in sorted((CORPUS / "feeds" / "live-2026").glob("*.gz")):
        yield gzip.decompress(path.read_bytes())


if __name__ == "__main__":
    main()

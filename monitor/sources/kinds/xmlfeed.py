"""RSS 0.9x to 2.0, Atom 0.3 and 1.0, RDF and CDF, well-formed or not."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace

from lxml import etree

from monitor.model import NoFeed, ParsedFeed, ParseProblem
from monitor.sources.discovery import no_feed
from monitor.sources.kinds import MOST_ENTRIES, Source
from monitor.sources.kinds._apart import read_apart, read_plainly
from monitor.sources.kinds._decoding import decode
from monitor.sources.kinds._entries import feed_of, to_entry
from monitor.sources.kinds._found import said_feed
from monitor.sources.kinds._names import Declined
from monitor.sources.kinds._parsing import ESCAPES, parse
from monitor.sources.kinds._precleaning import Precleaned, mend, preclean
from monitor.sources.kinds._said import SaidFeed
from monitor.sources.kinds._splitting import Split, split_entries
from monitor.sources.kinds._wellformed import read_well_formed
from monitor.sources.oddities import CUT_OFF

_MOST_TAGS = 100_000  # feedparser takes some 15 microseconds for each
_SHORTEST_ENTRY = 15  # <item><a/></item>, and room for doubt

_ENTRY_STARTS = re.compile(r"<(?:[\w.-]{1,60}:)?(?:item|entry)(?=[\s>])", re.IGNORECASE)
_ENTRY_ENDS = re.compile(r"</(?:[\w.-]{1,60}:)?(?:item|entry)\s{0,60}>", re.IGNORECASE)

_SAID = r"\s{0,60}(?:<!\[CDATA\[[^<>]{1,2000}\]\]>|[^<>]{1,2000})\s{0,60}"
_NAMED = re.compile(
    rf"<(?P<name>guid|id|link)(?:\s[^<>]{{0,1000}})?>{_SAID}</(?P=name)>"
    r"|<link\s[^<>]{1,4000}/>",
    re.IGNORECASE,
)
_TITLED = re.compile(r"</title>", re.IGNORECASE)
_NAME_BREAKS_OFF = re.compile(
    r"<(?:guid|id|link)(?![^<]*</)[^<]*(?:<!\[CDATA\[[^<]*)?$", re.IGNORECASE
)

_ROOTS = frozenset(["rss", "feed", "rdf", "channel"])


def _accepts(body: bytes, content_type: str) -> bool:
    del content_type  # servers say anything
    return b"<" in body


def _read(body: bytes, content_type: str, url: str) -> ParsedFeed | NoFeed:
    decoded = decode(body, content_type)
    cleaned = preclean(decoded.text, _ROOTS)
    if cleaned is None:
        return no_feed(decoded.text, url)
    text, excess = _bounded(cleaned.text)
    document, flaws = _document(replace(cleaned, text=text))
    if not document.entries and not document.names_itself:
        return no_feed(decoded.text, url)
    return feed_of(document, url, (*decoded.problems, *excess, *flaws))


def _document(cleaned: Precleaned) -> tuple[SaidFeed, tuple[ParseProblem, ...]]:
    """What a document says, as it stands or with its references mended, whole or in parts."""
    try:
        return read_well_formed(cleaned.text), cleaned.problems
    except Declined:
        mended = mend(cleaned)
    flaws = []
    if _breaks_off(mended.text, mended.root):
        mended = replace(mended, text=_without_unfinished(mended.text))
        said = "The document breaks off before its end; what came whole was read."
        flaws.append(ParseProblem(code=CUT_OFF, message=said))
    try:
        return read_well_formed(mended.text), mended.problems
    except Declined as declined:
        document, more = _declined(mended, declined.__cause__)
    return document, (*mended.problems, *flaws, *more)


def _declined(
    mended: Precleaned, error: BaseException | None
) -> tuple[SaidFeed, list[ParseProblem]]:
    """What feedparser finds in a document; entry by entry where `error` says it is malformed."""
    text, root = mended.text, mended.root
    if text.count("<") > _MOST_TAGS:
        said = (
            "The XML is malformed or too deep, and too large to be read but for its plain elements."
        )
        return read_plainly(text, root), [ParseProblem(code="malformed", message=said)]
    flaws = []
    if isinstance(error, etree.XMLSyntaxError):
        said = f"The XML is malformed ({error.msg}); what is sound in it was read."
        flaws.append(ParseProblem(code="malformed", message=said))
    else:
        with suppress(*ESCAPES):
            return said_feed(parse(text), root), []
    document, rescued = read_apart(text, root)
    if rescued:
        said = "A part that breaks the parser was left aside; the rest was read."
        flaws.append(ParseProblem(code="unreadable-part", message=said))
    return document, flaws


def _breaks_off(text: str, root: str) -> bool:
    """Whether the last end tag is not that of the root."""
    last = text[text.rfind("</") + 2 :].partition(">")[0].strip()
    return last.rpartition(":")[2].lower() != root


def _without_unfinished(text: str) -> str:
    """Without the entry in which a document breaks off, unless it can be known again, or is all.

    Half an id or half a link is that of another entry, and half a title is nothing to be told.
    What has all three counts as reworded once the whole of it has come. Where several entries
    have begun and none has an end, it is the publisher's way of writing.
    """
    starts = [found.start() for found in _ENTRY_STARTS.finditer(text)]
    ends = max((found.start() for found in _ENTRY_ENDS.finditer(text)), default=-1)
    if not starts or starts[-1] <= ends or (ends < 0 and len(starts) > 1):
        return text
    entry = text[starts[-1] :]
    named = _NAMED.search(entry) and _TITLED.search(entry)
    kept = (named or ends < 0) and not _NAME_BREAKS_OFF.search(entry)
    return text if kept else text[: starts[-1]]


def _bounded(text: str) -> tuple[str, list[ParseProblem]]:
    """The document, cut down to the newest entries where it has too many."""
    if len(text) < MOST_ENTRIES * _SHORTEST_ENTRY:
        return text, []
    if text.count("<item") + text.count("<entry") + text.count(":item") <= MOST_ENTRIES:
        return text, []
    split = split_entries(text)
    count = len(split.entries)
    if count <= MOST_ENTRIES:
        return text, []
    oldest_first = _day(split, 0) < _day(split, -1)
    kept = split.entries[-MOST_ENTRIES:] if oldest_first else split.entries[:MOST_ENTRIES]
    said = f"The document has {count} entries; only the newest {MOST_ENTRIES} were kept."
    return split.document(kept), [ParseProblem(code="too-many-entries", message=said)]


def _day(split: Split, index: int) -> str:
    """The date of one entry, comparable; "" where it states none."""
    cleaned = Precleaned(text=split.document([split.entries[index]]), root="rss")
    document, _ = _document(cleaned)
    if not document.entries:
        return ""
    entry = to_entry(document.entries[0], "", "")
    stated = entry.published_at or entry.updated_at
    return stated.isoformat() if stated else ""


SOURCE = Source(
    name="xml",
    help="RSS, Atom and RDF feeds, well-formed or not",
    accepts=_accepts,
    read=_read,
)

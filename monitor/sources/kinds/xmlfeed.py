"""RSS 0.9x to 2.0, Atom 0.3 and 1.0, RDF and CDF, well-formed or not."""

from __future__ import annotations

from dataclasses import replace
from xml.sax import SAXException

from monitor.model import NoFeed, ParsedFeed, ParseProblem
from monitor.sources.discovery import no_feed
from monitor.sources.kinds import Source
from monitor.sources.kinds._apart import read_apart, read_plainly
from monitor.sources.kinds._decoding import decode
from monitor.sources.kinds._entries import feed_of, to_entry
from monitor.sources.kinds._found import Found
from monitor.sources.kinds._found import document as found_document
from monitor.sources.kinds._names import Declined
from monitor.sources.kinds._parsing import ESCAPES, parse
from monitor.sources.kinds._precleaning import Precleaned, mend, preclean
from monitor.sources.kinds._said import Document
from monitor.sources.kinds._splitting import Split, split_entries
from monitor.sources.kinds._wellformed import read_well_formed

MOST_ENTRIES = 2_000

_MOST_TAGS = 100_000  # feedparser takes some 15 microseconds for each
_SHORTEST_ENTRY = 15  # <item><a/></item>, and room for doubt

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


def _document(cleaned: Precleaned) -> tuple[Document, tuple[ParseProblem, ...]]:
    """What a document says, by the reader for what is well-formed or by feedparser."""
    try:
        return read_well_formed(cleaned.text), cleaned.problems
    except Declined:
        mended = mend(cleaned)
    if mended.text != cleaned.text:
        try:
            return read_well_formed(mended.text), mended.problems
        except Declined:
            pass
    document, flaws = _found(mended.text, mended.root)
    return document, (*mended.problems, *flaws)


def _found(text: str, root: str) -> tuple[Document, list[ParseProblem]]:
    """What feedparser finds, entry by entry where it cannot take the document as a whole."""
    if text.count("<") > _MOST_TAGS:
        said = "The XML is malformed or too deep, and too large to be read but for its plain elements."
        return read_plainly(text, root), [ParseProblem(code="malformed", message=said)]
    try:
        whole = parse(text)
    except ESCAPES:
        said = "A part that breaks the parser was left aside; the rest was read."
        return read_apart(text, root, None), [ParseProblem(code="unreadable-part", message=said)]
    if not whole.get("bozo"):
        return found_document(whole, root), []
    said = f"The XML is malformed{_why(whole)}; what is sound in it was read."
    return read_apart(text, root, whole), [ParseProblem(code="malformed", message=said)]


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


def _why(found: Found) -> str:
    error = found.get("bozo_exception")
    return f" ({error.getMessage()})" if isinstance(error, SAXException) else ""


SOURCE = Source(
    name="xml",
    help="RSS, Atom and RDF feeds, well-formed or not",
    accepts=_accepts,
    read=_read,
)

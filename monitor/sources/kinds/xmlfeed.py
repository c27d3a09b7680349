"""RSS 0.9x to 2.0, Atom 0.3 and 1.0, RDF and CDF, well-formed or not."""

from __future__ import annotations

from dataclasses import replace
from xml.sax import SAXException

from monitor.model import NoFeed, ParsedFeed, ParseProblem
from monitor.sources.discovery import no_feed
from monitor.sources.kinds import Source
from monitor.sources.kinds._apart import read_apart
from monitor.sources.kinds._decoding import decode
from monitor.sources.kinds._entries import HTML, Found, to_entry
from monitor.sources.kinds._links import web_link
from monitor.sources.kinds._parsing import ESCAPES, parse
from monitor.sources.kinds._precleaning import preclean
from monitor.sources.kinds._splitting import Split, split_entries
from monitor.text.html import plain_line

MOST_ENTRIES = 2_000

_ROOTS = frozenset(["rss", "feed", "rdf", "channel"])
_KINDS = {"rss090": "rdf", "rss10": "rdf", "cdf": "cdf"}
_KINDS_OF_ROOTS = {"rss": "rss", "feed": "atom", "rdf": "rdf", "channel": "rss"}


def _accepts(body: bytes, content_type: str) -> bool:
    del content_type  # servers say anything
    return b"<" in body


def _read(body: bytes, content_type: str, url: str) -> ParsedFeed | NoFeed:
    decoded = decode(body, content_type)
    cleaned = preclean(decoded.text, _ROOTS)
    if cleaned is None:
        return no_feed(decoded.text, url)
    text, excess = _bounded(cleaned.text)
    found, flaws = _found(text)
    feed = replace(
        _heading(found, cleaned.root, url),
        problems=(*decoded.problems, *cleaned.problems, *excess, *flaws),
    )
    # "atom" is what any <feed> is called that does not name its namespace.
    says_nothing = found.get("version") in {"", None, "atom"} and not feed.title
    if not found["entries"] and says_nothing:
        return no_feed(decoded.text, url)
    # RFC 4287, section 2: Atom resolves against the document; RSS says nothing, and its
    # relative links are meant as those of the site.
    base = url if feed.kind == "atom" else feed.site_url or url
    entries = (to_entry(each, base, feed.language) for each in found["entries"])
    return replace(feed, entries=tuple(entries))


def _found(text: str) -> tuple[Found, list[ParseProblem]]:
    """What the parser finds, entry by entry where it cannot take the document as a whole."""
    try:
        whole = parse(text)
    except ESCAPES:
        said = "A part that breaks the parser was left aside; the rest was read."
        return read_apart(text, None), [ParseProblem(code="unreadable-part", message=said)]
    if not whole.get("bozo"):
        return whole, []
    said = f"The XML is malformed{_why(whole)}; what is sound in it was read."
    return read_apart(text, whole), [ParseProblem(code="malformed", message=said)]


def _bounded(text: str) -> tuple[str, list[ParseProblem]]:
    """The document, cut down to the newest entries where it has too many."""
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
    try:
        found = parse(split.document([split.entries[index]]))["entries"][0]
    except ESCAPES:
        return ""
    entry = to_entry(found, "", "")
    stated = entry.published_at or entry.updated_at
    return stated.isoformat() if stated else ""


def _heading(found: Found, root: str, url: str) -> ParsedFeed:
    version, heading = str(found.get("version") or ""), found["feed"]
    kind = _KINDS.get(version) or ("atom" if version.startswith("atom") else "")
    title = dict.get(heading, "title_detail") or {}
    is_html = title.get("type") in HTML
    return ParsedFeed(
        kind=kind or ("rss" if version.startswith("rss") else _KINDS_OF_ROOTS[root]),
        title=plain_line(str(dict.get(heading, "title") or ""), is_html=is_html),
        site_url=web_link(str(dict.get(heading, "link") or ""), url),
        language=str(dict.get(heading, "language") or ""),
    )


def _why(found: Found) -> str:
    error = found.get("bozo_exception")
    return f" ({error.getMessage()})" if isinstance(error, SAXException) else ""


SOURCE = Source(
    name="xml",
    help="RSS, Atom and RDF feeds, well-formed or not",
    accepts=_accepts,
    read=_read,
)

"""Reading a document of whatever kind: the shelf of kinds is asked in turn."""

from __future__ import annotations

from functools import cache

from monitor.model import NoFeed, ParsedFeed
from monitor.shelf import load_shelf
from monitor.sources import kinds
from monitor.sources.discovery import no_feed
from monitor.sources.kinds import Source
from monitor.sources.kinds._decoding import decode

MOST_BYTES = 10 * 1024 * 1024


def read_feed(body: bytes, content_type: str, url: str) -> ParsedFeed | NoFeed:
    """What a document says, of the first kind that understands it.

    `content_type` is the header as it came ("" if none did); `url` is where the document was
    found and resolves its links. To be called in the airlock only: hostile bytes may cost
    any amount of time and memory.
    """
    if len(body) > MOST_BYTES:
        return NoFeed(looks_like=f"a document of {len(body) >> 20} MiB (10 MiB is the limit)")
    answer: NoFeed | None = None
    for source in source_kinds().values():
        if source.accepts(body, content_type):
            outcome = source.read(body, content_type, url)
            if isinstance(outcome, ParsedFeed):
                return outcome
            answer = answer or outcome
    text = decode(body, content_type).text
    return answer or no_feed(text, url, binary=b"\x00" in body[:1_000])


@cache
def source_kinds() -> dict[str, Source]:
    """The shelf of source kinds, by module name."""
    return load_shelf(kinds, "SOURCE", Source)

"""From the bytes of a document to candidates: items, cleaned, each with the keys it goes by."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from monitor.model import Feed, Fetched, NoFeed
from monitor.sources.oddities import oddities
from monitor.sources.reading import read_feed
from monitor.stories.deciding import Candidate, Document
from monitor.stories.identity import identify
from monitor.text.clean import content_hash, to_item


def understand(fetched: Fetched, feed: Feed, *, key_flaws: str, now: datetime) -> Document | NoFeed:
    """What a document of `feed` holds. Rules are not tried yet: matches are left empty.

    To be called in the airlock only: hostile bytes may cost any amount of time and memory.
    """
    parsed = read_feed(fetched.body, fetched.content_type, fetched.final_url)
    if isinstance(parsed, NoFeed):
        return parsed
    items = [to_item(entry, feed, parsed.title, now) for entry in parsed.entries]
    known_by = identify(items, key_flaws=key_flaws)
    return Document(
        heading=replace(
            parsed, entries=(), problems=(*parsed.problems, *oddities(parsed.entries, now))
        ),
        candidates=tuple(
            Candidate(item=item, identity=identity, content_hash=content_hash(item))
            for item, identity in zip(items, known_by.identities, strict=True)
        ),
        key_flaws=known_by.key_flaws,
    )

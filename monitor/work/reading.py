"""Reading: what an answer holds, and what the rules make of what is new in it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from monitor.errors import AirlockFailure, Temporary
from monitor.model import Failed, FailureKind, Feed, Fetched, KnownItem, NoFeed, ParsedFeed
from monitor.rules.matching import NearMiss
from monitor.store.engine import Store
from monitor.store.feeds import DueFeed
from monitor.store.reports import texts_of
from monitor.store.statements import chunks
from monitor.stories.deciding import Candidate, Document, matched
from monitor.stories.enriching import with_text
from monitor.turns import THINKING
from monitor.watch import Watch
from monitor.work.recognising import recognised
from monitor.work.recording import Understood

LOGGER = logging.getLogger("wirewatch")

_IN_A_ROW = 50
"""Items that a document may have examined before it is another one's turn."""


class Read(Protocol):
    """The door to the airlock, which blocks: see `monitor.sources.understanding.understand`."""

    def __call__(
        self, fetched: Fetched, feed: Feed, *, key_flaws: str, now: datetime
    ) -> Document | NoFeed:
        """A document understood; what outlives its limits raises AirlockFailure."""


def understood_or_failed(
    fetched: Fetched,
    due: DueFeed,
    feed: Feed,
    watch: Watch,
    *,
    store: Store,
    read: Read,
    now: Callable[[], datetime],
) -> tuple[ParsedFeed, Understood] | Failed:
    """Whatever a document makes go wrong costs its own feed an error, and nobody else."""
    try:
        document = read(fetched, feed, key_flaws=due.state.key_flaws, now=now())
        if isinstance(document, NoFeed):
            return Failed(kind=FailureKind.NOT_A_FEED, reason=_no_feed(document))
        return _examined_all(document, due, feed, watch, store)
    except AirlockFailure as failure:
        return Failed(kind=FailureKind.POISON, reason=str(failure))
    except Temporary:
        raise
    except Exception as error:
        LOGGER.exception("poison", extra={"facts": {"feed": feed.url}})
        said = f"{type(error).__name__}: {error}"
        return Failed(kind=FailureKind.POISON, reason=f"reading it met a mistake of ours ({said})")


def _examined_all(
    document: Document, due: DueFeed, feed: Feed, watch: Watch, store: Store
) -> tuple[ParsedFeed, Understood]:
    """Rules are tried only on what is new or reworded."""
    with THINKING, store.reading() as conn:
        found = recognised(conn, due, document)
        texts = texts_of(conn, _reworded(found.candidates, found.known))
    told = []
    for some in chunks(found.candidates, _IN_A_ROW):
        with THINKING:
            told += [_examined(each, found.known, texts, feed, watch) for each in some]
    return document.heading, Understood(
        candidates=tuple(candidate for candidate, _ in told),
        known=found.known,
        near_misses=tuple(missed for _, missed in told),
        key_flaws=found.key_flaws,
        renamed=found.renamed,
    )


def _reworded(candidates: Iterable[Candidate], known: Mapping[bytes, KnownItem]) -> set[int]:
    """The known items of which the feed now says something else."""
    return {
        before.id
        for each in candidates
        for key in each.identity.keys
        if (before := known.get(key)) and before.content_hash not in (b"", each.content_hash)
    }


def _examined(
    candidate: Candidate,
    known: Mapping[bytes, KnownItem],
    texts: Mapping[int, str],
    feed: Feed,
    watch: Watch,
) -> tuple[Candidate, tuple[NearMiss, ...]]:
    """A candidate with the rules that fire on it, and what it only just fails.

    An article that was fetched is read along with what its feed says now.
    """
    before = next((known[key] for key in candidate.identity.keys if key in known), None)
    if before is not None and before.content_hash in (b"", candidate.content_hash):
        return candidate, ()
    item = with_text(candidate.item, texts.get(before.id, "") if before else "")
    item = watch.in_language(item)
    found = watch.examine(item, feed)
    return matched(candidate, item, found.matches), found.near_misses


def _no_feed(found: NoFeed) -> str:
    if found.feeds:
        return f"this is no feed but {found.looks_like}; it links to {', '.join(found.feeds[:3])}"
    return f"this is no feed but {found.looks_like}"

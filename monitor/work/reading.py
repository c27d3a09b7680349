"""Reading: what an answer holds, and what the rules make of what is new in it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from monitor.errors import AirlockFailure, Temporary
from monitor.model import Failed, FailureKind, Feed, Fetched, KnownItem, NoFeed, ParsedFeed
from monitor.rules.matching import NearMiss
from monitor.store import items as item_rows
from monitor.store.engine import Store
from monitor.store.feeds import DueFeed
from monitor.store.reports import texts_of
from monitor.store.statements import chunks
from monitor.stories.deciding import Candidate, Document, matched
from monitor.stories.enriching import with_text
from monitor.stories.identity import FEW, identify, shown_again
from monitor.turns import THINKING
from monitor.watch import Watch
from monitor.work.recording import Understood

LOGGER = logging.getLogger("wirewatch")

_SHOWN_BEFORE = 20
"""Items of a feed beyond twice those of its document among which some may be shown again."""

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
        known = _known_of(conn, document, due)
        document, again = _known_again(conn, document, known, due)
        if again:
            known = _known_of(conn, document, due)
        before = {**again, **known}
        texts = texts_of(conn, _reworded(document.candidates, before))
    told = []
    for some in chunks(document.candidates, _IN_A_ROW):
        with THINKING:
            told += [_examined(each, before, texts, feed, watch) for each in some]
    return document.heading, Understood(
        candidates=tuple(candidate for candidate, _ in told),
        known=known,
        near_misses=tuple(missed for _, missed in told),
        key_flaws=document.key_flaws,
        again=again,
    )


def _known_of(conn: Connection, document: Document, due: DueFeed) -> dict[bytes, KnownItem]:
    keys = [key for each in document.candidates for key in each.identity.keys]
    return item_rows.known_items(conn, due.id, keys)


def _known_again(
    conn: Connection, document: Document, known: Mapping[bytes, KnownItem], due: DueFeed
) -> tuple[Document, dict[bytes, KnownItem]]:
    """The document under weaker keys, where those it has prove to be made anew each time.

    With the items that it shows again, by these keys. Only a document of which most is unknown,
    of a feed that was polled before, is worth the question.
    """
    there = {
        at
        for at, each in enumerate(document.candidates)
        if any(key in known for key in each.identity.keys)
    }
    many = len(document.candidates)
    if due.state.first_polled_at is None or many < FEW or 2 * len(there) >= many:
        return document, {}
    shown = item_rows.shown_of_late(conn, due.id, 2 * many + _SHOWN_BEFORE)
    items = [each.item for each in document.candidates]
    again, flaws = shown_again(items, there, shown)
    if not again:
        return document, {}
    flawed = identify(items, key_flaws=" ".join([document.key_flaws, *flaws]))
    LOGGER.warning("keys made anew", extra={"facts": {"feed": due.url, "flaws": flawed.key_flaws}})
    fresh = replace(
        document,
        candidates=tuple(
            replace(each, identity=identity)
            for each, identity in zip(document.candidates, flawed.identities, strict=True)
        ),
        key_flaws=flawed.key_flaws,
    )
    remembered = item_rows.items_known(conn, again.values())
    return fresh, {
        fresh.candidates[at].identity.primary: remembered[item] for at, item in again.items()
    }


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

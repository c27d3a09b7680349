"""Recognising: which entries of a document are known, also where a feed's keys have changed."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from monitor.model import FeedId, Item, ItemId, KnownItem
from monitor.store import items as item_rows
from monitor.store.feeds import DueFeed
from monitor.stories.deciding import Candidate, Document
from monitor.stories.identity import Unmasked, identities_under, in_order, may_be_masked, unmasked

LOGGER = logging.getLogger("wirewatch")

RECENT = 300
"""How many of a feed's last items are looked at when its keys are in doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A document's entries by the keys that its feed leaves fit, and which of them are known.

    `renamed` are keys under which items that were known before are to be found from now on.
    """

    candidates: tuple[Candidate, ...]
    known: Mapping[bytes, KnownItem]
    key_flaws: str
    renamed: Mapping[bytes, ItemId] = field(default_factory=dict)


def recognised(conn: Connection, due: DueFeed, document: Document) -> Recognised:
    """What of a document is known. The feed's past is asked for only where its keys are in doubt.

    They are when most of the document is unknown, or when it shows a flaw that the feed had not.
    """
    candidates = document.candidates
    known = known_under(conn, due.id, candidates, {})
    fresh = [at for at, each in enumerate(candidates) if each.identity.primary not in known]
    is_flawed = document.key_flaws != due.state.key_flaws
    if is_flawed or may_be_masked(len(fresh), len(candidates)):
        recent = item_rows.recent_items(conn, due.id, RECENT) if due.state.first_polled_at else {}
        found = unmasked([each.item for each in candidates], fresh, list(recent.values()))
        if is_flawed or found.before:
            return _renamed(conn, due, document, recent, found)
    return Recognised(candidates=candidates, known=known, key_flaws=document.key_flaws)


def _renamed(
    conn: Connection,
    due: DueFeed,
    document: Document,
    recent: Mapping[ItemId, Item],
    found: Unmasked,
) -> Recognised:
    """The document under the keys that are left, and the feed's recent items under theirs."""
    flaws = in_order((*document.key_flaws.split(), *found.key_flaws.split()))
    if flaws != due.state.key_flaws:
        facts = {"feed": due.url, "flaws": flaws, "before": due.state.key_flaws}
        LOGGER.info("keys unfit", extra={"facts": facts})
    candidates = _under(document.candidates, flaws)
    renamed: dict[bytes, ItemId] = {}
    ids = list(recent)
    for at, place in found.before.items():
        renamed |= dict.fromkeys(candidates[at].identity.keys, ids[place])
    past = identities_under(list(recent.values()), flaws)
    for item_id, identity in zip(ids, past, strict=True):
        renamed.setdefault(identity.primary, item_id)
    return Recognised(
        candidates=candidates,
        known=known_under(conn, due.id, candidates, renamed),
        key_flaws=flaws,
        renamed=renamed,
    )


def known_under(
    conn: Connection,
    feed_id: FeedId,
    candidates: Sequence[Candidate],
    renamed: Mapping[bytes, ItemId],
) -> dict[bytes, KnownItem]:
    """What is known of these entries, by the keys that items have or are to have from now on."""
    keys = [key for each in candidates for key in each.identity.keys]
    return item_rows.items_renamed(conn, renamed, keys) | item_rows.known_items(conn, feed_id, keys)


def _under(candidates: Sequence[Candidate], flaws: str) -> tuple[Candidate, ...]:
    known_by = identities_under([each.item for each in candidates], flaws)
    return tuple(
        replace(each, identity=identity)
        for each, identity in zip(candidates, known_by, strict=True)
    )

"""By which keys an entry is known again, within its feed and across feeds."""

from __future__ import annotations

import enum
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from monitor.model import Item, ItemId, KnownItem
from monitor.text.urls import url_key

SHARED_BY = 3
"""A link that this many differently titled entries of one document carry names no article."""

ALIKE = 0.6
"""Titles at least this similar (difflib ratio) are taken for edits of one another."""

FEW = 3
"""Documents of fewer entries prove nothing of their feed."""


class KeyFlaw(enum.StrEnum):
    """A way in which a feed's keys have proved unfit. What was found once is held for good.

    Several articles under one link; several under one guid; guids, or links, that are made anew
    for the same articles.
    """

    SHARED_LINKS = "shared-links"
    REPEATED_GUIDS = "repeated-guids"
    CHANGING_GUIDS = "changing-guids"
    CHANGING_LINKS = "changing-links"


_FRAGMENT = re.compile(r"#\d{1,4}$")
# Chinese and Japanese put no spaces between words: there, every character counts as one.
_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The keys one entry goes by.

    `primary` decides; `alias` (b"" for none) recognises an item whose guid has changed.
    `url_key` is the key across feeds, b"" when the link names no article.
    """

    primary: bytes
    alias: bytes = b""
    url_key: bytes = b""

    @property
    def keys(self) -> tuple[bytes, ...]:
        """All identity keys, the deciding one first."""
        return (self.primary, self.alias) if self.alias else (self.primary,)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentIdentities:
    """The identities of all entries of one document, in their order, and what they proved.

    `key_flaws` are KeyFlaws between spaces: those of the feed so far, and those found here.
    """

    identities: tuple[Identity, ...]
    key_flaws: str


def identify(items: Sequence[Item], *, key_flaws: str = "") -> DocumentIdentities:
    """Choose for each entry the strongest key that is unique in its document.

    The ladder: guid; guid with link; link; link with title; title with its date or its lead. A
    guid that several entries carry says nothing alone, nor does a link that many share; of a feed
    whose keys have failed so before (`key_flaws`), nor do they in a document of one entry.
    """
    guids = Counter(_guid(item) for item in items if item.guid)
    links = [url_key(item.url) for item in items]
    titles_of: dict[str, set[str]] = {}
    titles_under: dict[str, set[str]] = {}
    for item, link in zip(items, links, strict=True):
        titles_of.setdefault(link, set()).add(item.title)
        titles_under.setdefault(_guid(item), set()).add(item.title)
    flaws = {KeyFlaw(each) for each in key_flaws.split()}
    if any(len(titles) >= SHARED_BY for link, titles in titles_of.items() if link):
        flaws.add(KeyFlaw.SHARED_LINKS)
    if any(len(titles) > 1 for guid, titles in titles_under.items() if guid):
        flaws.add(KeyFlaw.REPEATED_GUIDS)
    links_tell = KeyFlaw.SHARED_LINKS not in flaws and KeyFlaw.CHANGING_LINKS not in flaws

    def identity(item: Item, link: str) -> Identity:
        unique = links_tell and bool(link) and len(titles_of[link]) == 1
        by_link = _key("link", link) if unique else b""
        across = _key("url", link) if unique else b""
        if item.guid and KeyFlaw.CHANGING_GUIDS not in flaws:
            if KeyFlaw.REPEATED_GUIDS not in flaws and guids[_guid(item)] == 1:
                return Identity(primary=_key("guid", _guid(item)), alias=by_link, url_key=across)
            words = (_guid(item), link) if unique else (_guid(item), link, item.title)
            return Identity(primary=_key("guid+", *words), alias=by_link, url_key=across)
        if unique:
            return Identity(primary=by_link, url_key=across)
        if link and KeyFlaw.CHANGING_LINKS not in flaws:
            return Identity(primary=_key("link+", link, item.title))
        return Identity(primary=_key("title", item.title, when_or_what(item)))

    return DocumentIdentities(
        identities=tuple(identity(item, link) for item, link in zip(items, links, strict=True)),
        key_flaws=" ".join(sorted(flaws)),
    )


def when_or_what(item: Item) -> str:
    """What beside its title tells an entry apart: its date, or its lead where it states none."""
    dated = item.published_at != item.first_seen_at
    return item.published_at.isoformat() if dated else item.lead


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry that a feed has shown of late: what it can be known again by, whatever its keys."""

    id: ItemId
    guid: str
    url: str
    title: str
    lead: str
    published_at: datetime
    first_seen_at: datetime


def shown_again(
    items: Sequence[Item], known: Collection[int], shown: Iterable[Shown]
) -> tuple[Mapping[int, ItemId], frozenset[KeyFlaw]]:
    """Which entries of a document are known although none of their keys is, and what that proves.

    `known` are the places in the document of entries that are known by a key, `shown` what the
    feed has shown of late. By its place each entry that has the title and date (or lead) of one of
    those is that one; if they are more than half of the document, its keys are made anew for the
    same articles. What is there twice is left alone.
    """
    if len(items) < FEW or 2 * (len(items) - len(known)) <= len(items):
        return {}, frozenset()
    recent: dict[tuple[str, str], list[Shown]] = {}
    for each in shown:
        dated = each.published_at != each.first_seen_at
        beside = each.published_at.isoformat() if dated else each.lead
        recent.setdefault((each.title, beside), []).append(each)
    words = [(item.title, when_or_what(item)) for item in items]
    counted = Counter(words)
    again = {
        at: recent[said][0]
        for at, said in enumerate(words)
        if at not in known and counted[said] == 1 and len(recent.get(said, ())) == 1
    }
    if 2 * len(again) <= len(items):
        return {}, frozenset()
    flaws = set()
    if any(items[at].guid != each.guid for at, each in again.items() if items[at].guid):
        flaws.add(KeyFlaw.CHANGING_GUIDS)
    moved = sum(url_key(items[at].url) != url_key(each.url) for at, each in again.items())
    if 2 * moved > len(again):
        flaws.add(KeyFlaw.CHANGING_LINKS)
    return {at: each.id for at, each in again.items()}, frozenset(flaws)


def is_same_article(known: KnownItem, item: Item) -> bool:
    """Whether a link seen before, now under another guid, still shows the same article.

    Same title but for edits, or the same stated instant: a page that carries one notice after
    another changes both.
    """
    return known.published_at == item.published_at or titles_alike(known.title, item.title)


def titles_alike(one: str, other: str) -> bool:
    """Whether one title may be an edit of the other."""
    words, others = _WORDS.findall(one.casefold()), _WORDS.findall(other.casefold())
    return words == others or SequenceMatcher(None, words, others).ratio() >= ALIKE


def _guid(item: Item) -> str:
    """The guid without a revision count: `...#3` is the same article as `...#0`."""
    return _FRAGMENT.sub("", item.guid)


def _key(kind: str, *parts: str) -> bytes:
    text = "\x1f".join((kind, *parts))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()

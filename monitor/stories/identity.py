"""By which keys an entry is known again, within its feed and across feeds."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from monitor.model import Item, KnownItem
from monitor.text.urls import url_key

SHARED_BY = 3
"""A link that this many differently titled entries of one document carry names no article."""

SHARED_LINKS = "shared-links"
"""A flaw of a feed's keys: its links name no articles."""

ALIKE = 0.6
"""Titles at least this similar (difflib ratio) are taken for edits of one another."""

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
    """The identities of all entries of one document, in their order, and what they proved."""

    identities: tuple[Identity, ...]
    key_flaws: str


def identify(items: Sequence[Item], *, key_flaws: str = "") -> DocumentIdentities:
    """Choose for each entry the strongest key that is unique in its document.

    The ladder: guid; guid with link; link; link with title; title with its lead. A guid that
    several entries carry says nothing alone, nor does a link that many share (`key_flaws`
    are remembered from earlier documents of the feed).
    """
    guids = Counter(_guid(item) for item in items if item.guid)
    links = [url_key(item.url) for item in items]
    titles_of: dict[str, set[str]] = {}
    for item, link in zip(items, links, strict=True):
        titles_of.setdefault(link, set()).add(item.title)
    shared = SHARED_LINKS in key_flaws.split() or any(
        len(titles) >= SHARED_BY for link, titles in titles_of.items() if link
    )

    def identity(item: Item, link: str) -> Identity:
        unique = bool(link) and len(titles_of[link]) == 1
        across = b"" if shared or not unique else _key("url", link)
        if item.guid and guids[_guid(item)] == 1:
            alias = _key("link", link) if unique and not shared else b""
            return Identity(primary=_key("guid", _guid(item)), alias=alias, url_key=across)
        if item.guid:
            words = (_guid(item), link) if unique else (_guid(item), link, item.title)
            return Identity(primary=_key("guid+", *words), url_key=across)
        if unique and not shared:
            return Identity(primary=_key("link", link), url_key=across)
        if link:
            return Identity(primary=_key("link+", link, item.title), url_key=across)
        return Identity(primary=_key("title", item.title, item.lead), url_key=b"")

    return DocumentIdentities(
        identities=tuple(identity(item, link) for item, link in zip(items, links, strict=True)),
        key_flaws=SHARED_LINKS if shared else "",
    )


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

"""By which keys an entry is known again, within its feed and across feeds.

The ladder: guid; link; title with its date, or with its lead. A rung that a feed has proved
unfit (`FLAWS`) is used no more for it, for good: a feed that numbers its items anew does so
again, and what is told apart too finely comes twice, while what is folded is lost.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from functools import cached_property

from monitor.model import Item, KnownItem
from monitor.text.urls import url_key

SHARED_BY = 3
"""A key that this many differently titled entries of one document carry names no article."""

CHANGED_LEAST = 3
"""So many entries, and more than half of a document, must show old items under new keys."""

RECURS_AFTER = timedelta(hours=20)
"""The same title at the same link, dated so much later, is the next of a series."""

REPEATED_TITLES = "repeated-titles"
SHARED_LINKS = "shared-links"
REPEATED_GUIDS = "repeated-guids"
CHANGING_GUIDS = "changing-guids"
CHANGING_LINKS = "changing-links"

FLAWS: Mapping[str, str] = {
    REPEATED_TITLES: "several items share title and text",
    SHARED_LINKS: "several items share a link",
    REPEATED_GUIDS: "several items share an id",
    CHANGING_GUIDS: "its ids change from poll to poll",
    CHANGING_LINKS: "its links change from poll to poll",
}
"""In which ways the keys of a feed's entries can prove unfit, in words."""

ALIKE = 0.6
"""Titles at least this similar (difflib ratio) are taken for edits of one another."""

_OF_GUIDS = frozenset([REPEATED_GUIDS, CHANGING_GUIDS])
_OF_LINKS = frozenset([SHARED_LINKS, CHANGING_LINKS])

_TELLING = 5
"""An undated title without a text of so many words or more hardly comes twice."""

_FRAGMENT = re.compile(r"#\d{1,4}$")
_ORIGIN = re.compile(r"^https?://[^/]*", re.IGNORECASE)
# Chinese and Japanese put no spaces between words: there, every character counts as one.
_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The keys one entry goes by.

    `primary` decides, and `reason` says what it is made of; `alias` (b"" for none) recognises
    an item whose primary key has changed. `url_key` is the key across feeds, b"" when the link
    names no article.
    """

    primary: bytes
    alias: bytes = b""
    url_key: bytes = b""
    reason: str = "same identity in this feed"

    @property
    def keys(self) -> tuple[bytes, ...]:
        """All identity keys, the deciding one first."""
        return (self.primary, self.alias) if self.alias else (self.primary,)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentIdentities:
    """The identities of all entries of one document, in their order, and what they proved."""

    identities: tuple[Identity, ...]
    key_flaws: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmasked:
    """Known items under new keys: by the place of an entry, the place of the item that it is.

    `key_flaws` are the keys that have changed for most of the document and so are no good; a
    feed that has moved, with its paths as they were, has none.
    """

    before: Mapping[int, int] = field(default_factory=dict)
    key_flaws: str = ""


def identify(items: Sequence[Item], *, key_flaws: str = "") -> DocumentIdentities:
    """Choose for each entry the strongest key that its feed and its document leave fit.

    `key_flaws` are the flaws that earlier documents of the feed have shown, between spaces;
    those of the answer are these and what this document shows.
    """
    document = _Document(items)
    flaws = in_order((*key_flaws.split(), *document.flaws()))
    return DocumentIdentities(identities=document.identities(flaws), key_flaws=flaws)


def identities_under(items: Sequence[Item], key_flaws: str) -> tuple[Identity, ...]:
    """The keys of items that have not come in one document: they prove nothing themselves."""
    return _Document(items).identities(key_flaws)


def unmasked(items: Sequence[Item], fresh: Iterable[int], recent: Sequence[Item]) -> Unmasked:
    """Look for known items under the new keys of a document's entries.

    `fresh` are the places of entries whose keys are not known, `recent` what the feed showed
    before, the earliest first. That most of a document is new says nothing; that its titles
    and dates are those of known items, which it does not show under the keys they had, does.
    """
    past = _Past(recent, shown=items)
    before = {at: place for at in fresh if (place := past.place_of(items[at])) is not None}
    if not may_be_masked(len(before), len(items)):
        return Unmasked()
    pairs = [(items[at], recent[place]) for at, place in before.items()]
    changed = {
        CHANGING_GUIDS: sum(_is_new_guid(now.guid, then.guid) for now, then in pairs),
        CHANGING_LINKS: sum(_is_new_link(now.url, then.url) for now, then in pairs),
    }
    flaws = (flaw for flaw, count in changed.items() if may_be_masked(count, len(items)))
    return Unmasked(before=before, key_flaws=in_order(flaws))


def may_be_masked(fresh: int, entries: int) -> bool:
    """Whether so many of a document's entries are enough to speak against its feed's keys."""
    return fresh >= CHANGED_LEAST and 2 * fresh > entries


def in_order(flaws: Iterable[str]) -> str:
    """Flaws as they are remembered: known ones only, each once, between spaces."""
    return " ".join(sorted(FLAWS.keys() & set(flaws)))


def in_words(key_flaws: str) -> str:
    """What is wrong with a feed's keys and what its items are told apart by; "" if nothing."""
    flaws = frozenset(key_flaws.split()) & FLAWS.keys()
    if not flaws:
        return ""
    if flaws <= _OF_GUIDS:
        by = "link"
    else:
        by = "title and date" if flaws & _OF_GUIDS else "id, or else by title and date"
    return f"{_because(flaws)}, so that its items are told apart by {by}"


def is_same_article(known: KnownItem | Item, item: Item) -> bool:
    """Whether a link seen before, now under another guid, still shows the same article.

    Same stated instant, or same title but for edits and not the next of a series: a page that
    carries one notice after another changes both, a daily forecast its date.
    """
    if known.published_at == item.published_at:
        return True
    recurs = is_dated(item) and item.published_at - known.published_at > RECURS_AFTER
    return not recurs and titles_alike(known.title, item.title)


def titles_alike(one: str, other: str) -> bool:
    """Whether one title may be an edit of the other."""
    words, others = _WORDS.findall(one.casefold()), _WORDS.findall(other.casefold())
    return words == others or SequenceMatcher(None, words, others).ratio() >= ALIKE


def is_dated(item: Item) -> bool:
    """Whether its feed says when it was published: what it does not date, the poll does."""
    return item.published_at != item.first_seen_at


class _Document:
    """The entries of one document, with what several of them share."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items
        self._links = [url_key(item.url) for item in items]
        self._titles_of_link: dict[str, set[str]] = {}
        self._titles_of_guid: dict[str, set[str]] = {}
        self._links_of_guid: dict[str, set[str]] = {}
        self._dates_of_link: dict[tuple[str, str], list[datetime]] = {}
        self._dates_of_words: dict[tuple[str, str], list[datetime]] = {}
        for item, link in zip(items, self._links, strict=True):
            if not item.guid and is_dated(item):
                known = self._dates_of_link if link else self._dates_of_words
                same = (link, item.title) if link else (item.title, item.lead)
                known.setdefault(same, []).append(item.published_at)
            self._titles_of_link.setdefault(link, set()).add(item.title)
            self._titles_of_guid.setdefault(_guid(item), set()).add(item.title)
            self._links_of_guid.setdefault(_guid(item), set()).add(link)

    @cached_property
    def _leads_of(self) -> dict[tuple[str, ...], set[str]]:
        leads: dict[tuple[str, ...], set[str]] = {}
        for item in self._items:
            leads.setdefault(_words(item), set()).add(item.lead)
        return leads

    def flaws(self) -> set[str]:
        """What this document proves by itself.

        Two titles under one guid at one link may be two editions of one article (RFC 4287,
        4.1.1); at two links they cannot. Entries without a guid that differ in nothing but
        their dates are a series.
        """
        found = set()
        if any(_is_series(dates) for dates in self._dates_of_link.values()):
            found.add(SHARED_LINKS)
        if any(_is_series(dates) for dates in self._dates_of_words.values()):
            found.add(REPEATED_TITLES)
        if any(len(titles) >= SHARED_BY for link, titles in self._titles_of_link.items() if link):
            found.add(SHARED_LINKS)
        for guid, titles in self._titles_of_guid.items():
            elsewhere = len(titles) > 1 and len(self._links_of_guid[guid]) > 1
            if guid and (elsewhere or len(titles) >= SHARED_BY):
                found.add(REPEATED_GUIDS)
        return found

    def identities(self, key_flaws: str) -> tuple[Identity, ...]:
        """The keys of all entries, in their order."""
        flaws = frozenset(key_flaws.split())
        return tuple(self._identity(at, flaws) for at in range(len(self._items)))

    def _identity(self, at: int, flaws: frozenset[str]) -> Identity:
        """The keys of one entry: the first rung that holds decides."""
        item, link = self._items[at], self._links[at]
        is_article = bool(link) and not flaws & _OF_LINKS and len(self._titles_of_link[link]) == 1
        by_link = _key("link", link) if is_article else b""
        across = _key("url", link) if is_article else b""
        guid = "" if CHANGING_GUIDS in flaws else _guid(item)
        if guid and len(self._titles_of_guid[guid]) == 1 and REPEATED_GUIDS not in flaws:
            return Identity(
                primary=_key("guid", guid),
                alias=by_link,
                url_key=across,
                reason="same id in this feed",
            )
        if is_article:
            primary = _key("guid+", guid, link) if guid else by_link
            reason = _reason("link", flaws & _OF_GUIDS)
            return Identity(primary=primary, url_key=across, reason=reason)
        return self._by_words(item, guid, "" if CHANGING_LINKS in flaws else link, flaws)

    def _by_words(self, item: Item, guid: str, link: str, flaws: frozenset[str]) -> Identity:
        """What is left where neither guid nor link names the article.

        In a feed without flaws the date does not count: some make it anew at every poll.
        """
        if not flaws or not is_dated(item):
            return self._by_title(item, guid, link, flaws)
        words = _words(item)
        if len(self._leads_of[words]) > 1:
            words = (*words, item.lead)
        primary = _key("dated", guid, link, *words)
        return Identity(primary=primary, reason=_reason("title and date", flaws))

    def _by_title(self, item: Item, guid: str, link: str, flaws: frozenset[str]) -> Identity:
        if guid:
            by, primary = "id and title", _key("guid+", guid, link, item.title)
        elif link:
            by, primary = "link and title", _key("link+", link, item.title)
        else:
            by, primary = "title and text", _key("title", item.title, item.lead)
        return Identity(primary=primary, reason=_reason(by, flaws))


class _Past:
    """What a feed showed before, but for what it shows still under the keys that it had."""

    def __init__(self, recent: Sequence[Item], *, shown: Sequence[Item]) -> None:
        self._recent = recent
        self._links = Counter(url_key(item.url) for item in shown)
        self._words = Counter(map(_words, shown))
        guids = {item.guid for item in shown}
        self._by_link: dict[str, int] = {}
        self._by_words: dict[tuple[str, ...], int] = {}
        for place, item in enumerate(recent):
            link = url_key(item.url)
            if item.guid not in guids if item.guid else link not in self._links:
                self._by_link.setdefault(link, place)
                self._by_words.setdefault(_words(item), place)

    def place_of(self, item: Item) -> int | None:
        """Where among these the item is that an entry shows; None where nothing is sure."""
        link, words = url_key(item.url), _words(item)
        place = self._by_link.get(link) if link and self._links[link] == 1 else None
        if place is not None and _is_again(self._recent[place], item):
            return place
        return self._by_words.get(words) if self._words[words] == 1 and _tells(item) else None


def _is_again(before: Item, item: Item) -> bool:
    """Whether what one link shows is the same as before, as a daily forecast is not."""
    same = before.published_at == item.published_at or before.lead == item.lead
    return same and is_same_article(before, item) and titles_alike(before.title, item.title)


def _tells(item: Item) -> bool:
    """Whether title and date, or title and text, can belong to one item only."""
    return is_dated(item) or bool(item.lead) or len(_WORDS.findall(item.title)) >= _TELLING


def _is_series(dates: Sequence[datetime]) -> bool:
    """Whether what differs in its dates alone comes again and again, each time as news."""
    return len(dates) > 1 and max(dates) - min(dates) > RECURS_AFTER


def _words(item: Item) -> tuple[str, ...]:
    """Title and date; the text too where the date is a bare day, or there is none."""
    if not is_dated(item):
        return item.title, "", item.lead
    at = item.published_at.replace(microsecond=0)
    # Midnight somewhere: no zone is off by anything but quarters of an hour.
    is_day = not at.second and not at.minute % 15
    return (item.title, at.isoformat(), item.lead) if is_day else (item.title, at.isoformat())


def _is_new_guid(now: str, then: str) -> bool:
    return bool(now and then) and _ORIGIN.sub("", now) != _ORIGIN.sub("", then)


def _is_new_link(now: str, then: str) -> bool:
    here, there = url_key(now), url_key(then)
    return bool(here and there) and here.partition("/")[2] != there.partition("/")[2]


def _reason(by: str, flaws: Iterable[str] = ()) -> str:
    why = _because(flaws)
    return f"same {by} in this feed" + (f"; {why}" if why else "")


def _because(flaws: Iterable[str]) -> str:
    return " and ".join(FLAWS[flaw] for flaw in sorted(flaws))


def _guid(item: Item) -> str:
    """The guid without a revision count: `...#3` is the same article as `...#0`."""
    return _FRAGMENT.sub("", item.guid)


def _key(kind: str, *parts: str) -> bytes:
    text = "\x1f".join((kind, *parts))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()

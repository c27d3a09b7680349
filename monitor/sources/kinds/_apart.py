"""Reading a broken document entry by entry: only what is broken itself is read loosely."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from monitor.sources.kinds._found import Found, said, said_feed
from monitor.sources.kinds._names import Declined
from monitor.sources.kinds._parsing import ESCAPES, parse
from monitor.sources.kinds._rescuing import rescue
from monitor.sources.kinds._said import Said, SaidFeed
from monitor.sources.kinds._splitting import Split, split_entries
from monitor.sources.kinds._wellformed import read_well_formed

_MOST_ATTEMPTS = 100
_LONGEST_HEAD = 64 * 1024
_ENTRY = "<item/>"
_EMPTY: Found = {"feed": {}, "entries": []}
_START = re.compile(r"<(?:[\w.-]{1,60}:)?(?:item|entry)(?=[\s/>])")
_HEADS = {
    "item": ('<rss version="2.0"{}><channel>', "</channel></rss>"),
    "entry": ('<feed xmlns="http://www.w3.org/2005/Atom"{}>', "</feed>"),
}
_NAMESPACE = re.compile(r"""xmlns:([\w.-]{1,40})\s*=\s*("[^"<>]{1,200}"|'[^'<>]{1,200}')""")
_NAME = re.compile(r"<(?:([\w.-]{1,40}):)?(\w+)")
_CHANNEL = re.compile(r"<(?:[\w.-]{1,40}:)?(?:channel|feed)\b[^<>]*>")
_PLAIN = re.compile(r"<((?:[\w.-]{1,40}:)?(?:title|link|language))>[^<>]*</\1>")
# What feedparser knows as another name of RSS 2.0, which has none of its own.
_RSS_NAMESPACE = '"http://backend.userland.com/rss"'


def read_apart(text: str, root: str) -> tuple[SaidFeed, bool]:
    """What a document says that no parser takes as a whole; and whether some of it broke one.

    Should the parts give fewer entries than the document has, feedparser is asked for all of
    it: it may make something of what cannot be cut.
    """
    split = split_entries(text)
    sound = _with_sound_heading(split) if split.entries else split
    halving = _Halving(sound)
    entries = halving.read(split.entries)
    known = _heading(split, sound, root)
    if len(entries) < len(_START.findall(text)) or not known.heading.title.value:
        whole = said_feed(_parsed(text) or _EMPTY, root)
        known = known if known.heading.title.value else whole
        entries = max(entries, whole.entries, key=len)
    return replace(known, entries=entries), halving.rescued


def read_plainly(text: str, root: str) -> SaidFeed:
    """What a document says in plain elements: for one of so many tags that time would run out."""
    split = split_entries(text)
    rescued = (rescue(entry) for entry in split.entries)
    short = len(split.head) < _LONGEST_HEAD
    known = _heading(split, split, root) if short else said_feed(_EMPTY, root)
    return replace(known, entries=[each for each in rescued if each])


def _with_sound_heading(split: Split) -> Split:
    """The same entries, under the heading as it is or one that is known to be sound."""
    with suppress(Declined):
        read_well_formed(split.document([_ENTRY]))
        return split
    spaces = dict(_NAMESPACE.findall(split.head))
    prefix, name = _NAME.findall(split.entries[0])[0]
    if prefix:
        spaces.setdefault(prefix, _RSS_NAMESPACE)
    start, end = _HEADS[name]
    declared = "".join(f" xmlns:{each}={uri}" for each, uri in spaces.items())
    return Split(head=start.format(declared), entries=split.entries, tail=end)


def _heading(split: Split, sound: Split, root: str) -> SaidFeed:
    """What the heading says of the feed, however odd the rest of it; without entries."""
    with suppress(Declined):
        return replace(read_well_formed(split.document([_ENTRY])), entries=[])
    found = _parsed(split.document(()))
    if (found is None or not dict.get(found["feed"], "title")) and sound.head != split.head:
        said = _CHANNEL.split(split.head, maxsplit=1)[-1]
        kept = "".join(found[0] for found in _PLAIN.finditer(said))
        found = _parsed(sound.head + kept + sound.tail)
    return said_feed({**(found or _EMPTY), "entries": []}, root)


def _parsed(text: str) -> Found | None:
    """What feedparser finds, or None where it fails."""
    try:
        return parse(text)
    except ESCAPES:
        return None


class _Halving:
    """Reads together what is sound together, halving the rest until the bad stand alone.

    Those are for feedparser, and what breaks it for a plainer reader. After very many of them
    feedparser is given all the rest at once, as each costs it a new start.
    """

    def __init__(self, split: Split) -> None:
        self.split = split
        self.attempts = 0
        self.rescued = False

    def read(self, entries: Sequence[str]) -> list[Said]:
        if not entries:
            return []
        if self.attempts <= _MOST_ATTEMPTS:
            with suppress(Declined):
                return read_well_formed(self.split.document(entries)).entries
            if len(entries) > 1:
                middle = len(entries) // 2
                return self.read(entries[:middle]) + self.read(entries[middle:])
        return self._read_loosely(entries)

    def _read_loosely(self, entries: Sequence[str]) -> list[Said]:
        self.attempts += 1
        found = _parsed(self.split.document(entries))
        if found and len(found["entries"]) >= len(entries):
            return [said(each) for each in found["entries"]]
        self.rescued = True
        return [rescued for entry in entries if (rescued := rescue(entry))]

"""Reading a broken document entry by entry: only what is broken itself is read loosely."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from monitor.sources.kinds._found import Found, document, said
from monitor.sources.kinds._parsing import ESCAPES, parse
from monitor.sources.kinds._rescuing import rescue
from monitor.sources.kinds._said import Document, Said
from monitor.sources.kinds._splitting import Split, split_entries

_MOST_ATTEMPTS = 100
_LONGEST_HEAD = 64 * 1024
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


def read_apart(text: str, root: str, whole: Found | None) -> Document:
    """What can be found in a document that makes the parser fail or complain.

    `whole` is what the parser made of it all the same, if anything; its entries stand where
    the parts do not give as many.
    """
    split = split_entries(text)
    if not split.entries:
        return document(whole or {"feed": {}, "entries": []}, root)
    sound = _with_sound_heading(split)
    entries = _Halving(sound).read(split.entries)
    if whole is None or not dict.get(whole["feed"], "title"):
        version = whole.get("version") if whole else None
        whole = {
            "version": version,
            "feed": _heading(split, sound),
            "entries": whole["entries"] if whole else [],
        }
    if len(entries) < len(whole["entries"]):
        return document(whole, root)
    return replace(document({**whole, "entries": []}, root), entries=entries)


def read_plainly(text: str, root: str) -> Document:
    """What a document says in plain elements: for one of so many tags that time would run out."""
    split = split_entries(text)
    rescued = (rescue(entry) for entry in split.entries)
    heading = _heading(split, split) if len(split.head) < _LONGEST_HEAD else {}
    known = document({"feed": heading, "entries": []}, root)
    return replace(known, entries=[each for each in rescued if each])


def _with_sound_heading(split: Split) -> Split:
    """The same entries, under the heading as it is or one that is known to be sound."""
    try:
        if not parse(split.document(())).get("bozo"):
            return split
    except ESCAPES:
        pass
    spaces = dict(_NAMESPACE.findall(split.head))
    prefix, name = _NAME.findall(split.entries[0])[0]
    if prefix:
        spaces.setdefault(prefix, _RSS_NAMESPACE)
    start, end = _HEADS[name]
    declared = "".join(f" xmlns:{each}={uri}" for each, uri in spaces.items())
    return Split(head=start.format(declared), entries=split.entries, tail=end)


def _heading(split: Split, sound: Split) -> Found:
    """What the heading says of the feed, however odd the rest of it."""
    if sound.head != split.head:
        said = _CHANNEL.split(split.head, maxsplit=1)[-1]
        kept = "".join(found[0] for found in _PLAIN.finditer(said))
        sound = Split(head=sound.head + kept, entries=(), tail=sound.tail)
    try:
        heading: Found = parse(sound.document(()))["feed"]
    except ESCAPES:
        return {}
    return heading


class _Halving:
    """Reads together what can be read together, halving the rest until the bad stand alone."""

    def __init__(self, split: Split) -> None:
        self.split = split
        self.attempts = 0

    def read(self, entries: Sequence[str]) -> list[Said]:
        if not entries:
            return []
        self.attempts += 1
        found = self._parsed(entries)
        tired = self.attempts > _MOST_ATTEMPTS
        if found and (tired or len(entries) == 1 or not found.get("bozo")):
            return [said(each) for each in found["entries"]]
        if tired or len(entries) == 1:
            return [rescued for entry in entries if (rescued := rescue(entry))]
        middle = len(entries) // 2
        return self.read(entries[:middle]) + self.read(entries[middle:])

    def _parsed(self, entries: Sequence[str]) -> Found | None:
        """What the parser finds, or None where it fails or finds nothing."""
        try:
            found = parse(self.split.document(entries))
        except ESCAPES:
            return None
        return found if found["entries"] else None

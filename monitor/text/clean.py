"""From an entry, as a source stated it, to an item, as we believe it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from monitor.model import Entry, Feed, Item
from monitor.text.folding import normalized
from monitor.text.language import language_of

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No news feed speaks of an earlier day: such a date means "unknown" (often the Unix epoch)."""

_LONGEST_TITLE = 1_000
_LONGEST_BORROWED_TITLE = 100
_LONGEST_AUTHOR = 300
_LONGEST_TAG = 200
_MOST_TAGS = 64

_BREAKS = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
# Controls, soft hyphens, zero-width spaces, bidi marks and overrides, lone surrogates, tag
# characters: they are not seen, but they split words, forge headers or reorder what is read.
# The joiners U+200C and U+200D stay: Persian words and emoji are spelt with them.
_UNSEEN = (
    "\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
)
_INVISIBLE = re.compile(f"[{_UNSEEN}]+")
_COMBINING = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_TOO_MANY_MARKS = re.compile(f"([{_COMBINING}]{{8}})[{_COMBINING}]+")
_MARK = re.compile(f"[{_COMBINING}]")
# One glance that clears nearly every text of all three of the above.
_SUSPECT = re.compile(f"[\r\v\f\x1c-\x1e\x85\u2028\u2029{_COMBINING}{_UNSEEN}]")


def tidy(text: str) -> str:
    """Plain text on clean lines: single spaces, no blank lines, nothing that cannot be seen."""
    text = text.replace("\xa0", " ").strip()
    if _is_plain(text):
        if "  " not in text and ("\n" not in text or not _has_loose_ends(text)):
            return text
    elif _SUSPECT.search(text):
        text = _INVISIBLE.sub("", _BREAKS.sub("\n", text))
        text = _TOO_MANY_MARKS.sub(r"\1", text)
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return "\n".join(filter(None, lines))


def _has_loose_ends(text: str) -> bool:
    return "\n\n" in text or " \n" in text or "\n " in text


def _is_plain(text: str) -> bool:
    """Whether no more than blanks and line ends can be wrong, as in nearly all texts.

    What Python calls printable has no control, no sign without a width, no lone surrogate,
    no space but the common one; asking is ten times as fast as looking for them all.
    """
    if not text.isprintable() and not ("\n" in text and text.replace("\n", "").isprintable()):
        return False
    return text.isascii() or not _MARK.search(text)


def one_line(text: str) -> str:
    """Tidy text on a single line, as titles, names and tags are."""
    return tidy(text).replace("\n", " ")


def to_item(entry: Entry, feed: Feed, feed_title: str, now: datetime) -> Item:
    """What we believe of an entry that feed stated and that we see for the first time `now`.

    The date is the published one, else that of the last update; one before 1990 means
    unknown, one in the future is a clock that goes wrong: both become `now`.
    """
    title, lead, body = _text_fields(entry)
    return Item(
        title=title,
        lead=lead,
        body=body,
        author=_shortened(_nfc(one_line(entry.author)), _LONGEST_AUTHOR),
        tags=_tags(entry),
        url=_clickable(entry.url),
        guid=entry.guid,
        source=_nfc(one_line(feed.name or feed_title)) or urlsplit(feed.url).hostname or feed.url,
        feed=feed.url,
        language=language_of(
            feed.language, declared=entry.language, text=f"{title}\n{lead}\n{body[:1_000]}"
        ),
        published_at=_believable(entry.published_at or entry.updated_at, now),
        first_seen_at=now,
    )


def content_hash(item: Item) -> bytes:
    """16 bytes (BLAKE2b) that stay the same while an item's words do, whatever their case."""
    words = (" ".join(field.casefold().split()) for field in (item.title, item.lead, item.body))
    return blake2b("\x1f".join(words).encode(), digest_size=16).digest()


def _text_fields(entry: Entry) -> tuple[str, str, str]:
    """Title, lead and body. A title that must be cut stays whole as the start of the lead."""
    title = _nfc(one_line(entry.title))
    lead = _nfc(tidy(entry.lead))
    body = _nfc(tidy(entry.body))
    if not title:
        title = _shortened((lead or body).partition("\n")[0], _LONGEST_BORROWED_TITLE)
    elif len(title) > _LONGEST_TITLE:
        if title not in one_line(lead):
            lead = f"{title}\n{lead}".strip()
        title = _shortened(title, _LONGEST_TITLE)
    return title, lead, body


def _tags(entry: Entry) -> tuple[str, ...]:
    tidied = (_shortened(_nfc(one_line(tag)), _LONGEST_TAG) for tag in entry.tags)
    return tuple(dict.fromkeys(tag for tag in tidied if tag))[:_MOST_TAGS]


def _clickable(url: str) -> str:
    """The link, where following it can only mean fetching a page; else nothing."""
    harmless = url.startswith(("http://", "https://")) and url.isprintable() and " " not in url
    return url if harmless else ""


def _believable(stated: datetime | None, now: datetime) -> datetime:
    if stated is None or stated < EARLIEST or stated > now + timedelta(days=1):
        return now
    return min(stated, now)


def _nfc(text: str) -> str:
    return normalized("NFC", text)


def _shortened(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where there is one, with a mark."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ", limit // 2)
    return cut[: space if space > 0 else limit].rstrip() + "…"

"""Items from outside, as `--items` takes them: one JSON object a line, cleaned like any entry."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.errors import Place, Problem
from monitor.model import Entry, Feed, Item
from monitor.text.clean import one_line, to_item

_TEXTS = (
    "id",
    "title",
    "summary",
    "content",
    "url",
    "author",
    "source",
    "feed",
    "lang",
    "published_at",
)
MOST_PROBLEMS = 20
_LONGEST_SHOWN = 200

CODES = {
    "I101": "The line is no item. Items are JSON Lines: one object a line, with a `title`, "
    "`summary` or `content`, and any of id, url, author, tags, source, feed, lang, published_at."
}
"""What the codes of this room mean, for `wirewatch explain`."""

ToText = Callable[[str], str]
"""HTML or plain text to plain text: the airlock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An item and the id it was given under."""

    id: str
    item: Item
    feed: Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of items: `now` is the date of those that state none.

    A line that is no item is added to `problems`, and the next is read. Of a file with more than
    MOST_PROBLEMS such lines the last problem tells how many there are.
    """

    to_text: ToText
    now: datetime
    problems: list[Problem]

    def file(self, path: str) -> Iterator[Given]:
        """The items of a JSON Lines file, `-` for stdin."""
        if path == "-":
            yield from self.lines(sys.stdin.buffer, "stdin")
            return
        with Path(path).open("rb") as lines:
            yield from self.lines(lines, path)

    def lines(self, lines: Iterable[bytes], name: str) -> Iterator[Given]:
        """The items of lines; `name` is what their file is called in messages."""
        untold = 0
        number = 0
        for number, raw in enumerate(lines, start=1):
            if not raw.strip():
                continue
            found, wrong, column = _object(raw)
            wrong = wrong or _wrong(found)
            if not wrong:
                yield self.given(found, fallback=str(number))
            elif len(self.problems) < MOST_PROBLEMS:
                self.problems.append(_problem(Place(name, number, column), wrong, raw))
            else:
                untold += 1
        if untold:
            self.problems.append(_further(Place(name, number, 1), untold))

    def given(self, found: Mapping[str, Any], *, fallback: str = "1") -> Given:
        """One item; `fallback` is its id where it has none."""
        published = _instant(found.get("published_at"))
        feed = Feed(
            url=_text(found.get("feed") or found.get("source") or "items"),
            name=_text(found.get("source")),
        )
        entry = Entry(
            guid=_text(found.get("id")),
            url=_text(found.get("url")),
            title=self.to_text(_text(found.get("title"))),
            lead=self.to_text(_text(found.get("summary"))),
            body=self.to_text(_text(found.get("content"))),
            author=self.to_text(_text(found.get("author"))),
            tags=tuple(self.to_text(_text(tag)) for tag in found.get("tags") or ()),
            language=_text(found.get("lang")),
            published_at=published,
        )
        item = to_item(entry, feed, "", published or self.now)
        return Given(id=entry.guid or fallback, item=item, feed=feed)


def looks_like_items(raw: bytes) -> bool:
    """Whether text begins with an item: a JSON object on one line."""
    first = raw.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")[0]
    found, _, _ = _object(first) if first.startswith(b"{") else (None, "", 1)
    return isinstance(found, dict) and any(
        name in found for name in ("title", "summary", "content")
    )


def _object(raw: bytes) -> tuple[Any, str, int]:
    """A line as JSON, or what keeps it from being that, and in which column."""
    try:
        return json.loads(raw.decode("utf-8-sig")), "", 1
    except UnicodeDecodeError:
        return None, "is not UTF-8 text", 1
    except json.JSONDecodeError as error:
        return None, f"no JSON: {error.msg[0].lower()}{error.msg[1:]}", error.pos + 1
    except (ValueError, RecursionError):
        return None, "no JSON that anybody could mean", 1


def _problem(place: Place, message: str, raw: bytes) -> Problem:
    short = len(raw) <= _LONGEST_SHOWN
    return Problem(
        place=place,
        code="I101",
        message=message,
        hint='write {"id": "1", "title": "...", "summary": "..."}',
        source=one_line(raw.decode("utf-8", "replace")) if short else "",
    )


def _further(place: Place, untold: int) -> Problem:
    """What stands for the lines that are not told one by one; `place` is the last line."""
    lines = "1 further line is no item" if untold == 1 else f"{untold:,} further lines are no items"
    return Problem(place=place, code="I101", message=lines, hint="mend those above first")


def _wrong(found: object) -> str:
    """What keeps this from being an item; "" for nothing."""
    if not isinstance(found, dict):
        return "an item is a JSON object"
    for name in _TEXTS:
        if not isinstance(found.get(name, ""), str | int | None):
            return f"`{name}` must be a text"
    tags = found.get("tags")
    if tags is not None and not (
        isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)
    ):
        return "`tags` must be a list of texts"
    if not any(found.get(name) for name in ("title", "summary", "content")):
        return "an item needs a `title`, `summary` or `content`"
    stated = found.get("published_at")
    if stated and _instant(stated) is None:
        return f"`published_at` is no RFC 3339 instant: {stated}"
    return ""


def _instant(stated: object) -> datetime | None:
    if not stated:
        return None
    try:
        at = datetime.fromisoformat(str(stated))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _text(stated: object) -> str:
    """A text as it can be written anywhere: half a surrogate pair becomes a question mark."""
    return "" if stated is None else str(stated).encode("utf-8", "replace").decode()

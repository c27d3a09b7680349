"""Items from outside, as `--items` takes them: one JSON object a line, cleaned like any entry."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.errors import Place, Problem, UnusableFiles
from monitor.model import Entry, Feed, Item
from monitor.text.clean import to_item

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

ToText = Callable[[str], str]
"""HTML or plain text to plain text: the airlock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An item and the id it was given under."""

    id: str
    item: Item
    feed: Feed


def read_items(path: str, to_text: ToText, now: datetime) -> Iterator[Given]:
    """The items of a JSON Lines file, `-` for stdin.

    Raises UnusableFiles naming the line of what is no item, after the good ones before it.
    """
    shown = "stdin" if path == "-" else path
    opened = nullcontext(sys.stdin.buffer) if path == "-" else Path(path).open("rb")  # noqa: SIM115
    with opened as lines:
        for number, raw in enumerate(lines, start=1):
            if not raw.strip():
                continue
            problem = ""
            try:
                found = json.loads(raw.decode("utf-8-sig"))
            except (ValueError, RecursionError) as error:
                found, problem = None, f"no JSON: {error}"
            problem = problem or _wrong(found)
            if problem:
                raise UnusableFiles(
                    [
                        Problem(
                            place=Place(shown, number, 1),
                            code="I101",
                            message=problem,
                            hint='write {"id": "1", "title": "...", "summary": "..."}',
                        )
                    ]
                )
            yield given(found, to_text, now, fallback=str(number))


def given(
    found: Mapping[str, Any], to_text: ToText, now: datetime, *, fallback: str = "1"
) -> Given:
    """One item; `now` is its date where it states none."""
    published = _instant(found.get("published_at"))
    seen_at = published or now
    feed = Feed(
        url=str(found.get("feed") or found.get("source") or "items"),
        name=str(found.get("source") or ""),
    )
    entry = Entry(
        guid=str(found.get("id") or ""),
        url=str(found.get("url") or ""),
        title=to_text(str(found.get("title") or "")),
        lead=to_text(str(found.get("summary") or "")),
        body=to_text(str(found.get("content") or "")),
        author=to_text(str(found.get("author") or "")),
        tags=tuple(to_text(str(tag)) for tag in found.get("tags") or ()),
        language=str(found.get("lang") or ""),
        published_at=published,
    )
    item = to_item(entry, feed, "", seen_at)
    return Given(id=str(found.get("id") or fallback), item=item, feed=feed)


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
    if found.get("published_at") and _instant(found["published_at"]) is None:
        return f"`published_at` is no RFC 3339 instant: {found['published_at']}"
    return ""


def _instant(stated: object) -> datetime | None:
    if not stated:
        return None
    try:
        at = datetime.fromisoformat(str(stated))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)

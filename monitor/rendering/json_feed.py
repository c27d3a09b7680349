"""A bulletin as JSON Feed 1.1 (jsonfeed.org)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from monitor.rendering.atom import instant
from monitor.rendering.bulletins import AUTHOR, Bulletin, Notice, permitted

ENDING = ".json"


def json_feed(bulletin: Bulletin) -> bytes:
    """The bulletin as a document."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": bulletin.title,
        "description": bulletin.about,
        "home_page_url": bulletin.home,
        "feed_url": bulletin.address + ENDING,
        "language": "en",
        "authors": [{"name": AUTHOR}],
        "items": [_item(each) for each in bulletin.notices],
    }
    text = json.dumps(_said(feed), ensure_ascii=False, indent=1)
    return permitted(text).encode() + b"\n"


def _item(notice: Notice) -> dict[str, object]:
    item = {
        "id": notice.id,
        "url": notice.url,
        "title": notice.title,
        "content_html": notice.html,
        "summary": notice.summary,
        "date_published": instant(notice.published_at),
        "date_modified": instant(notice.updated_at),
        "authors": [{"name": notice.author}] if notice.author else [],
        "language": notice.language,
        "tags": list(notice.tags),
    }
    return _said(item)


def _said(fields: Mapping[str, object]) -> dict[str, object]:
    """Without what there is nothing to say of; the items of a feed are there even so."""
    return {name: value for name, value in fields.items() if value or name == "items"}

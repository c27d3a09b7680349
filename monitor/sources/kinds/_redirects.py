"""The article behind what a news search links to, where the link itself tells."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qs, urlsplit

_GOOGLE = re.compile(r"(?:www\.|news\.)?google\.(?:com|[a-z]{2}|com?\.[a-z]{2})")
_GOOGLE_ARTICLE = re.compile(r"/(?:articles|read)/([\w=-]+)")
_BING = re.compile(r"(?:www\.)?bing\.com")
_HEAD = b"\x08\x13\x22"


def may_be_redirect(link: str) -> bool:
    """A glance: whether `unwrapped` is worth a call."""
    return "google." in link or "bing." in link


def unwrapped(link: str) -> str:
    """The article behind a redirect of Google or Bing; the link itself where it is none."""
    parts = urlsplit(link)
    host, targets = parts.hostname or "", list[str]()
    if _GOOGLE.fullmatch(host):
        if parts.path == "/url" or parts.path.endswith("/news/url"):
            query = parse_qs(parts.query, max_num_fields=50)
            targets = query.get("url", []) + query.get("q", [])
        elif parts.path.startswith("/amp/s/"):
            targets = [f"https://{parts.path[7:]}"]
        elif packed := _GOOGLE_ARTICLE.search(parts.path):
            targets = [_packed_target(packed[1])]
    elif _BING.fullmatch(host) and parts.path == "/news/apiclick.aspx":
        targets = parse_qs(parts.query, max_num_fields=50).get("url", [])
    return next((url for url in targets if url.startswith(("http://", "https://"))), link)


def _packed_target(packed: str) -> str:
    """The URL inside a Google News article id: base64 of a length-prefixed record.

    Ids of the newer make hold no URL; "" then.
    """
    try:
        record = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    except (binascii.Error, ValueError):
        return ""
    if not record.startswith(_HEAD) or len(record) < 6:
        return ""
    length, start = record[3], 4
    if length >= 0x80:  # a varint of two bytes
        length, start = (length & 0x7F) | (record[4] << 7), 5
    return record[start : start + length].decode("ascii", "ignore")

"""Links as they may be followed: absolute, http or https, and at their true target."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from monitor.sources.kinds._said import Said

_LONGEST = 4_096
_IGNORED = re.compile(r"[\x00-\x1f\x7f]+")  # as browsers do: "java\tscript:" is one word
_UNSAFE = re.compile(r"[\s\x80-\x9f<>\"\\^`{|}\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
# Links that mean what they say: a named host, no port, no dots that climb, nothing to be quoted.
_PLAIN = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[A-Za-z0-9_~%:@!$&'()*+,;=-][\w~%:@!$&'()*+,;=.-]*)*/?"
    r"(?:\?[\w~%:@!$&'()*+,;=./?-]+)?(?:\#[\w~%:@!$&'()*+,;=./?-]+)?",
    re.ASCII,
)
_GOOGLE = re.compile(r"(?:www\.|news\.)?google\.(?:com|[a-z]{2}|com?\.[a-z]{2})")


def article_link(said: Said, base: str) -> str:
    """Where an entry may be read: the first of its links that is one."""
    return next((url for link in said.links if link and (url := web_link(link, base))), "")


def web_link(raw: str, base: str) -> str:
    """The http(s) URL that `raw` means on a page at `base`, or "" where it means none."""
    if _PLAIN.fullmatch(raw):
        return _unwrapped(raw) if "google." in raw or "bing." in raw else raw
    link = _IGNORED.sub("", raw).strip()
    if not link or len(link) > _LONGEST:
        return ""
    try:
        link = urljoin(base, link)
        parts = urlsplit(link)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host:
        return ""
    return _UNSAFE.sub(lambda found: quote(found[0]), _unwrapped(link))


def _unwrapped(link: str) -> str:
    """The article behind a redirect of Google Alerts or Google News, where the URL tells."""
    parts = urlsplit(link)
    if not _GOOGLE.fullmatch(parts.hostname or ""):
        return link
    if parts.path == "/url" or parts.path.endswith("/news/url"):
        query = parse_qs(parts.query, max_num_fields=50)
        targets = query.get("url", []) + query.get("q", [])
    else:
        _, _, packed = parts.path.partition("/articles/")
        targets = [_packed_target(packed)]
    return next((url for url in targets if url.startswith(("http://", "https://"))), link)


def _packed_target(packed: str) -> str:
    """The URL inside a Google News article id: base64 of a length-prefixed record.

    Ids of the newer make hold no URL; "" then.
    """
    try:
        record = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    except (binascii.Error, ValueError):
        return ""
    head = b"\x08\x13\x22"
    if not record.startswith(head) or len(record) < 6:
        return ""
    length, start = record[3], 4
    if length >= 0x80:  # a varint of two bytes
        length, start = (length & 0x7F) | (record[4] << 7), 5
    return record[start : start + length].decode("ascii", "ignore")

"""Links as they may be followed: absolute, http or https, and at their true target."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

from monitor.sources.kinds._redirects import may_be_redirect, unwrapped

_LONGEST = 4_096
_IGNORED = re.compile(r"[\x00-\x1f\x7f]+")  # as browsers do: "java\tscript:" is one word
_UNSAFE = re.compile(r"[\s\x80-\x9f<>\"\\^`{|}\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
# Links that mean what they say: a named host, no port, no dots that climb, nothing to be quoted.
_PLAIN = re.compile(
    r"https?://[a-z0-9-]++(?:\.[a-z0-9-]++)++(?:/[A-Za-z0-9_~%@$&'()*+,=-][\w~%:@!$&'()*+,=.-]*+)*+"
    r"/?(?:\?[\w~%:@!$&'()*+,;=./?-]++)?(?:\#[\w~%:@!$&'()*+,;=./?-]++)?",
    re.ASCII,
)
_SLASHES = re.compile(r"(https?://)/+", re.IGNORECASE)


def article_link(links: list[str], base: str) -> str:
    """Where an entry may be read: the first of its links that leads anywhere."""
    for link in links:
        if link and (url := web_link(link, base)):
            return url
    return ""


def web_link(raw: str, base: str) -> str:
    """The http(s) URL that `raw` means on a page at `base`, or "" where it means none."""
    if len(raw) > _LONGEST:
        return ""
    if _PLAIN.fullmatch(raw) and not may_be_redirect(raw):
        return raw
    link = _SLASHES.sub(r"\1", _IGNORED.sub("", raw).strip(), count=1)
    if not link:
        return ""
    try:
        link = urljoin(base, link)
        parts = urlsplit(link)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host:
        return ""
    return _UNSAFE.sub(lambda found: quote(found[0]), unwrapped(link))

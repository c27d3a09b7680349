"""Keys of web addresses: spellings of one article share a key, two articles never do.

Parameters are dropped by name only, from a list of known trackers: dropping "whatever looks
unneeded" merges hundreds of real articles. A key is for comparing; people click the original.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from urllib.parse import quote, unquote

from monitor.text.trackers import is_tracker

_LONGEST = 8_192
_LONGEST_HOST = 320  # a name of 253 and somebody's credentials
_MOST_WRAPPERS = 3

_PARTS = re.compile(r"(https?)://([^/?#\\]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")

# --- Hosts -----------------------------------------------------------------------------------

_DEFAULT_PORTS = {"http": "80", "https": "443"}
# A prefix is dropped only where a name with a dot is left: `m.me` is a site of its own.
_DEVICE = re.compile(r"^(?:(?:www|m|mobile|amp)\.)+(?=[^.]+\.)")
_LANGUAGE_DEVICE = re.compile(r"^([a-z]{2,3})\.m\.(?=[^.]+\.)")

# --- Paths -----------------------------------------------------------------------------------

_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
_SLASHES = re.compile(r"/{2,}")
_INDEX = re.compile(r"/(?:index|default)\.(?:[sx]?html?|php\d?|aspx?|jsp|cfm)$", re.IGNORECASE)
# Two levels at least: `/amp` alone may be a section of an electronics magazine.
_AMP_PATH = re.compile(r"(?:/amp|\.amp(?:\.html)?)+$")
_DEEP = re.compile(r"/[^/]+/[^/]+")

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ASCII = "".join(map(chr, range(0x21, 0x7F)))

# --- Wrappers --------------------------------------------------------------------------------

_GOOGLE = re.compile(r"google\.(?:com?\.)?[a-z]{2,3}")
_AMP_VIEWER = re.compile(r"/amp/(?:s/)?(.+)")
_AMP_CACHE = re.compile(r"/[cv]/(?:s/)?(.+)")
_YAHOO = re.compile(r"/RU=([^/]+)")
_NEWS_TOKEN = re.compile(r"(?:/rss)?/(?:articles|read)/([\w-]{10,})=*$")
_OUTWARD = {
    ("google", "/url"): ("url", "q"),
    ("bing.com", "/news/apiclick.aspx"): ("url",),
    ("l.facebook.com", "/l.php"): ("u",),
    ("lm.facebook.com", "/l.php"): ("u",),
    ("l.instagram.com", "/"): ("u",),
    ("vk.com", "/away.php"): ("to",),
    ("youtube.com", "/redirect"): ("q",),
    ("linkedin.com", "/redir/redirect"): ("url",),
    ("slack-redir.net", "/link"): ("url",),
}


def url_key(url: str) -> str:
    """The key under which `url` is the same article as another, like `bbc.com/news/x?id=1`.

    "" when it is no key: not http(s), malformed, or a bare home page, which no article owns.
    Links wrapped by search engines, social networks and AMP caches get the key of what is
    inside; a Google News link that hides it is keyed on its token (see `is_opaque`).
    """
    parts = _split(url)
    for _ in range(_MOST_WRAPPERS):
        inner = _unwrapped(*parts) if parts else ""
        if not inner:
            break
        parts = _split(inner)
    if parts is None:
        return ""
    host, path, query, fragment = parts
    if token := _news_token(host, path):
        return f"news.google.com/articles/{token}"

    route = f"#{fragment}" if fragment.startswith(("!", "/")) else ""
    key = _path_key(path) + _query_key(host, query) + route
    return host + key if key else ""


def is_opaque(url: str) -> bool:
    """Whether `url` is an aggregator's token that does not tell which article it leads to."""
    parts = _split(url)
    if parts is None:
        return False
    token = _news_token(parts[0], parts[1])
    return bool(token) and not _decoded(token)


def host_of(url: str) -> str:
    """The host of a web address in lower case, without name, port and `www.`; "" if none."""
    found = _PARTS.match(_UNSEEN.sub("", url[:_LONGEST].strip()))
    if found is None or len(found[2]) > _LONGEST_HOST:
        return ""
    return _host(found[2].rpartition("@")[2], "").removeprefix("www.")


def _split(url: str) -> tuple[str, str, str, str] | None:
    """Host as in keys, and the rest as written."""
    if len(url) > _LONGEST:
        return None
    found = _PARTS.fullmatch(_UNSEEN.sub("", url.strip()))
    if found is None or len(found[2]) > _LONGEST_HOST:
        return None
    scheme, netloc, path, query, fragment = found.groups(default="")
    host = _key_host(netloc.rpartition("@")[2], scheme.lower())
    return (host, path, query, fragment) if host else None


@lru_cache(maxsize=4_096)
def _key_host(netloc: str, scheme: str) -> str:
    host = _host(netloc, scheme)
    return _LANGUAGE_DEVICE.sub(r"\1.", _DEVICE.sub("", host))


def _host(netloc: str, scheme: str) -> str:
    """Lower-case ASCII host, with its port where that is not the scheme's own.

    A `scheme` of "" drops every port.
    """
    name, colon, port = netloc.rpartition(":") if not netloc.endswith("]") else ("", "", netloc)
    if not colon or not (port.isdigit() or not port):
        name, port = netloc, ""
    name = name.lower().rstrip(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode()
        except UnicodeError:
            name = quote(name)
    own = not scheme or not port or port == _DEFAULT_PORTS[scheme]
    return name if own else f"{name}:{port}"


def _path_key(path: str) -> str:
    path = _normal(path)
    if ";" in path:
        path = _SESSION_IN_PATH.sub("", path)
    if "//" in path:
        path = _SLASHES.sub("/", path)
    if "/." in path:
        path = _without_dots(path)
    path = _INDEX.sub("/", path).rstrip("/")
    if "amp" in path:
        shorter = _AMP_PATH.sub("", path)
        path = shorter if _DEEP.match(shorter) else path
    return path


def _without_dots(path: str) -> str:
    """Dot segments resolved (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept)


def _query_key(host: str, query: str) -> str:
    if not query:
        return ""
    query = _normal(query.replace("&amp;", "&").replace("+", "%20"))
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    kept = sorted(
        f"{name}{sign}{value}" for name, sign, value in pairs if not is_tracker(name, value, host)
    )
    return "?" + "&".join(kept) if kept else ""


def _normal(text: str) -> str:
    """Percent-escapes in one spelling: upper-case, none for letters, all for non-ASCII."""
    if "%" in text:
        text = _ESCAPE.sub(_unescaped, text)
    return text if text.isascii() and " " not in text else quote(text, safe=_ASCII)


def _unescaped(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character in _PLAIN else escape[0].upper()


def _unwrapped(host: str, path: str, query: str, _fragment: str) -> str:
    """The address inside a search engine's, network's or cache's link; "" if it is none."""
    if host.endswith(".cdn.ampproject.org"):
        return _inside(_AMP_CACHE.match(path), query)
    if host == "r.search.yahoo.com":
        found = _YAHOO.search(path)
        return unquote(found[1]) if found else ""
    if host == "news.google.com":
        return _decoded(_news_token(host, path))
    if _GOOGLE.fullmatch(host):
        host = "google"
        if path.startswith("/amp/"):
            return _inside(_AMP_VIEWER.match(path), query)
    names = _OUTWARD.get((host, path.lower() or "/"))
    if names is None and host.endswith(".safelinks.protection.outlook.com"):
        names = ("url",)
    return _parameter(query, names) if names else ""


def _inside(found: re.Match[str] | None, query: str) -> str:
    return f"https://{found[1]}" + (f"?{query}" if query else "") if found else ""


def _parameter(query: str, names: tuple[str, ...]) -> str:
    values = dict(pair.partition("=")[::2] for pair in query.replace("&amp;", "&").split("&"))
    inner = next((unquote(values[name]) for name in names if name in values), "")
    return inner if _PARTS.match(inner) else ""


def _news_token(host: str, path: str) -> str:
    found = _NEWS_TOKEN.match(path) if host == "news.google.com" else None
    return found[1] if found else ""


def _decoded(token: str) -> str:
    """The address inside an old Google News token: protobuf field 4 of a small message.

    Tokens made since July 2024 hold a reference that only the service itself can resolve.
    """
    try:
        message = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        return ""
    head, length = message[:3], message[3:5]
    if head != b"\x08\x13\x22" or len(length) < 2:
        return ""
    if length[0] < 0x80:
        start, size = 4, length[0]
    else:
        start, size = 5, (length[0] & 0x7F) | length[1] << 7
    inner = message[start : start + size].decode("ascii")
    return inner if len(inner) == size and _PARTS.match(inner) else ""

"""What keeps other sites' pages away from ours: names, origins, and what a browser may load.

A page elsewhere can make a browser send us requests. Browsers say where a request comes from
(`Sec-Fetch-Site`, `Origin`), and under which name they think we are reached (`Host`): a name
that is not ours is somebody's rebinding of DNS.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from monitor.config.settings import WebSettings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
}
"""What every answer says, unless it says otherwise itself.

`Referrer-Policy: no-referrer` would be stricter in name only: a form's `Origin` is `null` then.
"""

FRAMING = _POLICY + "; frame-src 'self'"
"""The policy of a page that shows a frame of ours."""

FRAMED = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""The policy of a digest in a frame: it brings its own style, and nothing else is loaded."""


def names_of(web: WebSettings) -> frozenset[str]:
    """The names under which the pages may be asked for, in lower case and without a port."""
    listening = web.listen.rpartition(":")[0].strip("[]").lower()
    names = {"localhost", "127.0.0.1", "::1", *(each.lower() for each in web.hosts)}
    if not _is_any(listening):
        names.add(listening)
    if web.public_url:
        names.add((urlsplit(web.public_url).hostname or "").lower())
    return frozenset(names)


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def is_ours(host: str, web: WebSettings) -> bool:
    """Whether a `Host` header is one of our names; an address is, where a login is asked for.

    A name can be made to mean our address by whoever owns it, an address cannot. Without a login
    only names that were written down count.
    """
    name = _name_in(host)
    if name in names_of(web):
        return True
    if web.auth == "none":
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _name_in(host: str) -> str:
    found = _HOST.fullmatch(host.lower())
    return (found["name"] or found["address"]) if found else ""


# Nothing that some reader of URLs might take for another host: no `@`, no `/`, no `?`.
_HOST = re.compile(r"(\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+?)\.?)(:\d{1,5})?")


def foreign_look(headers: Mapping[str, str], *, from_inside: bool) -> str:
    """Why somebody may not look at something, "" where they may.

    A link of another site may lead to us; its pages may not have us loaded as a part of theirs,
    to measure us or to have us do things. What must be asked `from_inside` no link may lead to.
    """
    if headers.get("sec-fetch-site", "none") in {"same-origin", "none"}:
        return ""
    mode, loaded_as = headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")
    if mode == "navigate" and loaded_as == "document" and not from_inside:
        return ""
    return "this is not for pages of another site"


def foreign_origin(method: str, headers: Mapping[str, str], *, bare: bool) -> str:
    """Why a request may not change anything, "" where it may.

    `bare`: one that says nothing of where it comes from, as programs send them, may. Those with a
    bearer token need not be asked: no browser sends one by itself.
    """
    if method in SAFE_METHODS:
        return ""
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site in {"same-origin", "none"}:
            return ""
        return f"this request comes from another site (Sec-Fetch-Site: {site})"
    origin = headers.get("origin")
    if origin is None:
        return "" if bare else "this request does not say where it comes from"
    try:
        theirs = urlsplit(origin).netloc
    except ValueError:
        theirs = ""
    if theirs and theirs.lower() == headers.get("host", "").lower():
        return ""
    return "this request comes from another site, or hides from which"

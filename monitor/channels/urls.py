"""Channel URLs: what kind of door one is, how to show it, and which parts are secret."""

from __future__ import annotations

import enum
import functools
import re
from urllib.parse import parse_qsl, unquote, urlsplit

_SCHEME = re.compile(r"([a-zA-Z][\w+.-]*):/")
_MAIL = frozenset(["mailto", "mailtos"])
_WEB = frozenset(["http", "https"])
_FILES = frozenset(["", "file"])
_HOSTED = _WEB | frozenset(["json", "jsons", "xml", "xmls", "form", "forms"])
_UNCONFIRMED = frozenset(["irc", "ircs", "xmpp", "xmpps"])


class Kind(enum.Enum):
    """The four kinds of doors."""

    MAIL = "mail"
    CHAT = "chat"
    WEBHOOK = "webhook"
    FOLDER = "folder"


def scheme_of(url: str) -> str:
    """What stands before `://`, in lower case; "" for a plain path."""
    match = _SCHEME.match(url.strip())
    return match.group(1).lower() if match else ""


def kind_of(url: str) -> Kind:
    """Which door a URL leads to."""
    scheme = scheme_of(url)
    if scheme in _MAIL:
        return Kind.MAIL
    if scheme in _FILES:
        return Kind.FOLDER
    if scheme in _WEB and not _is_of_a_service(url):
        return Kind.WEBHOOK
    return Kind.CHAT


def is_confirmed(url: str) -> bool:
    """Whether a yes of this door means that somebody has said yes.

    Apprise speaks IRC and XMPP without waiting for an answer: a server that has refused the
    login, or cut off a long line, looks like one that took the message.
    """
    return scheme_of(url) not in _UNCONFIRMED


@functools.lru_cache(maxsize=256)
def _is_of_a_service(url: str) -> bool:
    """Whether Apprise knows a web address as one of a service, as https://hooks.slack.com/..."""
    from monitor.channels import services  # noqa: PLC0415 - a heavy door

    return services.knows(url)


def mask(url: str) -> str:
    """The URL as it may be shown: enough to recognise it, nothing to misuse."""
    scheme = scheme_of(url)
    if scheme in _FILES:
        return url
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    if scheme in _MAIL:
        user = unquote(parts.netloc.rpartition("@")[0].partition(":")[0])
        return f"{scheme}://{f'{user}:***@' if user else ''}{place}{parts.path}"
    return f"{scheme}://{place}/***" if scheme in _HOSTED else f"{scheme}://***"


def secrets_in(url: str) -> frozenset[str]:
    """Every piece of a URL that must not be read in a log, quoted and unquoted.

    Of a mail URL the passwords; of any other also whatever looks like a token. The whole URL
    is one of them. A folder has none.
    """
    scheme = scheme_of(url)
    if scheme in _FILES:
        return frozenset()
    rest = url.partition("://")[2]
    before, _, query = rest.partition("?")
    authority, _, path = before.partition("/")
    login, _, host = authority.rpartition("@")
    pieces = {login.partition(":")[2]} if ":" in login else set()
    if scheme not in _MAIL:
        pieces |= {part for part in re.split(r"[/:]", f"{host}/{path}") if _is_token(part)}
        pieces |= {login} if _is_token(login) else set()
    pieces |= {
        value
        for name, value in parse_qsl(query)
        if re.search("pass|token|key|secret|auth", name, re.IGNORECASE) or _is_token(value)
    }
    found = {url, *pieces, *map(unquote, pieces)}
    return frozenset(piece for piece in found if len(piece) >= 4)


def _is_token(text: str) -> bool:
    """Long, and with a digit in it or too long for a word; a name of a room or host is neither."""
    return not text.startswith(("#", "%23")) and (
        len(text) >= 20 or (len(text) >= 8 and any(map(str.isdigit, text)) and "." not in text)
    )

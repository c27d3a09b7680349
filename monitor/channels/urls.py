"""Channel URLs: what kind of door one is, how to show it, and which parts are secret."""

from __future__ import annotations

import enum
import re
from urllib.parse import parse_qsl, unquote, urlsplit

_SCHEME = re.compile(r"([a-zA-Z][\w+.-]*):/")
_HOSTED = frozenset(["json", "jsons", "xml", "xmls", "form", "forms", "http", "https"])


class Kind(enum.Enum):
    """The three kinds of doors."""

    MAIL = "mail"
    CHAT = "chat"
    FOLDER = "folder"


def scheme_of(url: str) -> str:
    """What stands before `://`, in lower case; "" for a plain path."""
    match = _SCHEME.match(url.strip())
    return match.group(1).lower() if match else ""


def kind_of(url: str) -> Kind:
    """Which door a URL leads to."""
    match scheme_of(url):
        case "mailto" | "mailtos":
            return Kind.MAIL
        case "" | "file":
            return Kind.FOLDER
        case _:
            return Kind.CHAT


def mask(url: str) -> str:
    """The URL as it may be shown: enough to recognise it, nothing to misuse."""
    scheme = scheme_of(url)
    if kind_of(url) is Kind.FOLDER:
        return url
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    if kind_of(url) is Kind.MAIL:
        user = unquote(parts.netloc.rpartition("@")[0].partition(":")[0])
        return f"{scheme}://{f'{user}:***@' if user else ''}{place}{parts.path}"
    return f"{scheme}://{place}/***" if scheme in _HOSTED else f"{scheme}://***"


def secrets_in(url: str) -> frozenset[str]:
    """Every piece of a URL that must not be read in a log, quoted and unquoted.

    Of a mail URL the passwords; of a chat URL also whatever looks like a token. The whole URL
    is one of them. A folder has none.
    """
    kind = kind_of(url)
    if kind is Kind.FOLDER:
        return frozenset()
    rest = url.partition("://")[2]
    before, _, query = rest.partition("?")
    authority, _, path = before.partition("/")
    login, _, host = authority.rpartition("@")
    pieces = {login.partition(":")[2]} if ":" in login else set()
    if kind is Kind.CHAT:
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

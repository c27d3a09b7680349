"""A chat text taken apart: words, and how they look."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

_TAG = re.compile(r'<(?:(/?)([bi])|a href="([^"<>]*)"|(/a))>')
_LINK = re.compile(r"https?://[^\s<>\"|]+")
_KEPT = frozenset("\n\u200c\u200d")  # Persian words and emoji need the joiners
_INVISIBLE = frozenset(["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])
_SPACES = re.compile(r"\s+")
_QUOTED = str.maketrans({"@": "%40", "(": "%28", ")": "%29", "*": "%2A", "`": "%60", "\\": "%5C"})


@dataclass(frozen=True, slots=True)
class Span:
    """Words that look one way. `link` is "" where they lead nowhere."""

    text: str
    link: str = ""
    strong: bool = False
    slanted: bool = False


def spans_of(block: str) -> tuple[Span, ...]:
    """Read a block of a chat text; whatever is not one of the three tags is words."""
    spans: list[Span] = []
    strong = slanted = 0
    link = ""
    at = 0
    for tag in [*_TAG.finditer(block), None]:
        words = html.unescape(block[at : tag.start() if tag else None])
        if words:
            spans.append(Span(_visible(words), link, strong > 0, slanted > 0))
        if tag is None:
            break
        at = tag.end()
        closing, style, opened, closed = tag.groups()
        if style:
            step = -1 if closing else 1
            strong, slanted = (
                (max(0, strong + step), slanted)
                if style == "b"
                else (strong, max(0, slanted + step))
            )
        elif closed:
            link = ""
        else:
            link = _chat_link(html.unescape(opened))
    return tuple(spans)


def _visible(text: str) -> str:
    """Text without controls, bidi overrides and the like, and no wider than one space or line."""
    spaced = _narrow(text)
    kept = (c for c in spaced if c in _KEPT or unicodedata.category(c) not in _INVISIBLE)
    return _narrow("".join(kept))


def _narrow(text: str) -> str:
    return _SPACES.sub(lambda found: "\n" if "\n" in found.group() else " ", text)


def _chat_link(url: str) -> str:
    """An address of the web, with nothing in it that means something in a chat."""
    return url.translate(_QUOTED) if _LINK.fullmatch(url) and url.isprintable() else ""

"""HTML to plain text, by one parser that no markup can make explode."""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5

from lxml import etree

from monitor.text.clean import tidy

_UNREAD = frozenset(
    re.findall(r"\w+", "script style template iframe object svg math noscript select head title")
)
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body br center dd details div dl dt fieldset figcaption "
        "figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table "
        "tbody tfoot thead tr ul",
    )
)
_CELLS = frozenset(["td", "th"])
_MARKUP = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|br|code|div|em|font|h[1-6]|hr|i|iframe|img|li|mark|ol|p|pre|q|s"
    r"|script|small|span|strong|style|sub|sup|svg|table|td|tr|tt|u|ul)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
_INLINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr acronym audio b bdi bdo big button cite code data del dfn em font i img input ins "
        "kbd label link mark meta picture q s samp small source span strike strong sub sup time "
        "track tt u var video wbr",
    )
)
# What a tag, with its slash where it ends something, puts between words.
_GAPS = {
    **{tag: "\n" for name in _BLOCKS for tag in (name, f"/{name}")},
    **{tag: gap for name in _CELLS for tag, gap in ((name, " "), (f"/{name}", ""))},
    **{tag: "" for name in _INLINE for tag in (name, f"/{name}")},
}
# A tag in which no ">" can be but its own: quotes only around values, and closed.
_TAG = re.compile(
    r"""<(/?+[a-zA-Z][a-zA-Z0-9]*+)(?=[\s/>])"""
    r"""(?:[^<>"'=]++|=\s*+(?:"[^"<>]*+"|'[^'<>]*+')?+)*+>"""
)
# What says nothing to a reader and cannot end but where it seems to.
_SILENT = re.compile(
    r"<!--(?!-?>)[^-]*+(?:-(?!-)[^-]*+)*+-->"
    r"|<(iframe|script|style)(?=[\s>])[^<>]*+>[^<]*+</\1\s*+>",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"&(#[0-9]{2,6};|#[xX][0-9a-fA-F]{2,5};|[A-Za-z][A-Za-z0-9]{1,31};)")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


class _Words:
    """A parser target that keeps the words and forgets the markup; fresh after each close."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.unread = 0

    def start(self, tag: str, _attributes: object) -> None:
        if tag in _UNREAD:
            self.unread += 1
        elif tag in _BLOCKS:
            self.words.append("\n")
        elif tag in _CELLS:
            self.words.append(" ")

    def end(self, tag: str) -> None:
        if tag in _UNREAD:
            self.unread = max(0, self.unread - 1)
        elif tag in _BLOCKS:
            self.words.append("\n")

    def data(self, data: str) -> None:
        if not self.unread:
            # A line break in the source is only a space on the page.
            self.words.append(data.replace("\n", " ").replace("\r", " "))

    def comment(self, _text: str) -> None:
        """Comments say nothing to a reader."""

    def pi(self, _target: str, _data: str | None = None) -> None:
        """Neither do processing instructions."""

    def close(self) -> str:
        words, self.words, self.unread = self.words, [], 0
        return "".join(words)


# Shared, as making one costs five times what a short text does. A parser holds its own lock
# from the first byte until its target is closed, so threads may share it.
_PARSER = etree.HTMLParser(target=_Words(), encoding="utf-8", no_network=True)


def html_to_text(html: str) -> str:
    """The words of an HTML fragment as tidy lines: a block is a line, scripts are silent."""
    quick = _quick_text(html)
    if quick is not None:
        return tidy(quick)
    # The element keeps the parser from guessing what a bare text is; NUL would end it.
    page = f"<body>{html}".replace("\x00", "").encode("utf-8", "ignore")
    return tidy(str(etree.fromstring(page, _PARSER)))


def _quick_text(html: str) -> str | None:
    """The same words by a split at the tags, or None where the markup is not tame enough.

    Tame is what can mean only one thing: known tags that start and end plainly, references
    that are whole, comments and frames that hold nothing of the kind. Most of what feeds hold
    is, and a real parser takes five times as long.
    """
    if "<" not in html and "&" not in html:
        return html
    if "\x00" in html:
        return None
    html = html.replace("\n", " ").replace("\r", " ")
    words = _without_tags(html)
    if words is None and ("<!--" in html or "</" in html):
        heard, silent = _SILENT.subn("", html)
        words = _without_tags(heard) if silent else None
    return _with_characters(words) if words and "&" in words else words


def _without_tags(html: str) -> str | None:
    parts = _TAG.split(html)
    if html.count("<") != len(parts) // 2:
        return None
    tags = parts[1::2]
    try:
        parts[1::2] = [_GAPS[tag] for tag in tags]
    except KeyError:
        if not _GAPS.keys() >= {tag.lower() for tag in tags}:
            return None
        parts[1::2] = [_GAPS[tag.lower()] for tag in tags]
    return "".join(parts)


def _with_characters(words: str) -> str | None:
    """The words with the characters that references mean; None where one is not tame."""
    count = words.count("&")
    words, tame = _REFERENCE.subn(_character, words)
    return words if tame == count else None


def _character(reference: re.Match[str]) -> str:
    meant = html5.get(reference[1]) or unescape(reference[0])
    return " " if meant in "\r\n" else meant


def plain_or_html(text: str) -> str:
    """Text that was declared plain: read as HTML all the same where it clearly is.

    Publishers encode twice so often that `&amp;` in a plain text means an ampersand; a lone
    `<b>` between words may be meant, so only known tags count as markup.
    """
    if "<" in text and _MARKUP.search(text):
        return html_to_text(text)
    if "&" in text and _ENTITY.search(text):
        return html_to_text(text.replace("<", "&lt;"))
    return tidy(text)


def plain_line(text: str, *, is_html: bool) -> str:
    """One line of plain text out of a title, name or tag."""
    if text.isalnum():
        return text
    return (html_to_text(text) if is_html else plain_or_html(text)).replace("\n", " ")

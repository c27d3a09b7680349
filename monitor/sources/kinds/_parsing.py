"""feedparser, held so that it neither opens, cleans, nor mends anything."""

from __future__ import annotations

import io
import re
import time

import feedparser
import feedparser.api
import feedparser.datetimes

from monitor.sources.kinds import _expat
from monitor.sources.kinds._found import Found, Value

feedparser.api.PREFERRED_XML_PARSERS = [_expat.__name__]

# What fuzzing brought out of feedparser: character references, geometry, chapters, charsets.
ESCAPES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
_HEADERS = {"content-type": "application/xml; charset=utf-8"}
# feedparser takes characters that look like UTF-8 read as Latin-1 for a mistake, field by
# field, and so "mends" a headline about that very mistake. Documents that are encoded twice
# have been mended before; so the look-alikes pass in disguise.
_LOOKS_TWICE = re.compile("[\xc2-\xf4][\x80-\xbf]")
_DISGUISE = {code: code + 0xF700 for code in range(0x80, 0xC0)}
_UNDISGUISE = {masked: code for code, masked in _DISGUISE.items()}
# feedparser looks for mail addresses in these with a regex that is quadratic in their length.
_LONGEST_NAME = 300
_LONG_PERSON = re.compile(
    r"(<(?:[\w.-]{1,40}:)?(?:author|creator|contributor|publisher|managingEditor|webMaster|name"
    rf"|email|owner)(?:\s[^<>]*)?>(?:\s*<!\[CDATA\[)?[^<>]{{{_LONGEST_NAME}}})[^<>]+",
    re.IGNORECASE,
)


def parse(text: str) -> Found:
    """What feedparser finds in a pre-cleaned document; may raise any of `ESCAPES`."""
    text = _LONG_PERSON.sub(r"\1", text)
    disguised = bool(_LOOKS_TWICE.search(text))
    source = text.translate(_DISGUISE) if disguised else text
    found: Found = feedparser.parse(
        # Never the bytes themselves: feedparser opens those that are a path or an address.
        io.BytesIO((_DECLARATION + source).encode("utf-8", "replace")),
        response_headers=_HEADERS,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    return _undisguised(found) if disguised else found


def parsed_date(raw: str) -> time.struct_time | None:
    """What feedparser takes a date for, in UTC."""
    try:
        parsed: time.struct_time | None = feedparser.datetimes._parse_date(raw)  # noqa: SLF001
    except ESCAPES:
        return None
    return parsed


def _undisguised(value: Value) -> Value:
    match value:
        case str():
            return value.translate(_UNDISGUISE)
        case dict():
            return {key: _undisguised(each) for key, each in value.items()}
        case list():
            return [_undisguised(each) for each in value]
        case _:
            return value

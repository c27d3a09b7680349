"""feedparser, held so that it neither opens, cleans, nor mends anything."""

from __future__ import annotations

import io
import re

import feedparser
import feedparser.api

from monitor.sources.kinds import _expat
from monitor.sources.kinds._entries import Found, Value

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


def parse(text: str) -> Found:
    """What feedparser finds in a pre-cleaned document; may raise any of `ESCAPES`."""
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

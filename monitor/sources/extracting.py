"""The door to trafilatura, an extra: the text of an article out of the page around it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from lxml import html

from monitor.sources.kinds._decoding import decode
from monitor.text.clean import tidy

REMEDY = "`pip install 'wirewatch[fulltext]'`, or leave `full_text` out"

MOST_CHARACTERS = 200_000
"""No article is longer; a book would keep all other items from being matched."""

_SAMPLE = "<html><body><article><p>{}</p></article></body></html>".format("A word. " * 50)


def is_installed() -> bool:
    """Whether the extra is there, with the part of lxml that it does not ask for by itself."""
    try:
        return all(find_spec(name) is not None for name in ("trafilatura", "lxml_html_clean"))
    except ValueError:  # something else has taken its place
        return False


def extract(page: bytes, content_type: str) -> str:
    """The article of an HTML page as plain text, tidy; "" where the page has none.

    To be called in the airlock only: 600 KB of nested markup keep trafilatura busy for minutes.
    """
    found = import_module("trafilatura").extract(
        decode(page, content_type).text,
        include_comments=False,
        include_tables=True,
        with_metadata=False,
    )
    return tidy(found or "")[:MOST_CHARACTERS]


def warm_up() -> None:
    """Load all that is loaded at first use, where no file can be opened later."""
    if is_installed():
        extract(_SAMPLE.encode(), "text/html")
        # Its second opinion, asked where the first is poor, reads its word lists from files.
        rescue = import_module("trafilatura.external").try_justext
        rescue(html.fromstring(_SAMPLE), None, None)

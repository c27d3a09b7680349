"""XML as a tree: one parser for all that fetches nothing, expands nothing and keeps no log."""

from __future__ import annotations

from lxml import etree

from monitor.sources.kinds._names import Element


def tree_of(text: str, *, recover: bool = False) -> Element:
    """The root element, without comments and instructions. Raises etree.XMLSyntaxError.

    Recovering, what is malformed is mended by guessing, and None is a text without an element.
    """
    # Made anew, as a parser that has met an error may keep it in its log.
    parser = etree.XMLParser(
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    return etree.fromstring(text.encode("utf-8", "replace"), parser)

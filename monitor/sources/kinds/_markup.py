"""Bodies of text out of well-formed XML: escaped, in CDATA, or as elements of their own."""

from __future__ import annotations

from xml.sax.saxutils import escape

from monitor.sources.kinds._attributes import attributes_of
from monitor.sources.kinds._names import Declined, Element
from monitor.sources.kinds._said import HTML, OTHER, PLAIN, Text

_FORMS = {
    **dict.fromkeys(("text", "plain", "text/plain"), PLAIN),
    **dict.fromkeys(("html", "text/html", "xhtml", "application/xhtml+xml"), HTML),
}
_ELEMENTS = frozenset(["xhtml", "application/xhtml+xml"])


def words_of(element: Element) -> str:
    """The words before the first element within."""
    return (element.text or "").strip()


def text_of(element: Element, unstated: str) -> Text:
    """The text in an element; `unstated` is the form of one that does not state its type.

    Elements within are written out as HTML; that is also what a text becomes which was
    declared to be anything else and has elements all the same. Declined is what is encoded.
    """
    if not element.keys():
        if not len(element):
            return Text(words_of(element), unstated)
        return _written(element, "", unstated)
    attributes = attributes_of(element)
    stated = attributes.get("type")
    if attributes.get("mode") == "base64" or stated == "":
        raise Declined
    if stated is None:
        return _written(element, "", unstated)
    stated = stated.lower()
    form = _FORMS.get(stated) or (PLAIN if stated.startswith("text/") else OTHER)
    if form == OTHER and not stated.endswith("xml") and element.text:
        raise Declined
    return _written(element, stated, form)


def _written(element: Element, stated: str, form: str) -> Text:
    if not len(element) or form == OTHER:
        return Text(words_of(element), form)
    writer = _Writer(escaping=stated in _ELEMENTS)
    writer.write_within(element)
    return Text("".join(writer.pieces).strip(), HTML if writer.escaping else form)


class _Writer:
    """Writes elements as HTML, without attributes, which say nothing to a reader.

    Text is escaped from the first element on, as HTML is from there. A `div` before that is
    nothing: publishers put one around HTML that is escaped.
    """

    def __init__(self, *, escaping: bool) -> None:
        self.escaping = escaping
        self.pieces: list[str] = []

    def write_within(self, element: Element) -> None:
        self._write(element.text)
        for child in element:
            name = child.tag.rpartition("}")[2]
            if self.escaping or name.lower() != "div":
                self.escaping = True
                self.pieces.append(f"<{name}>")
            self.write_within(child)
            if self.escaping:
                self.pieces.append(f"</{name}>")
            self._write(child.tail)

    def _write(self, text: str | None) -> None:
        if text:
            self.pieces.append(escape(text) if self.escaping else text)

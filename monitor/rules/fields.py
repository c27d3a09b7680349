"""The fields of one item as texts of words; where words stand is worked out when asked for."""

from __future__ import annotations

from monitor.model import Item
from monitor.rules.lexicon import Lexicon, Located
from monitor.text.tokens import spans


def field_text(item: Item, field: str) -> str:
    """The text of a field, as terms bound to it see it."""
    if field == "tags":
        return ", ".join(item.tags)
    text = getattr(item, field)
    assert isinstance(text, str)  # noqa: S101 -- every name in FIELDS is a text but for tags
    return text


class Fields:
    """The fields of an item, each read at most once in each way."""

    __slots__ = ("_item", "_lexicon", "_located", "_spans")

    def __init__(self, item: Item, lexicon: Lexicon) -> None:
        self._item = item
        self._lexicon = lexicon
        self._located: dict[str, Located] = {}
        self._spans: dict[str, list[tuple[int, int]]] = {}

    def text(self, field: str) -> str:
        """The text of a field."""
        return field_text(self._item, field)

    def located(self, field: str) -> Located:
        """The features of each word of a field, and where each feature stands."""
        found = self._located.get(field)
        if found is None:
            found = self._located[field] = self._lexicon.located(self.text(field))
        return found

    def spans(self, field: str) -> list[tuple[int, int]]:
        """Where each word of a field starts and ends, in code points."""
        found = self._spans.get(field)
        if found is None:
            found = self._spans[field] = spans(self.text(field))
        return found

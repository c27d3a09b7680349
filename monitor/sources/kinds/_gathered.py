"""What an entry says, gathered while its elements are gone through."""

from __future__ import annotations

from collections.abc import Callable

from monitor.sources.kinds._names import Element, name_of
from monitor.sources.kinds._said import NOTHING, OTHER, Said, Text


class Takers:
    """What to do with an element, by its tag: looked up once for each tag of a document."""

    def __init__(self, by_name: dict[str, Taker], otherwise: Taker) -> None:
        self.known: dict[str, Taker] = {}
        self._by_name, self._otherwise = by_name, otherwise

    def learnt(self, element: Element) -> Taker:
        """What to do with an element whose tag was not met before."""
        take = self.known[element.tag] = self._by_name.get(name_of(element), self._otherwise)
        return take


class Gathered:
    """What one entry says, gathered element by element.

    Of two elements that say the same thing the one that is less deep counts, else the later;
    of titles the first. No body of text is lost to another.
    """

    # Defaults stand in the class, as most entries set few of them, and time counts here.
    title, title_depth = NOTHING, 0
    summary: Text | None = None
    has_content = False
    link: str | None = None
    guid_link = ""

    def __init__(self, takers: Takers, base: str, language: str) -> None:
        self.takers = takers
        self.base, self.language = base, language
        self.words: dict[str, str] = {}
        self.depths: dict[str, int] = {}
        self.texts: list[Text] = []
        self.alternates: list[str] = []
        self.authors: list[tuple[str, str]] = []
        self.tags: list[str] = []

    def take_all(self, element: Element, depth: int) -> None:
        """Take what all children of an element say; the entry's own are at depth 1."""
        known = self.takers.known
        for child in element:
            take = known.get(child.tag) or self.takers.learnt(child)
            take(self, child, depth)

    def keep(self, name: str, words: str, depth: int) -> bool:
        """Keep the words under that name, unless such words less deep are kept already."""
        if name in self.words and depth > self.depths.get(name, 1):
            return False
        if depth > 1 or name in self.depths:
            self.depths[name] = depth
        self.words[name] = words
        return True

    def said(self) -> Said:
        """All that was gathered."""
        words, texts, summary = self.words.get, self.texts, self.summary
        if summary is None and texts:
            summary = next((each for each in texts if each.form != OTHER), NOTHING)
            texts = [each for each in texts if each is not summary]
        guid = words("guid", "")
        return Said(
            guid=guid,
            links=self._links(guid),
            title=self.title,
            summary=summary or NOTHING,
            texts=texts,
            authors=self._authors() if self.authors else [],
            tags=self.tags,
            language=words("language") or self.language,
            published=words("published") or words("created", ""),
            updated=words("updated", ""),
        )

    def _links(self, guid: str) -> list[str]:
        link = self.guid_link if self.link is None else self.link
        if link == guid and "/" not in guid:
            link = ""
        links = [self.words.get("origlink", ""), link, *self.alternates]
        if guid.startswith(("http://", "https://")):
            links.append(guid)
        return links

    def _authors(self) -> list[str]:
        if len(self.authors) > 1:
            return [name for _, name in self.authors]
        return [stated for stated, _ in self.authors]


Taker = Callable[[Gathered, Element, int], None]
"""Takes what one element says; the last argument is its depth, 1 for the entry's own."""

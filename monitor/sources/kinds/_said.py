"""What a document says, before anything is made of it: what every reader hands over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

HTML, PLAIN, OTHER = "html", "plain", "other"


class Text(NamedTuple):
    """Words as they were stated, and what they are: HTML, PLAIN, or OTHER that is no text."""

    value: str
    form: str


NOTHING = Text("", PLAIN)


@dataclass(slots=True, kw_only=True)
class Said:
    """One entry in its source's words. Links are unresolved, dates as written.

    `links` are all pages that an entry names for itself, the likeliest first; `texts` are all
    bodies of text beside the summary.
    """

    guid: str = ""
    links: list[str] = field(default_factory=list)
    title: Text = NOTHING
    summary: Text = NOTHING
    texts: list[Text] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    language: str = ""
    published: str = ""
    updated: str = ""


@dataclass(slots=True, kw_only=True)
class Heading:
    """What a document says of itself as a whole; `period` and `frequency` are RSS 1.0's sy."""

    kind: str
    title: Text = NOTHING
    link: str = ""
    language: str = ""
    hub: str = ""
    self_link: str = ""
    ttl: str = ""
    period: str = ""
    frequency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidFeed:
    """A whole document in its own words. `names_itself` tells a feed from other XML."""

    heading: Heading
    entries: list[Said]
    names_itself: bool = True

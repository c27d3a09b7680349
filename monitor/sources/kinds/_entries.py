"""From what an entry said to an Entry, whoever read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from monitor.model import Entry, ParsedFeed, ParseProblem
from monitor.sources.kinds._dates import instant
from monitor.sources.kinds._links import article_link, web_link
from monitor.sources.kinds._said import HTML, OTHER, Heading, Said, SaidFeed, Text
from monitor.text.html import html_to_text, plain_line, plain_or_html

_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_LONGEST_COUNT = 7  # digits
_MOST_COMPARED = 100


def feed_of(document: SaidFeed, url: str, problems: tuple[ParseProblem, ...]) -> ParsedFeed:
    """What a document that was found at `url` says, in our words."""
    heading = document.heading
    site_url = web_link(heading.link, url)
    # RFC 4287, section 2: Atom resolves against the document; RSS says nothing, and its
    # relative links are meant as those of the site.
    base = url if heading.kind == "atom" else site_url or url
    return ParsedFeed(
        kind=heading.kind,
        title=to_line(heading.title),
        site_url=site_url,
        language=heading.language,
        entries=tuple(to_entry(each, base, heading.language) for each in document.entries),
        problems=problems,
        hub=web_link(heading.hub, url),
        self_url=web_link(heading.self_link, url),
        ttl=_ttl(heading),
    )


def _ttl(heading: Heading) -> timedelta | None:
    """How long the feed says it may be kept: by RSS in minutes, else by RSS 1.0's syndication.

    "Hourly, once" is what WordPress writes into every feed, so it says nothing.
    """
    if minutes := _count(heading.ttl):
        return timedelta(minutes=minutes)
    period, often = _PERIODS.get(heading.period.strip().lower()), _count(heading.frequency) or 1
    if period is None or period / often == _PERIODS["hourly"]:
        return None
    return period / often


def _count(stated: str) -> int:
    stated = stated.strip()
    return int(stated) if stated.isdecimal() and len(stated) < _LONGEST_COUNT else 0


def to_entry(said: Said, base: str, language: str) -> Entry:
    """An entry as its source stated it; `base` resolves links, `language` is the feed's."""
    lead, texts = to_text(said.summary), said.texts
    body = more_than(lead, map(to_text, texts)) if texts else ""
    if not lead:
        lead, body = body, ""
    return Entry(
        guid=said.guid,
        url=article_link(said.links, base),
        title=to_line(said.title),
        lead=lead,
        body=body,
        author=_author(said.authors) if said.authors else "",
        tags=_tags(said.tags) if said.tags else (),
        language=said.language or language,
        published_at=instant(said.published) if said.published else None,
        updated_at=instant(said.updated) if said.updated else None,
    )


def to_text(stated: Text) -> str:
    """The words of a body of text on tidy lines; "" for what is no text."""
    if stated.form == HTML:
        return html_to_text(stated.value)
    return plain_or_html(stated.value) if stated.form != OTHER else ""


def to_line(stated: Text) -> str:
    """The words of a title on one line."""
    return plain_line(stated.value, is_html=stated.form == HTML)


def more_than(lead: str, bodies: Iterable[str]) -> str:
    """The union of several bodies of text, less those that another one contains.

    Nothing is left where the lead says it all.
    """
    found = sorted(dict.fromkeys(filter(None, bodies)), key=len, reverse=True)
    if len(found) > _MOST_COMPARED:  # each with each would be quadratic
        return "\n".join(found)
    if not found or found == [lead]:
        return ""
    told, kept = _squeezed(lead), dict[str, str]()
    for body in found:
        squeezed = _squeezed(body)
        if squeezed not in told and not any(squeezed in other for other in kept):
            kept[squeezed] = body
    return "\n".join(kept.values())


def _squeezed(text: str) -> str:
    return " ".join(text.casefold().split())


def _author(stated: list[str]) -> str:
    return plain_line(", ".join(dict.fromkeys(stated)), is_html=False)


def _tags(stated: list[str]) -> tuple[str, ...]:
    named = (plain_line(tag, is_html=False) for tag in stated)
    return tuple(dict.fromkeys(filter(None, named)))

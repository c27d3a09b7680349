"""Bulletins: the feeds that we publish ourselves, of a rule or a digest, in no format yet.

What comes from outside is plain text here, and links are those of web pages; HTML is of our own
making, or of a digest's page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape

from monitor.model import Match, Message, RuleCard, RuleId, Story
from monitor.rendering.links import safe_link
from monitor.rendering.marking import plain, snippet_runs
from monitor.rendering.reasons import other_publishers, reasons
from monitor.text.clean import one_line

AUTHOR = "Wirewatch"
SNIPPET = 400
"""Characters of a snippet: readers show more of an entry than a mail has room for."""

_MOST_CHANGES = 5
_MOST_OUTLETS = 8
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL | re.IGNORECASE)
_HIDDEN = re.compile(r"<div[^>]*\bdisplay: *none[^>]*>.*?</div>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An entry of a bulletin: a story, or a digest. `url` is "" where it leads nowhere."""

    id: str
    title: str
    published_at: datetime
    updated_at: datetime
    html: str
    summary: str = ""
    url: str = ""
    author: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """A feed of ours. `address` is where it lies, without the ending that tells its format."""

    id: str
    title: str
    about: str
    address: str
    home: str
    updated_at: datetime
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a report of a story said that was not known."""

    at: datetime
    said: str


def story_notice(
    story: Story,
    rule: RuleId,
    *,
    id: str,  # noqa: A002 - what it is called in both formats
    matched_at: datetime,
    changes: Sequence[Change],
    cards: Mapping[RuleId, RuleCard],
) -> Notice:
    """A story as a rule's bulletin tells it: its lead, what has changed, why, and who else."""
    item = story.lead.item
    said = _paragraphs(story, rule, changes, cards)
    return Notice(
        id=id,
        title=one_line(item.title) or "(no title)",
        url=safe_link(item.url),
        author=one_line(item.source),
        published_at=item.published_at,
        updated_at=max([item.published_at, matched_at, *(each.at for each in changes)]),
        summary="\n".join(said),
        html="".join(f"<p>{escape(each)}</p>" for each in said),
        language=item.language if _LANGUAGE.fullmatch(item.language) else "",
        tags=(story.severity.word, *sorted({match.rule for match in _matches(story)})),
    )


def _paragraphs(
    story: Story, rule: RuleId, changes: Sequence[Change], cards: Mapping[RuleId, RuleCard]
) -> list[str]:
    item = story.lead.item
    evidence = [
        each for match in story.lead.matches if match.rule == rule for each in match.evidence
    ]
    latest = sorted(changes, key=lambda each: each.at, reverse=True)[:_MOST_CHANGES]
    outlets = other_publishers(story)
    more = f" and {len(outlets) - _MOST_OUTLETS:,} more" if len(outlets) > _MOST_OUTLETS else ""
    abroad = ", ".join(f"{each.language} ({each.reports})" for each in story.abroad)
    said = [
        *(f"Updated {each.at:%Y-%m-%d %H:%M} UTC: {one_line(each.said)}" for each in latest),
        plain(snippet_runs(item, evidence, limit=SNIPPET)).strip(),
        *(_why(each.rule, each.terms) for each in reasons(_found_by(rule, story), cards)),
        f"Also reported by {', '.join(outlets[:_MOST_OUTLETS])}{more}." if outlets else "",
        f"Also in {abroad}." if abroad else "",
    ]
    return [one_line(each) for each in said if each]


def _found_by(rule: RuleId, story: Story) -> Story:
    """The story with the matches of one rule alone; others that fired are named as tags."""
    lead, *others = (
        replace(one, matches=tuple(match for match in one.matches if match.rule == rule))
        for one in (story.lead, *story.others)
    )
    return replace(story, lead=lead, others=tuple(others))


def _why(rule: str, terms: Iterable[str]) -> str:
    words = " + ".join(terms)
    return f"Why: {rule} because {words}" if words else f"Why: {rule}"


def _matches(story: Story) -> list[Match]:
    return [match for one in (story.lead, *story.others) for match in one.matches]


def digest_notice(message: Message, planned_at: datetime, *, id: str) -> Notice:  # noqa: A002 - as above
    """A digest as its bulletin tells it: the page, without what is for mail programs only."""
    page = _BODY.search(message.html)
    html = _HIDDEN.sub("", page.group(1)) if page else message.html
    return Notice(
        id=id,
        title=one_line(message.subject),
        author=AUTHOR,
        published_at=planned_at,
        updated_at=planned_at,
        html=html.strip() or f"<pre>{escape(message.text)}</pre>",
    )


def permitted(text: str) -> str:
    """The text without the characters that XML forbids; JSON is better off without them too."""
    return _FORBIDDEN.sub("", text)

"""What makes a story news: that it is new, or what of it has changed."""

from __future__ import annotations

from monitor.model import Cause, Reported, Story
from monitor.text.clean import one_line

LONGEST = 300
"""Characters of a sentence."""

MEANWHILE = "Meanwhile"
"""What updates are called that came before the digest had told their story at all."""

_MARKS = ((Cause.UPDATE, "Updated"), (Cause.REPORT, "New report"), (Cause.FOLLOW_UP, "Follow-up"))

BRIEF_MARKS: dict[Cause, str] = dict(_MARKS[1:])
"""What reports are called that have a line of their own under the headline of their story."""


def mark_of(story: Story) -> str:
    """What makes a story news again, in a word; "" where it is new."""
    if story.told_at is None:
        return ""
    causes = {line.cause for line in story.lines}
    return next((mark for cause, mark in _MARKS if cause in causes), "")


def news_mark_of(story: Story) -> str:
    """What the sentences of `news_of` are called."""
    return MEANWHILE if story.told_at is None else "Updated"


def news_of(story: Story) -> tuple[str, ...]:
    """What its reports say that was not known, latest last, each once.

    Of a story that is new, what came after its first report, which is its headline.
    """
    said = dict.fromkeys(one_line(line.said) for line in story.lines if line.said)
    return tuple(shortened(each, LONGEST) for each in said if each)


def lined_reports(story: Story) -> tuple[tuple[Reported, Cause], ...]:
    """The reports that have a line of their own and do not head the story, in their order."""
    causes = {line.item_id: line.cause for line in story.lines if line.cause in BRIEF_MARKS}
    return tuple((one, causes[one.item_id]) for one in story.others if one.item_id in causes)


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where there is one, with a mark."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ", limit // 2)
    return (cut[:space] if space > 0 else cut).rstrip() + "…"

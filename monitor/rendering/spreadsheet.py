"""The attachment that holds every story of a digest too long to be read in a mail."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC

from monitor.model import Attachment, Digest, RuleCard, RuleId, Story
from monitor.rendering.links import safe_link
from monitor.rendering.news import MEANWHILE, mark_of, news_of
from monitor.rendering.reasons import other_publishers, reasons
from monitor.rendering.viewing import TABLE
from monitor.text.clean import one_line

_COLUMNS = [
    "severity",
    "title",
    "link",
    "source",
    "published_at",
    "language",
    "news",
    "matched",
    "also_reported_by",
    "rule",
    "story",
]
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def spreadsheet(digest: Digest) -> Attachment:
    """Every story as one row, in the order told; opens in a spreadsheet as it stands."""
    cards = {card.id: card for card in digest.rules}
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(_COLUMNS)
    for section in digest.sections:
        for story in section.stories:
            writer.writerow(_row(story, cards, section.rule.id))
    for story in (*digest.rest, *digest.late):
        writer.writerow(_row(story, cards, ""))
    # The byte order mark tells Excel that this is UTF-8.
    return Attachment(
        name=TABLE, media_type="text/csv", content=b"\xef\xbb\xbf" + sheet.getvalue().encode()
    )


def _row(story: Story, cards: Mapping[RuleId, RuleCard], rule: str) -> list[str]:
    item = story.lead.item
    why = reasons(story, cards)
    cells = [
        story.severity.word,
        item.title,
        safe_link(item.url),
        item.source,
        f"{item.published_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        item.language,
        "; ".join(_news(story)),
        "; ".join(f"{each.rule}: {' + '.join(each.terms)}" for each in why),
        ", ".join(other_publishers(story)),
        rule or (why[0].rule if why else ""),
        str(story.id),
    ]
    return [_harmless(one_line(cell)) for cell in cells]


def _news(story: Story) -> list[str]:
    """What makes it news, and every update that its reports bring."""
    said = news_of(story)
    mark = mark_of(story) or (MEANWHILE if said else "")
    return [mark, *said] if mark else []


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet will show, not compute (OWASP "CSV injection")."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell

"""Invented news: as long as real news, spread over words as real news is, the same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from itertools import accumulate
from xml.sax.saxutils import escape

from monitor.demo.newswire.outlets import outlets

ITEMS = 33
"""Items that a feed shows."""

BROUGHT = 2
"""Items that are new in each edition of a feed; as many oldest ones fall out."""

ON_TOPIC = 25
"""One item in so many is a report that a starter rule is meant to find."""

_COMMONEST = 300
"""Words that no invented rule asks for: they stand in too many items."""

EPOCH = datetime(2026, 3, 2, tzinfo=UTC)

_COMMON = (
    "the of to and in a on for with that is at by from as was its after said are be it has an "
    "over more will new not who have says up out than about their two year first been last week "
    "were government minister people state country market company official report president "
    "police court city million percent month group plan talks leader"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One item of one feed."""

    feed: int
    number: int
    title: str
    lead: str
    tags: tuple[str, ...]

    @property
    def guid(self) -> str:
        return f"wire-{self.feed}:{self.number}"

    @property
    def url(self) -> str:
        return f"https://wire-{self.feed}.example/news/2026/{self.number}-a-report-of-some-length"

    @property
    def published_at(self) -> datetime:
        return EPOCH + timedelta(minutes=self.number)


def edition(feed: int, number: int, count: int = ITEMS) -> Iterator[News]:
    """What a feed shows in its edition of that number (from 0), newest first."""
    newest = count + BROUGHT * number
    return (news(feed, each) for each in reversed(range(newest - count, newest)))


def news(feed: int, number: int) -> News:
    """The item of a feed with that number."""
    chance = random.Random(f"{feed}/{number}")
    invented, weights = _words()

    def words(count: int) -> str:
        return " ".join(chance.choices(invented, cum_weights=weights, k=count))

    title, lead = words(9).capitalize(), f"{words(24).capitalize()}. {words(28).capitalize()}."
    if chance.randrange(ON_TOPIC) == 0:
        report_title, report_lead = chance.choice(_reports())
        title, lead = f"{report_title}, {words(2)}", f"{report_lead} {lead}"
    tags = tuple(words(2).split())
    return News(feed=feed, number=number, title=title, lead=lead, tags=tags)


def rss(feed: int, items: Iterator[News]) -> bytes:
    """The items as the RSS that most newsrooms send."""
    entries = "".join(
        f"<item>\n<title>{escape(item.title)}</title>\n<link>{item.url}</link>\n"
        f'<guid isPermaLink="false">{item.guid}</guid>\n'
        f"<pubDate>{format_datetime(item.published_at)}</pubDate>\n"
        + "".join(f"<category>{tag}</category>\n" for tag in item.tags)
        + f"<description>{escape(f'<p>{escape(item.lead)}</p>')}</description>\n</item>\n"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0">\n<channel>\n'
        f"<title>Wire {feed}</title>\n<link>https://wire-{feed}.example/</link>\n"
        f"<description>Invented news</description>\n<language>en</language>\n{entries}"
        "</channel>\n</rss>\n"
    ).encode()


def rules_about(count: int) -> str:
    """A YAML file of that many rules, each of two concepts of four rarer words."""
    chance = random.Random(count)
    rarer = _words()[0][_COMMONEST:]

    def concept() -> str:
        return f"[{', '.join(chance.sample(rarer, 4))}]"

    return "rules:\n" + "".join(
        f"- id: invented-{each}\n  title: Invented {each}\n  severity: low\n"
        f"  all:\n  - {concept()}\n  - {concept()}\n"
        for each in range(count)
    )


@cache
def _words() -> tuple[Sequence[str], Sequence[float]]:
    """20,000 words with weights after Zipf's law, summed up."""
    chance = random.Random(1)
    made: dict[str, None] = dict.fromkeys(_COMMON.split())
    while len(made) < 20_000:
        syllables = (
            chance.choice("bcdfghklmnprstvz") + chance.choice("aeiou") + chance.choice(" lnrst")
            for _ in range(chance.choice((1, 2, 2, 3, 3, 4)))
        )
        made["".join(syllables).replace(" ", "")] = None
    return tuple(made), tuple(accumulate(1 / rank for rank in range(1, len(made) + 1)))


@cache
def _reports() -> Sequence[tuple[str, str]]:
    """Headline and lead of the demonstration's reports that a rule is meant to find."""
    return tuple(
        (report.title, report.lead)
        for outlet in outlets(EPOCH)
        for report in outlet.reports
        if report.rules
    )

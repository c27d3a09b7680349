"""What the invented outlets report: one JSON Lines file each, read with its labels."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from typing import Any
from urllib.parse import urljoin


class Relation(enum.StrEnum):
    """What a report is to the one it was made `of`."""

    COPY = "copy"
    EXCERPT = "excerpt"
    REWRITE = "rewrite"
    CORRECTION = "correction"
    HEADLINE = "headline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One item of one outlet, and the labels that tests hold the pipeline to.

    `lead` and `body` are HTML as the outlet sends it; `guid` is "" where it sends none.
    `appears_at` is when the item enters the feed, `published_at` the date the item itself
    states: None where it states none, and not always true. A report takes the place of the one
    it `replaces`. `story` names the event ("" for an event no rule is meant to find), `rules`
    the starter rules meant to fire, `of` the report whose text this one repeats or changes.
    """

    id: str
    outlet: str
    title: str
    lead: str
    body: str
    author: str
    tags: tuple[str, ...]
    language: str
    url: str
    guid: str
    appears_at: datetime
    published_at: datetime | None
    replaces: str
    story: str
    rules: frozenset[str]
    of: str
    relation: Relation | None


def read_reports(outlet: str, site: str, start: datetime) -> tuple[Report, ...]:
    """All reports of an outlet in the order of its file; day 1 begins at `start`."""
    path = resources.files("monitor.demo.newswire") / "wire" / f"{outlet}.jsonl"
    with path.open(encoding="utf-8") as lines:
        return tuple(_report(json.loads(line), outlet, site, start) for line in lines)


def _report(raw: dict[str, Any], outlet: str, site: str, start: datetime) -> Report:
    appears_at = _instant(raw["at"], start)
    url = urljoin(site, raw["url"])
    dated = raw.get("dated", raw["at"])
    return Report(
        id=raw["id"],
        outlet=outlet,
        title=raw["title"],
        lead=raw.get("lead", ""),
        body=raw.get("body", ""),
        author=raw.get("author", ""),
        tags=tuple(raw.get("tags", ())),
        language=raw.get("language", ""),
        url=url,
        guid=raw.get("guid", url),
        appears_at=appears_at,
        published_at=_instant(dated, start) if dated else None,
        replaces=raw.get("replaces", ""),
        story=raw.get("story", ""),
        rules=frozenset(raw.get("rules", ())),
        of=raw.get("of", ""),
        relation=Relation(raw["relation"]) if "relation" in raw else None,
    )


def _instant(offset: str, start: datetime) -> datetime:
    """The instant that "2 06:40", day and time of day, means when day 1 begins at `start`."""
    day, _, clock = offset.partition(" ")
    hours, _, minutes = clock.partition(":")
    return start + timedelta(days=int(day) - 1, hours=int(hours), minutes=int(minutes))

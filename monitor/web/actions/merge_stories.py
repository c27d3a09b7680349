"""One event after all: merge stories."""

from __future__ import annotations

import json
from dataclasses import dataclass

from monitor.web.action import Action
from monitor.web.service import Service
from monitor.web.wire import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """`others` become part of `story`."""

    story: Number
    others: tuple[Number, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """How many reports came to the story."""

    story: int
    reports: int


def do(service: Service, taken: Merge) -> Merged:
    """Merge them, for good. Raises NotFound, UsageError for a story that is to join itself."""
    asked = {"story": taken.story, "others": taken.others}
    answer = service.act("merge", json.dumps(asked))
    return Merged(story=answer["story"], reports=answer["reports"])


def said(merged: Merged) -> str:
    """How much has come together."""
    reports = "1 report has" if merged.reports == 1 else f"{merged.reports} reports have"
    return f"{reports} come to story {merged.story}"


ACTION = Action(
    name="merge_stories",
    path="/stories/{story}/merge",
    help="Make other stories part of one: they are of the same event after all.",
    takes=Merge,
    gives=Merged,
    do=do,
    said=said,
)

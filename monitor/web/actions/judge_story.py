"""Say that a story was worth keeping, or that it is noise."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass

from monitor.web.action import Action
from monitor.web.nothing import Done
from monitor.web.service import Service
from monitor.web.wire import Number


class Said(enum.StrEnum):
    """What is said of a story; `none` takes back what was."""

    KEEP = "keep"
    NOISE = "noise"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A verdict on a story."""

    story: Number
    verdict: Said


_SENTENCES = {
    Said.KEEP: "Story {story} is kept",
    Said.NOISE: "Story {story} is noise; it is not listed any more, unless you ask for noise",
    Said.NONE: "Nothing is said of story {story} any more",
}


def do(service: Service, taken: Judge) -> Done:
    """Note it; it counts for every rule that found the story. Raises NotFound."""
    asked = {"story": taken.story, "verdict": taken.verdict.value, "by": service.by}
    answer = service.act("judge", json.dumps(asked))
    return Done(said=_SENTENCES[taken.verdict].format(story=answer["story"]))


ACTION = Action(
    name="judge_story",
    path="/stories/{story}/judge",
    help="Say of a story that it was worth keeping, or noise: what its rules are weighed by.",
    takes=Judge,
    gives=Done,
    do=do,
    said=lambda done: done.said,
)

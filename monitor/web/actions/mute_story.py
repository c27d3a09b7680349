"""Not to hear of a story for a while."""

from __future__ import annotations

import json
from dataclasses import dataclass

from monitor.errors import UsageError
from monitor.schedule.durations import BadSchedule
from monitor.schedule.endings import parse_end, until_words
from monitor.web.action import Action
from monitor.web.nothing import Done
from monitor.web.service import Service
from monitor.web.wire import Line, Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """`until` is a day, an instant, or a time from now as `7d`."""

    story: Number
    until: Line = ""
    comment: Line = ""


def do(service: Service, taken: Mute) -> Done:
    """Mute it for every rule. Raises NotFound, UsageError for an end that is past."""
    if not taken.until:
        raise UsageError("say until when: a day like `2027-01-31`, or `7d` for a time from now")
    now = service.now()
    try:
        until_at = parse_end(taken.until, now)
    except BadSchedule as error:
        raise UsageError(str(error)) from None
    if until_at <= now:
        raise UsageError(f"`{taken.until}` is past; a mute ends by `unmute`")
    asked = {"story": taken.story, "until": until_at.isoformat(), "comment": taken.comment}
    answer = service.act("mute", json.dumps(asked))
    return Done(said=f"Story {answer['story']} is muted {until_words(until_at)}")


ACTION = Action(
    name="mute_story",
    path="/stories/{story}/mute",
    help="Tell nobody of a story until then, whatever rule finds it.",
    takes=Mute,
    gives=Done,
    do=do,
    said=lambda done: done.said,
)

"""Who hears of a match: routing, less what rules keep back and what is muted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.digests.muting import Muting, end_of, unmuted
from monitor.digests.routing import hearers
from monitor.model import Decision, DigestSpec, Hearing, Match, Story, StoryId
from monitor.rules.rulebook import Rule
from monitor.store.mutes import mutes_by_hand
from monitor.watch import Watch

Mutings = Mapping[StoryId, tuple[Muting, ...]]


def heard(watch: Watch, matches: Sequence[Match]) -> tuple[Hearing, ...]:
    """The digests that hear of any of these matches, each with the reason."""
    told = [match for match in matches if match.rule not in watch.kept_back]
    return hearers(told, watch.rule_tags, watch.settings.digests)


def mutings_by_story(conn: Connection, rules: Iterable[Rule], now: datetime) -> Mutings:
    """Every mute that holds now, of rule files and by hand."""
    in_files = (
        Muting(story=mute.story, until_at=end_of(mute.until), rule=rule.id, note=mute.note)
        for rule in rules
        for mute in rule.mutes
    )
    found: dict[StoryId, tuple[Muting, ...]] = {}
    for each in (*in_files, *mutes_by_hand(conn, now)):
        if now < each.until_at:
            found[each.story] = (*found.get(each.story, ()), each)
    return found


def without_muted(decision: Decision, watch: Watch, mutings: Mutings) -> Decision:
    """The decision, told only to those who hear of a match that is not muted."""
    mine = mutings.get(decision.story, ()) if decision.story is not None else ()
    if not mine or not decision.digests:
        return decision
    left = {each.digest for each in heard(watch, unmuted(decision.matches, mine))}
    return replace(
        decision,
        digests=tuple(each for each in decision.digests if each.digest in left),
        held=tuple(
            (each.digest, mine[0].words) for each in decision.digests if each.digest not in left
        ),
    )


def held_because(story: Story, spec: DigestSpec, watch: Watch, mutings: Mutings) -> str:
    """Why a story that waits in a digest is not to be told by it; "" where it is."""
    mine = mutings.get(story.id, ())
    matches = [match for one in (story.lead, *story.others) for match in one.matches]
    left = unmuted(matches, mine)
    if len(left) == len(matches):
        return ""
    return "" if any(each.digest == spec.name for each in heard(watch, left)) else mine[0].words

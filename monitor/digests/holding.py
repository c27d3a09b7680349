"""What is held back, and why: mutes and silences as one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.digests.hits import Hit
from monitor.digests.muting import Muting
from monitor.digests.routing import hearers
from monitor.digests.silencing import Silence
from monitor.model import DigestSpec, Held, RuleId, SilenceId, StoryId
from monitor.schedule.endings import until_day

Hold = Muting | Silence
Tags = Mapping[RuleId, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """Everything that holds something back at one instant."""

    mutings: Mapping[StoryId, tuple[Muting, ...]] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.mutings or self.silences)

    @property
    def stories(self) -> frozenset[StoryId]:
        """The stories that are named."""
        return frozenset(self.mutings).union(*(each.stories for each in self.silences))

    def over(self, hit: Hit) -> Hold | None:
        """What holds a match back; None where somebody may be told."""
        mine = self.mutings.get(hit.story, ()) if hit.story is not None else ()
        all_of_them: tuple[Hold, ...] = (*mine, *self.silences)
        return next((each for each in all_of_them if each.holds(hit)), None)


def held(spec: DigestSpec, hits: Iterable[Hit], tags: Tags, holds: Holds) -> Held | None:
    """What holds a story back from a digest; None where it hears of any match that is not held."""
    because: Hold | None = None
    for hit in hits:
        if not hearers([hit.match], tags, [spec]):
            continue
        hold = holds.over(hit)
        if hold is None:
            return None
        because = because or hold
    return Held(spec.name, because.words, because.silence) if because is not None else None


def held_sentence(
    stories: Mapping[SilenceId, int],
    alerts: Mapping[SilenceId, int],
    silences: Collection[Silence],
    now: datetime,
) -> str:
    """What was held back, by what, in a sentence; "" where nothing was.

    `stories` and `alerts` are counted by silence, 0 standing for all mutes. Like `Held back:
    4 stories by silence #3 (port strike, until Mon 30 Nov), 1 by a mute.`
    """
    known = {each.id: each for each in silences}
    ids = sorted({*stories, *alerts}, key=lambda each: (each == 0, each))
    parts: list[str] = []
    for silence in ids:
        told, sounded = stories.get(silence, 0), alerts.get(silence, 0)
        if not told and not sounded:
            continue
        if silence:
            by = f"by silence #{silence}{_about(known.get(silence), now)}"
        else:
            by = "by a mute" if told == 1 else "by mutes"
        bare = parts and not alerts
        parts.append(f"{told:,} {by}" if bare else f"{_counted(told, sounded)} {by}")
    return f"Held back: {', '.join(parts)}." if parts else ""


def _counted(stories: int, alerts: int) -> str:
    counts = ((stories, "story", "stories"), (alerts, "alert", "alerts"))
    return " and ".join(f"{n:,} {one if n == 1 else many}" for n, one, many in counts if n)


def _about(silence: Silence | None, now: datetime) -> str:
    if silence is None:
        return ""
    return f" ({silence.comment}, {until_day(silence.until_at, now)})"

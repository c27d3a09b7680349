"""To which story a report belongs, and who must hear what of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from monitor.model import (
    Cause,
    Hearing,
    Item,
    ItemId,
    Joined,
    Kin,
    Match,
    RuleId,
    StoryId,
    StoryMode,
    Update,
)
from monitor.stories.copies import Report, copy_of, twin_among
from monitor.stories.grouping import OpenStories
from monitor.stories.sketching import Sketch, sketch_of
from monitor.stories.traits import Traits
from monitor.stories.updating import update_in

Route = Callable[[Sequence[Match]], tuple[Hearing, ...]]
Modes = Mapping[RuleId, StoryMode]
NO_MODES: Modes = MappingProxyType({})
"""Every rule gathers reports into stories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a report belongs. `story` is None where it begins one.

    `of` is the report that it repeats, `like` the one that it resembles, `sure` says that it
    can only be of the same event.
    """

    joined: Joined
    reason: str
    story: StoryId | None = None
    of: ItemId | None = None
    like: ItemId | None = None
    score: float | None = None
    sure: bool = True
    update: Update | None = None
    kin: tuple[Kin, ...] = ()


FIRST = Place(joined=Joined.FIRST, reason="not seen before")


def is_compared(matches: Iterable[Match], modes: Modes) -> bool:
    """Whether a report is compared with others at all: unless every rule wants it by itself."""
    return any(modes.get(match.rule) is not StoryMode.OFF for match in matches)


def among_copies(fresh: Report, alike: Sequence[Report]) -> Place | None:
    """The story of the report that this one repeats; None where it repeats none of them."""
    copy = copy_of(fresh, alike)
    if copy is None:
        return None
    told = [each.traits for each in alike if each.story == copy.of.story]
    return Place(
        joined=Joined.COPY,
        reason=copy.reason,
        story=copy.of.story,
        of=copy.of.id,
        like=copy.of.id,
        score=copy.score,
        update=update_in(fresh.traits, told, same_item=False),
    )


def among_stories(
    fresh: Report,
    sketch: Sketch,
    alike: Sequence[Report],
    open_stories: OpenStories,
    muted: Collection[StoryId] = (),
) -> Place:
    """The story of the event that a report is of, as far as words can tell; else it begins one.

    What has the same words in a row as another report, but other numbers or names, is the next
    of its kind and not the same: of its story it is never surely. And what is not surely of
    a story that is muted is none of it: nobody would hear of what may be another event.
    """
    grouped = open_stories.story_for(sketch, fresh.seen_at, fresh.feed_id)
    kin = tuple(
        each
        for each in open_stories.kin_of(sketch, fresh.seen_at)
        if grouped is None or each.story != grouped.story
    )
    if grouped is None:
        return replace(FIRST, kin=kin)
    against = twin_among(fresh, [each for each in alike if each.story == grouped.story])
    sure = grouped.sure and not against
    if not sure and grouped.story in muted:
        return replace(FIRST, kin=kin)
    return Place(
        joined=Joined.REPORT,
        reason=f"{grouped.reason}; {against}" if against else grouped.reason,
        story=grouped.story,
        like=grouped.like,
        score=grouped.score,
        sure=sure,
        kin=kin,
    )


def sketched(item: Item, traits: Traits, matches: Iterable[Match]) -> Sketch:
    """What of a report is compared with those of open stories."""
    matches = tuple(matches)
    return sketch_of(
        traits.title,
        traits.text,
        language=item.language,
        concepts=frozenset(each.clause for match in matches for each in match.evidence),
        rules=frozenset(match.rule for match in matches),
    )


def hearings(
    placed: Place, matches: Sequence[Match], route: Route, modes: Modes
) -> tuple[Hearing, ...]:
    """Who hears of a report, and what makes it news to them.

    Whoever has not heard of its story hears of that first. Then, the same article again is news
    to nobody, but for what it says anew. A rule that gathers nothing tells every other report;
    the others tell what may be more than the same event, and leave what surely is the same to
    the next digest, or to nobody.
    """
    everyone = route(matches)
    if placed.update is not None:
        return tuple(each._replace(cause=Cause.UPDATE) for each in everyone)
    if placed.joined in (Joined.FIRST, Joined.LINK):
        return everyone

    def hear(*wanted: StoryMode) -> set[str]:
        chosen = [each for each in matches if modes.get(each.rule, StoryMode.GROUP) in wanted]
        return {each.digest for each in route(chosen)}

    is_copy = placed.joined is Joined.COPY
    each_one = hear(StoryMode.OFF)
    if not is_copy and not placed.sure:
        each_one |= hear(StoryMode.GROUP, StoryMode.MUTE)
    later = set() if is_copy else hear(StoryMode.GROUP)

    def cause(digest: str) -> Cause:
        if digest in each_one:
            return Cause.REPORT
        return Cause.FOLLOW_UP if digest in later else Cause.STORY

    return tuple(each._replace(cause=cause(each.digest)) for each in everyone)

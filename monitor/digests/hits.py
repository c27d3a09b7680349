"""A match as one digest would hear of it: what mutes and silences look at."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model import DigestName, Item, Match, StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A match on its way to a digest.

    `tags` are those of its rule, `feeds` what the feed of its item may be called. An alert on
    the volume of a rule's matches has neither story nor item.
    """

    digest: DigestName
    match: Match
    tags: tuple[str, ...] = ()
    story: StoryId | None = None
    item: Item | None = None
    feeds: tuple[str, ...] = ()

"""What becomes of each entry of a polled document: new, seen, revised or a duplicate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.model import (
    Decision,
    FeedId,
    Hearing,
    Item,
    ItemId,
    KnownItem,
    Match,
    Outcome,
    ParsedFeed,
    StoryId,
)
from monitor.stories.identity import Identity, is_same_article

SAME_LINK_FOR = timedelta(days=7)
"""How long one link in another feed means the same article."""

Route = Callable[[Sequence[Match]], tuple[Hearing, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An entry, cleaned, with its keys and the rules that fire on it."""

    item: Item
    identity: Identity
    content_hash: bytes
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document understood. `heading` is what it says of itself, without its entries.

    `key_flaws` is to be remembered of its feed: see `stories.identity.identify`.
    """

    heading: ParsedFeed
    candidates: tuple[Candidate, ...]
    key_flaws: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the store knows: by identity key in this feed, by URL key in any feed."""

    feed_id: FeedId
    by_key: Mapping[bytes, KnownItem]
    by_url: Mapping[bytes, tuple[KnownItem, ...]]


def decide(
    candidates: Sequence[Candidate],
    facts: Facts,
    *,
    route: Route,
    archive_before: datetime | None = None,
) -> tuple[Decision, ...]:
    """Decide on every entry of one document, in order; later ones see what earlier ones were.

    `route` says which digests must hear of some matches. Entries published before
    `archive_before` were there before the watch began: archived, never told.
    """
    desk = _Desk(facts=facts, by_key=dict(facts.by_key), by_url=dict(facts.by_url))
    present = frozenset(each.item.guid for each in candidates if each.item.guid)
    return tuple(desk.decide(each, present, route, archive_before) for each in candidates)


@dataclass
class _Desk:
    """The facts as they grow while one document is worked through."""

    facts: Facts
    by_key: dict[bytes, KnownItem]
    by_url: dict[bytes, tuple[KnownItem, ...]]
    placeholder: int = field(default=0)

    def decide(
        self,
        candidate: Candidate,
        present: frozenset[str],
        route: Route,
        archive_before: datetime | None,
    ) -> Decision:
        known, reason = self._recognised(candidate, present)
        if known is not None:
            decision = _again(candidate, known, reason, self._next_story, route)
        else:
            decision = self._first_seen(candidate, route, archive_before)
        self._learn(candidate, decision, known)
        return decision

    def _recognised(
        self, candidate: Candidate, present: frozenset[str]
    ) -> tuple[KnownItem | None, str]:
        if known := self.by_key.get(candidate.identity.primary):
            return known, "same identity in this feed"
        known = self.by_key.get(candidate.identity.alias) if candidate.identity.alias else None
        if known is None or known.guid in present:
            return None, ""
        if is_same_article(known, candidate.item):
            return known, "same link in this feed under a new guid"
        return None, ""

    def _first_seen(
        self, candidate: Candidate, route: Route, archive_before: datetime | None
    ) -> Decision:
        item = candidate.item
        archived = archive_before is not None and item.published_at < archive_before
        original = self._original(candidate)
        story = original.story if original else None
        if story is None and candidate.matches:
            story = self._next_story()
        fresh = Decision(
            outcome=Outcome.DUPLICATE if original else Outcome.NEW,
            id=self._next_item(),
            of=original.id if original else None,
            reason=_why_first_seen(original, archived=archived),
            item=item,
            keys=candidate.identity.keys,
            url_key=candidate.identity.url_key,
            content_hash=candidate.content_hash,
            matches=candidate.matches,
            story=story,
            archived=archived,
        )
        if archived or not candidate.matches:
            return fresh
        return replace(fresh, digests=route(candidate.matches))

    def _original(self, candidate: Candidate) -> KnownItem | None:
        """The first item with the same link in another feed, or an edit of it in this one."""
        since = candidate.item.first_seen_at - SAME_LINK_FOR
        same_link = self.by_url.get(candidate.identity.url_key, ())
        for known in same_link if candidate.identity.url_key else ():
            elsewhere = known.feed_id != self.facts.feed_id
            if known.first_seen_at >= since and (
                elsewhere or is_same_article(known, candidate.item)
            ):
                return known
        return None

    def _learn(self, candidate: Candidate, decision: Decision, before: KnownItem | None) -> None:
        fired = frozenset(match.rule for match in decision.matches)
        known = KnownItem(
            id=decision.id,
            feed_id=self.facts.feed_id,
            guid=candidate.item.guid,
            title=candidate.item.title,
            content_hash=candidate.content_hash,
            first_seen_at=before.first_seen_at if before else candidate.item.first_seen_at,
            published_at=candidate.item.published_at,
            story=decision.story or (before.story if before else None),
            rules=before.rules | fired if before else fired,
        )
        for key in candidate.identity.keys:
            self.by_key[key] = known
        if decision.outcome is Outcome.NEW and candidate.identity.url_key:
            others = self.by_url.get(candidate.identity.url_key, ())
            self.by_url[candidate.identity.url_key] = (*others, known)

    def _next_item(self) -> ItemId:
        self.placeholder -= 1
        return ItemId(self.placeholder)

    def _next_story(self) -> StoryId:
        self.placeholder -= 1
        return StoryId(self.placeholder)


def _again(
    candidate: Candidate,
    known: KnownItem,
    reason: str,
    next_story: Callable[[], StoryId],
    route: Route,
) -> Decision:
    """An item seen before: as it was, or revised; a revision may make a rule fire at last."""
    same = Decision(
        outcome=Outcome.SEEN,
        id=known.id,
        of=known.id,
        reason=reason,
        item=candidate.item,
        keys=candidate.identity.keys,
        url_key=candidate.identity.url_key,
        content_hash=candidate.content_hash,
    )
    if not known.content_hash or known.content_hash == candidate.content_hash:
        return same
    fired = tuple(match for match in candidate.matches if match.rule not in known.rules)
    story = known.story
    if story is None and candidate.matches:
        story = next_story()
    return replace(
        same,
        outcome=Outcome.REVISED,
        reason=f"{reason}, reworded",
        matches=candidate.matches,
        story=story,
        digests=route(fired) if fired else (),
    )


def _why_first_seen(original: KnownItem | None, *, archived: bool) -> str:
    if original is not None:
        return "same article address as an earlier item"
    return "there before the watch began" if archived else "not seen before"

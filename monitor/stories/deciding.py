"""What becomes of each entry of a polled document: new, seen, revised or a duplicate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.model import (
    Cause,
    Decision,
    FeedId,
    Item,
    ItemId,
    Joined,
    KnownItem,
    Match,
    Outcome,
    ParsedFeed,
    StoryId,
)
from monitor.stories.anchors import anchors_of
from monitor.stories.copies import MOST_CANDIDATES, Report
from monitor.stories.grouping import OpenStories
from monitor.stories.identity import Identity, is_same_article
from monitor.stories.placing import (
    FIRST,
    NO_MODES,
    Modes,
    Place,
    Route,
    among_copies,
    among_stories,
    hearings,
    is_compared,
    sketched,
)
from monitor.stories.sketching import Sketch
from monitor.stories.traits import Traits, traits_of
from monitor.stories.updating import update_in

SAME_LINK_FOR = timedelta(days=7)
"""How long one link in another feed means the same article."""

SAME_ADDRESS = "same article address as an earlier item"
_EARLIER = "there before the watch began"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An entry, cleaned, with its keys and the rules that fire on it.

    `traits` and `anchors` are there where a rule fires: nothing else is compared.
    """

    item: Item
    identity: Identity
    content_hash: bytes
    matches: tuple[Match, ...] = ()
    traits: Traits | None = None
    anchors: tuple[int, ...] = ()


def matched(candidate: Candidate, item: Item, matches: tuple[Match, ...]) -> Candidate:
    """The candidate with what rules have found in it, ready to be compared."""
    if not matches:
        return replace(candidate, item=item)
    traits = traits_of(item)
    return replace(candidate, item=item, matches=matches, traits=traits, anchors=anchors_of(traits))


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
    """What the store knows: by identity key in this feed, by URL key in any feed.

    `alike` are, by the primary key of an entry, the reports of
    any feed that may be the same one, `reports` those of the items above that have a story,
    `open_stories` what any entry may be another report of. It learns of every report that is no
    copy, under its placeholder.
    `muted` are stories that somebody wants to hear no more of.
    """

    feed_id: FeedId
    by_key: Mapping[bytes, KnownItem]
    by_url: Mapping[bytes, tuple[KnownItem, ...]]
    alike: Mapping[bytes, tuple[Report, ...]] = field(default_factory=dict)
    reports: Mapping[ItemId, Report] = field(default_factory=dict)
    open_stories: OpenStories = field(default_factory=OpenStories)
    muted: Collection[StoryId] = ()


def decide(
    candidates: Sequence[Candidate],
    facts: Facts,
    *,
    route: Route,
    modes: Modes = NO_MODES,
    archive_before: datetime | None = None,
) -> tuple[Decision, ...]:
    """Decide on every entry of one document, in order; later ones see what earlier ones were.

    `route` says which digests must hear of some matches, `modes` how rules want stories told.
    Entries published before `archive_before` were there before the watch began: archived,
    never told.
    """
    desk = _Desk(
        facts=facts,
        route=route,
        modes=modes,
        by_key=dict(facts.by_key),
        by_url=dict(facts.by_url),
        shown={
            facts.by_key[each.identity.primary].id
            for each in candidates
            if each.identity.primary in facts.by_key
        },
    )
    return tuple(desk.decide(each, archive_before) for each in candidates)


def decide_enriched(
    candidate: Candidate, known: KnownItem, facts: Facts, *, route: Route, modes: Modes
) -> Decision:
    """What becomes of an item that has its full text now: told of what it had not matched before.

    It stays the item that it is, and nothing was reworded: what the feed says has not changed.
    """
    desk = _Desk(facts=facts, route=route, modes=modes, by_key={}, by_url={}, shown=set())
    fired = tuple(match for match in candidate.matches if match.rule not in known.rules)
    same = replace(
        _again(candidate, known, Outcome.SEEN, "its full text was read"),
        keys=(),
        url_key=b"",
        content_hash=known.content_hash,
        matches=fired,
    )
    return desk.with_story(same, candidate, known, fired) if fired else same


@dataclass(kw_only=True)
class _Desk:
    """The facts as they grow while one document is worked through.

    `shown` are the known items that some entry is by its deciding key: no other entry is one.
    """

    facts: Facts
    route: Route
    modes: Modes
    by_key: dict[bytes, KnownItem]
    by_url: dict[bytes, tuple[KnownItem, ...]]
    shown: set[ItemId]
    here: list[tuple[Report, frozenset[int]]] = field(default_factory=list)
    sketched: tuple[Candidate, Sketch] | None = None
    placeholder: int = 0

    def decide(self, candidate: Candidate, archive_before: datetime | None) -> Decision:
        known, reason = self._recognised(candidate)
        if known is None:
            decision = self._first_seen(candidate, archive_before)
        elif known.content_hash in (b"", candidate.content_hash):
            decision = _again(candidate, known, Outcome.SEEN, reason)
        else:
            decision = self._revised(candidate, known, f"{reason}, reworded")
        self._learn(candidate, decision, known)
        return decision

    def _recognised(self, candidate: Candidate) -> tuple[KnownItem | None, str]:
        if known := self.by_key.get(candidate.identity.primary):
            return known, candidate.identity.reason
        known = self.by_key.get(candidate.identity.alias) if candidate.identity.alias else None
        if known is None or known.id in self.shown:
            return None, ""
        if is_same_article(known, candidate.item):
            return known, "same link in this feed under a new guid"
        return None, ""

    def _first_seen(self, candidate: Candidate, archive_before: datetime | None) -> Decision:
        item = candidate.item
        archived = archive_before is not None and item.published_at < archive_before
        original = self._original(candidate)
        item_id = self._next_item()
        placed = self._placed(candidate, item_id, original)
        of = original.id if original else placed.of
        fresh = Decision(
            outcome=Outcome.NEW if of is None else Outcome.DUPLICATE,
            id=item_id,
            of=of,
            reason=_why_first_seen(placed, original, archived=archived),
            item=item,
            keys=candidate.identity.keys,
            url_key=candidate.identity.url_key,
            content_hash=candidate.content_hash,
            matches=candidate.matches,
            archived=archived,
        )
        return self._in_its_place(fresh, placed, candidate)

    def _revised(self, candidate: Candidate, known: KnownItem, reason: str) -> Decision:
        """A new wording: it may make a rule fire at last, or say what nobody knew."""
        same = _again(candidate, known, Outcome.REVISED, reason)
        same = replace(same, matches=candidate.matches)
        fired = tuple(match for match in candidate.matches if match.rule not in known.rules)
        decision = self.with_story(same, candidate, known, fired)
        before = self._report(known.id) if known.story is not None else None
        if before is None or candidate.traits is None:
            return decision
        update = update_in(candidate.traits, [before.traits], same_item=True)
        if update is None:
            return decision
        hear = tuple(each._replace(cause=Cause.UPDATE) for each in self.route(candidate.matches))
        return replace(decision, update=update, digests=hear)

    def with_story(
        self, same: Decision, candidate: Candidate, known: KnownItem, fired: Sequence[Match]
    ) -> Decision:
        """A decision on an item seen before, with its story, and who waits for what fires now."""
        if known.story is None:
            placed = self._placed(candidate, known.id, None)
            return self._in_its_place(same, replace(placed, reason=same.reason), candidate)
        hear = self.route(fired) if fired else ()
        return replace(
            same,
            story=known.story,
            digests=tuple(each._replace(cause=Cause.REPORT) for each in hear),
            anchors=candidate.anchors,
        )

    def _in_its_place(self, decision: Decision, placed: Place, candidate: Candidate) -> Decision:
        """The decision with the story that the report belongs to, and who hears of it."""
        story = placed.story
        if story is None and candidate.matches:
            story = self._next_story()
        decision = replace(
            decision,
            story=story,
            joined=placed.joined,
            like=placed.like,
            score=placed.score,
            update=placed.update,
            kin=placed.kin,
            anchors=candidate.anchors,
        )
        if decision.archived or not candidate.matches:
            return decision
        return replace(
            decision, digests=hearings(placed, candidate.matches, self.route, self.modes)
        )

    def _placed(self, candidate: Candidate, item: ItemId, original: KnownItem | None) -> Place:
        """Where a report belongs that was not known, or had no story."""
        if original is not None and (original.story is not None or not candidate.matches):
            return self._at_the_same_address(candidate, original)
        if candidate.traits is None or not is_compared(candidate.matches, self.modes):
            return FIRST
        fresh = Report(
            id=item,
            feed_id=self.facts.feed_id,
            traits=candidate.traits,
            seen_at=candidate.item.first_seen_at,
            story=None,
        )
        alike = self._alike(candidate)
        return among_copies(fresh, alike) or among_stories(
            fresh,
            self._sketch(candidate, fresh.traits),
            alike,
            self.facts.open_stories,
            self.facts.muted,
        )

    def _at_the_same_address(self, candidate: Candidate, original: KnownItem) -> Place:
        report = self._report(original.id)
        return Place(
            joined=Joined.LINK,
            reason=SAME_ADDRESS,
            story=original.story,
            of=original.id,
            like=original.id,
            update=update_in(candidate.traits, [report.traits], same_item=False)
            if report and candidate.traits
            else None,
        )

    def _report(self, item: ItemId) -> Report | None:
        here = (report for report, _ in self.here if report.id == item)
        return self.facts.reports.get(item) or next(here, None)

    def _alike(self, candidate: Candidate) -> tuple[Report, ...]:
        """The reports that may be the same one: of the store, and of this document."""
        anchors = frozenset(candidate.anchors)
        shared = Counter({at: len(anchors & theirs) for at, (_, theirs) in enumerate(self.here)})
        here = [self.here[at][0] for at, count in shared.most_common(MOST_CANDIDATES) if count]
        return (*self.facts.alike.get(candidate.identity.primary, ()), *here)

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
        self.shown.add(known.id)
        for key in candidate.identity.keys:
            self.by_key[key] = known
        if decision.outcome is Outcome.NEW and candidate.identity.url_key:
            others = self.by_url.get(candidate.identity.url_key, ())
            self.by_url[candidate.identity.url_key] = (*others, known)
        self._learn_words(candidate, decision, known)

    def _learn_words(self, candidate: Candidate, decision: Decision, known: KnownItem) -> None:
        """What the entries that follow, and the documents after this one, are compared with."""
        if candidate.traits is None or decision.story is None:
            return
        if not is_compared(candidate.matches, self.modes):
            return
        self.here.append(
            (
                Report(
                    id=known.id,
                    feed_id=known.feed_id,
                    traits=candidate.traits,
                    seen_at=known.first_seen_at,
                    story=decision.story,
                ),
                frozenset(candidate.anchors),
            )
        )
        if is_member(decision.joined) or known.id in self.facts.open_stories:
            self.facts.open_stories.add(
                known.id,
                decision.story,
                known.feed_id,
                self._sketch(candidate, candidate.traits),
                known.first_seen_at,
            )

    def _sketch(self, candidate: Candidate, traits: Traits) -> Sketch:
        """What of a candidate is compared with open stories: first to place it, then to learn."""
        if self.sketched is None or self.sketched[0] is not candidate:
            sketch = sketched(candidate.item, traits, candidate.matches)
            self.sketched = (candidate, sketch)
        return self.sketched[1]

    def _next_item(self) -> ItemId:
        self.placeholder -= 1
        return ItemId(self.placeholder)

    def _next_story(self) -> StoryId:
        self.placeholder -= 1
        return StoryId(self.placeholder)


def is_member(joined: Joined) -> bool:
    """Whether later reports are compared with one that came to its story this way."""
    return joined not in (Joined.LINK, Joined.COPY)


def _again(candidate: Candidate, known: KnownItem, outcome: Outcome, reason: str) -> Decision:
    """An item seen before."""
    return Decision(
        outcome=outcome,
        id=known.id,
        of=known.id,
        reason=reason,
        item=candidate.item,
        keys=candidate.identity.keys,
        url_key=candidate.identity.url_key,
        content_hash=candidate.content_hash,
    )


def _why_first_seen(placed: Place, original: KnownItem | None, *, archived: bool) -> str:
    is_first = placed.joined is Joined.FIRST
    reason = SAME_ADDRESS if is_first and original is not None else placed.reason
    if not archived:
        return reason
    return _EARLIER if reason == FIRST.reason else f"{_EARLIER}; {reason}"

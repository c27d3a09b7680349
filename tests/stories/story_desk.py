"""Entries as a desk gets them, in as few words as a test needs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.model import (
    DigestName,
    FeedId,
    Hearing,
    Item,
    ItemId,
    KnownItem,
    Match,
    RuleId,
    Severity,
    StoryId,
)
from monitor.stories.deciding import Candidate, Facts, decide, matched
from monitor.stories.grouping import OpenStories
from monitor.stories.identity import identify
from monitor.text.clean import content_hash

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HERE, ELSEWHERE = FeedId(1), FeedId(2)
CARGO = "https://wire.example/news/cargo"


def item(title="Ship seized off Saltmere", *, url=CARGO, guid="", lead="", at=NOON, seen_at=NOON):
    return Item(title=title, url=url, guid=guid, lead=lead, published_at=at, first_seen_at=seen_at)


def match(rule="ships", severity=Severity.HIGH):
    return Match(rule=RuleId(rule), severity=severity, score=0, evidence=())


def candidates(*items, rules=()):
    """The items of one document; every one of them is hit by `rules`."""
    identities = identify(items).identities
    matches = tuple(match(rule) for rule in rules)
    return tuple(
        matched(
            Candidate(item=one, identity=identity, content_hash=content_hash(one)), one, matches
        )
        for one, identity in zip(items, identities, strict=True)
    )


def known(one, *, id=7, feed=HERE, story=None, rules=()):  # noqa: A002 - as in the model
    """What the store remembers of an item it has seen."""
    return KnownItem(
        id=ItemId(id),
        feed_id=feed,
        guid=one.guid,
        title=one.title,
        content_hash=content_hash(one),
        first_seen_at=one.first_seen_at,
        published_at=one.published_at,
        story=None if story is None else StoryId(story),
        rules=frozenset(RuleId(rule) for rule in rules),
    )


def remembering(*memories):
    """The facts about items seen before, each an item and how the store knows it."""
    by_key, by_url = {}, {}
    for one, remembered in memories:
        (identity,) = identify([one]).identities
        if remembered.feed_id == HERE:
            by_key |= dict.fromkeys(identity.keys, remembered)
        by_url[identity.url_key] = (*by_url.get(identity.url_key, ()), remembered)
    return Facts(feed_id=HERE, by_key=by_key, by_url=by_url)


NOTHING = remembering()


def tell_the_desk(matches):
    return (Hearing(DigestName("desk"), ", ".join(one.rule for one in matches)),)


def decided(entries, facts=NOTHING, **more):
    """Decided on by a desk that begins without open stories, unless told otherwise."""
    known = replace(facts, open_stories=more.pop("open_stories", None) or OpenStories())
    return decide(entries, known, route=tell_the_desk, **more)

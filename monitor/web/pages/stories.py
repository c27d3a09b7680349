"""Stories, newest first: what was found and why, to be searched, kept, called noise or muted."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.errors import UsageError
from monitor.model import FeedId, Item, Match, RuleId, Severity
from monitor.rules.asking import rule_of_query
from monitor.rules.matching import Matcher
from monitor.rules.rulebook import Rule
from monitor.store.archive import archived_among, iter_items
from monitor.store.stories import stories_of_items
from monitor.store.story_lists import (
    Shown,
    Sieve,
    feed_name,
    items_among,
    items_with,
    sifted_among,
    sifted_items,
    sifted_stories,
    stories_with,
)
from monitor.turns import THINKING
from monitor.watch import Watch
from monitor.web.drafts import archive_of
from monitor.web.page import Page
from monitor.web.queries import query_of
from monitor.web.service import Service
from monitor.web.story_rows import Row, item_row, story_rows
from monitor.web.wire import Limit, Line, Number
from monitor.work.seeking import Sought, seek

# Of words that so many items have, a page full is found sooner than they are named.
_MANY = 20_000


class AtLeast(enum.StrEnum):
    """How severe, in words."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def severity(self) -> Severity:
        """The same as a number."""
        return Severity[self.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked for. `q` is a query as `wirewatch search` takes it.

    `rule` is the id of one that has fired, `severity` the least, `feed` the number of a feed.
    With `all`, every stored item is looked through, and not only what some rule has found. The
    list goes on before the number `before`.
    """

    q: Line = ""
    rule: Line = ""
    severity: AtLeast = AtLeast.INFO
    verdict: Shown = Shown.BUT_NOISE
    feed: Number | None = None
    all: bool = False
    before: Number | None = None
    limit: Limit = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Stories:
    """A page of stories. `next` is the query string of the next one.

    `wrong` says what is wrong with the query. `tried` is how many items it was tried on, where
    there are more than one page tries; `rule` and `feed` are what those asked for are called.
    """

    at: datetime
    rows: tuple[Row, ...]
    next: str | None
    wrong: str = ""
    tried: int | None = None
    rule: str = ""
    feed: str = ""


def load(service: Service, asked: Asked) -> Stories:
    """Read one page."""
    watch, now = service.watch(), service.now()
    sieve = Sieve(
        rule=RuleId(asked.rule) if asked.rule else None,
        feed=None if asked.feed is None else FeedId(asked.feed),
        severity=asked.severity.severity,
        shown=asked.verdict,
    )
    wrong, query = "", None
    if asked.q.strip():
        try:
            query = rule_of_query(asked.q, watch.book.vocabularies, now)
        except UsageError as error:
            wrong = str(error)
    with service.store.reading() as conn:
        found = _Found() if wrong else _find(service, conn, watch, asked, sieve, query)
        return Stories(
            at=now,
            rows=found.rows,
            next=None if found.next is None else query_of(asked, before=found.next),
            wrong=wrong,
            tried=found.tried,
            rule=_title(watch, asked.rule),
            feed="" if sieve.feed is None else feed_name(conn, sieve.feed),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    rows: tuple[Row, ...] = ()
    next: int | None = None
    tried: int | None = None


def _find(
    service: Service, conn: Connection, watch: Watch, asked: Asked, sieve: Sieve, query: Rule | None
) -> _Found:
    if query is not None:
        return _sought(service, conn, watch, asked, sieve, query)
    if asked.all:
        items = sifted_items(conn, sieve, before=asked.before, limit=asked.limit + 1)
        return _Found(
            rows=_item_rows(conn, watch, dict.fromkeys(items[: asked.limit])),
            next=items[asked.limit - 1] if len(items) > asked.limit else None,
        )
    ids = sifted_stories(conn, sieve, before=asked.before, limit=asked.limit + 1)
    return _Found(
        rows=story_rows(conn, watch, ids[: asked.limit], service.now()),
        next=ids[asked.limit - 1] if len(ids) > asked.limit else None,
    )


def _sought(
    service: Service, conn: Connection, watch: Watch, asked: Asked, sieve: Sieve, query: Rule
) -> _Found:
    with THINKING:
        among = archive_of(service, conn).narrower().items_for(query, most=_MANY)
        matcher = Matcher([query])

    def holds(item: Item) -> Match | None:
        feed = watch.feeds.get(item.feed)
        return next(iter(matcher.match(item, feed.tags if feed else ())), None)

    if asked.all:
        sought = seek(
            conn,
            items_with(conn, among, asked.before),
            lambda ids: items_among(conn, sieve, ids),
            holds,
            limit=asked.limit,
        )
        rows = _item_rows(conn, watch, {hit.item: hit.match for hit in sought.hits})
    else:
        sought = seek(
            conn,
            stories_with(conn, among, asked.before),
            lambda ids: sifted_among(conn, sieve, ids),
            holds,
            limit=asked.limit,
        )
        ids = [hit.number for hit in sought.hits]
        by = {hit.number: (hit.item, hit.match) for hit in sought.hits}
        rows = story_rows(conn, watch, ids, service.now(), by)
    return _Found(rows=rows, next=sought.next, tried=_stopped(sought, asked))


def _stopped(sought: Sought, asked: Asked) -> int | None:
    """How many items were tried, where that is why there are no more rows."""
    full = len(sought.hits) == asked.limit
    return sought.tried if sought.next is not None and not full else None


def _item_rows(conn: Connection, watch: Watch, found: dict[int, Match | None]) -> tuple[Row, ...]:
    made = stories_of_items(conn, found)
    archived = archived_among(conn, found)
    reports = {int(each.item_id): each for each in iter_items(conn, among=found)}
    return tuple(
        item_row(reports[item], watch, made.get(item), archived=item in archived, match=found[item])
        for item in found
        if item in reports
    )


def _title(watch: Watch, rule: str) -> str:
    card = watch.cards.get(RuleId(rule))
    return card.title if card else rule


PAGE = Page(
    name="stories",
    path="/stories",
    title="Stories",
    help="What was found and why, newest first; searched in the language of rules.",
    load=load,
    asks=Asked,
    shows=Stories,
    label="Stories",
    order=2,
    live=("stories",),
    wrong=lambda seen: seen.wrong,
)

"""Surveying: how a rule fares in the archive, from the index and the matcher."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from monitor.model import Item, Match
from monitor.rules.matching import Matcher
from monitor.rules.narrowing import bearers, narrowing_of, words_for
from monitor.rules.rulebook import Rule
from monitor.rules.suggesting import Spelling, Telling, spellings, telling_words
from monitor.rules.surveying import survey_compiled
from monitor.store.archive import count_items, iter_items
from monitor.store.cutting import words_of
from monitor.store.near_misses import NearMisses, near_misses_since
from monitor.store.search import items_indexed, items_with
from monitor.turns import THINKING
from monitor.work.searching import Narrower

T = TypeVar("T")

WEEKS = 4
_NEAR = timedelta(days=7)
_DOMINANT = 0.8
_RARE = 0.01
_MOST_SPELLINGS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class InArchive:
    """A rule in the archive: `hits` of the last 4 weeks.

    `items_with` says of each list of terms it requires, in their order, how many items at most
    have one of them, or None where no words can be named. `clauses` are each a clause, the
    number of its terms, and how many of those are in no item; of the last `unindexed` items
    that is not known yet. `dominant` terms are in four of five hits, with their share.
    """

    items: int
    unindexed: int
    hits: int
    a_week: float
    last_hit_at: datetime | None
    items_with: tuple[int | None, ...]
    clauses: tuple[tuple[str, int, int], ...]
    dead: tuple[str, ...]
    dominant: tuple[tuple[str, float], ...]
    near_misses: tuple[NearMisses, ...]

    def as_dict(self) -> dict[str, object]:
        """For `--json`."""
        last = self.last_hit_at
        return asdict(self) | {
            "last_hit_at": last.strftime("%Y-%m-%dT%H:%M:%SZ") if last else None,
            "clauses": [
                {"clause": clause, "terms": terms, "dead": dead}
                for clause, terms, dead in self.clauses
            ],
            "dominant": [{"term": term, "share": share} for term, share in self.dominant],
        }


def look_up(
    conn: Connection,
    rule: Rule,
    now: datetime,
    tags: Mapping[str, tuple[str, ...]],
    counts: Mapping[str, int] | None = None,
) -> InArchive:
    """Match the rule against the last weeks, and hold its terms against all words stored.

    `tags` are those of each feed, by its address, `counts` the words of the archive where they
    are known.
    """
    seen = _Seen(conn, rule, counts)
    since_at = now - timedelta(weeks=WEEKS)
    terms: Counter[str] = Counter()
    hits: list[datetime] = []
    for each, match in seen.hits(since_at, tags):
        hits.append(each.first_seen_at)
        terms.update({one.term for one in match.evidence})
    surveyed, narrower = seen.surveyed, seen.narrower
    with THINKING:
        asked = [
            words_for(group.features, seen.matcher.lexicon, seen.bearing, narrower.counts)
            for _, group in seen.compiled.required
        ]
    dead = Counter(each.clause for each in surveyed if each.dead)
    return InArchive(
        items=count_items(conn),
        unindexed=len(narrower.queued),
        hits=len(hits),
        a_week=len(hits) / WEEKS,
        last_hit_at=max(hits, default=None),
        items_with=tuple(
            None if words is None else len(items_with(conn, words) | narrower.queued)
            for words in asked
        ),
        clauses=tuple(
            (clause, count, dead[clause])
            for clause, count in Counter(each.clause for each in surveyed).items()
        ),
        dead=tuple(dict.fromkeys(each.term for each in surveyed if each.dead)),
        dominant=tuple(
            (term, count / len(hits))
            for term, count in terms.most_common()
            if count >= _DOMINANT * len(hits) and len(hits) > 1
        ),
        near_misses=near_misses_since(conn, now - _NEAR, rule.id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What might be added to a rule; each spelling with a headline that has it."""

    items: int
    hits: int
    telling: tuple[Telling, ...]
    spellings: tuple[tuple[Spelling, str], ...]


def suggest(
    conn: Connection,
    rule: Rule,
    since_at: datetime,
    tags: Mapping[str, tuple[str, ...]],
    counts: Mapping[str, int] | None = None,
) -> Suggestions:
    """Words of the hits since then, and spellings in all of the archive.

    `tags` and `counts` are as for `look_up`.
    """
    seen = _Seen(conn, rule, counts)
    words = seen.narrower.counts
    items = items_indexed(conn)
    hits = [words_of(each) for each, _ in seen.hits(since_at, tags)]
    with THINKING:
        known = frozenset(word for borne in seen.bearing.values() for word in borne)
        telling = telling_words(hits, words, items, known)
    terms = [
        each.term.lstrip("=")
        for each in seen.surveyed
        if each.term.lstrip("=").isalpha() and each.at_least <= _RARE * items
    ]
    near = _in_turns(spellings(dict.fromkeys(terms), words, known))
    return Suggestions(
        items=items,
        hits=len(hits),
        telling=telling,
        spellings=tuple(
            (each, _headline(conn, each.word)) for each in itertools.islice(near, _MOST_SPELLINGS)
        ),
    )


class _Seen:
    """A rule and the words of an archive, of which each is read once; others think in between."""

    def __init__(self, conn: Connection, rule: Rule, counts: Mapping[str, int] | None) -> None:
        self.narrower = Narrower(conn, counts)
        self._conn = conn
        with THINKING:
            self.matcher = Matcher([rule])
            self.compiled = self.matcher.compiled(rule.id)
        lexicon = self.matcher.lexicon
        with THINKING:
            self.bearing = bearers(lexicon, self.narrower.counts)
        with THINKING:
            about = lexicon, self.bearing, self.narrower.counts
            self.surveyed = survey_compiled(self.compiled, *about)
            self._asked = narrowing_of(self.compiled, *about)

    def hits(
        self, since_at: datetime, tags: Mapping[str, tuple[str, ...]]
    ) -> Iterator[tuple[Item, Match]]:
        """The items since then that the rule finds, and why."""
        among = self.narrower.among(self._asked)
        for each in iter_items(self._conn, since_at=since_at, among=among, bare=True):
            with THINKING:
                matches = self.matcher.match(each.item, tags.get(each.item.feed, ()))
            for match in matches:
                yield each.item, match


def _in_turns(found: Iterator[T]) -> Iterator[T]:
    """The same, each looked for in a turn of its own."""
    while True:
        with THINKING:
            each = next(found, None)
        if each is None:
            return
        yield each


def _headline(conn: Connection, word: str) -> str:
    newest = sorted(items_with(conn, [word]))[-1:]
    return next((each.item.title for each in iter_items(conn, among=newest)), "")

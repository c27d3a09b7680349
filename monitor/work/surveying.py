"""Surveying: how a rule fares in the archive, from the index and the matcher."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.rules.matching import Matcher
from monitor.rules.rulebook import Rule
from monitor.rules.surveying import survey
from monitor.store.archive import count_items, iter_items
from monitor.store.near_misses import NearMisses, near_misses_since
from monitor.work.searching import Narrower

WEEKS = 4
_NEAR = timedelta(days=7)
_DOMINANT = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class InArchive:
    """A rule in the archive: `hits` of the last 4 weeks, whatever feeds they came from.

    `clauses` are each a clause, the number of its terms, and how many of those are in no item;
    of the last `unindexed` items that is not known yet. `dominant` terms are in four of
    five hits, with their share.
    """

    items: int
    unindexed: int
    hits: int
    a_week: float
    last_hit_at: datetime | None
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


def look_up(conn: Connection, rule: Rule, now: datetime) -> InArchive:
    """Match the rule against the last weeks, and hold its terms against all words stored."""
    narrower = Narrower(conn)
    matcher = Matcher([rule])
    since_at = now - timedelta(weeks=WEEKS)
    terms: Counter[str] = Counter()
    hits: list[datetime] = []
    for each in iter_items(conn, since_at=since_at, among=narrower.items_for(rule)):
        for match in matcher.match(each.item):
            hits.append(each.item.first_seen_at)
            terms.update({one.term for one in match.evidence})
    surveyed = survey(rule, narrower.counts)
    dead = Counter(each.clause for each in surveyed if each.dead)
    return InArchive(
        items=count_items(conn),
        unindexed=len(narrower.queued),
        hits=len(hits),
        a_week=len(hits) / WEEKS,
        last_hit_at=max(hits, default=None),
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

"""Terms that are dead or do all the work, and words that a rule may lack or should exclude."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from monitor.text.clean import one_line
from monitor.web.drafts import Draft, archive_of, read_typed
from monitor.web.panel import Panel
from monitor.web.service import Service
from monitor.work.surveying import WEEKS, look_up, suggest
from monitor.work.trying import Exclusion, exclusions

MOST_DEAD = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Dominant:
    """A term that is in so many percent of the hits."""

    term: str
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A word that sets the hits apart: in so many of them, and in so many items in all."""

    word: str
    hits: int
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Misspelt:
    """A word of the archive that is nearly a term and not found, with a headline that has it."""

    term: str
    word: str
    items: int
    headline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Everything about the words of a rule; `weeks` is how far back its hits were looked at.

    `noise` and `kept` are how many of its stories people have called so.
    """

    readable: bool
    weeks: int = WEEKS
    hits: int = 0
    unindexed: int = 0
    dead: tuple[str, ...] = ()
    more_dead: int = 0
    dominant: tuple[Dominant, ...] = ()
    suggested: tuple[Suggested, ...] = ()
    spellings: tuple[Misspelt, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    noise: int = 0
    kept: int = 0


def load(service: Service, draft: Draft) -> Terms:
    """Hold its terms against the archive."""
    now = service.now()
    rule = read_typed(service, draft.rule, draft.text).rule
    if rule is None:
        return Terms(readable=False)
    with service.store.reading() as conn:
        archive = archive_of(service, conn)
        there = look_up(conn, rule, now, archive.tags, archive.counts)
        since_at = now - timedelta(weeks=WEEKS)
        told = suggest(conn, rule, since_at, archive.tags, archive.counts)
        judged = exclusions(archive, rule)
    return Terms(
        readable=True,
        hits=there.hits,
        unindexed=there.unindexed,
        dead=there.dead[:MOST_DEAD],
        more_dead=max(0, len(there.dead) - MOST_DEAD),
        dominant=tuple(
            Dominant(term=term, percent=round(100 * share)) for term, share in there.dominant
        ),
        suggested=tuple(
            Suggested(word=each.word, hits=each.hits, items=each.items) for each in told.telling
        ),
        spellings=tuple(
            Misspelt(term=each.term, word=each.word, items=each.items, headline=one_line(headline))
            for each, headline in told.spellings
        ),
        exclusions=judged.words,
        noise=judged.noise,
        kept=judged.kept,
    )


PANEL = Panel(
    name="terms",
    path="/rules/terms",
    help="Terms of a rule that are dead or dominant, and words and spellings that it may lack, "
    "or should exclude after what people have called noise.",
    takes=Draft,
    shows=Terms,
    load=load,
)

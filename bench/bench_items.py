"""Items: how many a second are matched, and how many are matched, decided on and stored."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import _news
from _measuring import (
    HOUSE,
    asked_for_quick,
    median,
    print_machine,
    print_table,
    seconds_of,
    times,
)
from sqlalchemy import Connection

from monitor.config.settings import Settings, StateSettings
from monitor.desk import begin, utc_now
from monitor.model import DigestName, DigestSpec, Feed, FeedId, Item, Secret
from monitor.rules.rulebook import Rule, Vocabulary
from monitor.rules.syntax import AnyOf, Leaf, Not, Term
from monitor.store.engine import Store
from monitor.store.feeds import listed_feeds
from monitor.store.items import known_items
from monitor.store.story_memory import StoryMemory
from monitor.stories.deciding import Candidate, matched
from monitor.stories.identity import identify
from monitor.text.clean import content_hash
from monitor.watch import Watch, build_watch
from monitor.work.recording import Understood, record_items

BURST = 1_000
"""Items a second to hold for a while."""

Concept = tuple[str, ...]
NaiveRule = tuple[tuple[Concept, ...], tuple[Concept, ...]]


# --- What is measured -------------------------------------------------------------------------


def watch_of(folder: Path, invented: int, feeds: int) -> Watch:
    """The starter rules and so many invented ones, over so many feeds."""
    rules = folder / f"rules-{invented}"
    shutil.copytree(HOUSE / "rules", rules)
    if invented:
        (rules / "invented.yaml").write_text(_news.rules_about(invented))
    settings = Settings(
        path=folder / "config.toml",
        rules=rules,
        templates=HOUSE / "templates",
        state=StateSettings(url=Secret(f"sqlite:///{folder / f'{invented}.db'}")),
        feeds=tuple(Feed(url=f"https://wire-{each}.example/rss") for each in range(feeds)),
        digests=(DigestSpec(name=DigestName("morning"), cadence="daily 07:00"),),
    )
    watch = build_watch(settings, read_opml=lambda _: (), now=utc_now())
    if watch.errors:
        raise AssertionError(watch.errors)
    return watch


def items_of(feed: int, edition: int) -> tuple[Item, ...]:
    """One document of items that were never seen before."""
    first = edition * _news.ITEMS
    now = utc_now()
    return tuple(
        Item(
            title=each.title,
            lead=each.lead,
            tags=each.tags,
            url=each.url,
            guid=each.guid,
            source=f"Wire {feed}",
            feed=f"https://wire-{feed}.example/rss",
            language="en",
            published_at=each.published_at,
            first_seen_at=now,
        )
        for each in (_news.news(feed, first + number) for number in range(_news.ITEMS))
    )


def match_all(watch: Watch, items: Iterable[Item]) -> int:
    return sum(bool(watch.match(item, None)) for item in items)


def store_all(
    store: Store, watch: Watch, ids: Mapping[str, FeedId], documents: Sequence[tuple[Item, ...]]
) -> None:
    """Match, decide and store, document by document, as a round of polling does."""
    done = []
    for items in documents:
        feed = watch.feeds[items[0].feed]
        candidates = tuple(
            matched(
                Candidate(item=item, identity=identity, content_hash=content_hash(item)),
                item,
                watch.match(item, feed),
            )
            for item, identity in zip(items, identify(items).identities, strict=True)
        )
        done.append(store.write(partial(commit, candidates, watch, ids[feed.url], store.memory)))
    for each in done:
        each.result()


def commit(
    candidates: Sequence[Candidate],
    watch: Watch,
    feed_id: FeedId,
    memory: StoryMemory,
    conn: Connection,
) -> None:
    keys = [key for each in candidates for key in each.identity.keys]
    understood = Understood(candidates=tuple(candidates), known=known_items(conn, feed_id, keys))
    record_items(
        conn, understood, watch, memory, feed_id=feed_id, archive_before=None, now=utc_now()
    )


# --- What it is measured against --------------------------------------------------------------


def naive_rules(rules: Iterable[Rule]) -> list[NaiveRule]:
    """The rules as lists of plain words: what is required, what is forbidden. No distances."""
    found = []
    for rule in rules:
        nodes = [clause.node for clause in rule.condition.clauses]
        required = [
            tuple(written(node.alternatives, rule.vocabularies))
            for node in nodes
            if isinstance(node, AnyOf)
        ]
        forbidden = [
            tuple(written(node.concept.alternatives, rule.vocabularies))
            for node in nodes
            if isinstance(node, Not)
        ]
        found.append((tuple(required), tuple(forbidden)))
    return found


def written(leaves: Sequence[Leaf], vocabularies: Mapping[str, Vocabulary]) -> Iterator[str]:
    """The terms as their authors wrote them, in lower case."""
    for leaf in leaves:
        if isinstance(leaf, Term):
            yield leaf.written.replace("=", "").casefold()
        else:
            yield from written(vocabularies[leaf.name].terms, vocabularies)


def pattern_of(term: str) -> re.Pattern[str]:
    escaped = re.escape(term).replace(re.escape("*"), r"\w*")
    return re.compile(rf"\b{escaped}\b")


def regex_loop(rules: Sequence[NaiveRule]) -> Callable[[Iterable[Item]], int]:
    """One compiled regular expression a term, each searched for in turn."""
    patterns = {
        term: pattern_of(term)
        for groups in rules
        for concepts in groups
        for concept in concepts
        for term in concept
    }
    return partial(loop_over, rules, lambda term, text: patterns[term].search(text))


def substring_loop(rules: Sequence[NaiveRule]) -> Callable[[Iterable[Item]], int]:
    """`term in text`, without any regard for words."""
    return partial(loop_over, rules, lambda term, text: term in text)


def loop_over(
    rules: Sequence[NaiveRule], is_in: Callable[[str, str], object], items: Iterable[Item]
) -> int:
    found = 0
    for item in items:
        text = f"{item.title}\n{item.lead}\n{item.body}".casefold()
        found += any(
            all(any(is_in(term, text) for term in concept) for concept in required)
            and not any(any(is_in(term, text) for term in concept) for concept in forbidden)
            for required, forbidden in rules
        )
    return found


# --- The benchmark ----------------------------------------------------------------------------


def measure(watch: Watch, repeats: int, naively: int) -> dict[str, float]:
    """Items a second, in medians, of ours and of the naive loops; these see fewer items."""
    rules = naive_rules(watch.book.active(utc_now()))
    regex, substring = regex_loop(rules), substring_loop(rules)
    paces: list[dict[str, float]] = []
    with Store.open(watch.settings.state.url.reveal()) as store:
        begin(store, watch, utc_now())
        with store.reading() as conn:
            ids = {row.url: row.id for row in listed_feeds(conn)}
        # The words of a language are learnt once.
        match_all(watch, (item for feed in range(len(ids)) for item in items_of(feed, 0)))
        for edition in range(1, repeats + 1):
            documents = [items_of(feed, edition) for feed in range(len(ids))]
            items = [item for document in documents for item in document]
            few = items[:naively]
            paces.append(
                {
                    "match": len(items) / seconds_of(partial(match_all, watch, items)),
                    "store": len(items)
                    / seconds_of(partial(store_all, store, watch, ids, documents)),
                    "regex": len(few) / seconds_of(partial(regex, few)),
                    "substring": len(few) / seconds_of(partial(substring, few)),
                }
            )
    return {name: median(each[name] for each in paces) for name in paces[0]}


def main(*, feeds: int, repeats: int, naively: int) -> None:
    matched, stored = [], []
    for invented in (0, 100, 1_000):
        with tempfile.TemporaryDirectory() as folder:
            watch = watch_of(Path(folder), invented, feeds)
            pace = measure(watch, repeats, naively)
        rules = naive_rules(watch.book.active(utc_now()))
        terms = {term for required, _ in rules for concept in required for term in concept}
        name = f"{len(rules):,} rules, {len(terms):,} terms"
        against = (
            cell
            for loop in ("regex", "substring")
            for cell in (f"{pace[loop]:,.0f}", times(pace["match"], pace[loop]))
        )
        matched.append((name, f"{pace['match']:,.0f}", *against))
        stored.append((name, f"{pace['store']:,.0f}", times(pace["store"], BURST)))
    print_table(
        ("match only, items/s", "ours", "regex loop", "ratio", "substring loop", "ratio"), matched
    )
    print_table(("match, decide and store, items/s", "ours", f"of goal {BURST:,}"), stored)


if __name__ == "__main__":
    quick = asked_for_quick(__doc__)
    print_machine()
    if quick:
        main(feeds=10, repeats=1, naively=10)
    else:
        main(feeds=100, repeats=5, naively=150)

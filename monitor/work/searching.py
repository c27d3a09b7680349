"""Searching: filling the index of words, and naming the items a rule could fire on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping

from sqlalchemy import Connection

from monitor.rules.narrowing import Listed, Narrowing, Words, narrowing
from monitor.rules.rulebook import Rule
from monitor.store.engine import Store
from monitor.store.search import (
    BITE,
    index_items,
    index_turn,
    items_queued,
    items_with,
    word_frequencies,
    words_put,
)
from monitor.turns import THINKING

MOST_BITES = 400
"""Bites in one beat; a long backlog is worked off over several beats."""

# A further word list is asked for while that costs less than trying the items it rules out.
_WORTH_ASKING = 4


def fill_index(
    store: Store, *, most_bites: int = MOST_BITES, stopping: Callable[[], bool] = lambda: False
) -> int:
    """Put queued items into the index, in bites between which others write; how many."""
    done = 0
    for _ in range(most_bites):
        if stopping():
            break
        bite = store.write(index_items).result()
        done += bite
        if bite < BITE:
            break
    return done


class WordList:
    """The words of an archive, for who asks again and again: listed once, and kept up after that.

    Words that are gone stay: asking for them finds nothing.
    """

    def __init__(self, conn: Connection) -> None:
        self._turn = index_turn(conn)
        self._words = Listed(word_frequencies(conn))
        self._lock = threading.Lock()

    def as_of(self, conn: Connection) -> Mapping[str, int]:
        """At least all words that are in the index which this connection sees."""
        with self._lock:
            turn = index_turn(conn)
            if turn > self._turn:
                put = words_put(conn, self._turn)
                if put is None:
                    self._words = Listed(word_frequencies(conn))
                else:
                    with THINKING:  # somebody may be reading it
                        for word in put:
                            self._words.add(word)
                self._turn = turn
            return self._words


class Narrower:
    """Names the stored items that rules could fire on, all others being out of the question.

    The words of the archive are read once, for any number of rules; `counts` may come from a
    `WordList`.
    """

    def __init__(self, conn: Connection, counts: Mapping[str, int] | None = None) -> None:
        self._conn = conn
        self.counts = word_frequencies(conn) if counts is None else counts
        self.queued = items_queued(conn)

    def items_for(
        self, rule: Rule, *, near_misses: bool = False, most: int | None = None
    ) -> set[int] | None:
        """The items to try, or None for all: what the rule asks for says nothing of words.

        With `near_misses`, also those on which one clause alone would fail. Where more than `most`
        have the rarest of the words, all may be tried: who looks for a few finds them soon.
        """
        found = narrowing(rule, self.counts)
        return self.among(found, near_misses=near_misses, most=most)

    def among(
        self, found: Narrowing, *, near_misses: bool = False, most: int | None = None
    ) -> set[int] | None:
        """The same where it is known what to ask the index for."""
        if near_misses:
            if found.either is None:
                return None
            return self.queued.union(*(self._with(words) for words in found.either))
        if found.needs is None:
            return None
        first, *others = found.needs
        if most is not None and not others and self._weight(first) > most:
            return None
        left = self._with(first)
        for words in others:
            if self._weight(words) < _WORTH_ASKING * len(left):
                left &= self._with(words)
        return left | self.queued

    def items_for_all(self, rules: Iterable[Rule], *, near_misses: bool = False) -> set[int] | None:
        """The items to try for any of these rules, or None for all."""
        found: set[int] = set()
        for rule in rules:
            named = self.items_for(rule, near_misses=near_misses)
            if named is None:
                return None
            found |= named
        return found

    def _with(self, words: Words) -> set[int]:
        return items_with(self._conn, words)

    def _weight(self, words: Collection[str]) -> int:
        return sum(self.counts[word] for word in words)

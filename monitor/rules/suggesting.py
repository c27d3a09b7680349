"""Suggesting: words that set a rule's hits apart, and spellings it does not know yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import log

from monitor.rules.frequencies import is_common
from monitor.text.folding import fold
from monitor.text.tokens import is_character

_STOPLIKE = 0.05
_LEAST_HITS = 2
# Significant at one in a thousand, for one degree of freedom.
_LEAST_G2 = 10.83
_MOST = 20
_SHORTEST = 5
_FARTHEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A folded word in `hits` of the rule's hits and `items` of all; the higher G2, the surer."""

    word: str
    hits: int
    items: int
    g2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """A word of the archive that is nearly a term, and is not found by the rule."""

    term: str
    word: str
    items: int


def telling_words(
    hits: Iterable[Collection[str]], counts: Mapping[str, int], items: int, known: Collection[str]
) -> tuple[Telling, ...]:
    """Words more frequent in hits than in the rest, by Dunning's log-likelihood (1993).

    `hits` are the words of each hit and `counts` how many of all `items` have each word, as
    written; the words `known` to the rule are left out.
    """
    inside: Counter[str] = Counter()
    total = 0
    for each in hits:
        total += 1
        inside.update({fold(word) for word in each})
    outside: Counter[str] = Counter()
    for word, count in counts.items():
        outside[fold(word)] += count
    had = {fold(word) for word in known}
    found = [
        Telling(word=word, hits=count, items=everywhere, g2=g2)
        for word, count in inside.items()
        if count >= _LEAST_HITS and word not in had and not is_character(word)
        if not is_common(word)
        for everywhere in (max(count, min(outside[word], items)),)
        if everywhere <= _STOPLIKE * items
        and count * items > everywhere * total
        and (g2 := log_likelihood(count, total, everywhere - count, items - total)) >= _LEAST_G2
    ]
    return tuple(sorted(found, key=lambda each: (-each.g2, each.word))[:_MOST])


def log_likelihood(inside: int, of_inside: int, outside: int, of_outside: int) -> float:
    """G2 of a word that `inside` of `of_inside` items have, and `outside` of `of_outside`."""
    share = (inside + outside) / max(of_inside + of_outside, 1)
    cells = (
        (inside, of_inside * share),
        (outside, of_outside * share),
        (of_inside - inside, of_inside * (1 - share)),
        (of_outside - outside, of_outside * (1 - share)),
    )
    return 2 * sum(seen * log(seen / due) for seen, due in cells if seen > 0 and due > 0)


def spellings(
    terms: Iterable[str], counts: Mapping[str, int], known: Collection[str]
) -> Iterator[Spelling]:
    """Words at most two slips of the pen away from a term, the nearest first.

    Of one word in the archive and one term of five letters or more; words `known` to the rule
    are left out.
    """
    had = {fold(word) for word in known}
    by_length: dict[int, dict[str, str]] = {}
    for word in sorted(counts, key=lambda each: (-counts[each], each)):
        folded = fold(word)
        if folded not in had and len(folded) >= _SHORTEST:
            by_length.setdefault(len(folded), {}).setdefault(folded, word)
    for term in terms:
        folded = fold(term)
        if len(folded) < _SHORTEST:
            continue
        near = [
            (distance(folded, other), word)
            for length in range(len(folded) - _FARTHEST, len(folded) + _FARTHEST + 1)
            for other, word in by_length.get(length, {}).items()
            if other[0] == folded[0] and len(set(folded) ^ set(other)) <= 2 * _FARTHEST
        ]
        for apart, word in sorted(near):
            if 0 < apart <= _FARTHEST:
                yield Spelling(term=term, word=word, items=counts[word])


def distance(one: str, other: str) -> int:
    """Letters put in, left out, changed or swapped with the next (Damerau-Levenshtein)."""
    above: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        before, above, row = above, row, [at]
        for to, against in enumerate(other, start=1):
            cost = min(row[to - 1] + 1, above[to] + 1, above[to - 1] + (letter != against))
            swapped = at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == against
            row.append(min(cost, before[to - 2] + 1) if swapped else cost)
    return row[-1]

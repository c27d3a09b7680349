"""Frequencies: how often a word is to be expected, so that rules wait for rare ones."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from monitor.rules.forms import analyser, is_stemmed, term_keys, token_keys
from monitor.rules.syntax import Exact, Glob, Joined, Pattern, Term, Word
from monitor.text.folding import fold
from monitor.text.tokens import is_character

Weigh = Callable[[Term], float]
"""How many of 10,000 items are to be expected to have a term."""

# The most frequent words of newswire English: a rule must not wait for one of them.
_COMMON_WORDS = (
    "a about after against all also an and are as at be been but by can could for from had has "
    "have he her his how if in into is it its last may more most new no not of off on one or "
    "our out over said says she so some than that the their them there they this to two up us "
    "was we week were what when which who will with would year years you "
)
_COMMON = frozenset(_COMMON_WORDS.split())
_PER = 10_000
# Rarer words are all the same to a rule that looks for one to wait at; and they are most words.
_WORTH_KNOWING = 10


def is_common(word: str) -> bool:
    """Whether a folded word is one of the most frequent ones of newswire English."""
    return word in _COMMON


def expected_frequency(term: Term) -> float:
    """A guess, for want of an archive: long words are rare, a phrase rarer than its words."""
    return min(_guess(word) for word in term.words) / len(term.words) ** 2


def _guess(word: Pattern) -> float:
    match word:
        case Glob(pattern):
            return 40 / (1 + len(pattern.strip("*?")))
        case Joined(joined):
            return _guess(joined)
        case Word(text) | Exact(text) if is_character(text):
            return 30
        case Word(text) | Exact(text):
            return 1_000 if text.lower() in _COMMON else 20 / (1 + len(text))


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How often words are found in an archive; what is rare in it is guessed at.

    `by_key` holds, for each key of a word, how many of 10,000 items have a word with that key;
    `words` are the frequent words in order, `up_to` the sums of their shares, for wildcards.
    """

    by_key: Mapping[str, float]
    words: Sequence[str]
    up_to: Sequence[float]

    @classmethod
    def of(cls, counts: Mapping[str, int], items: int) -> Frequencies:
        """From the number of items, of so many, that have each word as it is written."""
        frequent: defaultdict[str, float] = defaultdict(float)
        for word, count in counts.items():
            if count * _PER >= _WORTH_KNOWING * items:
                frequent[fold(word)] += count * _PER / items
        by_key: defaultdict[str, float] = defaultdict(float)
        for word, share in frequent.items():
            language = analyser(Word(word))
            for key in token_keys(word, (language,) if is_stemmed(language) else ()):
                by_key[key] += share
        words = sorted(frequent)
        sums = list(accumulate((frequent[word] for word in words), initial=0.0))
        return cls(by_key, words, sums)

    def __call__(self, term: Term) -> float:
        """How many of 10,000 items have the term."""
        return min(map(self._of_word, term.words)) / len(term.words) ** 2

    def _of_word(self, word: Pattern) -> float:
        match word:
            case Joined(joined):
                return self._of_word(joined)
            case Glob(pattern):
                start = pattern.partition("*")[0].partition("?")[0]
                first = bisect_left(self.words, start)
                end = bisect_left(self.words, f"{start}\U0010ffff")
                return max(self.up_to[end] - self.up_to[first], _guess(word))
            case Word() | Exact():
                found = max((self.by_key.get(key, 0.0) for key in term_keys(word)), default=0.0)
                return found or _guess(word)

"""Narrowing: which words an item must have for a rule to be worth trying on it.

Exact by construction: each distinct word of an archive is read by the rule's own lexicon, so
whatever the matcher would take for a term is asked for. After Lucene's presearcher, reversed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.rules.compiling import CompiledRule, Compiler, FeatureSet, Need, needs_of
from monitor.rules.forms import initial_in
from monitor.rules.lexicon import Feature, Lexicon
from monitor.rules.rulebook import Rule
from monitor.rules.syntax import TEXT_FIELDS

Words = frozenset[str]


class Listed(dict[str, int]):
    """All words of an archive and how many items have each, in the order of their initials.

    For who asks again and again: a rule's words are found among those that begin like them.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        super().__init__(counts)
        self._alike: defaultdict[str, list[str]] = defaultdict(list)
        for word in counts:
            self._alike[initial_in(word)].append(word)

    def add(self, word: str) -> None:
        """One item more has this word."""
        if word not in self:
            self._alike[initial_in(word)].append(word)
        self[word] = self.get(word, 0) + 1

    def beginning(self, initials: Iterable[str]) -> Iterator[str]:
        """The words that begin so, and those of which the first letter does not tell."""
        for initial in ("", *initials):
            yield from self._alike.get(initial, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Items that a rule can fire on have one word of each of `needs`, rarest first.

    Of a near miss, one clause alone fails: it has a word of at least one of `either`. None
    means that no words can be named, and every item must be tried.
    """

    needs: tuple[Words, ...] | None
    either: tuple[Words, Words] | None


def narrowing(rule: Rule, counts: Mapping[str, int]) -> Narrowing:
    """What to ask an index for; `counts` has all its words and how many items have each."""
    compiler = Compiler()
    compiled = compiler.compile(rule)
    return narrowing_of(compiled, compiler.lexicon, bearers(compiler.lexicon, counts), counts)


def narrowing_of(
    compiled: CompiledRule,
    lexicon: Lexicon,
    bearing: Mapping[Feature, Sequence[str]],
    counts: Mapping[str, int],
    asked_before: dict[FeatureSet, Words | None] | None = None,
) -> Narrowing:
    """The same of a rule that is compiled already; `bearing` is that of its lexicon.

    `asked_before` is what is known of needs, and is added to; it holds for the same words, read
    in the same languages.
    """
    memory = {} if asked_before is None else asked_before

    def words_of(need: FeatureSet) -> Words | None:
        if need not in memory:
            memory[need] = words_for(need, lexicon, bearing, counts)
        return memory[need]

    def known(needs: Iterable[FeatureSet]) -> list[Words]:
        asked = map(words_of, needs)
        return sorted((words for words in asked if words is not None), key=weight)

    def weight(words: Words) -> int:
        return _sum(words, counts)

    clauses: list[Sequence[Need]] = [needs_of(group) for _, group in compiled.required]
    clauses += [needs_of(condition.node) for condition in compiled.conditions]
    known_of = (known(need.features for need in clause) for clause in clauses)
    rarest = sorted((words[0] for words in known_of if words), key=weight)
    return Narrowing(
        needs=tuple(known(compiled.needs)) or None,
        either=(rarest[0], rarest[1]) if len(rarest) > 1 else None,
    )


def bearers(lexicon: Lexicon, words: Iterable[str]) -> Mapping[Feature, Sequence[str]]:
    """For each feature of a single word, the words that may bear it."""
    found: defaultdict[Feature, list[str]] = defaultdict(list)
    for word in _worth_reading(lexicon, words):
        for feature in lexicon.bearing(word):
            found[feature].append(word)
    return found


class Bearing:
    """What words of an archive may mean in a lexicon that grows; each is read once for a term.

    What a word may mean for one term follows from that and from the languages in which words
    are read, whatever else is looked for. `turn` is another whenever the words are.
    """

    def __init__(self) -> None:
        self._known: tuple[object, int] = (None, 0)
        self._found: dict[Feature, Sequence[str]] = {}
        self._idle: frozenset[str] = frozenset()

    def of(
        self, lexicon: Lexicon, words: Collection[str], turn: object
    ) -> Mapping[Feature, Sequence[str]]:
        """What `bearers` says; the lexicon need not read words that mean nothing once more."""
        read_as = (turn, lexicon.languages)
        known_as, size = self._known
        if known_as != read_as:
            # Of its own: the words may grow, by some that nobody has read yet.
            self._found, self._idle, size = {}, frozenset(words), 0
        if size < len(lexicon):
            fresh = lexicon.words_from(size)
            alone = lexicon.alone(fresh)
            found = bearers(alone, words)
            numbers = alone.words_from(0)
            self._found |= {
                feature: borne
                for word, feature in fresh.items()
                if (borne := found.get(numbers[word]))
            }
            self._idle = self._idle.difference(*found.values())
        self._known = (read_as, len(lexicon))
        lexicon.pass_over(self._idle)
        return self._found


def _worth_reading(lexicon: Lexicon, words: Iterable[str]) -> Iterable[str]:
    """The words, without those of which the first letter tells that they mean nothing."""
    initials = lexicon.initials()
    if initials is None:
        return words
    if isinstance(words, Listed):
        return words.beginning(initials)
    either = initials | {""}
    return [word for word in words if initial_in(word) in either]


def words_for(
    need: FeatureSet,
    lexicon: Lexicon,
    bearing: Mapping[Feature, Sequence[str]],
    counts: Mapping[str, int],
) -> Words | None:
    """The words one of which must be there; of a phrase, those of its rarest word.

    None if a term is looked for elsewhere than in titles and texts.
    """
    found: set[str] = set()
    for feature in need:
        if lexicon.field_of(feature) not in ("", *TEXT_FIELDS):
            return None
        rarest = min(_spellings(feature, lexicon, bearing), key=lambda each: _sum(each, counts))
        found.update(rarest)
    return frozenset(found)


def _spellings(
    feature: Feature, lexicon: Lexicon, bearing: Mapping[Feature, Sequence[str]]
) -> Iterator[Sequence[str]]:
    for member in lexicon.members(feature):
        yield bearing.get(member, ())


def _sum(spellings: Iterable[str], counts: Mapping[str, int]) -> int:
    return sum(counts[word] for word in spellings)

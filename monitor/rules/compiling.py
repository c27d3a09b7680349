"""Compiling: from a rule as it is written to sets of features that are cheap to test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from monitor.rules.arranging import Arrangement
from monitor.rules.lexicon import Feature, Lexicon
from monitor.rules.regexes import Expression, compile_regex
from monitor.rules.rulebook import Rule, Vocabulary
from monitor.rules.syntax import (
    AnyOf,
    AnyRegex,
    Either,
    Every,
    Exact,
    Glob,
    Joined,
    Leaf,
    Node,
    Not,
    Pattern,
    Placed,
    Term,
    VocabularyRef,
    Word,
)
from monitor.text.tokens import is_character

# The most frequent words of newswire English: a rule must not wait for one of them.
_COMMON = frozenset(
    [
        "a",
        "about",
        "after",
        "against",
        "all",
        "also",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "could",
        "for",
        "from",
        "had",
        "has",
        "have",
        "he",
        "her",
        "his",
        "how",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "last",
        "may",
        "more",
        "most",
        "new",
        "no",
        "not",
        "of",
        "off",
        "on",
        "one",
        "or",
        "our",
        "out",
        "over",
        "said",
        "says",
        "she",
        "so",
        "some",
        "than",
        "that",
        "the",
        "their",
        "them",
        "there",
        "they",
        "this",
        "to",
        "two",
        "up",
        "us",
        "was",
        "we",
        "week",
        "were",
        "what",
        "when",
        "which",
        "who",
        "will",
        "with",
        "would",
        "year",
        "years",
        "you",
    ]
)


class Group:
    """A compiled concept: some term of it occurs, and no false friend explains it away.

    `parts` pair features with the features of their false friends; `features` are those of all
    parts and `friends` all false friends. `cost` grows with how often it is to be expected.
    """

    __slots__ = ("_terms", "cost", "features", "friends", "node", "parts", "vocabularies")

    def __init__(
        self, node: AnyOf, vocabularies: Mapping[str, Vocabulary], lexicon: Lexicon
    ) -> None:
        self.node = node
        self.vocabularies = vocabularies
        self.cost = 0.0
        self._terms: dict[Feature, tuple[str, str]] | None = None
        parts: dict[frozenset[Feature], set[Feature]] = {}
        # A vocabulary's terms share their false friends, which may be hundreds.
        known: dict[tuple[Term, ...], frozenset[Feature]] = {}
        for term, _, friends in _expanded(node, vocabularies):
            unwanted = known.get(friends)
            if unwanted is None:
                unwanted = known[friends] = frozenset(map(lexicon.feature, friends))
            parts.setdefault(unwanted, set()).add(lexicon.feature(term))
            self.cost += expected_frequency(term)
        self.parts = tuple((frozenset(found), unwanted) for unwanted, found in parts.items())
        self.features = frozenset[Feature]().union(*(found for found, _ in self.parts))
        self.friends = frozenset[Feature]().union(*parts)

    def terms(self, lexicon: Lexicon) -> Mapping[Feature, tuple[str, str]]:
        """For each feature: the vocabulary it came through ("" if none), the term as written."""
        if self._terms is None:
            self._terms = {}
            for term, vocabulary, _ in _expanded(self.node, self.vocabularies):
                self._terms.setdefault(lexicon.feature(term), (vocabulary, term.written))
        return self._terms


@dataclass(frozen=True, slots=True, eq=False)
class All:
    """Every part holds."""

    parts: tuple[Compiled, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Some:
    """At least one part holds."""

    parts: tuple[Compiled, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Never:
    """The part does not hold."""

    part: Compiled


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """The parts are found, and stand as asked."""

    how: Arrangement
    parts: tuple[Compiled, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Expressions:
    """At least one of these is found: the pattern as written, its field, what to search with."""

    parts: tuple[tuple[str, str, Expression], ...]


Compiled = Group | All | Some | Never | Standing | Expressions


@dataclass(frozen=True, slots=True)
class Need:
    """Features one of which must be in an item; `cost` is how often that is to be expected."""

    cost: float
    features: frozenset[Feature]


class Anchor:
    """Features one of which must be in an item before the `rules` that wait here are tried."""

    __slots__ = ("features", "rules")

    def __init__(self, features: frozenset[Feature]) -> None:
        self.features = features
        self.rules: list[CompiledRule] = []


@dataclass(frozen=True, slots=True)
class Condition:
    """What is more than a list of terms, tried on candidates alone."""

    name: str
    written: str
    node: Compiled


@dataclass(frozen=True, slots=True)
class Points:
    """Points for items on which `node` holds."""

    node: Compiled
    points: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompiledRule:
    """A rule as the matcher needs it: `required` and `forbidden` are named groups.

    It waits at its `anchor`; an item must have a feature of each of the `others` as well, and
    none that is `excluded`, before anything else is tried.
    """

    rule: Rule
    required: tuple[tuple[str, Group], ...]
    forbidden: tuple[tuple[str, Group], ...]
    conditions: tuple[Condition, ...]
    scores: tuple[Points, ...]
    anchor: Anchor
    others: tuple[frozenset[Feature], ...]
    excluded: frozenset[Feature]


class Compiler:
    """Compiles rules into one lexicon; equal concepts become one group."""

    def __init__(self) -> None:
        self.lexicon = Lexicon()
        self._groups: dict[object, Group] = {}
        self._anchors: dict[frozenset[Feature], Anchor] = {}

    def compile(self, rule: Rule) -> CompiledRule:
        """The rule, anchored at what the fewest texts can be expected to hold."""
        required: list[tuple[str, Group]] = []
        forbidden: list[tuple[str, Group]] = []
        conditions: list[Condition] = []
        for clause in rule.condition.clauses:
            match clause.node:
                case AnyOf() as concept:
                    required.append((clause.name, self._group(concept, rule)))
                case Not(AnyOf() as concept):
                    forbidden.append((clause.name, self._group(concept, rule)))
                case node:
                    compiled = self._compiled(node, rule)
                    conditions.append(Condition(clause.name, clause.written, compiled))
        wanted: list[Compiled] = [group for _, group in required]
        wanted.extend(condition.node for condition in conditions)
        # `near` needs what `all` needs: the same features need not be asked for twice.
        needs = {need.features: need for need in _needs(All(tuple(wanted)))}
        by_cost = sorted(needs.values(), key=_cost)
        return CompiledRule(
            rule=rule,
            required=tuple(required),
            forbidden=tuple(forbidden),
            conditions=tuple(conditions),
            scores=tuple(
                Points(self._compiled(score.query, rule), score.points) for score in rule.scores
            ),
            anchor=self._anchors.setdefault(by_cost[0].features, Anchor(by_cost[0].features)),
            others=tuple(need.features for need in by_cost[1:]),
            excluded=frozenset[Feature]().union(
                *(group.features for _, group in forbidden if not group.friends)
            ),
        )

    def _compiled(self, node: Node, rule: Rule) -> Compiled:
        match node:
            case AnyOf():
                return self._group(node, rule)
            case Not(concept):
                return Never(self._compiled(concept, rule))
            case Either(parts):
                return Some(tuple(self._compiled(part, rule) for part in parts))
            case Every(parts):
                return All(tuple(self._compiled(part, rule) for part in parts))
            case Placed(how, parts):
                return Standing(how, tuple(self._compiled(part, rule) for part in parts))
            case AnyRegex(alternatives):
                return Expressions(
                    tuple(
                        (each.pattern, each.field, compile_regex(each.pattern))
                        for each in alternatives
                    )
                )

    def _group(self, concept: AnyOf, rule: Rule) -> Group:
        used = tuple(
            rule.vocabularies[leaf.name].version
            for leaf in concept.alternatives
            if isinstance(leaf, VocabularyRef)
        )
        key = (concept, used)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(concept, rule.vocabularies, self.lexicon)
        return group


def _needs(node: Compiled) -> list[Need]:
    """What an item must have at least for `node` to hold: a cover, after Lucene's presearcher."""
    match node:
        case Group():
            return [Need(node.cost, node.features)]
        case All(parts) | Standing(_, parts):
            return [need for part in parts for need in _needs(part)]
        case Some(parts):
            cheapest = [min(_needs(part), key=_cost, default=None) for part in parts]
            needs = [need for need in cheapest if need is not None]
            if len(needs) < len(parts):
                return []
            union = frozenset[Feature]().union(*(need.features for need in needs))
            return [Need(sum(need.cost for need in needs), union)]
        case Never() | Expressions():
            return []


def _cost(need: Need) -> float:
    return need.cost


def expected_frequency(term: Term) -> float:
    """How often a term is to be expected in the news, in arbitrary units; a rough guess.

    Long words are rare, a phrase is at most as frequent as its rarest word.
    """
    return min(_word_frequency(word) for word in term.words) / len(term.words) ** 2


def _word_frequency(word: Pattern) -> float:
    match word:
        case Glob(pattern):
            return 40 / (1 + len(pattern.strip("*?")))
        case Joined(joined):
            return _word_frequency(joined)
        case Word(text) | Exact(text) if is_character(text):
            return 30
        case Word(text) | Exact(text):
            return 1_000 if text.lower() in _COMMON else 20 / (1 + len(text))


def _expanded(
    node: AnyOf, vocabularies: Mapping[str, Vocabulary]
) -> Iterator[tuple[Term, str, tuple[Term, ...]]]:
    """Each term of a concept, the vocabulary it came through, and its false friends."""
    for leaf in node.alternatives:
        yield from _expanded_leaf(leaf, vocabularies, "", ())


def _expanded_leaf(
    leaf: Leaf, vocabularies: Mapping[str, Vocabulary], through: str, friends: tuple[Term, ...]
) -> Iterator[tuple[Term, str, tuple[Term, ...]]]:
    match leaf:
        case Term():
            yield leaf, through, friends
        case VocabularyRef(name, field):
            vocabulary = vocabularies[name]
            unwanted = friends + vocabulary.false_friends
            for each in vocabulary.terms:
                found = _expanded_leaf(each, vocabularies, through or name, unwanted)
                yield from _scoped(field, found) if field else found


def _scoped(
    field: str, expanded: Iterable[tuple[Term, str, tuple[Term, ...]]]
) -> Iterator[tuple[Term, str, tuple[Term, ...]]]:
    """The same terms and false friends, looked for in one field."""
    known: dict[tuple[Term, ...], tuple[Term, ...]] = {}
    for term, through, friends in expanded:
        if friends not in known:
            known[friends] = tuple(_within(field, friend) for friend in friends)
        yield _within(field, term), through, known[friends]


def _within(field: str, term: Term) -> Term:
    """The term in a field, unless it has a field of its own."""
    return term if term.field else replace(term, field=field)

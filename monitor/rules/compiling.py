"""Compiling: from a rule as it is written to sets of features that are cheap to test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from weakref import WeakValueDictionary

from monitor.rules.arranging import Arrangement
from monitor.rules.frequencies import Weigh, expected_frequency
from monitor.rules.lexicon import Feature, Lexicon
from monitor.rules.regexes import Expression, compile_regex
from monitor.rules.rulebook import Rule, Vocabulary
from monitor.rules.syntax import (
    AnyOf,
    AnyRegex,
    Either,
    Every,
    Leaf,
    Node,
    Not,
    Placed,
    Term,
    VocabularyRef,
)

FeatureSet = tuple[Feature, ...] | frozenset[Feature]
"""Features in no order that matters. Few of them are a tuple, which weighs a sixth of a set."""

_FEW = 12
_NONE: FeatureSet = ()


class Group:
    """A compiled concept: some term of it occurs, and no false friend explains it away.

    `features` are those of its terms, `friends` those of all false friends; if there are any,
    `parts` say which belong to which. `cost` grows with how often it is to be expected.
    """

    __slots__ = (
        "__weakref__",
        "_through",
        "cost",
        "features",
        "friends",
        "named",
        "node",
        "parts",
        "rule",
    )

    def __init__(self, node: AnyOf, rule: Rule, lexicon: Lexicon, weigh: Weigh) -> None:
        self.node = node
        self.rule = rule
        self.cost = 0.0
        self.named = any(isinstance(leaf, VocabularyRef) for leaf in node.alternatives)
        self._through: dict[Feature, str] | None = None
        parts: dict[FeatureSet, set[Feature]] = {}
        # A vocabulary's terms share their false friends, which may be hundreds.
        known: dict[tuple[Term, ...], FeatureSet] = {(): _NONE}
        for term, _, friends in _expanded(node, rule.vocabularies):
            unwanted = known.get(friends)
            if unwanted is None:
                unwanted = known[friends] = _set_of(map(lexicon.feature, friends))
            parts.setdefault(unwanted, set()).add(lexicon.feature(term))
            self.cost += weigh(term)
        self.features = _set_of(chain.from_iterable(parts.values()))
        self.friends = _set_of(chain.from_iterable(parts))
        # Most groups have no false friends, and need not be taken apart.
        self.parts = (
            tuple((_set_of(found), unwanted) for unwanted, found in parts.items())
            if self.friends
            else ()
        )

    def vocabulary_of(self, feature: Feature, lexicon: Lexicon) -> str:
        """The vocabulary that a feature came through, "" if it stands in the rule itself."""
        if not self.named:
            return ""
        if self._through is None:
            self._through = {}
            for term, vocabulary, _ in _expanded(self.node, self.rule.vocabularies):
                self._through.setdefault(lexicon.feature(term), vocabulary)
        return self._through[feature]


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
    features: FeatureSet


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

    It waits at the first of its `needs`; an item must have a feature of each of the others as
    well, and none that is `excluded`, before anything else is tried. `doubtful` groups may be
    explained away by false friends; of the `guarded` ones being there is no harm before that is
    known.
    """

    rule: Rule
    required: tuple[tuple[str, Group], ...]
    forbidden: tuple[tuple[str, Group], ...]
    conditions: tuple[Condition, ...]
    scores: tuple[Points, ...]
    needs: tuple[FeatureSet, ...]
    excluded: FeatureSet
    doubtful: tuple[Group, ...]
    guarded: tuple[Group, ...]

    @property
    def is_plain(self) -> bool:
        """Whether nothing is left to be tried when needs are met and nothing is excluded."""
        rule = self.rule
        return not (
            self.conditions
            or self.doubtful
            or self.guarded
            or rule.languages
            or rule.min_score is not None
            or rule.feeds.include
            or rule.feeds.exclude
        )


class Compiler:
    """Compiles rules into one lexicon; concepts that name the same vocabulary become one group.

    `weigh` says how often a term is to be expected.
    """

    def __init__(self, weigh: Weigh = expected_frequency) -> None:
        self.lexicon = Lexicon()
        self._weigh = weigh
        # A group that no rule needs any more is forgotten.
        self._shared: WeakValueDictionary[object, Group] = WeakValueDictionary()

    def compile(self, rule: Rule) -> CompiledRule:
        """The rule, anchored at what the fewest texts can be expected to hold."""
        # `near` and `prominence` hold the very concepts of the lists they are about.
        own: dict[int, Group] = {}
        required: list[tuple[str, Group]] = []
        forbidden: list[tuple[str, Group]] = []
        conditions: list[Condition] = []
        for clause in rule.condition.clauses:
            match clause.node:
                case AnyOf() as concept:
                    required.append((clause.name, self._group(concept, rule, own)))
                case Not(AnyOf() as concept):
                    forbidden.append((clause.name, self._group(concept, rule, own)))
                case node:
                    compiled = self._compiled(node, rule, own)
                    conditions.append(Condition(clause.name, clause.written, compiled))
        wanted: list[Compiled] = [group for _, group in required]
        wanted.extend(condition.node for condition in conditions)
        # `near` needs what `all` needs: the same features need not be asked for twice.
        needs = {need.features: need for need in needs_of(All(tuple(wanted)))}
        return CompiledRule(
            rule=rule,
            required=tuple(required),
            forbidden=tuple(forbidden),
            conditions=tuple(conditions),
            scores=tuple(
                Points(self._compiled(score.query, rule, own), score.points)
                for score in rule.scores
            ),
            needs=tuple(need.features for need in sorted(needs.values(), key=_cost)),
            excluded=_union([group.features for _, group in forbidden if not group.friends]),
            doubtful=tuple(group for _, group in required if group.friends),
            guarded=tuple(group for _, group in forbidden if group.friends),
        )

    def _compiled(self, node: Node, rule: Rule, own: dict[int, Group]) -> Compiled:
        match node:
            case AnyOf():
                return self._group(node, rule, own)
            case Not(concept):
                return Never(self._compiled(concept, rule, own))
            case Either(parts):
                return Some(tuple(self._compiled(part, rule, own) for part in parts))
            case Every(parts):
                return All(tuple(self._compiled(part, rule, own) for part in parts))
            case Placed(how, parts):
                return Standing(how, tuple(self._compiled(part, rule, own) for part in parts))
            case AnyRegex(alternatives):
                return Expressions(
                    tuple(
                        (each.pattern, each.field, compile_regex(each.pattern))
                        for each in alternatives
                    )
                )

    def _group(self, concept: AnyOf, rule: Rule, own: dict[int, Group]) -> Group:
        group = own.get(id(concept))
        if group is None:
            group = own[id(concept)] = self._shared_group(concept, rule)
        return group

    def _shared_group(self, concept: AnyOf, rule: Rule) -> Group:
        """Vocabularies are long, and used by many rules; lists by hand are not."""
        used = tuple(
            rule.vocabularies[leaf.name].version
            for leaf in concept.alternatives
            if isinstance(leaf, VocabularyRef)
        )
        if not used:
            return Group(concept, rule, self.lexicon, self._weigh)
        key = (concept, used)
        group = self._shared.get(key)
        if group is None:
            group = self._shared[key] = Group(concept, rule, self.lexicon, self._weigh)
        return group


def _set_of(features: Iterable[Feature]) -> FeatureSet:
    found = frozenset(features)
    return found if len(found) > _FEW else tuple(sorted(found))


def _union(sets: Sequence[FeatureSet]) -> FeatureSet:
    return sets[0] if len(sets) == 1 else _set_of(chain.from_iterable(sets))


def needs_of(node: Compiled) -> list[Need]:
    """What an item must have at least for `node` to hold: a cover, after Lucene's presearcher."""
    match node:
        case Group():
            return [Need(node.cost, node.features)]
        case All(parts) | Standing(_, parts):
            return [need for part in parts for need in needs_of(part)]
        case Some(parts):
            cheapest = [min(needs_of(part), key=_cost, default=None) for part in parts]
            needs = [need for need in cheapest if need is not None]
            if len(needs) < len(parts):
                return []
            return [Need(sum(need.cost for need in needs), _union([n.features for n in needs]))]
        case Never() | Expressions():
            return []


def groups_of(node: Compiled) -> Iterator[Group]:
    """The groups of `node` that are to be found, in order."""
    match node:
        case Group():
            yield node
        case All(parts) | Some(parts) | Standing(_, parts):
            for part in parts:
                yield from groups_of(part)
        case Never() | Expressions():
            pass


def _cost(need: Need) -> float:
    return need.cost


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

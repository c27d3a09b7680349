"""The lexicon: every word and phrase that some rule asks for, as numbers; texts read with it.

All work on a word is done once: what it may mean is remembered, so that a text costs one
dictionary look-up per word, however many rules, forms, wildcards and phrases there are.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from monitor.rules.forms import (
    analyser,
    initial_of,
    is_stemmed,
    keep_initials,
    term_keys,
    token_keys,
)
from monitor.rules.syntax import Exact, Glob, Joined, Pattern, Term, Word
from monitor.text.folding import fold
from monitor.text.tokens import words

# Stretches of text met so far are remembered up to this number, then forgotten all at once.
_REMEMBERED = 100_000
# A longer stretch without a space is Chinese, Japanese, Thai or noise: not worth remembering.
_LONGEST_REMEMBERED = 24

Feature = int
Features = tuple[Feature, ...]
# What the next word is held against: the phrases that this one may begin, by their second word.
Openers = tuple[Mapping[Feature, list[Feature]], ...]
# The words of a stretch of text without spaces. None in it is no end of a phrase: a dash.
Row = tuple[tuple[Features, Openers], ...]

_BLANK: Row = (((), ()),)


class Located(NamedTuple):
    """A text word by word: the features of each, and for each feature the words that have it."""

    sequence: list[Features]
    places: Mapping[Feature, list[int]]


class Lexicon:
    """Numbers for terms (features), and the features of a text."""

    def __init__(self) -> None:
        self._numbers: dict[object, Feature] = {}
        self._members: dict[Feature, Features] = {}
        self._written: dict[Feature, str] = {}
        self._keys: dict[str, list[Feature]] = {}
        self._joined_keys: dict[str, list[Feature]] = {}
        self._languages: set[str] = set()
        self._prefixes: dict[str, list[Feature]] = {}
        self._prefix_lengths: tuple[int, ...] = ()
        self._globs: dict[str, list[tuple[Callable[[str], object], Feature]]] = {}
        self._pairs: dict[Feature, dict[Feature, list[Feature]]] = {}
        self._scopes: dict[str, dict[Feature, Feature]] = {}
        self._fields: dict[Feature, str] = {}
        self._rows: dict[str, Row] = {}
        self._idle: Collection[str] = ()

    # --- Compiling ---------------------------------------------------------------------------

    def pass_over(self, words: Collection[str]) -> None:
        """Take these words for idle: whoever has asked what they may be `bearing` got nothing.

        Forgotten with the next word that is looked for.
        """
        self._idle = words

    def __len__(self) -> int:
        """How many features it has numbered: it only grows."""
        return len(self._numbers)

    def feature(self, term: Term) -> Feature:
        """The number of a term; equal terms share one."""
        members = tuple(self._word(word) for word in term.words)
        found = members[0] if len(members) == 1 else self._phrase(members)
        if term.field:
            scoped = self._number((term.field, found), members)
            self._fields[scoped] = term.field
            self._scopes.setdefault(term.field, {})[found] = scoped
            found = scoped
        self._written.setdefault(found, term.written)
        return found

    def written(self, feature: Feature) -> str:
        """A term as it is written where it is written first."""
        return self._written[feature]

    def members(self, feature: Feature) -> Features:
        """The features of the words a term is made of, in order."""
        return self._members[feature]

    def field_of(self, feature: Feature) -> str:
        """The field a term is bound to, or ""."""
        return self._fields.get(feature, "")

    def words_from(self, first: Feature) -> Mapping[Pattern, Feature]:
        """The single words of that number and later ones, each by itself or of a phrase."""
        return {
            thing: number
            for thing, number in self._numbers.items()
            if number >= first and isinstance(thing, (Exact, Glob, Joined, Word))
        }

    def alone(self, words: Iterable[Pattern]) -> Lexicon:
        """A lexicon of these words alone, which reads a text in the same languages."""
        found = Lexicon()
        for word in words:
            found._word(word)
        found._languages = set(self._languages)
        return found

    @property
    def languages(self) -> frozenset[str]:
        """The languages in whose forms words of a text are read."""
        return frozenset(self._languages)

    @property
    def scopes(self) -> Mapping[str, Mapping[Feature, Feature]]:
        """For each field that some term is bound to: feature -> feature in that field."""
        return self._scopes

    def _number(self, thing: object, members: Features = ()) -> Feature:
        number = self._numbers.get(thing)
        if number is None:
            number = self._numbers[thing] = len(self._numbers)
            self._members[number] = members or (number,)
        return number

    def _word(self, word: Pattern) -> Feature:
        feature = self._numbers.get(word)
        if feature is None:
            feature = self._number(word)
            self._rows.clear()
            self._idle = ()
            self._learn(word, feature)
        return feature

    def _learn(self, word: Pattern, feature: Feature) -> None:
        if isinstance(word, Glob):
            self._learn_glob(word.pattern, feature)
            return
        if isinstance(word, Joined):
            for key in term_keys(word.word):
                self._joined_keys.setdefault(key, []).append(feature)
            return
        for key in term_keys(word):
            self._keys.setdefault(key, []).append(feature)
        if isinstance(word, Word) and is_stemmed(language := analyser(word)):
            self._languages.add(language)

    def _learn_glob(self, pattern: str, feature: Feature) -> None:
        prefix = pattern.rstrip("*")
        if prefix != pattern and not {"*", "?"} & set(prefix):
            self._prefixes.setdefault(prefix, []).append(feature)
            if len(prefix) not in self._prefix_lengths:
                self._prefix_lengths = (*self._prefix_lengths, len(prefix))
            return
        # `translate` makes patterns that never go back into a wildcard: linear in practice.
        matches = re.compile(fnmatch.translate(pattern)).match
        initial = "" if pattern[0] in "*?" else pattern[0]
        self._globs.setdefault(initial, []).append((matches, feature))

    def _phrase(self, members: Features) -> Feature:
        feature = self._numbers.get(members)
        if feature is None:
            feature = self._number(members, members)
            # A phrase waits at the two neighbours at which the fewest others wait.
            one, two = min(
                pairwise(members),
                key=lambda pair: len(self._pairs.get(pair[0], {}).get(pair[1], ())),
            )
            if one not in self._pairs:
                self._rows.clear()
                self._pairs[one] = {}
            self._pairs[one].setdefault(two, []).append(feature)
        return feature

    # --- Reading -----------------------------------------------------------------------------

    def features(self, text: str) -> set[Feature]:
        """Every term of the lexicon that occurs in `text`, scopes aside."""
        rows, read = self._rows, self._read
        found: set[Feature] = set()
        phrases: set[Feature] = set()
        openers: Openers = ()
        for stretch in text.split():
            row = rows[stretch] if stretch in rows else read(stretch)
            if row is _BLANK:
                openers = ()
                continue
            for here, opening in row:
                found.update(here)
                for waiting in openers:
                    for two in here:
                        if two in waiting:
                            phrases.update(waiting[two])
                openers = opening
        if phrases:
            self._add_phrases(phrases, found, text)
        return found

    def initials(self) -> frozenset[str] | None:
        """The letters with which words begin that mean something here, see `forms.initial_in`.

        None if any word may: of what begins with a wildcard, for one.
        """
        if "" in self._globs or not keep_initials(self._languages):
            return None
        known = (*self._keys, *self._joined_keys, *self._prefixes, *self._globs)
        found = frozenset(map(initial_of, known))
        return None if "" in found else found

    def bearing(self, word: str) -> set[Feature]:
        """What a word of a text may mean, wherever it stands; phrases and scopes aside."""
        found = {*self._meaning(word), *self._joined(word)}
        if words(word) != [word]:
            # Beside other words it is one; by itself it would be cut.
            found.update(self._alone(word))
        return found

    def _add_phrases(self, phrases: set[Feature], found: set[Feature], text: str) -> None:
        """Add the phrases of which two neighbours were seen, if all of their words are there."""
        members = self._members
        # Most are missing a word altogether: no need to see where the others stand.
        whole = {each for each in phrases if found.issuperset(members[each])}
        if longer := [each for each in whole if len(members[each]) > 2]:
            located = self.located(text)
            whole.difference_update(each for each in longer if not self.standing(each, located))
        found |= whole

    def located(self, text: str) -> Located:
        """Where each feature of `text` stands, phrases and scopes aside."""
        sequence: list[Features] = []
        for stretch in text.split():
            row = self._rows[stretch] if stretch in self._rows else self._read(stretch)
            sequence += [here for here, _ in row]
        places: dict[Feature, list[int]] = {}
        for at, here in enumerate(sequence):
            for feature in here:
                if feature in places:
                    places[feature].append(at)
                else:
                    places[feature] = [at]
        return Located(sequence, places)

    def standing(self, feature: Feature, located: Located) -> list[int]:
        """The words at which a term begins."""
        first, *others = self._members[feature]
        begins = located.places.get(first, [])
        if not others:
            return begins
        sequence = located.sequence
        last = len(sequence) - len(others)
        return [
            at
            for at in begins
            if at < last
            and all(other in sequence[at + on] for on, other in enumerate(others, start=1))
        ]

    def _read(self, stretch: str) -> Row:
        """The words in a stretch of text without spaces."""
        tokens = words(stretch)
        if tokens == [stretch]:
            row = self._row(self._meaning(stretch))
        elif len(tokens) == 1:  # with a comma, say: most words are met without one as well
            row = self._rows[tokens[0]] if tokens[0] in self._rows else self._read(tokens[0])
        else:
            row = tuple(
                (features, self._openers(features))
                for position, token in enumerate(tokens)
                for features in (self._alone(token) + (self._joined(token) if position else ()),)
            )
        if len(stretch) <= _LONGEST_REMEMBERED:
            if len(self._rows) >= _REMEMBERED:
                self._rows.clear()
            self._rows[stretch] = row
        return row

    def _row(self, features: Features) -> Row:
        return ((features, self._openers(features)),) if features else _BLANK

    def _openers(self, features: Features) -> Openers:
        return tuple(self._pairs[each] for each in features if each in self._pairs)

    def _alone(self, token: str) -> Features:
        """The features of one word, remembered."""
        row = self._rows[token] if token in self._rows else self._read(token)
        return row[0][0] if row else ()

    def _joined(self, token: str) -> Features:
        """The further features of a word that follows another without a space."""
        return tuple(self._joined_keys.get(fold(token), ())) if self._joined_keys else ()

    def _meaning(self, token: str) -> Features:
        """The features of one word."""
        if token in self._idle:
            return ()
        folded = fold(token)
        found: set[Feature] = set()
        for key in token_keys(token, self._languages):
            if key in self._keys:
                found.update(self._keys[key])
        for length in self._prefix_lengths:
            if folded[:length] in self._prefixes:
                found.update(self._prefixes[folded[:length]])
        for initial in ("", folded[:1]):
            found.update(
                feature for matches, feature in self._globs.get(initial, ()) if matches(folded)
            )
        return tuple(sorted(found))

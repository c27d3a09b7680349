"""What of a report is compared with others to see whether both are of one event."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from monitor.model import RuleId
from monitor.stories.conflicts import Claims, claims_of
from monitor.stories.places import is_place_word, places_in
from monitor.stories.stems import stem
from monitor.text.folding import fold
from monitor.text.tokens import EAST_ASIAN, is_character, spans, words

COMPARED = 80
"""How many words of a report are compared: news says first what it is about."""

_MOST_CHARACTERS = 12 * COMPARED

HEADLINE = 15
"""How many words a headline has at most; of a text without a title, so many stand for one."""

NAMED = 1.5
"""What a name weighs more than another word."""

# The most frequent words of English, Russian and Ukrainian, by which no event can be told.
_FREQUENT = (
    "a about after again against ago all also am an and any are as at back be because been "
    "before being between both but by came can come could day did do does down during each "
    "even every few first for from get go going got had has have he her here him his how i if "
    "in into is it its just last like made make many may me might more most much must my new "
    "no not now of off on one only or other our out over own part people put right said same "
    "say saying says see she should since so some still such take than that the their them "
    "then there these they this those three through time to today told too two under until up "
    "us use very was way we week well went were what when where which while who whose why "
    "will with would year years yesterday you your а без более бы был была были было быть в "
    "вам вас весь во вот все всего всех вы где да до его ее если есть еще же за и из или им "
    "их к как ко когда который которая которые которых кто ли между меня мы на над не него "
    "нет ни но о об один он она они от по под после при с сам своих со также там то того тоже "
    "только том ты у уже чего через что чтобы это этого этой этом я це та що як про від для "
    "під та й або бо його її їх ми ви він вона вони "
)
_NOTHING = frozenset(map(fold, _FREQUENT.split()))
_EAST_ASIAN_RUN = re.compile(f"[{EAST_ASIAN}]+")
_LATIN_LETTERS = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфыэіїєґ", "abvgdeziiklmnoprstufyeiieg", strict=True))
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya"}
    | {"ъ": "", "ь": ""}
)
_NUMBER = re.compile(r"\d{2,9}")
_LATIN_NAME = re.compile("[a-z]{3,}")
# By so many letters a name is known: Russian endings take away some of others.
_BEGINNING = 6
_YEARS = range(1900, 2100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What of a report is compared. Follows from its words alone.

    `terms` are its words without their endings, those of East Asian scripts in pairs of
    characters, the first `named` of them names; `weights` says how much each matters before it
    is known how rare it is, `spelt` how it is written. `heading` are the words of its title,
    folded; `claims` what its headline says. `signs` are what a report in another language would
    have too: numbers, names, places, concepts of rules; each with how it is spelt.
    """

    terms: tuple[str, ...]
    weights: tuple[float, ...]
    spelt: tuple[str, ...]
    named: int
    heading: str
    claims: Claims
    signs: Mapping[str, str]
    language: str
    rules: frozenset[RuleId]


def sketch_of(
    title: str,
    text: str,
    language: str = "",
    concepts: frozenset[str] = frozenset(),
    rules: frozenset[RuleId] = frozenset(),
) -> Sketch:
    """The sketch of a report. `text` is what follows its title; either may be missing.

    `language` is two letters, or "" where it is not known. `concepts` name what the rules found,
    whatever the language, `rules` are those that matched.
    """
    compared = _beginning(f"{title}\n{text}".strip()[:_MOST_CHARACTERS], COMPARED)
    found = _Words(compared, language)
    terms = tuple(sorted(found.counted, key=lambda term: (term not in found.names, term)))
    return Sketch(
        terms=terms,
        weights=tuple(_weight(found.counted[term], named=term in found.names) for term in terms),
        spelt=tuple(found.spelt[term] for term in terms),
        named=len(found.names),
        heading=" ".join(map(fold, words(title))),
        claims=claims_of(_beginning(title or compared, HEADLINE)),
        signs=dict(_signs(compared, found)) | {f"concept {each}": each for each in concepts},
        language=language,
        rules=rules,
    )


class _Words:
    """The words of a text that tell something: how often each is there and how it is spelt."""

    def __init__(self, text: str, language: str) -> None:
        self.counted: Counter[str] = Counter()
        self.spelt: dict[str, str] = {}
        self.names: set[str] = set()
        for written in words(text):
            folded = fold(written)
            if folded not in _NOTHING and not is_character(written):
                self._count(stem(folded, language), written)
        for run in _EAST_ASIAN_RUN.findall(text):
            for at in range(max(1, len(run) - 1)):
                self._count(run[at : at + 2], run[at : at + 2])

    def _count(self, term: str, written: str) -> None:
        self.counted[term] += 1
        self.spelt.setdefault(term, written)
        if written[0].isupper():
            self.names.add(term)


def _beginning(text: str, most: int) -> str:
    """The first words of a text."""
    ends = [end for _, end in spans(text)[:most]]
    return text[: ends[-1]] if ends else ""


@lru_cache(maxsize=256)
def _weight(times: int, *, named: bool) -> float:
    return (1 + math.log(times)) * (NAMED if named else 1)


def _signs(text: str, found: _Words) -> Iterator[tuple[str, str]]:
    """What a translation of a text would have too, and how it is spelt here."""
    for place in places_in(text):
        yield f"place {place}", place
    for term, written in found.spelt.items():
        if _NUMBER.fullmatch(term) and int(term) not in _YEARS:
            yield f"number {term}", written
        elif term in found.names and not is_place_word(term):
            latin = term.translate(_LATIN_LETTERS)
            if _LATIN_NAME.fullmatch(latin):
                yield f"name {latin[:_BEGINNING]}", written

"""What keeps two reports of like words apart: other numbers, other countries, opposite deeds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from monitor.stories.places import is_place_word, places_in
from monitor.stories.stems import stem
from monitor.text.folding import fold
from monitor.text.tokens import words

# Each line holds two deeds that exclude each other, by words that say the same here, in all their
# forms. Those that have other meanings (drop, clear, release) are left out.
_OPPOSITES = """
impose slap tighten | lift ease waive relax scrap
jail convict | acquit
approve adopt ratify | reject veto
launch resume | cancel canceled halt suspend postpone
rise rose gain surge | fall fell decline slump plunge tumble
export | import
buy bought acquire | sell sold
confirm | deny
join | quit
ballistic | cruise
вводит ввёл введены | снимает снял сняты отменил
арестован осуждён | оправдан
одобрил принял | отклонил отверг
экспорт | импорт
вырос выросла | упал снизился
баллистическая | крылатая
"""
_FALSE_FRIENDS = frozenset(["important", "importance", "fallout"])
"""Words that have the stem of a deed."""

_TOLL_WORDS = (
    "dead death deaths die died dies kill killed kills killing injure injured injuries wounded "
    "hurt missing victim victims people persons casualties survivors others "
    "погибших погибли погибло убиты ранены человек людей"
)
_ROUGH_WORDS = "about around nearly almost over than least some roughly to до более"
_UNIT_WORDS = (
    "million billion trillion percent per year years month months week weeks day days hour hours "
    "minutes points times yards january february march april may june july august september "
    "october november december"
)
_ENDING_WORDS = (
    "of to in on at by for from with and or after before as against over into из на для по от в с"
)
# Tolls are put right from hour to hour: another number of dead is the same event.
_TOLLS = frozenset(_TOLL_WORDS.split())
_ROUGHLY = frozenset(_ROUGH_WORDS.split())
_UNITS = frozenset(_UNIT_WORDS.split())
_ENDS = frozenset(_ENDING_WORDS.split())
_CARDINALS = "two three four five six seven eight nine ten eleven twelve"
_ORDINALS = "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_NUMBER_WORDS = {
    word: (str(number), in_order)
    for spelt, in_order in ((_CARDINALS, False), (_ORDINALS, True))
    for number, word in enumerate(spelt.split(), start=2)
}
_DIGITS = re.compile(r"(\d{1,9})(st|nd|rd|th)?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
# The score of a match, the time of day, parts of one.
_NO_COUNT = re.compile(r"\d+(?:\s?[-\u2013:./]\s?\d+)+|\d+\s?-\s?(?=[a-z])")
_PHRASE = 3
"""How many words after a number may belong to what it counts."""
_ROUNDED_FROM, _ALIKE = 100, 0.1
"""Counts from here on that differ by a smaller part of the larger one are the same, rounded."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a headline says that another report of the same event will not deny.

    `counts` are the numbers of each thing that is counted (`firm`) or numbered (`packag, in
    order`), by its stem; `places` the countries and waters named; `deeds` the sides it takes of
    opposites: 1 or -1 of the first pair, 2 or -2 of the second.
    """

    counts: Mapping[str, frozenset[str]]
    places: frozenset[str]
    deeds: frozenset[int]


def claims_of(headline: str) -> Claims:
    """The claims of a headline."""
    text = _NO_COUNT.sub(" ", _THOUSANDS.sub("", headline))
    folded = tuple(map(fold, words(text)))
    counts: dict[str, frozenset[str]] = {}
    for thing, number in _counted(folded):
        counts[thing] = counts.get(thing, frozenset()) | {number}
    stems = {stem(word, "en") for word in folded if word not in _FALSE_FRIENDS}
    deeds = frozenset(_DEEDS[each] for each in stems if each in _DEEDS)
    return Claims(counts=counts, places=places_in(headline), deeds=deeds)


def conflict(one: Claims, other: Claims) -> str:
    """Why two reports cannot be of the same event, in words; "" when nothing speaks against it."""
    for thing in one.counts.keys() & other.counts.keys():
        here, there = one.counts[thing], other.counts[thing]
        if not _agree(here, there):
            return f"{_all(there)} there, {_all(here)} here"
    here, there = one.places - other.places, other.places - one.places
    if here and there:
        return f"{_all(there)} there, {_all(here)} here"
    for deed in one.deeds - other.deeds:
        if -deed in other.deeds - one.deeds:
            return f"{_SPELT[-deed]} there, {_SPELT[deed]} here"
    return ""


def _counted(folded: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each thing that is counted or numbered, and its number as digits."""
    for at, word in enumerate(folded):
        number, in_order = _number(word)
        if not number or (at and folded[at - 1] in _ROUGHLY):
            continue
        phrase = _phrase(folded[at + 1 : at + 1 + _PHRASE])
        if in_order:
            yield from ((f"{stem(each, 'en')}, in order", number) for each in phrase)
        elif thing := next(filter(_is_plural, phrase), ""):
            yield stem(thing, "en"), number


def _phrase(following: tuple[str, ...]) -> list[str]:
    """The words that follow a number as far as they may be what it counts: nothing of a toll."""
    if not _TOLLS.isdisjoint(following):
        return []
    phrase = list(takewhile(lambda word: word not in _ENDS and not _number(word)[0], following))
    if not _UNITS.isdisjoint(phrase):
        return []
    return [word for word in phrase if len(word) > 1 and not is_place_word(stem(word, "en"))]


def _is_plural(word: str) -> bool:
    """Whether things may be counted by a word. Only English says so by its ending."""
    return not word.isascii() or (word.endswith("s") and not word.endswith("ss"))


@lru_cache(maxsize=4_096)
def _number(word: str) -> tuple[str, bool]:
    """The number that a folded word says, as digits ("" for none), and whether it is an ordinal."""
    if digits := _DIGITS.fullmatch(word):
        return digits[1], bool(digits[2])
    return _NUMBER_WORDS.get(word, ("", False))


def _agree(some: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two reports may count the same: one number of each, or one rounded."""
    return any(_close(int(one), int(other)) for one in some for other in others)


def _close(one: int, other: int) -> bool:
    larger = max(one, other)
    return one == other or (larger >= _ROUNDED_FROM and abs(one - other) <= _ALIKE * larger)


def _all(said: frozenset[str]) -> str:
    return " and ".join(sorted(said))


def _sides() -> Iterator[tuple[int, str]]:
    """The words of each side of each pair, under the number of the side."""
    for number, line in enumerate(_OPPOSITES.strip().splitlines(), start=1):
        for sign, side in zip((1, -1), line.split(" | "), strict=True):
            yield sign * number, side


_DEEDS = {stem(fold(word), "en"): number for number, side in _sides() for word in side.split()}
_SPELT = {number: side.split()[0] for number, side in _sides()}

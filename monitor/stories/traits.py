"""What of a report's words is compared with other reports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from monitor.model import Item
from monitor.text.folding import fold
from monitor.text.tokens import EAST_ASIAN, words

MOST_CHARACTERS = 8_000
"""How much of a report's text is compared: its beginning."""

LEAST_TEXT = 8
"""Fewer words are no text."""

NAMES_AMONG = 40
LEAD = 25
"""Names are looked for among so many words; what a report is about, among so few."""

_SHINGLE = 3
_A_CHARACTER = re.compile(f"[{EAST_ASIAN}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """A report as it is compared with others. Follows from its words alone.

    `title` and `text` are as written, `text` clipped; `title_words` and `words` are theirs,
    folded, in order. A report that has hardly a text (`Read more`, `Comments`) has its title for
    one in `words` and in all that follows.
    `shingles` stand for each three of `words` that follow one another (six characters of an East
    Asian script), `numbers` what it says in digits and number words, normalised, `names` the
    folded words among the first 40 of the text that are written with a capital, each once,
    `lead_names` those among the first 25. `vocabulary` is every word of title and text. `grain`
    is how many of `words` make what would be one word elsewhere: 2 in East Asian scripts, of which
    each character is one, or else 1.
    """

    title: str
    text: str
    title_words: tuple[str, ...]
    words: tuple[str, ...]
    shingles: frozenset[int]
    numbers: frozenset[str]
    names: tuple[str, ...]
    lead_names: tuple[str, ...]
    vocabulary: frozenset[str]
    grain: int

    @property
    def title_alone(self) -> bool:
        """Whether nothing is known of the report but its title."""
        return self.words == self.title_words

    @property
    def length(self) -> int:
        """How long the text is, in words as other scripts have them."""
        return len(self.words) // self.grain


def traits_of(item: Item) -> Traits:
    """The traits of an item: its title, and its body, after its lead where that says more."""
    # A little more than is compared: that it is cut off must show.
    lead, body = item.lead[: MOST_CHARACTERS + 1], item.body[: MOST_CHARACTERS + 1]
    return traits(item.title, body if lead in body else f"{lead}\n{body}".strip())


def traits(title: str, text: str) -> Traits:
    """The traits of a title and a text."""
    if len(text) > MOST_CHARACTERS:
        text = f"{text[:MOST_CHARACTERS]}…"
    in_title, written = words(title), words(text)
    said = text
    if len(written) < LEAST_TEXT:
        said, written = title, in_title
    title_words, folded = tuple(map(fold, in_title)), tuple(map(fold, written))
    grain = 1 if said.isascii() else grain_of(folded)
    return Traits(
        title=title,
        text=text,
        title_words=title_words,
        words=folded,
        shingles=shingles_of(folded, grain),
        numbers=numbers_of(said, folded),
        names=_names(written, NAMES_AMONG),
        lead_names=_names(written, LEAD),
        vocabulary=frozenset(folded + title_words),
        grain=grain,
    )


def grain_of(folded: tuple[str, ...]) -> int:
    """2 where most words are characters of an East Asian script, of which two make a word."""
    characters = sum(map(bool, map(_A_CHARACTER.match, folded)))
    return 2 if characters * 2 > len(folded) else 1


def shingles_of(folded: tuple[str, ...], grain: int = 1) -> frozenset[int]:
    """Each three words that follow one another, hashed; of fewer words, all of them together.

    By this process's own hash: they take a third of the memory, and are never kept.
    """
    size = _SHINGLE * grain
    if len(folded) < size:
        return frozenset((hash(folded),))
    return frozenset(map(hash, zip(*(folded[at:] for at in range(size)), strict=False)))


def _names(written: list[str], among: int) -> tuple[str, ...]:
    """What is written with a capital, but for a first word as short as The, Der or На."""
    capitals = [word for word in written[:among] if word[:1].isupper()]
    if written and len(written[0]) <= 3 and not written[0].isupper():
        capitals = [word for word in capitals if word != written[0]]
    return tuple(dict.fromkeys(map(fold, capitals)))


# --- Numbers ----------------------------------------------------------------------------------

_ONE_TO_TWENTY = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBER_WORDS = {word: number for number, word in enumerate(_ONE_TO_TWENTY.split(), start=1)} | {
    word: 10 * number for number, word in enumerate(_TENS.split(), start=2)
}
"""What English number words say, from one to ninety."""

_POWERS = {
    3: "thousand k tsd tausend mil mille тыс тысяч тысячи 천 千",
    4: "万 萬 만",
    6: "million millions mln mn m mio millionen millones milhões milioni miliony"
    " млн миллион миллиона миллионов",
    8: "億 亿 억",
    9: "billion billions bln bn b mrd milliarde milliarden milliard milliards miliardi miliard"
    " млрд миллиард миллиарда миллиардов мільярдів",
    12: "trillion trillions trn tln трлн триллион триллиона триллионов 兆 조",
}
_POWER_OF = {word: power for power, powers in _POWERS.items() for word in powers.split()}
_SCALE = "|".join(sorted(_POWER_OF, key=len, reverse=True))
# Digits grouped by threes (12,000 or 12 000, and then perhaps .5), or plain ones (12 or 12.5);
# then a word for a power of ten. A single letter is one only where it touches the digits: 5m.
_NUMBER = re.compile(
    r"([1-9]\d{0,2}([.,'’ \u00a0\u202f])\d{3}(?:\2\d{3})*(?!\d)(?:(?!\2)[.,]\d+)?"
    r"|\d+(?:[.,]\d+)?)"
    rf"(?:(?:[\s-]{{1,6}}(?=\w\w|[{EAST_ASIAN}]))?({_SCALE})(?![^\W{EAST_ASIAN}]))?"
)
_ELLIPSIS = re.compile(r"\s*[\[(]?(?:\.\.\.|…)[\])]?\s*$")


def numbers_of(text: str, folded: tuple[str, ...]) -> frozenset[str]:
    """The numbers a text says, each as plain digits: `12,000`, `12 000`, `12 thousand` are one.

    `folded` are its words. Where a text is cut off, `…`, a number at its very end may be half a
    number, or lack its million, and counts for none.
    """
    if cut := _ELLIPSIS.search(text, max(0, len(text) - 20)):
        text, folded = text[: cut.start()], folded[:-1]
    found = {
        _value(*number.groups(""))
        for number in _NUMBER.finditer(text.lower())
        if not cut or number[3] or number.end() < len(text)
    }
    if not NUMBER_WORDS.keys().isdisjoint(folded):
        for word, following in zip(folded, (*folded[1:], ""), strict=True):
            if word in NUMBER_WORDS:
                found.add(_plain(Decimal(NUMBER_WORDS[word]), following))
    return frozenset(found)


@lru_cache(maxsize=16_384)
def _value(digits: str, separator: str, scale: str) -> str:
    # 1.884 million is less than two million, whatever 1.884 is by itself.
    divides = scale and digits.count(".") == 1 and "," not in digits
    if separator and not divides:
        digits = digits.replace(separator, "")
    return _plain(Decimal(digits.replace(",", ".")), scale)


def _plain(value: Decimal, scale: str) -> str:
    return f"{value.scaleb(_POWER_OF.get(scale, 0)).normalize():f}"

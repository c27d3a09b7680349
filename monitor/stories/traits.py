"""What of a report's words is compared with other reports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from monitor.model import Item
from monitor.text.folding import fold
from monitor.text.tokens import EAST_ASIAN, words

MOST_CHARACTERS = 4_000
"""How much of a report's text is compared: its beginning."""

NAMES_AMONG = 40
LEAD = 25
"""Names are looked for among so many words; what a report is about, among so few."""

_SHINGLE = 3
_A_CHARACTER = re.compile(f"[{EAST_ASIAN}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """A report as it is compared with others. Follows from its words alone.

    `title` and `text` are as written, `text` clipped; `title_words` and `words` are theirs,
    folded, in order. A report without a text has its title for one, in all that follows.
    `shingles` are each three words of `words` that follow one another (six characters of an East
    Asian script), `numbers` what it says in digits and number words, normalised, `names` the
    folded words among the first 40 of the text that are written with a capital, `lead_names`
    those among the first 25. `vocabulary` is every word of title and text. `grain` is how many
    of `words` make what would be one word elsewhere: 2 in East Asian scripts, of which each
    character is one, or else 1.
    """

    title: str
    text: str
    title_words: tuple[str, ...]
    words: tuple[str, ...]
    shingles: frozenset[tuple[str, ...]]
    numbers: frozenset[str]
    names: tuple[str, ...]
    lead_names: tuple[str, ...]
    vocabulary: frozenset[str]
    grain: int

    @property
    def length(self) -> int:
        """How long the text is, in words as other scripts have them."""
        return len(self.words) // self.grain


def traits_of(item: Item) -> Traits:
    """The traits of an item: its title, and its body, after its lead where that says more."""
    text = item.body if item.lead in item.body else f"{item.lead}\n{item.body}".strip()
    return traits(item.title, text)


def traits(title: str, text: str) -> Traits:
    """The traits of a title and a text."""
    text = text[:MOST_CHARACTERS]
    title_words = tuple(map(fold, words(title)))
    written = words(text or title)
    folded = tuple(map(fold, written))
    grain = grain_of(folded)
    return Traits(
        title=title,
        text=text,
        title_words=title_words,
        words=folded,
        shingles=shingles_of(folded, grain),
        numbers=numbers_of(text or title),
        names=_names(written, NAMES_AMONG),
        lead_names=_names(written, LEAD),
        vocabulary=frozenset(folded + title_words),
        grain=grain,
    )


def grain_of(folded: tuple[str, ...]) -> int:
    """2 where most words are characters of an East Asian script, of which two make a word."""
    characters = sum(map(bool, map(_A_CHARACTER.match, folded)))
    return 2 if characters * 2 > len(folded) else 1


def shingles_of(folded: tuple[str, ...], grain: int = 1) -> frozenset[tuple[str, ...]]:
    """Each three words that follow one another; of fewer words, all of them together."""
    size = _SHINGLE * grain
    if len(folded) < size:
        return frozenset((folded,))
    return frozenset(zip(*(folded[at:] for at in range(size)), strict=False))


def _names(written: list[str], among: int) -> tuple[str, ...]:
    capitals = (fold(word) for word in islice(written, among) if word[:1].isupper())
    return tuple(dict.fromkeys(capitals))


# --- Numbers ----------------------------------------------------------------------------------

_WORDS_FOR = {
    word: str(number)
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
        " sixteen seventeen eighteen nineteen twenty".split(),
        start=1,
    )
} | {
    word: str(number)
    for number, word in zip(
        range(30, 110, 10),
        "thirty forty fifty sixty seventy eighty ninety hundred".split(),
        strict=True,
    )
}
_POWERS = {
    3: "thousand k tsd tausend mil mille тыс тысяч тысячи 천 千",
    4: "万 萬 만",
    6: "million millions mln mn m mio millionen millones milliones миллион миллиона миллионов млн",
    8: "億 亿 억",
    9: "billion billions bln bn b mrd milliarde milliarden milliard milliards миллиард млрд"
    " миллиарда миллиардов мільярдів",
    12: "trillion trillions trn tln трлн триллион триллиона триллионов 兆 조",
}
_POWER_OF = {word: power for power, words_for in _POWERS.items() for word in words_for.split()}
_SCALE = "|".join(sorted(_POWER_OF, key=len, reverse=True))
# Digits with what groups them or divides them: 12,000 and 12 000, 12.5, 3,65. Then how many of them.
_NUMBER = re.compile(
    r"(?<!\d)(?:([1-9]\d{0,2}([.,'’ \u00a0\u202f])\d{3}(?:\2\d{3})*(?!\d)(?:(?!\2)[.,]\d+)?"
    rf"|\d+(?:[.,]\d+)?)|\b({'|'.join(_WORDS_FOR)})\b)"
    rf"(?:(?:[\s-]{{1,6}}(?=\w\w|[{EAST_ASIAN}]))?({_SCALE})(?![^\W{EAST_ASIAN}]))?",
    re.IGNORECASE,
)
_BREAKS_OFF = re.compile(r"(?:\S+\s+)?\S*\s*[\[(]?(?:\.\.\.|…)[\])]?\s*$")


def numbers_of(text: str) -> frozenset[str]:
    """The numbers a text says, each as plain digits: `12,000`, `12 000` and `12 thousand` alike.

    Where a text is cut off, `…`, the last two words may be half a number and count for none.
    """
    if text.endswith(("...", "…", "]", ")")):
        text = _BREAKS_OFF.sub("", text)
    return frozenset(_value(*found) for found in _NUMBER.findall(text))


def _value(digits: str, separator: str, word: str, scale: str) -> str:
    power = _POWER_OF[scale.lower()] if scale else 0
    if word:
        digits = _WORDS_FOR[word.lower()]
    elif separator and not (power and digits.count(".") == 1 and "," not in digits):
        digits = digits.replace(separator, "")
    try:
        value = Decimal(digits.replace(",", ".")).scaleb(power).normalize()
    except Exception:
        print("BAD", digits, separator, word, scale); return ""
    return f"{value:f}"

"""Sentences and paragraphs: where each begins in a text, in many scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINE_BREAK = "[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]"
# Signs that end a sentence whatever follows, and those that need white space after them. That
# none stands before keeps a long row of dots from being read again from each of them.
_END = re.compile(
    f"(?P<line>{_LINE_BREAK}+)"
    "|[。！？｡؟۔।]+[」』”’）》]*"
    "|(?<![.!?…])(?P<stop>[.!?…]++)[\"'”’»)\\]]*+(?=\\s)"
)
_LINE_END = re.compile(f"{_LINE_BREAK}+")
_OPENING = "\"'“‘„«([¿¡"
# Words before whose full stop a sentence is unlikely to end, the last ones before a number only.
_ABBREVIATED = re.compile(
    "adm|approx|apr|aug|bros|brig|capt|cmdr|co|col|corp|cpl|dec|dept|dr|est|etc|feb|gen|gov|hon"
    "|inc|jan|jr|jul|jun|lt|ltd|maj|mar|messrs|mr|mrs|ms|mt|nov|oct|prof|pvt|rep|rev|sen|sep|sept"
    "|sgt|sr|st|vs|гг|др|им|млн|млрд|обл|пр|руб|см|ст|тел|тыс|ул"
)
_NUMBERED = re.compile("art|fig|no|nos|p|pp|sec|vol|гл|рис|стр")
_LONGEST_ABBREVIATED = 12


def sentence_starts(text: str) -> Iterator[int]:
    """Where sentences begin, the first aside. A line break ends one too."""
    for found in _END.finditer(text):
        if found["stop"] is None or not _goes_on(text, found):
            yield found.end()


def paragraph_starts(text: str) -> Iterator[int]:
    """Where paragraphs begin, the first aside: each is a line."""
    for found in _LINE_END.finditer(text):
        yield found.end()


def _goes_on(text: str, stop: re.Match[str]) -> bool:
    """Whether a sentence goes on after a full stop or its like."""
    following = text[stop.end() : stop.end() + 8].lstrip()[:2].lstrip(_OPENING)
    if following[:1].islower():
        return True
    if stop["stop"] != ".":
        return False
    before = text[max(0, stop.start() - _LONGEST_ABBREVIATED) : stop.start()].split()
    word = before[-1].strip(_OPENING).lower() if before else ""
    # The initials of names, and U.S. and D.P.R.K., end in a letter that stands alone.
    if (len(word) == 1 and word.isalpha()) or word[-2:-1] == ".":
        return True
    numbered = following[:1].isdecimal() and _NUMBERED.fullmatch(word)
    return bool(numbered or _ABBREVIATED.fullmatch(word))

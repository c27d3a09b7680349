"""Updates: what a report says that those before it of the same story did not.

A report is taken for an update for what is new in it, never for how little of it is old: copies
are cut, reordered, dressed in other headlines and other footers. So a sentence counts when hardly
any three words of it stand in a row in what was known, and then only for numbers, names and words
that nobody had said; and a number counts that stands where another one stood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from monitor.model import Update
from monitor.stories.conflicts import claims_of, conflict
from monitor.stories.traits import MOST_CHARACTERS, NUMBER_WORDS, Traits, shingles_of
from monitor.text.folding import fold
from monitor.text.sentences import sentence_starts
from monitor.text.tokens import words

_NOVEL = 0.3
"""A sentence is new if less than this share of its runs of three words was known."""

_NEW_WORDS_OF_SEVERAL, _NEW_WORDS_OF_ONE = 6, 8
_MOST_REPLACED = 6
_FULL_TEXT = 2.5
"""A text so many times as long as any before it is the full text of what was a summary."""

_HEAD, _TAIL = 120, 200
_LONGEST_SAID = 160


def update_in(fresh: Traits, known: Sequence[Traits], *, same_item: bool) -> Update | None:
    """What is new in a report beside earlier ones that say the same; None for nothing that matters.

    `known` are the earlier wording of the same item (`same_item`), or the earlier reports of
    which it is a copy. The first full text after a summary is no update.
    """
    if not known or _is_repeated(fresh, known):
        return None
    before = _Known(known)
    novel = [each for each in before.novel(fresh) if each.tells]
    replaced = before.replaced(fresh)
    marked = _is_marked(fresh) and not any(map(_is_marked, known))
    if marked:
        return Update(said=_corrected(fresh, novel, replaced), reason="marked as an update")
    if 1 <= len(replaced) <= _MOST_REPLACED:
        count = "1 number" if len(replaced) == 1 else f"{len(replaced)} numbers"
        return Update(said=_now_says(replaced), reason=f"{count} replaced")
    if same_item and (against := before.headline_against(fresh)):
        return Update(said=f"headline now: {_clipped(fresh.title)}", reason=against)
    if len(novel) >= 2 or any(each.tells_alone for each in novel):
        count = "1 sentence" if len(novel) == 1 else f"{len(novel)} sentences"
        return Update(said=_adds(novel), reason=f"{count} with what nobody had said")
    return None


def _is_repeated(fresh: Traits, known: Sequence[Traits]) -> bool:
    """Whether every three words of a report stand in an earlier one, under a headline of theirs."""
    return any(
        fresh.title == each.title and fresh.shingles <= each.shingles for each in known
    ) and not _is_marked(fresh)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentence:
    """A sentence that was not known, and what in it is new."""

    said: str
    numbers: frozenset[float]
    names: frozenset[str]
    words: frozenset[str]

    @property
    def tells(self) -> bool:
        """Whether it counts beside others of its kind."""
        return bool(self.numbers or self.names or len(self.words) >= _NEW_WORDS_OF_SEVERAL)

    @property
    def tells_alone(self) -> bool:
        return bool(self.numbers) or len(self.words) >= _NEW_WORDS_OF_ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number in a text, how it is written with what it counts, and the words around it.

    `digits` is how many of them are more than zeros: the fewer, the more it may be rounded.
    """

    plain: str
    amount: float
    digits: int
    written: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Replaced:
    """A number that stands where another one stood."""

    old: Figure
    new: Figure


class _Known:
    """All that earlier reports of a story say."""

    def __init__(self, known: Sequence[Traits]) -> None:
        self._known = known
        self._longest = max(known, key=lambda each: len(each.words))
        self._shingles = frozenset().union(*(each.shingles for each in known))
        self._numbers = frozenset().union(*(each.numbers for each in known))
        self._words = frozenset().union(*((*each.words, *each.title_words) for each in known))

    @cached_property
    def _figures(self) -> tuple[Figure, ...]:
        """Their numbers, worked out only where there are others to be compared with them."""
        return tuple(figure for each in self._known for figure in figures(each.text or each.title))

    @cached_property
    def _amounts(self) -> frozenset[float]:
        return frozenset(each.amount for each in self._figures)

    def novel(self, fresh: Traits) -> Iterator[_Sentence]:
        """The sentences that say something else than what was known.

        Not those of the rest of a text of which a summary was known, nor any where what was
        known was too long to be kept whole.
        """
        if any(len(each.text) >= MOST_CHARACTERS for each in self._known):
            return
        for said in sentences(fresh.text[: self._end_of_summary(fresh)]):
            told = tuple(map(fold, words(said)))
            runs = shingles_of(told, fresh.grain)
            if len(told) < 3 or len(runs & self._shingles) >= _NOVEL * len(runs):
                continue
            if _BOILERPLATE.search(said) or _STAMP.search(said):
                continue
            names = {fold(word) for word in words(said)[1:] if word[0].isupper()}
            yield _Sentence(
                said=said,
                numbers=self._new_amounts(said),
                names=frozenset(names - self._words),
                words=frozenset(word for word in told if len(word) > 2) - self._words,
            )

    def _new_amounts(self, said: str) -> frozenset[float]:
        amounts = frozenset(each.amount for each in figures(said))
        return amounts - self._amounts if amounts else amounts

    def _end_of_summary(self, fresh: Traits) -> int | None:
        """Where in a full text that ends which was known of it; None if it is no such text.

        A summary is cut off in the midst of a sentence, or is a small part of the full text.
        """
        if len(fresh.words) <= len(self._longest.words):
            return None
        last = self._longest.text.rstrip()
        cut = bool(_CUT_OFF.search(last)) or not _WHOLE.search(last)
        if not cut and len(fresh.words) < _FULL_TEXT * len(self._longest.words):
            return None
        tail = words(_CUT_OFF.sub("", last))[-_TAIL_WORDS:]
        end = _end_of(tail[:-1] if cut else tail, fresh.text)
        if end is None and len(self._longest.shingles & fresh.shingles) >= _NOVEL * len(
            self._longest.shingles
        ):
            return len(last)
        return end

    def replaced(self, fresh: Traits) -> list[_Replaced]:
        """The numbers that stand where others stood, which are said no more."""
        if fresh.numbers <= self._numbers:
            return []
        mine = figures(fresh.text or fresh.title)
        said = frozenset(each.amount for each in mine)
        places = {
            place: old
            for old in reversed(self._figures)
            if old.amount not in said
            for place in _places(old)
        }
        found: dict[float, _Replaced] = {}
        for new in mine:
            if not places or new.amount in self._amounts or new.amount in found:
                continue
            old = next((places[place] for place in _places(new) if place in places), None)
            if old is not None and not _is_rounded(old, new):
                found[new.amount] = _Replaced(old=old, new=new)
        return list(found.values())

    def headline_against(self, fresh: Traits) -> str:
        """What the headline says against those before it; "" for nothing."""
        mine = claims_of(fresh.title)
        for each in self._known:
            if against := conflict(mine, claims_of(each.title)):
                return f"its headline said otherwise: {against}"
        denied = {word for word in fresh.title_words if word in _DENIALS}
        if denied - self._words:
            return "its headline denies"
        return ""


@lru_cache(maxsize=2_048)
def figures(text: str) -> tuple[Figure, ...]:
    """The numbers of a text, but for times of day, counts of views and the like."""
    return tuple(_figures(text))


def _figures(text: str) -> Iterator[Figure]:
    for found in _FIGURE.finditer(text):
        if _OF_NO_MATTER.match(text, found.end()):
            continue
        written = found[0].lower()
        plain = _IN_WORDS.get(written) or _plain(written)
        near = text[found.end() : found.end() + _NEIGHBOURHOOD]
        after = words(near)[: -1 if len(near) == _NEIGHBOURHOOD else None]
        yield Figure(
            plain=plain,
            amount=float(plain) * _TIMES.get(after[0].lower() if after else "", 1),
            digits=len(plain.replace(".", "").strip("0")),
            written=" ".join([found[0], *_counted(words(_PAUSE.split(near, maxsplit=1)[0]))]),
            before=_folded(
                words(text[max(0, found.start() - _NEIGHBOURHOOD) : found.start()])[-2:]
            ),
            after=_folded(after[:2]),
        )


def _folded(written: Sequence[str]) -> tuple[str, ...]:
    return tuple(_SPELLINGS.get(word, word) for word in map(fold, written))


def _plain(written: str) -> str:
    """12,000 and 12.000 and 12 000 as 12000; 7,5 as 7.5."""
    if _GROUPED.fullmatch(written) or len(re.findall(r"\D", written)) > 1:
        return "".join(filter(str.isdigit, written))
    return written.replace(",", ".")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text; lines that were broken for their length are put together."""
    text = _BROKEN_LINE.sub(" ", text)
    begin = 0
    for end in (*sentence_starts(text), len(text)):
        if said := text[begin:end].strip():
            yield said
        begin = end


def _is_rounded(one: Figure, other: Figure) -> bool:
    """Whether two numbers are one, told more or less exactly: 9.7 million and 9,729,000.

    Or with its unit and without, where a text was cut off.
    """
    if one.plain == other.plain:
        return True
    rough, exact = sorted((one, other), key=lambda each: each.digits)
    if rough.amount < _SMALL or not 2 <= rough.digits < exact.digits:
        return False
    return float(f"{exact.amount:.{rough.digits - 1}e}") == rough.amount


def _counted(following: Iterable[str]) -> Iterator[str]:
    """What a number counts: its units, and the two words after them, as far as they go."""
    left = 2
    for word in following:
        if not left or not word[0].isalpha() or word.lower() in _NOT_COUNTED:
            return
        yield word
        left -= word.lower() not in _UNIT_WORDS


def _places(figure: Figure) -> Iterator[tuple[str, ...]]:
    """By what a place in a text is known again: two words on one side, or one on either."""
    if len(figure.before) == 2:
        yield ("before", *figure.before)
    if len(figure.after) == 2:
        yield ("after", *figure.after)
    if figure.before and figure.after:
        yield ("between", figure.before[-1], figure.after[0])


def _end_of(tail: Sequence[str], text: str) -> int | None:
    """Where these words end in a text, in which they follow one another; None if they do not."""
    if not tail:
        return None
    pattern = r"\W+".join(map(re.escape, tail))
    found = re.search(pattern, text)
    return found.end() if found else None


def _is_marked(report: Traits) -> bool:
    """Whether a report says that it corrects or updates one."""
    places = (report.title, report.text[:_HEAD], report.text[-_TAIL:])
    return any(map(_MARK.search, places))


def _corrected(fresh: Traits, novel: Sequence[_Sentence], replaced: Sequence[_Replaced]) -> str:
    if replaced:
        return _now_says(replaced)
    if novel:
        return _adds(novel)
    return f"corrected: {_clipped(fresh.title or fresh.text)}"


def _now_says(replaced: Sequence[_Replaced]) -> str:
    """Like `now says 12,000 containers, was 10,000`; of several the first, and how many more."""
    first = replaced[0]
    old = first.old.written.split()[0]
    more = f", and {len(replaced) - 1} more" if len(replaced) > 1 else ""
    return _clipped(f"now says {first.new.written}, was {old}{more}")


def _adds(novel: Sequence[_Sentence]) -> str:
    best = max(novel, key=lambda each: (len(each.numbers) + len(each.names), len(each.words)))
    return f'adds: "{_clipped(best.said)}"'


def _clipped(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= _LONGEST_SAID:
        return text
    return text[: _LONGEST_SAID - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


_TAIL_WORDS = 6
_NEIGHBOURHOOD = 40
_PAUSE = re.compile(r"[,.;:()\n\"]")
_CUT_OFF = re.compile(
    r"\s*(?:\[?(?:\.\.\.|…)\]?|\(?(?:continue reading|read more)\b.*)$", re.IGNORECASE
)
_WHOLE = re.compile(r"[.!?。！？؟।…\"'”’»)\]]$")
_BROKEN_LINE = re.compile(r"(?<![.!?:;。！？؟।\"”»])[ \t]*\n[ \t]*(?=\S)")

# One is also a word for somebody.
_IN_WORDS = {word: f"{number}" for word, number in NUMBER_WORDS.items() if number > 1}
# Neither a time of day (14:05) nor part of a word (F-16, 7/8).
_FIGURE = re.compile(
    r"(?<![\w.,:/-])\d{1,15}(?:[.,\u00a0\u202f]\d{3}(?!\d))*(?:[.,]\d{1,9})?"
    r"(?![\d:/]|[a-z]|[.,]\d)"
    rf"|\b(?:{'|'.join(_IN_WORDS)})\b",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f]\d{3})+")
# What numbers say that change by themselves: how long ago, how often looked at.
_OF_NO_MATTER = re.compile(
    r"\s*(?:(?:sec(?:ond)?|min(?:ute)?|hour|hr|day|week)s?\s+ago|views?|comments?|shares?|likes?"
    r"|reads?|min(?:ute)?s?\s+read|просмотр\w*|комментар\w*|мин\w*\s+назад|час\w*\s+назад"
    r"|분\s*전|시간\s*전|조회|分钟前|小时前|阅读|評論|评论)\b",
    re.IGNORECASE,
)
_STAMP = re.compile(
    r"^\W*(?:last\s+)?(?:updated|published|posted|modified|обновлено|опубликовано|업데이트|입력|수정"
    r"|更新(?:时间|時間|于|日時)?|发布时间|發布時間)\W.{0,60}\d{1,2}[:.]\d{2}",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"\b(?:click here|read more|sign up|subscribe|newsletter|follow us|join our|our app"
    r"|all rights reserved|copyright|©|advertisement|allow ads|ad ?blocker|cookies?"
    r"|appeared first on|may not be (?:published|reproduced|redistributed)|without modifications?"
    r"|(?:with )?inputs? from|(?:only|just) the headline|terms of (?:use|service)|privacy policy"
    r"|(?:reporting|editing|writing|photo(?:graph)?|image|credit)s?(?: by)?:? [A-Z]"
    r"|whatsapp channel|our website|support (?:our|independent)|breaking news alerts"
    r"|подпис(?:ывайтесь|аться|ка)|читайте также|все права защищены|фото:|реклама"
    r"|구독|무단\s*전재|재배포\s*금지|저작권|기자\s*=|订阅|訂閱|版权所有|版權所有|责任编辑|責任編輯"
    r"|اشترك|جميع الحقوق)",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"\bcorrect(?:ed|ion|s)\b(?!\w)|\brectif\w+|\bclarification\s*[:-]|\bretract(?:s|ed|ion)\b"
    r"|\bupdate(?:[ -]?\d{1,2}\b|d?\s*[:-]\s*(?!\W*(?:\w+\s+){0,3}\d))"
    r"|\bwrites? through\b|\beds?\.? note\b"
    r"|исправлен\w*|уточнен\w*|уточняет|поправк\w*|дополнен\w*"
    r"|정정|바로잡|更正|勘误|勘誤|訂正|تصحيح|تصويب|\bkorrektur\b|\bberichtigung\b|\bkorrigiert\b"
    r"|\bcorrección\b|\bcorrige\b|\bcorrectif\b|\berrata\b",
    re.IGNORECASE,
)
_DENIAL_WORDS = (
    "denies deny denied denial false fake hoax retracts retracted withdraws withdrawn not "
    "опроверг опровергла опровергли опровергает отрицает отрицают не 否认 辟谣 부인 ينفي نفى"
)
_DENIALS = frozenset(_DENIAL_WORDS.split())
_SMALL = 10_000
_TIMES = (
    dict.fromkeys(("thousand", "тыс"), 1e3)
    | dict.fromkeys(("million", "mln", "mn", "m", "млн"), 1e6)
    | dict.fromkeys(("billion", "bln", "bn", "b", "млрд"), 1e9)
)
_UNITS = "million billion trillion thousand hundred mln bln bn mn pct percent per cent млн млрд тыс"
_SPELLINGS = {"mln": "million", "bln": "billion", "bn": "billion", "pct": "percent"}
_UNIT_WORDS = frozenset(_UNITS.split())
_LINKS = (
    "of to in on at by for from with and or as the a an was were is are that who which but vs "
    "в на из от и с по"
)
_NOT_COUNTED = frozenset(_LINKS.split())

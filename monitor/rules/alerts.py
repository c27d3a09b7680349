"""What a rule says of telling: each story and later reports of it, the volume of hits, mutes."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta

from monitor.errors import did_you_mean
from monitor.model import StoryId, StoryMode
from monitor.rules.scalars import Scalar
from monitor.rules.shapes import Shapes
from monitor.rules.yaml_nodes import Mapping, Node, Sequence, Text

_DURATION = re.compile(r"([0-9]{1,5})(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_WORD = re.compile(r"[^\s,]+|,")
_LONGEST = timedelta(days=366)
_FORMS = "`5 in 24h`, `5 in 24h from 3 sources`, `spike 3x over 28d, at least 6`, "
_FORMS += "`silence 14d` or `new $vocabulary`"


class Each(enum.StrEnum):
    """How the stories of a rule are told: with the digest, each at once, or not by themselves."""

    DIGEST = "digest"
    ITEM = "item"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """`hits` or more within that time, from at least so many publishers."""

    written: str
    hits: int
    within: timedelta
    sources: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """`times` as many hits in an hour as at this hour of the week before, and `at_least` so many.

    `over` is how far back "before" goes: whole weeks, at least one.
    """

    written: str
    times: float
    over: timedelta
    at_least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """No hit for so long."""

    written: str
    after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTerm:
    """A term of the vocabulary stands in a hit for the first time."""

    written: str
    vocabulary: str


Volume = Count | Spike | Silence | NewTerm


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """The block `alert`."""

    each: Each = Each.DIGEST
    volume: tuple[Volume, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """A story that is not told because of this rule, up to the end of a day (UTC)."""

    story: StoryId
    until: date
    note: str = ""


class _Unclear(Exception):
    """A line that cannot be read: what is wrong with which of its characters."""

    def __init__(self, code: str, message: str, hint: str, at: int, end: int) -> None:
        super().__init__(message)
        self.code, self.message, self.hint, self.at, self.end = code, message, hint, at, end


@dataclass(slots=True)
class _Line:
    """The words of one line, taken one by one."""

    text: str
    at: int = 0
    words: list[re.Match[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.words = list(_WORD.finditer(self.text))

    def next(self) -> str:
        """The word that comes, "" at the end."""
        return self.words[self.at][0].lower() if self.at < len(self.words) else ""

    def unclear(self, message: str, hint: str, code: str = "R130") -> _Unclear:
        """What to raise about the word that comes."""
        if self.at < len(self.words):
            place = self.words[self.at].span()
        else:
            place = (max(0, len(self.text.rstrip()) - 1), len(self.text.rstrip()))
        return _Unclear(code, message, hint, *place)

    def take(self, *wanted: str) -> None:
        """One of these words."""
        if self.next() not in wanted:
            found = f"`{self.next()}`" if self.next() else "nothing more"
            raise self.unclear(f"`{wanted[0]}` belongs here, not {found}", f"write {_FORMS}")
        self.at += 1

    def number(self, what: str, lowest: int, highest: int) -> int:
        """A whole number within bounds."""
        word = self.next()
        if not (word.isascii() and word.isdecimal() and lowest <= int(word[:9]) <= highest):
            raise self.unclear(
                f"{what} must be a number from {lowest} to {highest:,}", f"write {_FORMS}", "R132"
            )
        self.at += 1
        return int(word)

    def times(self) -> float:
        """A factor such as `3x` or `2.5x`."""
        found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9])?)x", self.next())
        if found is None:
            word = f"`{self.next()}`" if self.next() else "nothing"
            raise self.unclear(
                f"a factor belongs here, not {word}", "write it with an x: `spike 3x`", "R132"
            )
        if float(found[1]) <= 1:
            raise self.unclear("a spike must be more than `1x`", "as in `spike 3x`", "R132")
        self.at += 1
        return float(found[1])

    def duration(self, lowest: timedelta) -> timedelta:
        """A time such as `24h`."""
        found = _DURATION.fullmatch(self.next())
        length = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta()
        if not lowest <= length <= _LONGEST:
            word = f"`{self.next()}`" if self.next() else "nothing"
            hint = "write a number and one of m, h, d, w, as `24h` or `14d`"
            bounds = f"from {_said(lowest)} to 366d"
            raise self.unclear(f"a time {bounds} belongs here, not {word}", hint, "R131")
        self.at += 1
        return length

    def end(self) -> None:
        """Nothing may follow."""
        if self.next():
            raise self.unclear(f"`{self.next()}` is too much here", f"write {_FORMS}")


def _said(length: timedelta) -> str:
    for unit, name in (("d", "days"), ("h", "hours")):
        size = timedelta(**{name: 1})
        if length >= size:
            return f"{length // size}{unit}"
    return f"{length // timedelta(minutes=1)}m"


def read_alerts(
    node: Node, shapes: Shapes, vocabularies: Collection[str], broken: Collection[str]
) -> Alerts:
    """The block `alert`; mistakes are noted, and lines that have some left out."""
    if not isinstance(node, Mapping):
        shapes.wrong(node.mark, "`alert` must hold `each:` or `volume:`", "alert: {each: item}")
        return Alerts()
    shapes.keys(node, ("each", "volume"))
    each, volume = node.get("each"), node.get("volume")
    lines = shapes.texts(volume, "volume") if volume is not None else ()
    found: dict[str, Volume] = {}
    for line in lines:
        one = _read_volume(line, shapes, vocabularies, broken)
        if one is not None and found.setdefault(one.written, one) is not one:
            shapes.notebook.note("R136", line.mark, "this line stands here twice", "delete one")
    return Alerts(
        each=_read_each(each, shapes) if each is not None else Each.DIGEST,
        volume=tuple(found.values()),
    )


def _read_each(node: Node, shapes: Shapes) -> Each:
    return shapes.choice(
        node,
        "each",
        {each.value: each for each in Each},
        Each.DIGEST,
        code="R133",
        wrong="is no way to tell a story",
        hint="use `digest`, `item` (at once) or `none`",
    )


def read_stories(node: Node, shapes: Shapes) -> StoryMode:
    """The key `stories`; a mistake is noted, and stories are gathered as usual."""
    return shapes.choice(
        node,
        "stories",
        {mode.value: mode for mode in StoryMode},
        StoryMode.GROUP,
        code="R134",
        wrong="is nothing to do with stories",
        hint="use `group`, `mute` or `off`",
    )


def _read_volume(
    node: Text, shapes: Shapes, vocabularies: Collection[str], broken: Collection[str]
) -> Volume | None:
    line = _Line(node.text)
    try:
        found = _parsed(line, vocabularies, broken)
        line.end()
    except _Unclear as wrong:
        mark = Scalar(node, shapes.notebook.lines).mark(wrong.at, wrong.end)
        shapes.notebook.note(wrong.code, mark, wrong.message, wrong.hint)
        return None
    return found


def _parsed(line: _Line, vocabularies: Collection[str], broken: Collection[str]) -> Volume:
    written = " ".join(line.text.lower().split())
    match line.next():
        case "spike":
            line.take("spike")
            times = line.times()
            line.take("over")
            over = line.duration(timedelta(days=7))
            if line.next() == ",":
                line.take(",")
            line.take("at")
            line.take("least")
            return Spike(
                written=written, times=times, over=over, at_least=line.number("that", 2, 99_999)
            )
        case "silence":
            line.take("silence")
            return Silence(written=written, after=line.duration(timedelta(hours=1)))
        case "new":
            line.take("new")
            name = _vocabulary(line, vocabularies, broken)
            return NewTerm(written=f"new ${name}", vocabulary=name)
        case word if word.isdecimal():
            return _count(line, written)
        case word:
            hint = did_you_mean(word, ("spike", "silence", "new")) or f"write {_FORMS}"
            raise line.unclear(f"`{word}` begins no alert" if word else "an empty line", hint)


def _count(line: _Line, written: str) -> Count:
    hits = line.number("the count", 1, 99_999)
    line.take("in")
    within = line.duration(timedelta(minutes=1))
    sources = 1
    if line.next():
        line.take("from")
        if line.next().isdecimal() and int(line.next()[:9]) > hits:
            raise line.unclear(
                f"{hits} hits cannot come from {line.next()} sources", "swap the two", "R132"
            )
        sources = line.number("sources", 1, 999)
        line.take("sources", "source")
    return Count(written=written, hits=hits, within=within, sources=sources)


def _vocabulary(line: _Line, vocabularies: Collection[str], broken: Collection[str]) -> str:
    word = line.words[line.at][0] if line.at < len(line.words) else ""
    name = word.removeprefix("$")
    if not word.startswith("$"):
        raise line.unclear("a vocabulary belongs after `new`", "as in `new $ports`")
    if name in broken:
        raise line.unclear(
            f"`${name}` has mistakes", "correct the vocabulary; its problems are listed too", "R112"
        )
    if name not in vocabularies:
        hint = did_you_mean(name, vocabularies) or "vocabularies are the files in `rules/vocab/`"
        raise line.unclear(f"there is no vocabulary `${name}`", hint, "R105")
    line.at += 1
    return name


def read_mutes(node: Node, shapes: Shapes) -> tuple[Mute, ...]:
    """The list `mute`; entries with mistakes are noted and left out."""
    if not isinstance(node, Sequence):
        hint = "- {story: 1234, until: 2027-01-31, note: why}"
        shapes.wrong(node.mark, "`mute` must be a list", hint)
        return ()
    return tuple(mute for each in node.items if (mute := _read_mute(each, shapes)) is not None)


def _read_mute(node: Node, shapes: Shapes) -> Mute | None:
    example = "- {story: 1234, until: 2027-01-31, note: why}"
    if not isinstance(node, Mapping):
        shapes.notebook.note("R135", node.mark, "a mute names a story and a day", example)
        return None
    shapes.keys(node, ("story", "until", "note"))
    story, until, note = node.get("story"), node.get("until"), node.get("note")
    for key, value in (("story", story), ("until", until)):
        if value is None:
            shapes.notebook.note("R135", node.mark, f"this mute has no `{key}`", example)
    number = shapes.number(story, "story", 1, 999_999_999) if story is not None else None
    day = shapes.day(until, "until") if until is not None else None
    if number is None or day is None:
        return None
    words = shapes.text(note, "note") if note is not None else ""
    return Mute(story=StoryId(number), until=day, note=words)

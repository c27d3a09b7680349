"""Matchers of silences: one text, conditions between blanks, all of which must hold.

`rule=ru-*`, `severity<=medium`, `feed="Example Wire"`, `title!=*earnings*`; a bare word is a rule.
In a value `*` stands for any text and `?` for one character; nothing else is special.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from monitor.errors import did_you_mean
from monitor.model import Severity

LONGEST = 1_000
"""Characters of a matcher: nobody means more."""


class Key(enum.StrEnum):
    """What a condition looks at."""

    RULE = "rule"
    TAG = "tag"
    SEVERITY = "severity"
    FEED = "feed"
    LANG = "lang"
    STORY = "story"
    DIGEST = "digest"
    TITLE = "title"


class Sign(enum.StrEnum):
    """How a condition compares."""

    IS = "="
    IS_NOT = "!="
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition, like `severity<=medium`."""

    key: Key
    sign: Sign
    value: str

    @property
    def written(self) -> str:
        """As it is written in a matcher."""
        plain = _PLAIN.fullmatch(self.value) and self.value[0] not in _SIGNS
        if plain and (self.key in _FREE or not _SIGNS & set(self.value)):
            return f"{self.key}{self.sign}{self.value}"
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.key}{self.sign}"{escaped}"'

    @property
    def is_glob(self) -> bool:
        """Whether its value stands for several."""
        return bool({"*", "?"} & set(self.value))

    @property
    def fits_everything(self) -> bool:
        """Whether it asks for nothing."""
        if self.key is Key.SEVERITY:
            least, most = min(Severity).word, max(Severity).word
            return (self.sign, self.value) in ((Sign.AT_LEAST, least), (Sign.AT_MOST, most))
        return self.sign is Sign.IS and "*" in self.value and set(self.value) <= {"*", "?"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """What is wrong with a matcher, from which character on (None: all of it), and the remedy."""

    message: str
    hint: str
    at: int | None = None

    def __str__(self) -> str:
        where = f"matcher, character {self.at + 1}: " if self.at is not None else "matcher: "
        return f"{where}{self.message}" + (f"; {self.hint}" if self.hint else "")


class BadMatcher(ValueError):
    """A matcher that cannot be used; carries every flaw found, not the first."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__("\n".join(map(str, flaws)))
        self.flaws = tuple(flaws)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the conditions of a matcher may name."""

    rules: Collection[str] = ()
    tags: Collection[str] = ()
    feeds: Collection[str] = ()
    digests: Collection[str] = ()


_SIGNS = frozenset("=<>!~")
_FREE = frozenset({Key.FEED, Key.TITLE})  # addresses and headlines may hold anything
_SINGLE = frozenset({Key.RULE, Key.LANG, Key.STORY, Key.DIGEST})  # nothing has two of these
_KEYED = re.compile(r'([^\s"=<>!~]+)\s*(<=|>=|!=|=|<|>)\s*')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PLAIN = re.compile(r'[^\s"]+')
_SEVERITIES = tuple(each.word for each in Severity)
_IN_QUOTES = "a value with blanks stands in quotes"
_EXAMPLE = "write conditions like `rule=ru-* severity<=medium`"


def parse_matcher(text: str) -> tuple[Condition, ...]:
    """The conditions of a matcher. Raises BadMatcher, with everything that is wrong."""
    reading = _Reading(text)
    found = [each for each in reading.conditions() if each is not None]
    flaws = reading.flaws or list(_senseless(found))
    if flaws:
        raise BadMatcher(flaws)
    return tuple(found)


def format_matcher(conditions: Sequence[Condition]) -> str:
    """The matcher that has these conditions."""
    return " ".join(each.written for each in conditions)


def strangers(conditions: Sequence[Condition], names: Names) -> Iterator[Flaw]:
    """The conditions that name, without a glob, what does not exist."""
    known = {
        Key.RULE: names.rules,
        Key.TAG: names.tags,
        Key.FEED: names.feeds,
        Key.DIGEST: names.digests,
    }
    for each in conditions:
        if each.key not in known or each.is_glob:
            continue
        there = known[each.key]
        folded = {name.casefold() for name in there} if each.key is Key.FEED else there
        if (each.value.casefold() if each.key is Key.FEED else each.value) not in folded:
            yield Flaw(
                message=f"`{each.written}`: there is no {each.key} `{each.value}`",
                hint=_remedy(did_you_mean(each.value, there), conditions),
            )


def _remedy(near: str, conditions: Sequence[Condition]) -> str:
    if near and " " in near.partition("`")[2]:
        return f"{near} {_IN_QUOTES}"
    if not near and any(each.key in _FREE and " " not in each.value for each in conditions):
        return f"{_IN_QUOTES}; `--force` adds it all the same"
    return near or "`*` stands for any text; `--force` adds it all the same"


def _senseless(conditions: Sequence[Condition]) -> Iterator[Flaw]:
    """What is well written and cannot be meant."""
    if all(each.fits_everything for each in conditions):
        said = "this fits everything" if conditions else "a matcher without a condition"
        yield Flaw(message=f"{said}, and nobody would hear of anything", hint=_EXAMPLE)
    wanted: dict[Key, Condition] = {}
    for each in conditions:
        if each.key not in _SINGLE or each.sign is not Sign.IS or each.is_glob:
            continue
        other = wanted.setdefault(each.key, each)
        if other.value != each.value:
            yield Flaw(
                message=f"nothing is both `{other.written}` and `{each.written}`",
                hint="all conditions must hold: add a silence for each",
            )


@dataclass(slots=True)
class _Reading:
    """A matcher as it is read from left to right."""

    text: str
    at: int = 0
    flaws: list[Flaw] = field(default_factory=list)

    def conditions(self) -> Iterator[Condition | None]:
        if len(self.text) > LONGEST:
            self._wrong(0, f"longer than {LONGEST:,} characters", "add several silences")
            return
        while self._more():
            start = self.at
            yield self._keyed() if _KEYED.match(self.text, start) else self._bare()
            if self.at < len(self.text) and not self.text[self.at].isspace():
                rest = self._skip()
                self._wrong(start, f"no blank before `{rest}`", "put blanks between conditions")

    def _more(self) -> bool:
        rest = self.text[self.at :]
        self.at += len(rest) - len(rest.lstrip())
        return self.at < len(self.text)

    def _bare(self) -> Condition | None:
        """A word by itself: a rule."""
        start, value = self.at, self._value()
        if value is None:
            return None
        before, _, after = value.partition(":")
        if before.lower() in set(Key):
            hint = f"write `{before.lower()}={after or 'VALUE'}`"
            self._wrong(start, f"`{value}` compares nothing", hint)
            return None
        if _SIGNS & set(value):
            self._wrong(start, f"`{value}` is no condition", _EXAMPLE)
            return None
        return Condition(key=Key.RULE, sign=Sign.IS, value=value)

    def _keyed(self) -> Condition | None:
        found = _KEYED.match(self.text, self.at)
        assert found is not None  # noqa: S101 - the caller has looked
        start, (name, sign) = self.at, found.groups()
        self.at = found.end()
        quoted = self.text.startswith('"', self.at)
        value = self._value()
        if name.lower() not in set(Key):
            hint = did_you_mean(name.lower(), set(Key)) or f"there are {', '.join(Key)}"
            self._wrong(start, f"there is no `{name}` to compare", hint)
            return None
        if value is None:
            return None
        key = Key(name.lower())
        if not quoted and (value[0] in "=~<>" or (key not in _FREE and _SIGNS & set(value))):
            hint = f"write `{key}{sign}VALUE`, in quotes if it holds any of = < > ! ~"
            self._wrong(start, f"`{sign}{value}` compares nothing", hint)
            return None
        return self._sensible(start, key, Sign(sign), value)

    def _sensible(self, start: int, key: Key, sign: Sign, value: str) -> Condition | None:
        """A condition, if that key can be compared so with such a value."""
        if key is Key.SEVERITY:
            value = value.lower()
            if value not in _SEVERITIES:
                hint = did_you_mean(value, _SEVERITIES) or f"there are {', '.join(_SEVERITIES)}"
                self._wrong(start, f"there is no severity `{value}`", hint)
                return None
        elif sign not in (Sign.IS, Sign.IS_NOT):
            hint = f"write `{key}={value}` or `{key}!={value}`"
            self._wrong(start, f"`{sign}` compares severities only", hint)
            return None
        if key is Key.STORY:
            number = value.removeprefix("#")
            if not (number.isascii() and number.isdigit() and len(number) <= 18):
                hint = "write its number, as `stories list` shows it"
                self._wrong(start, f"`{value}` is no story", hint)
                return None
            value = str(int(number))
        return Condition(key=key, sign=sign, value=value)

    def _value(self) -> str | None:
        """What stands here, in quotes or up to the next blank; None where nothing does."""
        start = self.at
        if self.text.startswith('"', start):
            found = _QUOTED.match(self.text, start)
            if found is None:
                self.at = len(self.text)
                self._wrong(start, "a quote that does not end", 'close it with `"`')
                return None
            value = re.sub(r"\\(.)", r"\1", found.group(1), flags=re.DOTALL)
        else:
            found = _PLAIN.match(self.text, start)
            value = found.group() if found else ""
        self.at = found.end() if found else start
        if not value.strip():
            self._wrong(start, "a value is missing", _EXAMPLE)
            return None
        return value

    def _skip(self) -> str:
        """Go on to the next blank; what was left out."""
        start = self.at
        while self.at < len(self.text) and not self.text[self.at].isspace():
            self.at += 1
        return self.text[start : self.at]

    def _wrong(self, at: int, message: str, hint: str) -> None:
        self.flaws.append(Flaw(message=message, hint=hint, at=at))

"""Where in a TOML text each key and value stands; `tomllib` reads values but forgets places."""

from __future__ import annotations

import bisect
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field

Path = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"[ \t]*")
_BETWEEN = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_PLAIN = re.compile(r"[^,\]\}\r\n#]*")
_STRINGS = (
    re.compile(r'"""(?:\\.|[^\\])*?"""+', re.DOTALL),
    re.compile(r"'''.*?'''+", re.DOTALL),
    re.compile(r'"(?:\\.|[^"\\\n])*"'),
    re.compile(r"'[^'\n]*'"),
)


@dataclass(frozen=True, slots=True)
class Span:
    """A line and column from 1, and how many characters wide."""

    line: int
    column: int
    width: int


@dataclass
class TomlPlaces:
    """The places of every key and value, by path: `("feed", 0, "url")`."""

    keys: dict[Path, Span] = field(default_factory=dict)
    values: dict[Path, Span] = field(default_factory=dict)

    def of(self, path: Path, *, value: bool = False) -> Span | None:
        """The place of a key (or its value); of the nearest thing around it when it has none."""
        found = self.values.get(path) if value else None
        while found is None and path:
            found = self.keys.get(path) or self.values.get(path)
            path = path[:-1]
        return found


def find_places(text: str) -> TomlPlaces:
    """Walk a text that `tomllib` has accepted; on any other the result is incomplete."""
    walker = _Walker(text)
    walker.document()
    return walker.places


class _Walker:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places = TomlPlaces()
        self._lines = [0, *(each.end() for each in re.finditer("\n", text))]
        self._arrays: dict[Path, int] = {}

    def document(self) -> None:
        prefix: Path = ()
        while True:
            self._skip(_BETWEEN)
            if self.at >= len(self.text):
                return
            if self.text[self.at] == "[":
                prefix = self._header()
            elif not self._pair(prefix):
                return

    def _header(self) -> Path:
        start = self.at
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        names = self._dotted()
        end = self.text.find("]", self.at) + (2 if many else 1)
        span = self._span(start, end)
        path: Path = ()
        for count, name in enumerate(names, start=1):
            path = (*path, name)
            self.places.keys.setdefault(path, span)
            if many and count == len(names):
                self._arrays[path] = self._arrays.get(path, -1) + 1
            path = self._current(path)
        self.places.keys.setdefault(path, span)
        self.at = end
        return path

    def _current(self, path: Path) -> Path:
        """A path into an array of tables means its newest table."""
        return (*path, self._arrays[path]) if path in self._arrays else path

    def _pair(self, prefix: Path) -> bool:
        start = self.at
        names = self._dotted()
        if not names:
            return False
        span = self._span(start, self.at)
        path = (*prefix, *names)
        for size in range(len(prefix) + 1, len(path) + 1):
            self.places.keys.setdefault(path[:size], span)
        self._skip(_BLANK)
        self.at += 1  # the equals sign
        self._skip(_BLANK)
        self._value(path)
        return True

    def _dotted(self) -> list[str]:
        names: list[str] = []
        while True:
            self._skip(_BLANK)
            quoted = self._string()
            if quoted is not None:
                names.append(str(tomllib.loads(f"key = {quoted}")["key"]))
            elif bare := _BARE.match(self.text, self.at):
                names.append(bare.group())
                self.at = bare.end()
            else:
                return names
            end = self.at
            self._skip(_BLANK)
            if not self.text.startswith(".", self.at):
                self.at = end
                return names
            self.at += 1

    def _value(self, path: Path) -> None:
        start = self.at
        opening = self.text[self.at : self.at + 1]
        if opening == "{":
            self._inside("}", lambda _: self._pair(path))
        elif opening == "[":
            self._inside("]", lambda count: self._value((*path, count)))
        elif self._string() is None:
            plain = _PLAIN.match(self.text, self.at)
            self.at += len(plain.group().rstrip()) if plain else 0
        self.places.values[path] = self._span(start, self.at)

    def _inside(self, closing: str, read: Callable[[int], object]) -> None:
        self.at += 1
        count = 0
        while self.at < len(self.text):
            self._skip(_BETWEEN)
            if self.text.startswith(closing, self.at):
                break
            before = self.at
            read(count)
            count += 1
            self._skip(_BETWEEN)
            if self.text.startswith(",", self.at):
                self.at += 1
            elif self.at == before:
                break
        self.at += 1

    def _string(self) -> str | None:
        for kind in _STRINGS:
            if found := kind.match(self.text, self.at):
                self.at = found.end()
                return found.group()
        return None

    def _skip(self, blank: re.Pattern[str]) -> None:
        if found := blank.match(self.text, self.at):
            self.at = found.end()

    def _span(self, start: int, end: int) -> Span:
        line = bisect.bisect_right(self._lines, start)
        first = self.text[start:end].split("\n", 1)[0]
        return Span(line, start - self._lines[line - 1] + 1, max(1, len(first)))

"""Regular expressions, searched for by RE2: in linear time, whatever the pattern."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Protocol

from monitor.rules.regex_rewriting import MARK, TOKEN, BadPattern, rewritten
from monitor.text.tokens import EAST_ASIAN, MARKS

LONGEST_PATTERN = 1_000
# What RE2 may spend on one pattern, its cache of states included; it works slower, and still
# in linear time, where that is not enough.
_MEMORY = 8 << 20
# Instructions. Where the memory is not enough, each character may cost one step for each of them.
_LARGEST_PROGRAM = 60_000
_REPEAT_LESS = "repeat less, as in `{0,40}`; how near things stand is for NEAR/n to say"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_REFERENCE = re.compile(r"\$[A-Za-z]\w+")
# As in Python's `re`, but that vowel signs belong to the word and that each character of an
# East Asian script is a word by itself, as everywhere in rules.
_IN_WORD = rf"[\w{MARKS}]"
_BOUNDARY = re.compile(
    rf"(?<={_IN_WORD})(?!{_IN_WORD})|(?<!{_IN_WORD})(?={_IN_WORD})|(?<=[{EAST_ASIAN}])(?={_IN_WORD})"
    rf"|(?<={_IN_WORD})(?=[{EAST_ASIAN}])"
)


class NoRe2(Exception):
    """RE2 is not installed."""


@dataclass(slots=True)
class Searchable:
    """The text of a field, marked once for all the patterns that ask for the edges of words."""

    text: str
    _edges: list[int] = field(default_factory=list)
    _marked: str = ""

    def __post_init__(self) -> None:
        """Replace what UTF-8 cannot say, and our own mark, by as many other characters."""
        clean = self.text.replace(MARK, " ")
        self.text = clean.encode("utf-8", "replace").decode()

    @property
    def marked(self) -> str:
        """The text with a mark at each edge of a word."""
        if not self._marked:
            edges = [found.start() for found in _BOUNDARY.finditer(self.text)]
            starts, ends = [0, *edges], [*edges, len(self.text)]
            self._marked = MARK.join(
                self.text[start:end] for start, end in zip(starts, ends, strict=True)
            )
            self._edges = [edge + before for before, edge in enumerate(edges)]
        return self._marked

    def unmarked(self, position: int) -> int:
        """Where a position in the marked text is in the text."""
        return position - bisect_left(self._edges, position)


class _Pattern(Protocol):
    """What RE2 makes of a pattern."""

    @property
    def programsize(self) -> int:
        """How many instructions it comes to."""

    def search(self, text: str) -> re.Match[str] | None:
        """The first place at which it is found."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A pattern ready to be searched for; `edges` when it must be in marked text."""

    compiled: _Pattern
    edges: bool

    def search(self, where: Searchable) -> tuple[int, int] | None:
        """Start and end, in code points, of the first place at which it is found."""
        found = self.compiled.search(where.marked if self.edges else where.text)
        if found is None:
            return None
        start, end = found.span()
        if self.edges:
            start, end = where.unmarked(start), where.unmarked(end)
        return (start, end) if end > start else None


@lru_cache(maxsize=1_024)
def compile_regex(pattern: str) -> Expression:
    """A pattern in RE2's syntax. Raises BadPattern, and NoRe2 when that is not installed."""
    if len(pattern) > LONGEST_PATTERN:
        raise BadPattern(
            "large",
            f"a pattern of {len(pattern):,} characters; at most {LONGEST_PATTERN:,} are read",
            "names belong in a vocabulary, which costs nothing",
            width=len(pattern),
        )
    if reference := _REFERENCE.match(pattern):
        raise BadPattern(
            "unsupported",
            f"`{reference[0]}` is not a vocabulary here: `$` is the end of the text",
            f"name `{reference[0]}` under `all:` or `any:`",
            width=reference.end(),
        )
    if control := _CONTROL.search(pattern):
        raise BadPattern(
            "syntax",
            f"a control character (U+{ord(control[0]):04X})",
            r"put the pattern in single quotes: in double ones YAML reads `\b` as a backspace",
            control.start(),
        )
    _check_syntax(pattern)
    for_any_script, edges = rewritten(pattern)
    try:
        compiled = _compiled(for_any_script)
    except _re2().error as error:
        raise _too_large(pattern, _told(error)[0]) from None
    if compiled.programsize > _LARGEST_PROGRAM:
        raise _too_large(pattern, f"{compiled.programsize:,} steps")
    if compiled.search("") or compiled.search(MARK):
        raise BadPattern(
            "empty",
            "it can be found where nothing stands, and so in every text",
            "let it ask for one character at least: `+` in place of `*`",
            width=len(pattern),
        )
    return Expression(compiled, edges)


def _too_large(pattern: str, why: str) -> BadPattern:
    return BadPattern(
        "large", f"the pattern is too large ({why})", _REPEAT_LESS, width=len(pattern)
    )


def _re2() -> ModuleType:
    # An extra: a door that stays shut until a rule has a pattern.
    try:
        return import_module("re2")
    except ImportError:
        raise NoRe2 from None


def _compiled(pattern: str) -> _Pattern:
    module = _re2()
    options = module.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MEMORY
    compiled: _Pattern = module.compile(pattern, options)
    return compiled


def _check_syntax(pattern: str) -> None:
    """Let RE2 read the pattern as it was written, so that its complaints are about that."""
    try:
        _compiled(pattern)
    except _re2().error as error:
        message, part = _told(error)
    else:
        return
    if "too large" in message or "repetition size" in message:
        # How far a repetition is unfolded, RE2 says only of the whole.
        at = max(0, pattern.find(part)) if part else 0
        width = len(part) if part else len(pattern)
        raise BadPattern("large", message, _REPEAT_LESS, at, width)
    at = _first_wrong(pattern, part, message)
    if unsupported := _unsupported(part):
        raise BadPattern("unsupported", *unsupported, at, len(part))
    # A bracket that is missing is missing somewhere after the part that is told.
    width = 1 if message.startswith(("missing", "unexpected")) else max(1, len(part))
    raise BadPattern("syntax", f"RE2 says: {message}", _HINTS.get(message, ""), at, width)


_HINTS = {
    "missing )": "close it with `)`, or write `\\(` for the sign itself",
    "unexpected )": "open it with `(`, or write `\\)` for the sign itself",
    "missing ]": "close it with `]`, or write `\\[` for the sign itself",
    "no argument for repetition operator": "write `\\*`, `\\+` or `\\?` for the sign itself",
    "invalid character class range": "write the lower end first, or `\\-` for the sign itself",
    "trailing \\": "write `\\\\` for the sign itself",
    "invalid escape sequence": "write the letter without `\\`",
}


def _told(error: Exception) -> tuple[str, str]:
    """What RE2 says, and of which part of the pattern."""
    raw = error.args[0]
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    message, _, part = text.partition(": ")
    return message, part


def _first_wrong(pattern: str, part: str, message: str) -> int:
    """Where the part that RE2 complains of stands; where it stands twice, by trying."""
    if message == "unexpected )":
        return _unopened(pattern)
    if message == "missing )":
        return _unclosed(pattern)
    if not part:
        return len(pattern) - 1
    at = pattern.find(part)
    while at >= 0:
        try:
            _compiled(pattern[: at + len(part)])
        except _re2().error as error:
            if _told(error) == (message, part):
                return at
        at = pattern.find(part, at + 1)
    return max(0, pattern.find(part))


def _brackets(pattern: str) -> tuple[list[int], int]:
    """Where round brackets open that none closes, and the first that closes none, or -1."""
    opened: list[int] = []
    for token in TOKEN.finditer(pattern):
        if token["open"] or token["scope"] == ":" or token[0] == "(":
            opened.append(token.start())
        elif token["close"]:
            if not opened:
                return opened, token.start()
            opened.pop()
    return opened, -1


def _unclosed(pattern: str) -> int:
    opened, _ = _brackets(pattern)
    return opened[-1] if opened else 0


def _unopened(pattern: str) -> int:
    return max(0, _brackets(pattern)[1])


def _unsupported(part: str) -> tuple[str, str] | None:
    """What is not to be had in linear time, and what to write in its place."""
    if re.fullmatch(r"\(\?<?[=!]?", part) and part != "(?":
        return (
            f"look-around, `{part}...)`, is not supported",
            "say what else must, or must not, be there with `all:`, `none:` or `match:`",
        )
    if re.fullmatch(r"\\[1-9]\d*|\(\?P|\\k.*", part):
        return (
            f"a back-reference, `{part}`, is not supported",
            "write out what may stand there, as in `(?:a.*a|b.*b)`",
        )
    if part.startswith("(?>") or re.fullmatch(r"(?:[*+?]|\{[\d,]+\})\+", part):
        return (
            f"`{part}` forbids going back, which this engine never does",
            f"write `{part[:-1] if part.endswith('+') else '(?:'}`",
        )
    if part.startswith("(?x"):
        return ("patterns with blanks and comments, `(?x)`, are not supported", "leave them out")
    return None

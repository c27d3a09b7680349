r"""Rewriting regular expressions, so that RE2 knows the letters of every script.

RE2 takes linear time whatever the pattern, but its `\b` and `\w` know ASCII only. Classes are
therefore written out: `\w` is `[\p{L}\p{M}\p{N}_]`. For `\b` the text is given a mark, which no
tidy text holds, wherever a word begins or ends: `\b` becomes that mark, and every other part
of the pattern may be preceded by one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from monitor.text.tokens import EAST_ASIAN

MARK = "\x01"
_LETTERS = r"\p{L}\p{M}\p{N}_"
_POSITIVE = {r"\w": _LETTERS, r"\d": r"\p{Nd}", r"\s": r"\s\p{Z}"}
_NEGATIVE = {upper.upper(): inside for upper, inside in _POSITIVE.items()}
_ANYTHING = frozenset({r"[\s\S]", r"[\S\s]", r"[\d\D]", r"[\D\d]", r"[\w\W]", r"[\W\w]"})
_ONE_WORD_ITSELF = re.compile(f"[{EAST_ASIAN}]")
TOKEN = re.compile(
    r"""
      (?P<flags>\(\?(?P<which>[imsU-]+)(?P<scope>[:)]))
    | (?P<open>\((?:\?:|\?P?<\w+>)?)
    | (?P<close>\))
    | (?P<brackets>\[\^?\]?(?:\[:\^?\w+:\]|\\[pP]\{[^}]*\}|\\.|[^\]\\])*\])
    | \\Q(?P<quoted>.*?)(?:\\E|$)
    | (?P<edge>\\[bB])
    | (?P<escape>\\(?:[pP](?:\{[^}]*\}|.)|x(?:\{[^}]*\}|..)|[0-7]{1,3}|.))
    | (?P<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})\??)
    | (?P<anchor>[\^$|])
    | (?P<dot>\.)
    | (?P<literal>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_BRACKETS = re.compile(r"\[:\^?\w+:\]|\\[pP](?:\{[^}]*\}|.)|\\.|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class BadPattern(Exception):
    """A pattern that cannot be searched for: what is wrong with its characters from `at` on.

    `kind` is "syntax", "unsupported" for what cannot be had in linear time, "empty" for what
    is found everywhere, or "large".
    """

    kind: str
    message: str
    hint: str = ""
    at: int = 0
    width: int = 1


def rewritten(pattern: str) -> tuple[str, bool]:
    """A pattern that RE2 can read for text of any script; whether that must be marked.

    Raises BadPattern for what has no counterpart.
    """
    edges = any(token["edge"] for token in TOKEN.finditer(pattern))
    return _Rewriting(edges).of(pattern), edges


@dataclass(slots=True)
class _Rewriting:
    """Turns a pattern that RE2 can read into one for text of any script.

    With `edges`, into one for marked text.
    """

    edges: bool
    _out: list[str] = field(default_factory=list)
    # Whether a dot finds the end of a line, in each bracket that is open.
    _dots: list[bool] = field(default_factory=lambda: [False])
    # Whether a letter was written last, so that no edge can stand before another.
    _after_letter: bool = False
    _no_edge_at: int = -1

    def of(self, pattern: str) -> str:
        """The pattern, rewritten."""
        tokens = list(TOKEN.finditer(pattern))
        follows = [token["repeat"] or "" for token in tokens[1:]] + [""]
        for token, repeat in zip(tokens, follows, strict=True):
            self._take(token, repeat)
        if self._no_edge_at >= 0:
            self._refuse_no_edge()
        return "".join(self._out)

    def _take(self, token: re.Match[str], repeat: str) -> None:
        match token.lastgroup:
            case "flags":
                self._set_flags(token)
            case "open" | "close" | "anchor" | "repeat":
                self._sign(token)
            case "edge":
                self._edge(token)
            case "quoted":
                for letter in token["quoted"]:
                    self._literal(letter, re.escape(letter), "")
            case "literal":
                self._literal(token[0], token[0], repeat)
            case "brackets":
                self._part(_brackets_rewritten(token))
            case "dot":
                self._part(f"[^{MARK}]" if self._dots[-1] else f"[^\n{MARK}]")
            case _:
                self._escape(token)

    def _set_flags(self, token: re.Match[str]) -> None:
        on, _, off = token["which"].partition("-")
        dots = ("s" in on or self._dots[-1]) and "s" not in off
        if token["scope"] == ":":
            self._dots.append(dots)
        else:
            self._dots[-1] = dots
        self._as_it_is(token[0])

    def _sign(self, token: re.Match[str]) -> None:
        if token["open"]:
            self._dots.append(self._dots[-1])
        elif token["close"]:
            self._dots.pop()
        # The end of a word may stand before the end of the text.
        before = f"{MARK}?" if self.edges and token[0] == "$" else ""
        self._as_it_is(before + token[0], of_part=token["repeat"] is not None)

    def _as_it_is(self, text: str, *, of_part: bool = False) -> None:
        if self._no_edge_at >= 0 and not of_part:
            self._refuse_no_edge()
        self._after_letter = False
        self._out.append(text)

    def _edge(self, token: re.Match[str]) -> None:
        if token[0] == r"\B":
            self._no_edge_at = token.start()
        elif self._out[-1:] != [MARK]:
            self._as_it_is(MARK)
        self._after_letter = False

    def _literal(self, letter: str, written: str, repeat: str) -> None:
        is_letter = letter.isalnum() and not _ONE_WORD_ITSELF.match(letter)
        if self._after_letter and is_letter and not repeat:
            self._out.append(written)
        else:
            self._part(written)
            self._after_letter = is_letter and not repeat

    def _escape(self, token: re.Match[str]) -> None:
        escape = token[0]
        if escape in _POSITIVE:
            self._part(f"[{_POSITIVE[escape]}]")
        elif escape in _NEGATIVE:
            self._part(f"[^{_NEGATIVE[escape]}{MARK}]")
        elif escape[:2] == r"\P" or escape.startswith(r"\p{^"):
            self._part(f"[^{escape.replace('P', 'p', 1).replace('{^', '{', 1)}{MARK}]")
        elif escape == r"\C":
            raise BadPattern(
                "unsupported", r"`\C`, a byte, is not supported", "write `.`", token.start(), 2
            )
        elif escape == r"\z":
            self._as_it_is(rf"{MARK}?\z" if self.edges else escape)
        elif escape == r"\A":
            self._as_it_is(escape)
        else:
            self._part(escape)

    def _part(self, written: str) -> None:
        """Something that finds one character, before which an edge may stand."""
        self._after_letter = False
        if self.edges and self._no_edge_at < 0:
            written = f"(?:{MARK}?{written})"
        self._no_edge_at = -1
        self._out.append(written)

    def _refuse_no_edge(self) -> None:
        raise BadPattern(
            "unsupported",
            r"`\B` must stand directly before a character",
            r"write the letters that may stand there, as in `\w+`",
            self._no_edge_at,
            2,
        )


def _brackets_rewritten(token: re.Match[str]) -> str:
    """A class such as `[a-z]` or `[^,]`."""
    written = token[0]
    if written in _ANYTHING:
        return f"[^{MARK}]"
    negated = written.startswith("[^")
    parts: list[str] = []
    for part in _IN_BRACKETS.finditer(written, 2 if negated else 1, len(written) - 1):
        text = part[0]
        if text in _NEGATIVE or text[:2] == r"\P" or text.startswith((r"\p{^", "[:^")):
            raise BadPattern(
                "unsupported",
                f"`{text}` inside of `[ ]` is not supported",
                r"write what may stand there: `\pL` for a letter, `\d` for a digit",
                token.start() + part.start(),
                len(text),
            )
        parts.append(_POSITIVE.get(text, text))
    return f"[{'^' if negated else ''}{''.join(parts)}{MARK if negated else ''}]"

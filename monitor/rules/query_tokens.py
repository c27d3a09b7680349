"""Query tokens: a query cut into brackets, operators, field names and terms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import NoReturn

from monitor.rules.arranging import query_operator_shelf
from monitor.rules.concepts import ConceptReader
from monitor.rules.scalars import Scalar
from monitor.rules.syntax import FIELDS, Leaf
from monitor.rules.terms import BadTerm, field_named, nearest_field, read_term, read_words

# What stands for a bracket or a quote on some keyboard, or is put in its place by a word processor.
_OPENING, _CLOSING = "(（", ")）"
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»"}
_CHUNK = re.compile(r"[^\s()（）\"“”„«»]+")
_SCOPE = re.compile(r"([A-Za-z_]+):(.*)", re.DOTALL)
_WORDS = ("AND", "OR", "NOT")
# What other tools call our operators.
_FOREIGN = re.compile(r"(NEAR|ADJ|ATLEAST)(\d+)|(W|ADJ|ONEAR|PRE)/(\d+)")
_OURS = {
    "NEAR": "NEAR/",
    "W": "NEAR/",
    "ADJ": "THEN/",
    "ONEAR": "THEN/",
    "PRE": "THEN/",
    "ATLEAST": "ATLEAST/",
}
# Signs by which other tools say what is a word here.
_SIGNS = {"&": "AND", "&&": "AND", "|": "OR", "||": "OR", "!": "NOT", "-": "NOT", "+": "AND"}


class Kind(Enum):
    """What a token is."""

    OPEN = auto()
    CLOSE = auto()
    OPERATOR = auto()
    FIELD = auto()
    TERM = auto()
    END = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of a query, from character `at` to `end`.

    `text` is the name of an operator or field, or a term as written; `quoted` says that the
    term stood in quotes, `exact` that a `=` stood before them. `number` is that of an operator
    such as NEAR/5, which `joins` if it stands between things.
    """

    kind: Kind
    at: int
    end: int
    text: str = ""
    quoted: bool = False
    exact: bool = False
    number: int = 0
    joins: bool = False


class Unreadable(Exception):
    """A query of which nothing can be made; why is in the notebook."""


@dataclass(frozen=True, slots=True)
class QueryText:
    """A query in its file: notes what is wrong with it, at the place where it stands."""

    scalar: Scalar
    reader: ConceptReader

    @property
    def text(self) -> str:
        """The query, as YAML gives it."""
        return self.scalar.node.text

    def note(
        self, code: str, token: Token, message: str, hint: str = "", *, warning: bool = False
    ) -> None:
        """Note a problem at a token."""
        self.reader.shapes.notebook.note(
            code, self.scalar.mark(token.at, token.end), message, hint, warning=warning
        )

    def refuse(self, code: str, token: Token, message: str, hint: str = "") -> NoReturn:
        """Note a problem that leaves nothing to read on."""
        self.note(code, token, message, hint)
        raise Unreadable

    def leaf(self, token: Token, field: str) -> Leaf | None:
        """The term of a token, to be looked for in `field`."""
        if token.exact:
            read: Leaf | BadTerm = read_words(
                " ".join(f"={word}" for word in token.text.split()), field=field
            )
        elif token.quoted:
            read = read_words(token.text.strip(), field=field)
        else:
            read = read_term(token.text, field=field)
        at, end = token.at, token.end
        if isinstance(read, BadTerm) and read.width and not token.quoted:
            at, end = at + read.at, at + read.at + read.width
        return self.reader.usable(read, partial(self.scalar.mark, at, end))


def tokens_of(query: QueryText) -> Iterator[Token]:
    """The tokens of a query, an END last."""
    text, at = query.text, 0
    while at < len(text):
        character = text[at]
        if character.isspace():
            at += 1
            continue
        if character in _OPENING or character in _CLOSING:
            kind = Kind.OPEN if character in _OPENING else Kind.CLOSE
            token = Token(kind=kind, at=at, end=at + 1)
        elif character in _QUOTES:
            token = _quoted(query, at)
        else:
            found = _CHUNK.match(text, at)
            token = _chunk(query, at, found[0]) if found else _stray_quote(query, at)
        yield token
        at = token.end
    yield Token(kind=Kind.END, at=len(text.rstrip()), end=len(text.rstrip()) + 1)


def _quoted(query: QueryText, at: int) -> Token:
    """A phrase, from its opening quote at `at`."""
    closing = _QUOTES[query.text[at]]
    end = next((e for e in range(at + 1, len(query.text)) if query.text[e] in closing), -1)
    if end < 0:
        query.refuse(
            "R123",
            Token(kind=Kind.TERM, at=at, end=at + 1),
            "this quote is never closed",
            f"put a `{closing[-1]}` where the phrase ends",
        )
    return Token(kind=Kind.TERM, at=at, end=end + 1, text=query.text[at + 1 : end], quoted=True)


def _stray_quote(query: QueryText, at: int) -> NoReturn:
    query.refuse(
        "R123",
        Token(kind=Kind.TERM, at=at, end=at + 1),
        "this quote closes, but none was opened",
        'put straight quotes round the phrase, as in "arms deal"',
    )


def _chunk(query: QueryText, at: int, chunk: str) -> Token:
    """What stands without white space from `at` on: a field, an operator or a word."""
    token = Token(kind=Kind.TERM, at=at, end=at + len(chunk), text=chunk)
    if scope := _SCOPE.fullmatch(chunk):
        field = field_named(scope[1])
        near = "" if field else nearest_field(scope[1])
        if field or near or not scope[2]:
            named = Token(kind=Kind.FIELD, at=at, end=at + scope.end(1) + 1, text=field)
            if not field:
                query.note(
                    "R113",
                    named,
                    f"unknown field `{scope[1]}:`",
                    f"did you mean `{near}:`?" if near else "fields are " + ", ".join(FIELDS),
                )
            return named
    if chunk == "=" and query.text[token.end : token.end + 1] in _QUOTES:
        phrase = _quoted(query, token.end)
        return Token(
            kind=Kind.TERM, at=at, end=phrase.end, text=phrase.text, quoted=True, exact=True
        )
    if operator := _arranging(query, token):
        return operator
    if chunk.upper() in _WORDS:
        if chunk not in _WORDS:
            _note_spelling(query, token, chunk.upper())
        return Token(kind=Kind.OPERATOR, at=at, end=token.end, text=chunk.upper())
    return _sign(query, token)


def _arranging(query: QueryText, token: Token) -> Token | None:
    """An operator such as NEAR/5, if the token is one, or is one of another tool."""
    name, slash, number = token.text.partition("/")
    shelf = query_operator_shelf()
    operator = shelf.get(name.upper() if slash else name)
    if operator is None:
        if foreign := _FOREIGN.fullmatch(token.text):
            meant = _OURS[foreign[1] or foreign[3]] + (foreign[2] or foreign[4])
            query.refuse("R125", token, f"`{token.text}` is no operator", f"write `{meant}`")
        return None
    example = f"{operator.name}/5" if operator.highest else operator.name
    if slash and name != operator.name:
        _note_spelling(query, token, f"{operator.name}/{number}")
    digits = number.isascii() and number.isdecimal() and len(number) < 6
    if operator.highest == 0 and slash:
        query.note("R126", token, f"`{operator.name}` takes no number", f"write `{example}`")
    elif operator.highest and not (digits and operator.lowest <= int(number) <= operator.highest):
        query.note(
            "R126",
            token,
            f"`{token.text}` needs a number from {operator.lowest} to {operator.highest}",
            f'write it as in `{example}`, or "{token.text}" in quotes to look for the word',
        )
    return Token(
        kind=Kind.OPERATOR,
        at=token.at,
        end=token.end,
        text=operator.name,
        number=int(number) if digits else operator.lowest,
        joins=operator.between,
    )


def _note_spelling(query: QueryText, token: Token, operator: str) -> None:
    query.note(
        "R125",
        token,
        f"`{token.text}` is an operator only in capitals",
        f'write `{operator}`, or "{token.text}" in quotes to look for the word',
    )


def _sign(query: QueryText, token: Token) -> Token:
    """A word, unless it begins with a sign that would be read past in silence."""
    chunk = token.text
    if chunk[0] in "[]{}" or chunk[-1] in "[]{}":
        query.refuse(
            "R125",
            token,
            f"`{chunk}`: square and curly brackets are for lists",
            "write alternatives as `( missile OR rocket )`",
        )
    if chunk in _SIGNS:
        query.refuse("R125", token, f"`{chunk}` is no operator", f"write `{_SIGNS[chunk]}`")
    if chunk[0] in "-!+" and len(chunk) > 1:
        operator = _SIGNS[chunk[0]]
        query.refuse(
            "R125",
            token,
            f"`{chunk[0]}` before a word means nothing here",
            f"write `{operator} {chunk[1:]}`",
        )
    return token

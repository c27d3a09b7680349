"""Terms: from the words an analyst writes in a list to what the matcher looks for."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from monitor.rules.syntax import (
    FIELDS,
    Exact,
    Glob,
    Joined,
    Leaf,
    Pattern,
    Term,
    VocabularyRef,
    Word,
)
from monitor.text.folding import fold
from monitor.text.tokens import is_character, words_with_wildcards

# Other tools' names for our fields.
FIELD_ALIASES = {
    "summary": "lead",
    "intro": "lead",
    "text": "body",
    "content": "body",
    "tag": "tags",
    "lang": "language",
    "site": "source",
}

_SCOPE = re.compile(r"([A-Za-z_]+):\s*(?=\S)(.*)", re.DOTALL)
_REFERENCE = re.compile(r"\$([A-Za-z0-9_-]+)")
_LONGEST_KOREAN_WORD = 3
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
_OPERATOR = re.compile(
    r"(?<!\S)(AND|OR|NOT|SENTENCE|PARAGRAPH|(?:NEAR|THEN|ATLEAST|FIRST)/\d+)(?!\S)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadTerm:
    """A term that cannot be looked for: what is wrong, and what to write instead.

    `kind` is "wildcard" for a `*` or `?` without letters, otherwise "term". `at` and `width`
    say which characters of the term are meant.
    """

    message: str
    hint: str = ""
    kind: str = "term"
    at: int = 0
    width: int = 0


def read_term(written: str, language: str = "", field: str = "") -> Leaf | BadTerm:
    """The term meant by `written`, whose words are in `language` ("" = judged by script)."""
    text = written.strip()
    if text.startswith("$"):
        return _read_reference(text, field)
    if operator := _OPERATOR.search(text):
        return BadTerm(
            message=f"`{operator[1]}` has no meaning inside a term",
            hint="write alternatives as `[a, b]`, or the whole as a query under `match:`",
            at=operator.start(1),
            width=len(operator[1]),
        )
    if not field and (scope := _SCOPE.fullmatch(text)):
        named = field_named(scope[1])
        if named:
            return read_term(scope[2], language, named)
        if text[scope.end(1) + 1] != " " and (near := nearest_field(scope[1])):
            return BadTerm(
                message=f"unknown field `{scope[1]}:`",
                hint=f"did you mean `{near}:`?",
                width=scope.end(1),
            )
    return read_words(text, language, field)


def field_named(name: str) -> str:
    """The field meant by `name`, or ""."""
    lowered = name.lower()
    lowered = FIELD_ALIASES.get(lowered, lowered)
    return lowered if lowered in FIELDS else ""


def nearest_field(name: str) -> str:
    """The field whose name is most like `name`, or "" when none is."""
    near = difflib.get_close_matches(name.lower(), [*FIELDS, *FIELD_ALIASES], n=1, cutoff=0.7)
    return near[0] if near else ""


def _read_reference(text: str, field: str) -> VocabularyRef | BadTerm:
    if found := _REFERENCE.fullmatch(text):
        return VocabularyRef(found[1], field)
    if _REFERENCE.match(text):
        return BadTerm(
            message=f"`{text}` mixes a vocabulary with other words",
            hint="give `$name` a place of its own in the list",
        )
    return BadTerm(message="`$` without a name", hint="write `$name`, as in `$north_korea`")


def read_words(text: str, language: str = "", field: str = "") -> Term | BadTerm:
    """A word or phrase, in which nothing but `=`, `*` and `?` has a meaning of its own."""
    found: list[Pattern] = []
    # Half of Ukrainian words have no letter that Russian lacks: their neighbours give them away.
    language = language or ("uk" if _UKRAINIAN.search(text) else "")
    for chunk in text.split():
        exact = chunk.startswith("=")
        in_chunk = words_with_wildcards(chunk)
        # Most names of a long list are ASCII, which has no character that is a word by itself.
        one_word = not chunk.isascii() and _is_one_korean_word(in_chunk)
        for position, word in enumerate(in_chunk):
            pattern = _read_word(word, language, exact=exact)
            if one_word and position and isinstance(pattern, Word | Exact):
                pattern = Joined(pattern)
            if isinstance(pattern, BadTerm):
                return pattern
            if pattern is not None:
                found.append(pattern)
    if not found:
        return BadTerm(
            message="an empty term" if not text else f"`{text}` has no letter or digit in it",
            hint="write a word, a phrase or `$vocabulary`",
        )
    return Term(written=text, words=tuple(found), field=field)


def _is_one_korean_word(characters: list[str]) -> bool:
    """Whether these are the syllables of a word that no Korean would write with a space.

    Longer ones are compounds, which are written with and without: 수출통제, 수출 통제.
    """
    return len(characters) <= _LONGEST_KOREAN_WORD and all(
        "\uac00" <= fold(character) <= "\ud7a3" for character in characters
    )


def _read_word(word: str, language: str, *, exact: bool) -> Pattern | BadTerm | None:
    if "*" not in word and "?" not in word:
        if exact:
            return Exact(word)
        return Word(word, "" if not word.isascii() and is_character(word) else language)
    if not word.strip("*?"):
        return BadTerm(
            message=f"`{word}` alone would match every word",
            hint="put letters beside the wildcard, as in `missile*`",
            kind="wildcard",
        )
    if exact:
        return BadTerm(
            message=f"`=` asks for one exact form, `{word}` for many",
            hint="leave out the `=` or the wildcard",
        )
    return Glob(re.sub(r"\*+", "*", fold(word)))

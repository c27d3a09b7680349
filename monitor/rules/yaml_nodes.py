"""Strict YAML: plain texts, lists and mappings, every one of them with its line and column.

No value is ever guessed to be a number, a date or a yes: everything is text. Duplicate keys,
tags, merge keys and further documents are mistakes. The tree is built from parser events, so
that depth and size are bounded before anything is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import yaml

from monitor.errors import Level, Place, Problem

MOST_BYTES = 2_000_000
_DEEPEST = 32
_MOST_ALIASES = 100
# Nodes after every alias is followed: what a reader of the tree would visit.
_MOST_NODES = 500_000
# After so many duplicate keys a file is not worth reading on.
_MOST_PROBLEMS = 100

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What is hardly meant as a comment: those have a space after the sign.
_CUT_SHORT = re.compile(r"[ \t]+#(?=[^\W_])")
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
# What a plain YAML value may not begin with, although terms like to.
_SPECIAL = "*&!%@`|>"
_SIGNS = {
    "while scanning a tag": "!",
    "while scanning an anchor": "&",
    "while scanning an alias": "*",
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that somebody else has read: its name for messages, and its content."""

    path: str
    text: str | bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file: line and column from 1, `width` characters to underline."""

    line: int
    column: int
    width: int = 1


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar, always text.

    `style` is the quote it stood in, or `>` or `|` for a block; "" when it was plain.
    """

    mark: Mark
    text: str
    style: str = ""

    @property
    def plain(self) -> bool:
        """Whether it stood there without quotes, and not in a block."""
        return not self.style


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    mark: Mark
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order written; no key comes twice.

    `sound` is False when the file gave a key twice, here or further inside.
    """

    mark: Mark
    pairs: tuple[tuple[Text, Node], ...]
    sound: bool = True

    def get(self, key: str) -> Node | None:
        """The value of a key."""
        return next((value for name, value in self.pairs if name.text == key), None)


Node = Text | Sequence | Mapping


@dataclass(slots=True)
class Notebook:
    """Collects the problems of one file, with the lines they are about."""

    path: str
    lines: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    # How many of the problems make something unusable; counted, since it is asked rule by rule.
    errors: int = 0

    def note(
        self, code: str, mark: Mark | None, message: str, hint: str = "", *, warning: bool = False
    ) -> None:
        """Add a problem; without a mark it concerns the whole file."""
        line = mark.line if mark else 0
        source = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        self.errors += not warning
        self.problems.append(
            Problem(
                place=Place(self.path, line, mark.column if mark else 0),
                code=code,
                message=message,
                hint=hint,
                level=Level.WARNING if warning else Level.ERROR,
                source=source,
                width=mark.width if mark else 1,
            )
        )


def read_yaml(source: SourceFile, notebook: Notebook) -> Node | None:
    """The tree of a YAML file; None when it is empty or cannot be read, which is noted."""
    text = read_text(source, notebook)
    if text is None:
        return None
    try:
        return _Composer(text, notebook).document()
    except _Refused:
        return None
    except yaml.MarkedYAMLError as error:
        _note_syntax_error(error, notebook)
    except yaml.YAMLError as error:
        notebook.note("Y104", None, f"this is not YAML: {_one_line(error)}")
    return None


def read_text(source: SourceFile, notebook: Notebook) -> str | None:
    """The text of a file without its byte order mark, or None when there are odd bytes in it."""
    content = source.text
    if len(content) > MOST_BYTES:
        notebook.note(
            "Y103",
            None,
            f"the file is larger than {MOST_BYTES:,} bytes",
            "long lists belong in a vocabulary file, one term a line, split over several files",
        )
        return None
    text = _decode(content, notebook) if isinstance(content, bytes) else content
    if text is None:
        return None
    text = text.removeprefix("\ufeff")
    notebook.lines = _LINE_END.split(text)
    control = _CONTROL.search(text)
    if control:
        notebook.note(
            "Y102",
            mark_at(text, control.start()),
            f"a control character (U+{ord(control[0]):04X})",
            "delete it; it usually comes from copying out of another program",
        )
        return None
    return text


def mark_at(text: str, position: int, width: int = 1) -> Mark:
    """The mark of a position in a text."""
    before = _LINE_END.split(text[:position])
    return Mark(len(before), len(before[-1]) + 1, width)


def _decode(content: bytes, notebook: Notebook) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        good = content[: error.start].decode("utf-8")
        notebook.lines = _LINE_END.split(good)
        wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
        notebook.note(
            "Y101",
            mark_at(good, len(good)),
            "the file is UTF-16, not UTF-8" if wide else "the file is not UTF-8",
            "save it as UTF-8",
        )
        return None


class _Refused(Exception):
    """The document has been refused; why is in the notebook."""


@dataclass(slots=True)
class _Built:
    """A node, how many nodes a reader of it would visit, and whether no key in it comes twice."""

    node: Node
    size: int
    sound: bool = True


class _Composer:
    """Builds the tree of one document from the events of the parser."""

    def __init__(self, text: str, notebook: Notebook) -> None:
        self._events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=_LOADER))
        self._notebook = notebook
        self._anchors: dict[str, _Built] = {}
        self._aliases = 0
        self._used: set[str] = set()
        self._where_anchored: dict[str, Mark] = {}
        # Files in which no text can be cut short need not be looked at line by line.
        self._cut_short = _CUT_SHORT.search(text) is not None

    def document(self) -> Node | None:
        """The first and only document."""
        next(self._events)  # the start of the stream
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            return None
        built = self._node(next(self._events), 0)
        next(self._events)  # the end of the document
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            self._refuse("Y112", event, "a second document", "put one document in a file")
        self._note_unused_anchors()
        return built.node

    def _refuse(self, code: str, event: yaml.Event, message: str, hint: str = "") -> NoReturn:
        self._notebook.note(code, _mark(event), message, hint)
        raise _Refused

    def _node(self, event: yaml.Event, depth: int) -> _Built:
        if depth > _DEEPEST:
            self._refuse("Y111", event, f"nested deeper than {_DEEPEST} levels")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        assert isinstance(event, yaml.NodeEvent)  # noqa: S101 -- by the grammar of events
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._refuse(
                "Y110",
                event,
                f"the tag `{_short(tag)}` is not allowed",
                "a term that begins with `!` needs quotes",
            )
        built = self._content(event, depth)
        if built.size > _MOST_NODES:
            self._refuse("Y111", event, "aliases that unfold to an enormous document")
        if event.anchor:
            self._anchors[event.anchor] = built
            self._where_anchored.setdefault(event.anchor, _mark_of_anchor(event))
        return built

    def _note_unused_anchors(self) -> None:
        for name, mark in self._where_anchored.items():
            if name not in self._used:
                self._notebook.note(
                    "Y116",
                    mark,
                    f"`&{name}` names what follows for an alias `*{name}`, and there is none",
                    'put the whole term in quotes, as in "&a b"',
                )

    def _note_cut_short(self, mark: Mark) -> None:
        line = self._notebook.lines[mark.line - 1]
        end = mark.column - 1 + mark.width
        if found := _CUT_SHORT.match(line, end):
            self._notebook.note(
                "Y117",
                Mark(mark.line, found.end(), len(line) - found.end() + 1),
                f"`{line[found.end() - 1 :].rstrip()}` is a comment, as a space stands before it",
                "put the whole text in quotes, or write `# ` where a comment is meant",
                warning=True,
            )

    def _content(self, event: yaml.Event, depth: int) -> _Built:
        match event:
            case yaml.ScalarEvent():
                mark = _mark(event)
                if self._cut_short and not event.style and event.value:
                    self._note_cut_short(mark)
                return _Built(Text(mark, event.value, event.style or ""), 1)
            case yaml.SequenceStartEvent():
                return self._sequence(event, depth)
            case _:
                return self._mapping(event, depth)

    def _alias(self, event: yaml.AliasEvent) -> _Built:
        self._aliases += 1
        if self._aliases > _MOST_ALIASES:
            self._refuse("Y108", event, f"more than {_MOST_ALIASES} aliases")
        built = self._anchors.get(event.anchor or "")
        if built is None:
            self._refuse(
                "Y108",
                event,
                f"`*{event.anchor}` refers to nothing",
                f'if it is a term, put it in quotes: "*{event.anchor}"',
            )
        self._used.add(event.anchor or "")
        return built

    def _sequence(self, event: yaml.Event, depth: int) -> _Built:
        items: list[Node] = []
        size, sound = 1, True
        while not isinstance(child := next(self._events), yaml.SequenceEndEvent):
            built = self._node(child, depth + 1)
            items.append(built.node)
            size += built.size
            sound = sound and built.sound
        return _Built(Sequence(_mark(event), tuple(items)), size, sound)

    def _mapping(self, event: yaml.Event, depth: int) -> _Built:
        pairs: dict[str, tuple[Text, Node]] = {}
        size, sound = 1, True
        while not isinstance(child := next(self._events), yaml.MappingEndEvent):
            key = self._key(child)
            built = self._node(next(self._events), depth + 1)
            size += 1 + built.size
            sound = sound and built.sound and key.text not in pairs
            if key.text in pairs:
                first = pairs[key.text][0].mark.line
                self._notebook.note(
                    "Y107",
                    key.mark,
                    f"duplicate key `{key.text}` (first on line {first})",
                    "join the two, or delete one",
                )
                if self._notebook.errors >= _MOST_PROBLEMS:
                    raise _Refused
                continue
            pairs[key.text] = (key, built.node)
        return _Built(Mapping(_mark(event), tuple(pairs.values()), sound), size, sound)

    def _key(self, event: yaml.Event) -> Text:
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse(
                "Y114", event, "a key must be plain text", "put the brackets to the right of a key"
            )
        if event.tag is not None:
            self._refuse("Y110", event, f"the tag `{_short(event.tag)}` is not allowed")
        if event.value == "<<":
            self._refuse("Y109", event, "merge keys (`<<`) are not allowed", "write the keys out")
        key = Text(_mark(event), event.value, event.style or "")
        if event.anchor:
            self._anchors[event.anchor] = _Built(key, 1)
            self._where_anchored.setdefault(event.anchor, _mark_of_anchor(event))
        return key


def _mark(event: yaml.Event) -> Mark:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        return Mark(1, 1)
    width = end.column - start.column if start.line == end.line else 1
    return Mark(start.line + 1, start.column + 1, max(1, width))


def _mark_of_anchor(event: yaml.NodeEvent) -> Mark:
    """The `&name`, which stands where the event begins."""
    start = event.start_mark
    if start is None:
        return Mark(1, 1)
    return Mark(start.line + 1, start.column + 1, len(event.anchor or "") + 1)


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _note_syntax_error(error: yaml.MarkedYAMLError, notebook: Notebook) -> None:
    """What the parser stumbled over, where its author can see it."""
    problem, context = str(error.problem or ""), str(error.context or "")
    where, opened = error.problem_mark, error.context_mark
    place = where or opened
    if "quoted scalar" in context and opened is not None and "escape" not in problem:
        # The parser stops at the end of the file; the mistake is where the quote opened.
        notebook.note(
            "Y105",
            Mark(opened.line + 1, opened.column + 1),
            "this quote is never closed",
            "close it on the same line",
        )
        return
    if context in _SIGNS and opened is not None:
        _note_special(_SIGNS[context], Mark(opened.line + 1, opened.column + 1), notebook)
        return
    if "unknown escape character" in problem and where is not None:
        # Nearly always a regular expression, whose signs are not meant for YAML.
        notebook.note(
            "Y113",
            Mark(where.line + 1, where.column + 1, 2),
            "a `\\` in double quotes, which begins a sign of YAML's",
            "put the text in single quotes, where a `\\` is a `\\`",
        )
        return
    mark = Mark(place.line + 1, place.column + 1) if place is not None else None
    line = notebook.lines[mark.line - 1] if mark and mark.line <= len(notebook.lines) else ""
    character = line[mark.column - 1 : mark.column] if mark else ""
    if "\\t" in problem or "tab" in problem or character == "\t":
        notebook.note("Y106", mark, "a tab", "indent with spaces")
    elif "flow" in context and opened is not None:
        bracket = Mark(opened.line + 1, opened.column + 1)
        if notebook.lines and line.strip() and character and character in _SPECIAL:
            _note_special(character, mark, notebook)
            return
        notebook.note(
            "Y115",
            bracket,
            "this bracket is never closed, or a comma is missing after it",
            "close it with `]` or `}`; put terms with `,`, `:` or `#` in quotes",
        )
    elif character and character in _SPECIAL:
        _note_special(character, mark, notebook)
    elif mark and "did not find expected key" in problem and _follows_quote(line, mark.column):
        notebook.note(
            "Y113",
            mark,
            "text after a closing quote, where YAML expects none",
            "begin with `>` instead and write the whole text on the next line",
        )
    elif "mapping values are not allowed" in problem:
        notebook.note("Y113", mark, "a colon inside a plain text", "put the whole text in quotes")
    else:
        notebook.note("Y104", mark, f"this is not YAML: {problem or context}")


def _follows_quote(line: str, column: int) -> bool:
    """Whether what stands before a column of a line ends with a quote."""
    return line[: column - 1].rstrip().endswith(('"', "'"))


def _note_special(character: str, mark: Mark | None, notebook: Notebook) -> None:
    notebook.note(
        "Y113",
        mark,
        f"a text that begins with `{character}`, which means something else in YAML",
        'put it in quotes, as in "*missile"',
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())

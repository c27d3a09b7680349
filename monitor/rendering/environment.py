"""Where templates run: sandboxed, strict about names, with a small set of filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import FunctionLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from monitor.rendering.marking import Runs
from monitor.text.width import columns

FILTERS = frozenset(
    [
        "capitalize",
        "count",
        "d",
        "default",
        "e",
        "escape",
        "first",
        "int",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "replace",
        "reject",
        "rejectattr",
        "select",
        "selectattr",
        "sort",
        "string",
        "sum",
        "title",
        "trim",
        "truncate",
        "upper",
    ]
)
"""Jinja's own filters that templates may use. `center`, `format` and friends can eat a machine."""

_GLOBALS = ("namespace",)
_MARK = Markup('<mark style="background:#fdeeb0">{}</mark>')


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """The text of a template and the path it was read from, which errors speak of."""

    path: str
    text: str


def environment(sources: Mapping[str, TemplateSource]) -> ImmutableSandboxedEnvironment:
    """A Jinja environment that knows exactly these templates, by name."""

    def load(name: str) -> tuple[str, str, None] | None:
        source = sources.get(name)
        return (source.text, source.path, None) if source else None

    made = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        autoescape=needs_escaping,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        cache_size=len(sources),
        auto_reload=False,
    )
    made.filters = {name: made.filters[name] for name in FILTERS} | {
        "marked": marked,
        "bold": bold,
        "wrap": wrap,
        "plural": plural,
    }
    made.globals = {name: made.globals[name] for name in _GLOBALS}
    return made


def needs_escaping(name: str | None) -> bool:
    """Pages and chat texts are markup; plain text is not."""
    return name is None or not name.endswith(".txt.j2")


def marked(runs: Runs) -> Markup:
    """Runs as HTML, with what matched highlighted."""
    return Markup("").join(
        _MARK.format(run.text) if run.marked else escape(run.text) for run in runs
    )


def bold(runs: Runs) -> Markup:
    """Runs for a chat, with what matched in bold."""
    return Markup("").join(
        Markup("<b>{}</b>").format(run.text) if run.marked else escape(run.text) for run in runs
    )


def plural(count: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 story`, `3 stories`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def wrap(text: str, width: int = 72, indent: str = "") -> str:
    """Text in lines of at most `width` terminal columns; an East Asian character takes two."""
    lines: list[str] = []
    line, used = indent, columns(indent)
    for word in _pieces(text, width - columns(indent)):
        gap = 0 if line in (indent, "") or word.startswith("\0") else 1
        shown = word.lstrip("\0")
        if used + gap + columns(shown) > width and line != indent:
            lines.append(line)
            line, used, gap = indent, columns(indent), 0
        line += " " * gap + shown
        used += gap + columns(shown)
    return "\n".join([*lines, line])


def _pieces(text: str, width: int) -> list[str]:
    """Words; one too long for a line in pieces, of which the later ones start with NUL."""
    pieces: list[str] = []
    for word in text.split():
        piece = ""
        joined = ""
        for character in word:
            if columns(piece + character) > width:
                pieces.append(joined + piece)
                piece, joined = "", "\0"
            piece += character
        pieces.append(joined + piece)
    return pieces

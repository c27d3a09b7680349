"""Mistakes in templates, found by compiling them and by rendering an invented digest."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import fields

from jinja2 import TemplateAssertionError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from monitor.errors import Level, Place, Problem, did_you_mean
from monitor.rendering.builtin import FORMS
from monitor.rendering.environment import TemplateSource
from monitor.rendering.reasons import Reason
from monitor.rendering.sample import empty_digest, sample_digest, single_digest
from monitor.rendering.view import (
    Brief,
    Charted,
    Example,
    Group,
    Page,
    Sounded,
    Told,
    Watched,
)
from monitor.rendering.viewing import Viewing

LARGEST_OUTPUT = 2_000_000
"""Characters of a page that is to be a mail; far above what a mail may have."""

_NAME = re.compile(rf"[\w-]+\.(?:{'|'.join(FORMS)})\.j2")
_NO_ATTRIBUTE = re.compile(r"'?[\w.]*?(\w+) object'? has no attribute '(\w+)'")
_NO_NAME = re.compile(r"'(\w+)' is undefined")
_NO_SUCH = re.compile(r"No (filter|test) named '(\w+)'")

KINDS = {
    kind.__name__: kind
    for kind in (Page, Told, Brief, Reason, Group, Charted, Sounded, Example, Watched)
}
"""What templates meet, by the name that errors and docs call it."""


class TooLarge(ValueError):
    """A template went on writing past every sensible size."""


def render(env: SandboxedEnvironment, name: str, page: Page, *, most: int = LARGEST_OUTPUT) -> str:
    """The template's output, given up at so many characters.

    Raises whatever the template makes go wrong.
    """
    written = io.StringIO()
    size = 0
    for piece in env.get_template(name).generate(digest=page):
        size += written.write(piece)
        if size > most:
            raise TooLarge(f"it writes more than {most // 1_000_000} MB")
    return written.getvalue()


def problems_of(
    env: SandboxedEnvironment, sources: Mapping[str, TemplateSource]
) -> tuple[Problem, ...]:
    """Everything wrong with the user's templates, at most one problem for each of them."""
    found = (_problem_of(env, name, sources[name]) for name in sorted(sources))
    return tuple(problem for problem in found if problem)


def _problem_of(env: SandboxedEnvironment, name: str, source: TemplateSource) -> Problem | None:
    if not _NAME.fullmatch(name):
        return Problem(
            place=Place(source.path),
            code="T105",
            message=f"`{name}` is never used",
            hint="a template is called NAME.html.j2, NAME.txt.j2 or NAME.chat.j2",
            level=Level.WARNING,
        )
    try:
        for page in _sample_pages():
            render(env, name, page)
    except Exception as error:  # noqa: BLE001 - a template can raise anything at all
        return explained(error, source, env)
    return None


def _sample_pages() -> tuple[Page, ...]:
    """Invented pages that bring out every branch of a template: cut, in full, attached, empty."""
    sample = Viewing(sample_digest())
    return (
        sample.page(limit=2),
        sample.page(limit=50),
        sample.page(limit=50, whole=True),
        Viewing(single_digest()).page(limit=10),
        Viewing(empty_digest()).page(limit=10),
    )


def explained(error: Exception, source: TemplateSource, env: SandboxedEnvironment) -> Problem:
    """A problem that says where in the template it is, and what was probably meant."""
    line = error.lineno if isinstance(error, TemplateSyntaxError) else _line_in(error, source.path)
    code, message, hint = _said(error, env)
    lines = source.text.splitlines()
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    wrong = re.search(r"`([^`]+)`", message)
    at = text.find(wrong.group(1)) if wrong else -1
    return Problem(
        place=Place(source.path, line, max(0, at) + 1 if line else 0),
        code=code,
        message=message,
        hint=hint,
        source=text,
        width=len(wrong.group(1)) if wrong and at >= 0 else max(1, len(text)),
    )


def _said(error: Exception, env: SandboxedEnvironment) -> tuple[str, str, str]:
    text = str(error)
    match error:
        case TemplateAssertionError() if unknown := _NO_SUCH.search(text):
            kind, name = unknown.groups()
            known = env.filters if kind == "filter" else env.tests
            return "T102", f"there is no {kind} `{name}` here", did_you_mean(name, known)
        case TemplateSyntaxError():
            return "T101", text, ""
        case UndefinedError() if unknown := _NO_NAME.search(text):
            return "T103", f"unknown name `{unknown.group(1)}`", "everything is inside `digest`"
        case UndefinedError() if unknown := _NO_ATTRIBUTE.search(text):
            kind, name = unknown.groups()
            known_names = names_of(kind)
            hint = did_you_mean(name, known_names) or f"there are: {', '.join(known_names)}"
            return "T103", f"unknown name `{name}`", hint
        case TooLarge():
            return "T106", text, ""
        case _:
            return "T104", f"it fails on a sample digest: {text or type(error).__name__}", ""


def names_of(kind: str) -> list[str]:
    """The names that a thing of this kind has for a template."""
    owner = KINDS.get(kind)
    if owner is None:
        return []
    properties = (name for name, value in vars(owner).items() if isinstance(value, property))
    return [*(field.name for field in fields(owner)), *properties]


def _line_in(error: BaseException, path: str) -> int:
    """The line of the template where it happened; Jinja writes it into the traceback."""
    line = 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line

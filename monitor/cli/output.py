"""What commands print: tables, JSON lines, problems with their source line, progress."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import click

from monitor.errors import Level, Place, Problem
from monitor.text.width import columns

FORMATS = ("full", "concise", "json", "github")
_LOGIN = re.compile(r"(?<=://)[^/?#\s\"'@]*:[^/?#\s\"'@]*(?=@)")
_RED, _YELLOW, _CYAN, _BOLD, _DIM = "31", "33", "36", "1", "2"


def colourful(stream: TextIO) -> bool:
    """Whether colour is welcome on a stream (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def painted(text: str, colour: str, stream: TextIO) -> str:
    """Text in a colour, where colour is welcome."""
    return f"\x1b[{colour}m{text}\x1b[0m" if colourful(stream) and text else text


def bold(text: str) -> str:
    """Bold on stdout."""
    return painted(text, _BOLD, sys.stdout)


def dim(text: str) -> str:
    """Dim on stdout."""
    return painted(text, _DIM, sys.stdout)


def say(text: str) -> None:
    """A line about the work itself: stderr."""
    click.echo(text, err=True)


def failed(message: str, code: int) -> int:
    """Say what went wrong; the exit code."""
    say(f"{painted('error:', _RED, sys.stderr)} {message}")
    return code


def print_json(**fields: object) -> None:
    """One object on one line of stdout; instants as RFC 3339 in UTC."""
    click.echo(json.dumps(fields, ensure_ascii=False, default=_plain))


def instant(at: datetime | None) -> str | None:
    """RFC 3339, UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago, in one unit: `3 m`, `2 d`; `-` for never."""
    if at is None:
        return "-"
    seconds = int((now - at).total_seconds())
    sign, seconds = ("in ", -seconds) if seconds < 0 else ("", seconds)
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * length or (unit == "m" and seconds >= length):
            return f"{sign}{seconds // length} {unit}"
    return f"{sign}{seconds} s"


def print_table(
    header: Sequence[str], rows: Iterable[Sequence[object]], *, last_may_go: bool = False
) -> None:
    """Columns as wide as they must be; wide characters count as two.

    `last_may_go` leaves the last column out where a terminal is too narrow for it.
    """
    table = [[str(cell) for cell in row] for row in rows]
    widths = [
        max(columns(row[index]) for row in (list(header), *table)) for index in range(len(header))
    ]
    if last_may_go and _is_too_wide(sum(widths) + 2 * (len(widths) - 1)):
        header, widths = header[:-1], widths[:-1]
        table = [row[:-1] for row in table]
    for count, row in enumerate((list(header), *table)):
        cells = [
            cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)
        ]
        line = "  ".join(cells).rstrip()
        click.echo(dim(line) if count == 0 else line)


def _is_too_wide(width: int) -> bool:
    return sys.stdout.isatty() and width > shutil.get_terminal_size().columns


def shortened(text: str, width: int) -> str:
    """At most `width` columns, with a mark where something was cut."""
    if columns(text) <= width:
        return text
    kept = ""
    for character in text:
        if columns(kept + character) > width - 1:
            break
        kept += character
    return kept.rstrip() + "…"


def print_problems(
    problems: Iterable[Problem], *, form: str = "full", stream: TextIO | None = None
) -> None:
    """Problems in the order of their places, in one of FORMATS."""
    out = stream or sys.stdout
    ordered = sorted(
        dict.fromkeys(map(_without_logins, problems)),
        key=lambda each: (each.place, each.code, each.message),
    )
    for problem in ordered:
        click.echo(_FORMS[form](problem, out), file=out)


def _without_logins(problem: Problem) -> Problem:
    """Without the logins of addresses that stand in its words or its line."""
    return replace(
        problem,
        message=_LOGIN.sub("***", problem.message),
        hint=_LOGIN.sub("***", problem.hint),
        source=_LOGIN.sub("***", problem.source),
    )


def counted(problems: Sequence[Problem]) -> str:
    """`2 errors, 1 warning`."""
    errors = sum(each.level is Level.ERROR for each in problems)
    warnings = len(problems) - errors
    said = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((errors, "error"), (warnings, "warning"))
        if count
    ]
    return ", ".join(said) or "no problems"


def exit_code_of(problems: Sequence[Problem], *, strict: bool = False) -> int:
    """1 for errors; 3 for warnings only, where they matter; 0."""
    if any(each.level is Level.ERROR for each in problems):
        return 1
    return 3 if strict and problems else 0


def shown_path(path: str | Path) -> str:
    """A path as the user would write it: from here, if it lies below."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _full(problem: Problem, out: TextIO) -> str:
    colour = _RED if problem.level is Level.ERROR else _YELLOW
    lines = [
        (
            f"{painted(_where(problem), _BOLD, out)}: "
            f"{painted(f'{problem.level.value}[{problem.code}]', colour, out)}: {problem.message}"
        )
    ]
    place = problem.place
    if place.line and problem.source:
        source = problem.source.rstrip("\n").replace("\t", " ")
        gutter = " " * (len(str(place.line)) + 2)
        before = " " * columns(source[: place.column - 1])
        width = max(1, columns(source[place.column - 1 : place.column - 1 + problem.width]))
        carets = painted("^" * width, colour, out)
        lines.append(f"  {place.line} | {source}")
        lines.append(f"  {gutter[2:]} | {before}{carets} {problem.hint}".rstrip())
    elif problem.hint:
        lines.append(f"    {problem.hint}")
    return "\n".join(lines)


def _concise(problem: Problem, out: TextIO) -> str:
    del out
    hint = f" ({problem.hint})" if problem.hint else ""
    return f"{_where(problem)}: {problem.level.value}[{problem.code}]: {problem.message}{hint}"


def _json(problem: Problem, out: TextIO) -> str:
    del out
    return json.dumps(
        {
            "path": shown_path(problem.place.path),
            "line": problem.place.line,
            "column": problem.place.column,
            "code": problem.code,
            "severity": problem.level.value,
            "message": problem.message,
            "hint": problem.hint,
        },
        ensure_ascii=False,
    )


def _github(problem: Problem, out: TextIO) -> str:
    """A workflow command: shown by GitHub beside the line."""
    del out
    place = problem.place
    message = _escaped(f"{problem.message} {problem.hint}".strip(), "%\r\n")
    line = f",line={place.line},col={place.column}" if place.line else ""
    file = _escaped(shown_path(place.path), "%\r\n:,")
    return f"::{problem.level.value} file={file}{line},title={problem.code}::{message}"


def _escaped(text: str, special: str) -> str:
    return "".join(f"%{ord(each):02X}" if each in special else each for each in text)


_FORMS = {"full": _full, "concise": _concise, "json": _json, "github": _github}


def _where(problem: Problem) -> str:
    place = problem.place
    return str(Place(shown_path(place.path), place.line, place.column))


def _plain(value: Any) -> object:  # noqa: ANN401 - json's own signature
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)


class Progress:
    """A bar on a terminal once work takes over two seconds; otherwise silence."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done = what, total, 0
        self._begun, self._drawn = time.monotonic(), 0.0

    def step(self, count: int = 1) -> None:
        """So much more is done."""
        self.done += count
        now = time.monotonic()
        if sys.stderr.isatty() and now - self._begun > 2 and now - self._drawn > 0.1:
            self._drawn = now
            self._draw()

    def clear(self) -> None:
        """Leave no trace on the screen."""
        if self._drawn:
            click.echo("\r\x1b[K", err=True, nl=False)

    def _draw(self) -> None:
        share = min(1.0, self.done / self.total) if self.total else 0.0
        full = int(share * 24)
        bar = "█" * full + "░" * (24 - full)
        count = f"{self.done:,}/{self.total:,}" if self.total else f"{self.done:,}"
        click.echo(f"\r\x1b[K{self.what} {bar} {count}", err=True, nl=False)


@contextmanager
def progress(what: str, total: int) -> Iterator[Progress]:
    """A progress bar that is gone when the work is."""
    bar = Progress(what, total)
    try:
        yield bar
    finally:
        bar.clear()

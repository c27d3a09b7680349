"""How much of a line of config.toml may be shown beside a problem: never a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from monitor.config import tables
from monitor.config.tables import Table
from monitor.config.toml_places import Path, Span

_TABLES = {table.name: table for table in tables.TABLES}
_HEADER = re.compile(r"\s*\[+([^\[\]]+)\]")
_KEY = re.compile(r"""["']?([\w-]+)["']?\s*=\s*""")


def may_be_secret(path: Path, *, opening: str) -> bool:
    """Whether what stands at this path is a secret, or a misspelt setting that may be one.

    `opening` is the first character of the value: what an inline table or list holds has paths
    of its own.
    """
    names = [part for part in path if isinstance(part, str)]
    holds_more = opening in {"{", "["}
    table, exact = tables.TOP, True
    for count, name in enumerate(names, start=1):
        inner = _inside(table, name)
        if isinstance(inner, bool):
            is_headers = name == "headers" and count == len(names)
            return inner and not (is_headers and holds_more)
        exact = exact and inner.name.rpartition(".")[2] == name
        table = inner
    return not holds_more and (not exact or any(each.secret for each in table.settings))


def secret_columns(values: Mapping[Path, Span], lines: Sequence[str]) -> dict[int, int]:
    """For each line that holds a secret, the column from 1 at which the first one begins."""
    columns: dict[int, int] = {}
    for path, span in values.items():
        opening = lines[span.line - 1][span.column - 1 : span.column]
        if may_be_secret(path, opening=opening):
            columns[span.line] = min(span.column, columns.get(span.line, span.column))
    return columns


def secret_column_of_broken(lines: Sequence[str]) -> int | None:
    """Where a secret may begin on the last of these lines, of a text that is no TOML."""
    header = next(filter(None, map(_HEADER.match, reversed(lines))), None)
    path: Path = tuple(part.strip() for part in header[1].split(".")) if header else ()
    keys = list(_KEY.finditer(lines[-1]))
    if not keys and not _HEADER.match(lines[-1]):
        return 1
    for key in keys:
        opening = lines[-1][key.end() : key.end() + 1]
        if may_be_secret((*path, key[1]), opening=opening):
            return key.end() + 1
        path = (*path, key[1]) if opening in {"{", "["} else path
    return None


def cut(source: str, column: int, secret_at: int | None) -> str:
    """The line up to the secret; nothing when what is underlined stands behind it."""
    if secret_at is None:
        return source
    return f"{source[: secret_at - 1]}***" if column <= secret_at else ""


def _inside(table: Table, name: str) -> Table | bool:
    """The table that is meant by this name in another, or whether its value is secret."""
    prefix = f"{table.name}." if table.name else ""
    inner = [each.removeprefix(prefix) for each in _TABLES if each and each.startswith(prefix)]
    near = get_close_matches(name, [*table.names(), *inner], n=1)
    if not near:
        return True
    if f"{prefix}{near[0]}" in _TABLES:
        return _TABLES[f"{prefix}{near[0]}"]
    setting = next(each for each in table.settings if each.name == near[0])
    return setting.secret or setting.kind is tables.HEADERS

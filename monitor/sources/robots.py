"""robots.txt (RFC 9309): which pages of a site programs such as ours are asked to leave alone.

The parser of the standard library knows no wildcards and lets the first line decide, not the
most exact one. Reading is linear in the file, matching in the path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

MOST_BYTES = 500 * 1024
"""So much of a file is read (RFC 9309, 2.5)."""

_LINE = re.compile(r"\s*([A-Za-z-]{1,30})\s*:\s*([^#]*)")
_MOST_RULES = 5_000
_LONGEST_PATTERN = 1_000


def rules_for(name: str, body: bytes) -> str:
    """The lines of a robots.txt that concern the program `name`, as `allow: /path` and so on.

    Those of the groups that name it, whatever its version; if none does, of those for all (`*`).
    """
    ours: list[str] = []
    everybody: list[str] = []
    named = False
    concerned: tuple[list[str], ...] = ()
    opening = False
    for key, value in _lines(body):
        if key == "user-agent":
            if not opening:
                concerned = ()
            opening = True
            agent = value.partition("/")[0].strip().lower()
            if agent == name.lower():
                named, concerned = True, (*concerned, ours)
            elif agent == "*":
                concerned = (*concerned, everybody)
        elif key in ("allow", "disallow"):
            opening = False
            for rules in concerned:
                if value and len(rules) < _MOST_RULES:
                    rules.append(f"{key}: {value[:_LONGEST_PATTERN]}")
    return "\n".join(ours if named else everybody)


def allows(rules: str, url: str) -> bool:
    """Whether the rules let us fetch this page: the longest one that fits decides, ties allow."""
    parts = urlsplit(url)
    path = unquote(parts.path or "/") + (f"?{unquote(parts.query)}" if parts.query else "")
    best, allowed = -1, True
    for line in rules.splitlines():
        key, _, pattern = line.partition(": ")
        length = len(pattern)
        if length >= best and _fits(unquote(pattern), path):
            allowed = key == "allow" or (length == best and allowed)
            best = length
    return allowed


def _lines(body: bytes) -> Iterator[tuple[str, str]]:
    if len(body) > MOST_BYTES:  # half a line says something else than the whole of it
        body = body[:MOST_BYTES].rpartition(b"\n")[0]
    text = body.decode("utf-8-sig", "replace")
    for line in re.split(r"[\r\n]+", text):
        if found := _LINE.match(line):
            yield found[1].lower(), found[2].strip()


def _fits(pattern: str, path: str) -> bool:
    """Whether a path begins as a pattern says; `*` is anything, `$` at its end the path's end."""
    to_the_end = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not others:
        return not to_the_end or path == first
    at = len(first)
    *middle, last = others
    for part in middle:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if to_the_end:
        return len(path) - len(last) >= at and path.endswith(last)
    return path.find(last, at) >= 0

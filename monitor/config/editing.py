"""Writing feeds into config.toml and taking them out, without touching anything else in it."""

from __future__ import annotations

import json
import os
import re
import tempfile
import threading
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from monitor.config.toml_places import find_places
from monitor.errors import UsageError
from monitor.model import Feed

Check = Callable[[str], None]
"""Raises where a text could not be used as config.toml."""

_TURN = threading.Lock()


def append_feeds(path: Path, feeds: Iterable[Feed], check: Check = lambda _: None) -> int:
    """Add [[feed]] tables at the end of a configuration; how many. The rest stays as written.

    Those whose address stands there already are left out. Raises UsageError where nothing can be
    added at the end, and what `check` raises of the text as it would be.
    """
    path = path.resolve()
    with _TURN:
        before = _text_of(path)
        there = {each.get("url") for each in _feeds_in(before)}
        fresh = [feed for feed in feeds if feed.url not in there]
        if not fresh:
            return 0
        added = "".join(as_toml(feed) for feed in fresh)
        if "\r\n" in before:
            added = added.replace("\n", "\r\n")
        text = before.rstrip("\r\n") + ("\r\n" if "\r\n" in before else "\n") + added
        if _says(text) is None:
            raise UsageError(
                f"{path} writes its feeds in a way that nothing can be added to: "
                "write [[feed]] tables"
            )
        check(text)
        _replace(path, text)
    return len(fresh)


def remove_feed(path: Path, url: str, check: Check = lambda _: None) -> tuple[int, int]:
    """Take the [[feed]] table of this address out; the first and last line it had.

    What is left must say exactly what it said before, but for this feed: else nothing is
    written, and UsageError names the line at which the feed stands. `check` as above.
    """
    path = path.resolve()
    with _TURN:
        before = _text_of(path)
        listed = _feeds_in(before)
        at = next((index for index, feed in enumerate(listed) if feed.get("url") == url), None)
        if at is None:
            raise UsageError(f"{path} does not name this feed any more")
        lines = before.splitlines(keepends=True)
        heads = [number for number, line in enumerate(lines) if _FEED.match(line)]
        if len(heads) == len(listed):
            first, end = heads[at], _end_of_table(lines, heads[at])
            text = "".join((*lines[:first], *lines[end:]))
            if _says(text) == _without(tomllib.loads(_bare(before)), at):
                check(text)
                _replace(path, text)
                return first + 1, end
    span = find_places(_bare(before)).of(("feed", at, "url"))
    where = f"{path}:{span.line}" if span else str(path)
    raise UsageError(f"{where}: the feed is written in a way that is left to you to take out")


def is_writable(path: Path) -> bool:
    """Whether the file can be replaced: it is there, and it and its folder can be written."""
    real = path.resolve()
    return real.is_file() and os.access(real, os.W_OK) and os.access(real.parent, os.W_OK)


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"{path} cannot be read: {why}") from None


def _bare(text: str) -> str:
    return text.removeprefix("\ufeff")


def _feeds_in(text: str) -> list[dict[str, Any]]:
    """The feeds that a text names. Raises UsageError where it is no TOML."""
    try:
        listed = tomllib.loads(_bare(text)).get("feed", [])
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the configuration is no TOML at the moment: {error}") from None
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


_FEED = re.compile(r"[ \t]*\[\[[ \t]*feed[ \t]*\]\]")
_HEAD = re.compile(r"[ \t]*\[(?!\[?[ \t]*feed[ \t]*\.)")
_NOTHING = re.compile(r"[ \t]*(?:#.*)?\r?\n?$")


def _end_of_table(lines: list[str], first: int) -> int:
    """The line after a table; blank lines and remarks before the next belong to that one."""
    end = next((n for n in range(first + 1, len(lines)) if _HEAD.match(lines[n])), len(lines))
    while end > first + 1 and _NOTHING.match(lines[end - 1]):
        end -= 1
    while end < len(lines) and not lines[end].strip():
        end += 1
    return end


def _says(text: str) -> object:
    try:
        return tomllib.loads(_bare(text))
    except tomllib.TOMLDecodeError:
        return None


def _without(stated: dict[str, Any], at: int) -> dict[str, Any]:
    left = [feed for index, feed in enumerate(stated["feed"]) if index != at]
    rest = {name: value for name, value in stated.items() if name != "feed"}
    return {**rest, "feed": left} if left else rest


def _replace(path: Path, text: str) -> None:
    """Written beside the file and moved into its place, so that it is never half there."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".config-")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}); its folder must be writable"
        ) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except OSError as error:  # a file that is mounted by itself cannot be replaced
        Path(name).unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be replaced ({error.strerror})") from None
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def as_toml(feed: Feed) -> str:
    """The [[feed]] table of a feed that was found, with a blank line before it."""
    lines = ["", "[[feed]]", f"url = {_quoted(feed.url)}"]
    if feed.name:
        lines.append(f"name = {_quoted(feed.name)}")
    if feed.tags:
        lines.append(f"tags = [{', '.join(_quoted(tag) for tag in feed.tags)}]")
    if feed.allow_private:
        lines.append("allow_private = true")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string: the escapes of JSON, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

"""Writing feeds into config.toml and taking them out, without touching anything else in it."""

from __future__ import annotations

import json
import os
import re
import threading
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from monitor.config.toml_places import find_places
from monitor.errors import UsageError
from monitor.model import Feed
from monitor.replacing import wait_for_disk, written_beside

Check = Callable[[Path], object]
"""What raises for a configuration that could not be used."""

_TURN = threading.Lock()  # two who edit at once would each undo what the other has done


def append_feeds(path: Path, feeds: Iterable[Feed], check: Check = lambda _: None) -> int:
    """Add [[feed]] tables at the end of a configuration; how many. The rest stays as written.

    Those that stand there already are left out: whoever adds one may not have seen that yet.
    `check` is given the new text, as a file beside the old one, before it takes its place.
    Raises UsageError where nothing can be added at the end.
    """
    path = path.resolve()
    with _TURN:
        there = {each.get("url") for each in _feeds_in(_says(_text_of(path)))}
        fresh = [feed for feed in feeds if feed.url not in there]
        if fresh:
            _append(path, as_toml(fresh), check)
    return len(fresh)


def as_toml(feeds: Iterable[Feed]) -> str:
    """Feeds as they stand in a configuration."""
    return "".join(_as_toml(feed) for feed in feeds)


def _append(path: Path, added: str, check: Check) -> None:
    before = _text_of(path)
    if "\r\n" in before:
        added = added.replace("\n", "\r\n")
    text = before.rstrip("\r\n") + ("\r\n" if "\r\n" in before else "\n") + added
    try:
        tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        raise UsageError(
            f"{path} writes its feeds in a way that nothing can be added to: write [[feed]] tables"
        ) from None
    _replace(path, text, check)


def remove_feed(path: Path, url: str, check: Check = lambda _: None) -> tuple[int, int]:
    """Take the [[feed]] table of this address out; the first and last line it had.

    What is left must say exactly what it said before, but for this feed: else nothing is
    written, and UsageError names the line at which the feed stands.
    """
    with _TURN:
        return _remove(path.resolve(), url, check)


def _remove(path: Path, url: str, check: Check) -> tuple[int, int]:
    before = _text_of(path)
    stated = _says(before)
    listed = _feeds_in(stated)
    at = next((index for index, feed in enumerate(listed) if feed.get("url") == url), None)
    if not isinstance(stated, dict) or at is None:
        raise UsageError(f"{path} has changed meanwhile: the feed does not stand there so")
    lines = before.splitlines(keepends=True)
    heads = [number for number, line in enumerate(lines) if _FEED.match(line)]
    if len(heads) == len(listed):
        first, end = heads[at], _end_of_table(lines, heads[at])
        text = "".join((*lines[:first], *lines[end:]))
        if _says(text) == _without(stated, at):
            _replace(path, text, check)
            return first + 1, end
    span = find_places(before.removeprefix("\ufeff")).of(("feed", at, "url"))
    where = f"{path}:{span.line}" if span else str(path)
    raise UsageError(f"{where}: the feed is written in a way that is left to you to take out")


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
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        return None


def _feeds_in(stated: object) -> list[dict[str, Any]]:
    """The feeds of a configuration; none where it is written in some way that means nothing."""
    listed = stated.get("feed", []) if isinstance(stated, dict) else []
    whole = isinstance(listed, list) and all(isinstance(each, dict) for each in listed)
    return listed if whole else []


def _without(stated: dict[str, Any], at: int) -> dict[str, Any]:
    left = [feed for index, feed in enumerate(stated["feed"]) if index != at]
    rest = {name: value for name, value in stated.items() if name != "feed"}
    return {**rest, "feed": left} if left else rest


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text; save it as UTF-8") from None


def _replace(path: Path, text: str, check: Check) -> None:
    """Written beside the file and moved into its place, so that it is never half there."""
    try:
        with written_beside(path, text.encode()) as fresh:
            wait_for_disk(fresh)
            check(fresh)
            fresh.chmod(path.stat().st_mode & 0o777)
            fresh.replace(path)
    except OSError as error:
        if not os.access(path.parent, os.W_OK):
            raise UsageError(
                f"{path} cannot be written ({error.strerror}); its folder must be writable"
            ) from None
        # A file that is mounted by itself, say.
        raise UsageError(f"{path} cannot be replaced ({error.strerror})") from None


def _as_toml(feed: Feed) -> str:
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

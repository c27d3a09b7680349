"""Rule files as somebody edits them: read with a mark, written only if they are still the same."""

from __future__ import annotations

import difflib
import os
import re
import threading
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from monitor.errors import Conflict, NotFound, UsageError
from monitor.replacing import wait_for_disk, written_beside
from monitor.rules.rulebook import RuleBook

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TURN = threading.Lock()


class Contested(Conflict):
    """Somebody else has saved the file since it was opened; `details` has both texts."""

    def __init__(self, theirs: RuleFile, mine: str) -> None:
        self.theirs = theirs
        self.details = {"theirs": theirs.text, "theirs_mark": theirs.mark, "mine": mine}
        super().__init__(f"{theirs.path.name} has been changed since you opened it")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """A rule file as it lies there: `mark` is another whenever its text is."""

    path: Path
    text: str
    mark: str


def file_of(book: RuleBook, folder: Path, rule: str, *, new: bool = False) -> Path:
    """The file in which a rule stands, or that which would be its own if it can be read no more.

    Raises NotFound where there is none, or, if it may be `new`, gives the file it would have.
    """
    for each in book.rules:
        if each.id == rule:
            return Path(each.place.path)
    for suffix in (".yaml", ".yml"):
        path = folder / f"{rule}{suffix}"
        if _NAME.fullmatch(rule) and path.is_file():
            return path
    if new:
        return folder / f"{rule if _NAME.fullmatch(rule) else 'new'}.yaml"
    raise NotFound("rule", rule, [each.id for each in book.rules])


def new_file(folder: Path, name: str) -> Path:
    """The file of a rule that is to be. Raises UsageError."""
    if not _NAME.fullmatch(name) or name == "new":  # which is the address of no rule but the next
        raise UsageError(
            f"`{name}` is no name for a rule: letters, digits, `.`, `_` and `-`, as `iran-missiles`"
        )
    path = folder / f"{name}.yaml"
    if os.path.lexists(path):
        raise UsageError(f"there is a file {path.name} already: choose another name")
    return path


def read_rule_file(path: Path) -> RuleFile:
    """The file; one that is not there yet is empty. Raises UsageError for one that is no text."""
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"{path} cannot be read: {why}") from None
    return RuleFile(path=path, text=text, mark=mark_of(text))


def mark_of(text: str) -> str:
    """What is another whenever the text is."""
    return blake2b(text.encode(), digest_size=12).hexdigest()


def is_writable(path: Path) -> bool:
    """Whether the file can be replaced: it and its folder must be writable."""
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


def save(path: Path, text: str, *, expected: str, folder: Path) -> RuleFile:
    """Write the file, if it is still what `expected` marks: whole or not at all.

    Raises Contested if somebody else has changed it meanwhile, UsageError if it cannot be written
    or does not lie in the folder of rules.
    """
    real = path.resolve()
    if not real.is_relative_to(folder.resolve()):
        raise UsageError(f"{path} does not lie in the folder of rules")
    with _TURN:
        there = read_rule_file(real)
        if there.mark != expected:
            raise Contested(there, text)
        try:
            _put(real, text)
        except FileExistsError:  # by somebody who is not of this process
            raise Contested(read_rule_file(real), text) from None
        except OSError as error:
            raise UsageError(f"{path} cannot be written ({error.strerror})") from None
    return read_rule_file(real)


def _put(path: Path, text: str) -> None:
    """Have the old text or the new one lie there at any instant, and the new one for good."""
    with written_beside(path, text.encode()) as fresh:
        wait_for_disk(fresh)
        if path.exists():
            fresh.chmod(path.stat().st_mode & 0o777)
            fresh.replace(path)
        else:
            fresh.chmod(0o644)
            path.hardlink_to(fresh)  # which never takes another's place
    wait_for_disk(path.parent)


def difference(before: str, after: str, name: str) -> str:
    """What has changed, as a unified diff that `patch` takes; "" where nothing has."""
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(
            before.splitlines(keepends=True),
            after.splitlines(keepends=True),
            f"a/{name}",
            f"b/{name}",
        )
    )

"""What can go wrong, drawn as one tree, and the form in which mistakes in files are reported.

WirewatchError
├── UnusableFiles        config, rules, vocabularies or templates cannot be used (exit 2)
├── NotFound             a name that does not exist; offers the nearest (exit 2)
├── UsageError           a call that makes no sense (exit 2)
│   └── Conflict         somebody else has changed it meanwhile
├── Temporary            try again later (exit 75)
│   ├── StoreBusy        locked, or owned by another running instance
│   ├── StoreFull        no space left where the state lives
│   └── StoreAway        the database cannot be reached or opened
└── AirlockFailure       hostile bytes killed, outlived or outgrew the worker
"""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterable
from dataclasses import dataclass


class WirewatchError(Exception):
    """The root: `str(error)` is one or more complete sentences fit for a user."""

    exit_code = 1


class Level(enum.Enum):
    """How bad a problem is: an error makes its file unusable, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in a file: `line` and `column` count from 1; 0 means the file as a whole."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in one file, with the remedy.

    `width` is how many characters the caret line underlines; `source` is the text of the
    line. Both may be empty where a problem concerns the whole file.
    """

    place: Place
    code: str
    message: str
    hint: str = ""
    level: Level = Level.ERROR
    source: str = ""
    width: int = 1


class UnusableFiles(WirewatchError):
    """Files that cannot be used as they are; carries every problem found, not the first."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.place}: {p.message}" for p in self.problems))


class UsageError(WirewatchError):
    """A call that cannot be carried out as asked; the message names the remedy."""

    exit_code = 2


class NotFound(UsageError):
    """A name nobody knows; the nearest known one is offered."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        hint = did_you_mean(name, known)
        super().__init__(f"no {kind} `{name}`" + (f"; {hint}" if hint else ""))


class Conflict(UsageError):
    """What is to be changed is no longer as it was when somebody began to change it."""


class Temporary(WirewatchError):
    """The world is not ready; the same call may succeed later."""

    exit_code = 75


class StoreBusy(Temporary):
    """The state is locked, or owned by another running instance."""


class StoreFull(Temporary):
    """There is no space left where the state lives."""


class StoreAway(Temporary):
    """The database cannot be opened or reached."""


class AirlockFailure(WirewatchError):
    """Bytes from outside killed, outlived or outgrew the worker; the message says which."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The hint for a misspelt name: "did you mean `x`?", or "" when nothing is near."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else ""

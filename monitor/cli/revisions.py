"""Rule files as they stood in a git revision."""

from __future__ import annotations

import subprocess
from pathlib import Path

from monitor.errors import UsageError
from monitor.rules.yaml_nodes import SourceFile

_PATIENCE_SECONDS = 30


def files_at(folder: Path, revision: str) -> list[SourceFile]:
    """The files of a folder in that revision, by their path in it. Raises UsageError."""
    if revision.startswith("-"):
        raise UsageError(f"`{revision}` is no revision; write one such as HEAD or HEAD~3")
    listed = _git(folder, "ls-tree", "-r", "-z", "--name-only", revision, "./")
    names = [name for name in listed.decode("utf-8", "replace").split("\0") if name]
    if not names:
        raise UsageError(f"{folder} has no files in git revision `{revision}`")
    return [
        SourceFile(name, _git(folder, "show", f"{revision}:./{name}"))
        for name in names
        if Path(name).suffix in {".yaml", ".yml"} or "vocab/" in name
    ]


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - no shell; the revision cannot be an option
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
        )
    except FileNotFoundError:
        raise UsageError("--against needs git, which is not installed") from None
    except subprocess.TimeoutExpired:
        raise UsageError("git did not answer in time") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UsageError(f"git: {said[0] if said else 'failed'}")
    return done.stdout

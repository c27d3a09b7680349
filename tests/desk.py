"""A desk as a user has one: a folder with config.toml and rules, and the command line."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from canaries import refuse

from monitor.cli.main import code_of

HOUSE = Path(__file__).resolve().parents[1]

ARMS = """
title: Arms
severity: high
all:
  - [missile, shells, ammunition]
"""


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def __post_init__(self) -> None:
        refuse(self.out, self.err)

    @property
    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.out.splitlines()]


def wirewatch(*args: object, desk: Path) -> Ran:
    """Run a verb in this process, from within the desk's folder."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(desk),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = code_of([str(each) for each in args])
    return Ran(code, out.getvalue(), err.getvalue())


def command(*args: object) -> list[str]:
    """The same verb for a process of its own."""
    return [sys.executable, "-m", "monitor", *(str(each) for each in args)]


def environment(**more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("WIREWATCH_")}
    apart = {"WIREWATCH_WEB__LISTEN": "127.0.0.1:0"}  # daemons of several tests at a time
    return {**kept, "PYTHONPATH": str(HOUSE), **apart, **more}


def start(*args: object, desk: Path, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(*args),
        cwd=desk,
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def furnish(
    folder: Path,
    urls: list[str] = (),
    *,
    rules: dict[str, str] | None = None,
    more: str = "",
    backfill: str = "100y",
) -> Path:
    """Write a desk whose feeds are these; items of any age count as news."""
    feeds = "".join(f'[[feed]]\nurl = "{url}"\nallow_private = true\n' for url in urls)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(f'[poll]\nbackfill = "{backfill}"\n{more}\n{feeds}')
    (folder / "rules").mkdir(exist_ok=True)
    for name, text in (rules if rules is not None else {"arms": ARMS}).items():
        (folder / "rules" / f"{name}.yaml").write_text(text)
    return folder


def _told(text: str = "", at: datetime | None = None) -> str:
    dated = f"<pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate>" if at else ""
    return f"<description>{text}</description>{dated}"


def rss(*items: tuple[Any, ...], title: str = "Wire") -> bytes:
    """An RSS document of items, each (id, headline) and, where it has them, (text, date)."""
    entries = "".join(
        f"<item><guid isPermaLink='false'>{key}</guid><title>{headline}</title>"
        f"<link>https://wire.example/{key}</link>{_told(*more)}</item>"
        for key, headline, *more in items
    )
    return f"<rss version='2.0'><channel><title>{title}</title>{entries}</channel></rss>".encode()

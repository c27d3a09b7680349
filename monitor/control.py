"""The bell on the daemon's desk: commands ask it for what only the owner of the state may do.

A socket beside the SQLite file, open to its owner alone; one JSON object each way.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

from monitor.errors import Temporary, UsageError, WirewatchError
from monitor.work.requests import Answer

MOST_BYTES = 64 * 1024
PATIENCE_SECONDS = 30.0

_REFUSALS = {each.exit_code: each for each in (UsageError, Temporary)}

Handle = Callable[[str, str], Answer]


def bell_of(state: Path) -> Path:
    """Where the bell of an SQLite state stands."""
    return state.with_name(state.name + ".sock")


@asynccontextmanager
async def listening(bell: Path, handle: Handle) -> AsyncIterator[None]:
    """Answer requests while the block runs; `handle(name, argument)` works in a thread."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            raw = await asyncio.wait_for(reader.readline(), PATIENCE_SECONDS)
            said = await asyncio.to_thread(_answered, raw, handle)
            writer.write(json.dumps(said).encode() + b"\n")
            await writer.drain()
        except (ConnectionError, TimeoutError, ValueError):
            pass  # whoever asked is gone, says nothing, or talks without end
        finally:
            writer.close()

    door = _open(bell)
    server = await asyncio.start_unix_server(answer, sock=door, limit=MOST_BYTES)
    try:
        yield
    finally:
        server.close()
        _remove(bell)


def _answered(raw: bytes, handle: Handle) -> dict[str, object]:
    """What one line asks for, done."""
    try:
        asked = json.loads(raw)
        name, argument = str(asked["name"]), str(asked["argument"])
    except (ValueError, KeyError, TypeError):
        return {"failed": "the request cannot be understood", "code": UsageError.exit_code}
    try:
        return {"done": dict(handle(name, argument))}
    except WirewatchError as error:
        return {"failed": str(error), "code": error.exit_code}


def _open(bell: Path) -> socket.socket:
    """A socket in the folder of the state; one left behind by a killed daemon is replaced."""
    _remove(bell)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _short(bell) as address:
        door.bind(address)
    bell.chmod(0o600)
    return door


def _remove(bell: Path) -> None:
    bell.unlink(missing_ok=True)


def ask(bell: Path, name: str, argument: str) -> Answer | None:
    """What the daemon answered; None where none is listening. Raises what it refused with."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(PATIENCE_SECONDS)
        try:
            with _short(bell) as address:
                line.connect(address)
        except OSError:
            return None
        try:
            line.sendall(json.dumps({"name": name, "argument": argument}).encode() + b"\n")
            raw = b"".join(iter(partial(line.recv, MOST_BYTES), b""))
        except OSError as error:
            raise Temporary(f"the running daemon does not answer ({error})") from None
    if not raw:
        raise Temporary("the running daemon hung up without an answer; its log says why")
    said = json.loads(raw)
    if "done" in said:
        done: Answer = said["done"]
        return done
    raise _REFUSALS.get(said["code"], WirewatchError)(said["failed"])


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """An address for a socket in any folder: the kernel takes no more than 107 bytes."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)

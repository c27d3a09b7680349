"""Commands in processes of their own, for what depends on a real terminal, locale or signal."""

import contextlib
import json
import os
import pty
import subprocess
import time

from canaries import refuse
from desk import Ran, command, environment, start

PATIENCE = 20.0


def shell(*args, desk, stdin=b"", **more):
    """Run a verb to its end; what it wrote, as it should be: UTF-8."""
    done = subprocess.run(
        command(*args),
        cwd=desk,
        env=environment(**more),
        input=stdin,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def on_terminal(*args, desk, **more):
    """Everything a verb writes when a person sits before it."""
    keyboard, screen = pty.openpty()
    process = subprocess.Popen(
        command(*args), cwd=desk, env=environment(**more), stdout=screen, stderr=screen
    )
    os.close(screen)
    shown = b""
    with contextlib.suppress(OSError):  # a terminal that nobody holds any more
        while piece := os.read(keyboard, 65536):
            shown += piece
    os.close(keyboard)
    process.wait(timeout=PATIENCE)
    refuse(shown.decode())
    return shown.decode()


@contextlib.contextmanager
def daemon(desk):
    """A daemon that has started, and is gone afterwards."""
    process = start("run", desk=desk)
    try:
        wait_for(process, "started")
        yield process
    finally:
        process.terminate()
        refuse(*process.communicate(timeout=PATIENCE))


def wait_for(process, name):
    """Read the daemon's events up to one of that name."""
    for line in process.stderr:
        refuse(line)
        if json.loads(line)["event"] == name:
            return
    raise AssertionError(f"the daemon ended before `{name}`")


def until(holds):
    """Ask again until it holds, or a deadline has passed."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"

"""The systemd unit, and the daemon's part of the bargain: ready, alive, reloading, stopping."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from desk import furnish, start
from shipping import service_settings, text_of

PATIENCE = 30.0
UNIT = "contrib/wirewatch.service"
CONFINING = (
    "LockPersonality",
    "MemoryDenyWriteExecute",
    "NoNewPrivileges",
    "PrivateDevices",
    "PrivateTmp",
    "PrivateUsers",
    "ProtectClock",
    "ProtectControlGroups",
    "ProtectHome",
    "ProtectHostname",
    "ProtectKernelLogs",
    "ProtectKernelModules",
    "ProtectKernelTunables",
    "RestrictNamespaces",
    "RestrictRealtime",
    "RestrictSUIDSGID",
)


def setting(key):
    (only,) = service_settings(key)
    return only


def test_systemd_hears_from_the_daemon_alone():
    assert (setting("Type"), setting("NotifyAccess")) == ("notify", "main")
    assert setting("WatchdogSec") == "60"
    assert setting("ExecReload") == "/bin/kill -HUP $MAINPID"


def test_the_service_has_a_user_and_a_folder_of_its_own():
    assert setting("DynamicUser") == "yes"
    assert setting("StateDirectory") == "wirewatch"
    assert setting("WorkingDirectory") == "/var/lib/wirewatch"


def test_the_service_is_confined():
    assert {key: setting(key) for key in CONFINING} == dict.fromkeys(CONFINING, "yes")
    assert setting("ProtectSystem") == "strict"
    assert setting("CapabilityBoundingSet") == ""


def test_the_confinement_leaves_the_workers_what_they_need():
    assert set(setting("RestrictAddressFamilies").split()) == {"AF_UNIX", "AF_INET", "AF_INET6"}
    assert service_settings("SystemCallFilter") == ["@system-service", "~@privileged"]
    assert setting("OOMPolicy") == "continue"


def test_the_daemon_may_finish_its_work_before_it_is_killed(grace):
    assert float(setting("TimeoutStopSec")) > grace
    assert setting("KillMode") == "mixed"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_finds_no_fault_with_the_unit(tmp_path):
    unit = tmp_path / "wirewatch.service"
    unit.write_text(text_of(UNIT).replace("/opt/wirewatch/bin/wirewatch", sys.executable))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit],
        check=False,
        capture_output=True,
        text=True,
    )
    complaints = [line for line in verified.stderr.splitlines() if "wirewatch.service" in line]
    assert complaints == []


@pytest.fixture(params=["a file", "an abstract name"])
def manager(request):
    """The socket on which systemd listens, and its address for the daemon."""
    with (
        tempfile.TemporaryDirectory(prefix="ww-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening,
    ):
        listening.settimeout(PATIENCE)
        if request.param == "a file":
            address = str(Path(folder) / "notify")
            listening.bind(address)
        else:
            address = f"@wirewatch-test-{os.getpid()}"
            listening.bind("\0" + address[1:])
        yield listening, address


@contextlib.contextmanager
def managed(desk, address):
    """The daemon as systemd starts it."""
    process = start("run", desk=desk, NOTIFY_SOCKET=address)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def heard(listening, wanted):
    """Whether a notice with this line comes, whatever comes before it; the whole notice."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        lines = listening.recv(4096).decode().splitlines()
        if wanted in lines:
            return lines
    raise AssertionError(f"no {wanted} within {PATIENCE:g} s")


@pytest.mark.slow
def test_the_daemon_says_that_it_is_ready_alive_and_stopping(tmp_path, manager):
    listening, address = manager
    with managed(furnish(tmp_path / "desk"), address) as daemon:
        heard(listening, "READY=1")
        heard(listening, "WATCHDOG=1")
        daemon.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        heard(listening, "STOPPING=1")
        assert daemon.wait(timeout=15) == 0
        assert time.monotonic() - asked < 10


@pytest.mark.slow
def test_the_daemon_says_that_it_reloads_and_is_ready_again(tmp_path, manager):
    listening, address = manager
    with managed(furnish(tmp_path / "desk"), address) as daemon:
        heard(listening, "READY=1")
        daemon.send_signal(signal.SIGHUP)
        notice = heard(listening, "RELOADING=1")
        assert any(line.startswith("MONOTONIC_USEC=") for line in notice)
        heard(listening, "READY=1")

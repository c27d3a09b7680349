"""The daemon as its operator knows it: started, watched, reloaded, told to stop."""

import contextlib
import json
import os
import queue
import signal
import threading
import time

import pytest
from desk import ARMS, furnish, rss, start, wirewatch
from feed_server import FeedServer

pytestmark = pytest.mark.slow
PATIENCE = 45.0


class Running:
    """A daemon in a process of its own, and every event it tells of."""

    def __init__(self, desk, **more):
        self.process = start("run", desk=desk, **more)
        self.events = []
        self._lines = queue.SimpleQueue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            self._lines.put(line)
        self._lines.put(None)

    def wait_for(self, name, **facts):
        """The next event of that name with these facts."""
        deadline = time.monotonic() + PATIENCE
        while True:
            line = self._lines.get(timeout=max(0.01, deadline - time.monotonic()))
            assert line is not None, f"the daemon ended without `{name}`: {self.events}"
            assert line.startswith("{"), line
            event = json.loads(line)
            self.events.append(event)
            if event["event"] == name and facts.items() <= event.items():
                return event

    def stop(self, how=signal.SIGTERM):
        """Seconds until it was gone, and its exit code."""
        begun = time.monotonic()
        self.process.send_signal(how)
        code = self.process.wait(timeout=15)
        return time.monotonic() - begun, code


@contextlib.contextmanager
def running(desk, **more):
    daemon = Running(desk, **more)
    try:
        yield daemon
    finally:
        if daemon.process.poll() is None:
            daemon.process.kill()
            daemon.process.wait()
        daemon.reader.join()
        daemon.process.stdout.close()
        daemon.process.stderr.close()


@pytest.fixture
def server():
    with FeedServer({"wire": rss(("1", "Missile fired"), ("2", "A quiet day"))}) as serving:
        yield serving


def test_a_report_goes_from_the_feed_to_a_delivered_digest(tmp_path, server):
    desk = furnish(tmp_path / "desk", server.urls)
    with running(desk) as daemon:
        assert daemon.wait_for("polled")["new"] == 2
        assert daemon.wait_for("digest_planned")["stories"] == 1
        delivered = daemon.wait_for("delivered")
        daemon.wait_for("delivered")
    pages = sorted((desk / "state" / "digests").iterdir())
    assert delivered["channel"] == "files"
    assert "Missile fired" in pages[-1].read_text()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_within_ten_seconds_and_says_so(tmp_path, server, how):
    with running(furnish(tmp_path / "desk", server.urls)) as daemon:
        daemon.wait_for("polled")
        seconds, code = daemon.stop(how)
        daemon.wait_for("stopped")
    assert (seconds < 10, code) == (True, 0)


def test_it_stops_within_ten_seconds_while_a_mail_server_hangs(tmp_path, server):
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        more = (
            f'[[channel]]\nname = "mail"\nurl = "mailto://127.0.0.1:{port}/a@x.example?from='
            'w@x.example&mode=insecure"\n[[digest]]\nname = "urgent"\nto = ["mail"]\n'
        )
        with running(furnish(tmp_path / "desk", server.urls, more=more)) as daemon:
            daemon.wait_for("digest_planned")
            silent.settimeout(PATIENCE)
            caller, _ = silent.accept()
            seconds, code = daemon.stop()
            caller.close()
    assert (seconds < 10, code) == (True, 0)


def test_a_second_daemon_on_the_same_state_refuses_and_names_the_first(tmp_path, server):
    desk = furnish(tmp_path / "desk", server.urls)
    with running(desk) as daemon:
        daemon.wait_for("started")
        second = wirewatch("run", desk=desk)
    assert second.code == 75
    assert f"process {daemon.process.pid}" in second.err


def test_a_restart_tells_nothing_twice(tmp_path, server):
    desk = furnish(tmp_path / "desk", server.urls)
    with running(desk) as daemon:
        daemon.wait_for("delivered")
        daemon.wait_for("delivered")
        daemon.stop()
    written = sorted((desk / "state" / "digests").iterdir())
    ran = wirewatch("once", "--all", "--json", desk=desk)
    assert ran.lines[0]["digests"] == 0
    assert sorted((desk / "state" / "digests").iterdir()) == written


def test_a_new_feed_a_changed_rule_and_a_template_come_into_force_without_a_restart(
    tmp_path, server
):
    desk = furnish(tmp_path / "desk", server.urls)
    server.documents["other"] = rss(("9", "Torpedo found"))
    with running(desk) as daemon:
        daemon.wait_for("started")
        (desk / "rules" / "arms.yaml").write_text(ARMS.replace("missile", "missile, torpedo"))
        daemon.wait_for("reloaded")
        config = desk / "config.toml"
        config.write_text(
            f'{config.read_text()}[[feed]]\nurl = "{server.url("other")}"\nallow_private = true\n'
        )
        daemon.wait_for("reloaded", feeds=2)
        assert daemon.wait_for("polled", feed=server.url("other"))["matches"] == 1


@pytest.mark.parametrize(
    ("name", "broken", "code"),
    [
        ("config.toml", "[pol]\nmean = 3\n", "C102"),
        ("rules/arms.yaml", "titel: Arms\nany: [missile]\n", "R103"),
        ("rules/vocab/ships.yaml", "terms: [\n", None),
        ("templates/digest.txt.j2", "{% for %}", "T101"),
    ],
)
def test_a_broken_file_changes_nothing_and_is_named_loudly(tmp_path, server, name, broken, code):
    desk = furnish(tmp_path / "desk", server.urls)
    with running(desk) as daemon:
        daemon.wait_for("started")
        path = desk / name
        path.parent.mkdir(exist_ok=True)
        before = path.read_text() if path.exists() else None
        path.write_text(broken)
        daemon.wait_for("reload_refused")
        problems = [each for each in daemon.events if each["event"] == "problem"]
        assert any(name in each["place"] and code in (None, each["code"]) for each in problems)
        path.write_text(before) if before is not None else path.unlink()
        daemon.wait_for("reloaded")


def test_a_hangup_signal_reloads_at_once(tmp_path, server):
    with running(furnish(tmp_path / "desk", server.urls)) as daemon:
        daemon.wait_for("started")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("reloaded")


def test_a_broken_rule_at_the_start_costs_only_itself(tmp_path, server):
    rules = {"arms": ARMS, "broken": "title: [\n"}
    with running(furnish(tmp_path / "desk", server.urls, rules=rules)) as daemon:
        assert "broken.yaml" in daemon.wait_for("problem", level="error")["place"]
        assert daemon.wait_for("polled")["matches"] == 1


def test_systemd_is_told_of_the_start_the_life_and_the_end(tmp_path, server):
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        address = f"\0wirewatch-test-{os.getpid()}"
        systemd.bind(address)
        systemd.settimeout(PATIENCE)
        with running(
            furnish(tmp_path / "desk", server.urls), NOTIFY_SOCKET="@" + address[1:]
        ) as daemon:
            said = []
            while "WATCHDOG=1" not in said:
                said += systemd.recv(4096).decode().splitlines()
            assert "READY=1" in said
            daemon.stop()
            while "STOPPING=1" not in said:
                said += systemd.recv(4096).decode().splitlines()


def test_a_refused_reload_stands_in_status_and_in_the_next_digest(tmp_path, server):
    more = '[[digest]]\nname = "morning"\ncadence = "daily 07:00"\n'
    desk = furnish(tmp_path / "desk", server.urls, more=more)
    with running(desk) as daemon:
        daemon.wait_for("polled")
        (desk / "rules" / "arms.yaml").write_text(ARMS + "sevrity: low\n")
        daemon.wait_for("reload_refused")
        status = wirewatch("status", desk=desk)
        shown = wirewatch("digests", "preview", "morning", desk=desk)
        assert wirewatch("digests", "send", "morning", desk=desk).code == 0
        daemon.wait_for("delivered")
        daemon.wait_for("delivered")
    assert status.code == 1
    assert "rules/arms.yaml:6:1: unknown key `sevrity`" in status.err
    (text,) = (desk / "state" / "digests").glob("*.txt")
    assert "the last good version runs on" in " ".join(text.read_text().split())
    assert text.read_text().splitlines()[4:] == shown.out.splitlines()[4:]


def test_a_state_that_is_deleted_under_it_ends_the_daemon_loudly(tmp_path, server):
    import shutil

    desk = furnish(tmp_path / "desk", server.urls)
    with running(desk) as daemon:
        daemon.wait_for("polled")
        shutil.rmtree(desk / "state")
        daemon.wait_for("state_gone")
        assert daemon.process.wait(timeout=15) == 75


def test_a_list_of_feeds_that_has_shrunk_is_told(tmp_path, server):
    desk = furnish(tmp_path / "desk", server.urls)
    with running(desk) as daemon:
        daemon.wait_for("started")
        (desk / "config.toml").write_text("")
        assert daemon.wait_for("feeds_dropped")["before"] == 1


def test_a_shorter_interval_comes_into_force_at_once(tmp_path, server):
    desk = furnish(tmp_path / "desk", server.urls)
    config = desk / "config.toml"
    with running(desk) as daemon:
        daemon.wait_for("polled")
        config.write_text(config.read_text() + 'every = "1s"\n')
        daemon.wait_for("reloaded")
        daemon.wait_for("polled")


def test_a_watch_that_can_read_nothing_says_so_at_once(tmp_path, server):
    server.documents["wire"] = None
    more = '[[digest]]\nname = "morning"\ncadence = "daily 07:00"\n'
    desk = furnish(tmp_path / "desk", server.urls, more=more)
    wirewatch("once", desk=desk)
    shown = wirewatch("digests", "preview", "morning", desk=desk)
    assert "up and reading" not in shown.out
    assert "1 of 1 feeds could not be read" in " ".join(shown.out.split())
    assert "not well" in shown.err

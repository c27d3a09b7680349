"""Commands beside a daemon that runs: it owns the state, and is asked for what only it may do."""

import contextlib
import json
import shutil
import socket
import stat
import threading

import pytest
from desk import furnish, rss, wirewatch
from feed_server import FeedServer
from terminal import daemon, until, wait_for

pytestmark = pytest.mark.slow
EVERY_HOUR = '[[digest]]\nname = "morning"\ncadence = "daily 07:00"\n'


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A desk and its daemon, which has polled its feed: one for all tests of this file."""
    with FeedServer({"wire": rss(("1", "Missile fired"), ("2", "A quiet day"))}) as server:
        desk = furnish(tmp_path_factory.mktemp("daemon") / "desk", server.urls, more=EVERY_HOUR)
        with daemon(desk) as process:
            wait_for(process, "polled")
            yield desk, process, server


@pytest.mark.parametrize("call", ["run", "once", "state migrate", "state prune"])
def test_whoever_would_write_is_refused_and_told_by_whom(call, running):
    desk, process, _ = running
    ran = wirewatch(*call.split(), desk=desk)
    assert (ran.code, ran.out) == (75, "")
    assert f"process {process.pid}" in ran.err


def test_the_status_is_live(running):
    desk, process, _ = running
    (line,) = wirewatch("status", "--json", desk=desk).lines
    assert (line["running"], line["process"]) == (True, process.pid)
    assert f"running (process {process.pid})" in wirewatch("status", desk=desk).out


@pytest.mark.parametrize(
    "call",
    ["feeds list", "stories list", "search missile", "export", "digests list", "state info"],
)
def test_whoever_reads_is_not_in_the_way(call, running):
    desk, _, _ = running
    assert wirewatch(*call.split(), desk=desk).code == 0


def test_a_backup_is_taken_beside_it(running, tmp_path):
    desk, _, _ = running
    assert wirewatch("state", "backup", tmp_path / "copy.db", desk=desk).code == 0
    other = furnish(tmp_path / "other", more=EVERY_HOUR)
    (other / "state").mkdir()
    shutil.move(tmp_path / "copy.db", other / "state" / "wirewatch.db")
    assert len(wirewatch("export", desk=other).lines) == 2


def test_it_pauses_and_resumes_a_feed_when_asked(running):
    desk, _, server = running
    url = server.urls[0]
    assert wirewatch("feeds", "pause", url, desk=desk).out == "paused Wire\n"
    assert wirewatch("feeds", "list", "--json", desk=desk).lines[0]["paused"] is True
    assert wirewatch("feeds", "resume", "Wire", desk=desk).out == "resumed Wire\n"
    assert wirewatch("feeds", "list", "--json", desk=desk).lines[0]["paused"] is False


def test_it_polls_a_feed_when_asked_and_the_outcome_is_waited_for(running):
    desk, _, server = running
    asked = sum(server.answers.values())
    ran = wirewatch("feeds", "poll", "Wire", desk=desk)
    assert (ran.code, ran.out) == (0, "Wire: read, 0 new items\n")
    assert sum(server.answers.values()) > asked


def test_it_follows_a_list_of_feeds_on_the_web(running):
    desk, _, server = running
    listed = f'<opml><body><outline text="More" xmlUrl="{server.url("more")}"/></body></opml>'
    server.documents["list"] = listed.encode()
    config = desk / "config.toml"
    before = config.read_text()
    opml = f'[[opml]]\nurl = "{server.url("list")}"\nallow_private = true\n'
    config.write_text(before + opml)
    until(lambda: "More" in names_of_feeds(desk))
    config.write_text(before)
    until(lambda: "More" not in names_of_feeds(desk))


def names_of_feeds(desk):
    return {line["name"] for line in wirewatch("feeds", "list", "--json", desk=desk).lines}


def test_what_it_refuses_is_told_as_if_done_here(running):
    desk, _, _ = running
    ran = wirewatch("feeds", "pause", "https://nowhere.example/", desk=desk)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: no feed `https://nowhere.example/`")


def test_it_sends_a_digest_and_sends_it_again_when_asked(running):
    desk, _, _ = running
    ran = wirewatch("digests", "send", "morning", "--json", desk=desk)
    assert (ran.code, ran.lines[0]["stories"]) == (0, 1)
    number = ran.lines[0]["id"]
    until(lambda: sent(desk) == 2)
    again = wirewatch("digests", "resend", number, desk=desk)
    assert again.out == f"digest {number} to files: queued for the running daemon\n"
    until(lambda: sent(desk) == 4)


def sent(desk):
    return wirewatch("digests", "list", "--json", desk=desk).lines[-1].get("sent")


def test_it_adds_and_ends_a_silence_when_asked(running):
    desk, _, _ = running
    said = ("--until", "7d", "--comment", "port strike")
    ran = wirewatch("silence", "add", "title=*harbour*", *said, "--json", desk=desk)
    assert (ran.code, ran.lines[0]["matcher"]) == (0, "title=*harbour*")
    number = ran.lines[0]["id"]
    assert wirewatch("silence", "list", "--json", desk=desk).lines[0]["id"] == number
    ended = wirewatch("silence", "expire", number, desk=desk)
    assert (ended.code, ended.out) == (0, f"silence #{number} has ended\n")
    refused = wirewatch("silence", "add", "arm", *said, desk=desk)
    assert (refused.code, "did you mean `arms`?" in refused.err) == (2, True)


def test_only_its_user_may_ask_it(running):
    desk, _, _ = running
    mode = (desk / "state" / "wirewatch.db.sock").stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_nonsense_at_its_door_is_answered_and_harms_nobody(running):
    desk, process, _ = running
    asked = {"name": "dance", "argument": ""}
    for line in (b"nonsense\n", b"[]\n", b"\n", json.dumps(asked).encode() + b"\n"):
        with door_of(desk, socket.socket.connect) as door:
            door.sendall(line)
            assert b'"code": 2' in door.recv(4096)
    assert process.poll() is None


def test_a_door_that_a_killed_daemon_left_behind_is_nobody(polled):
    with door_of(polled, socket.socket.bind):
        pass
    url = wirewatch("feeds", "list", "--json", desk=polled).lines[0]["url"]
    assert wirewatch("feeds", "pause", url, desk=polled).code == 0


def test_a_daemon_that_hangs_up_is_temporary(polled):
    with door_of(polled, socket.socket.bind) as door:
        door.listen()
        hanging_up = threading.Thread(target=hang_up, args=[door])
        hanging_up.start()
        ran = wirewatch("feeds", "pause", "x", desk=polled)
        hanging_up.join()
    assert (ran.code, ran.out) == (75, "")
    assert "the running daemon" in ran.err


@contextlib.contextmanager
def door_of(desk, use):
    """The daemon's socket; addressed from its own folder, since the kernel takes 107 bytes."""
    with socket.socket(socket.AF_UNIX) as door:
        with contextlib.chdir(desk / "state"):
            use(door, "wirewatch.db.sock")
        yield door


def hang_up(door):
    caller, _ = door.accept()
    caller.close()

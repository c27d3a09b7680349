"""What goes wrong costs only itself, says where and what to do, and loses nothing."""

import sqlite3

import pytest
from desk import ARMS, furnish, rss, wirewatch
from feed_server import FeedServer

GOOD = rss(("1", "Missile fired"))
BOMB = b"<rss version='2.0'><channel><item><title>" + b"<b><p>" * 400_000
PAGE = (
    b"<!doctype html><html><head><link rel='alternate' type='application/rss+xml' href='/wire'>"
    b"</head><body>News</body></html>"
)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "500"),
        (PAGE, "an HTML page"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no feed"),
        (b"", "empty answer"),
    ],
)
def test_a_bad_feed_costs_itself_an_error_and_the_others_nothing(tmp_path, document, said):
    with FeedServer({"bad": document, "wire": GOOD}) as server:
        desk = furnish(tmp_path / "desk", server.urls)
        ran = wirewatch("once", "--json", desk=desk)
    assert ran.code == 1
    assert said in ran.err
    assert server.url("bad") in ran.err
    assert (ran.lines[0]["failed"], ran.lines[0]["items_new"]) == (1, 1)


def test_a_poison_document_costs_at_most_its_own_feed(tmp_path):
    with FeedServer({"poison": BOMB, "wire": GOOD}) as server:
        ran = wirewatch("once", "--json", desk=furnish(tmp_path / "desk", server.urls))
    assert ran.lines[0]["matches"] == 1
    assert "Traceback" not in ran.err


def test_a_bad_rule_is_named_and_the_good_ones_run_on(tmp_path):
    rules = {"arms": ARMS, "bad": "title: Bad\nall: [[missile]\n"}
    with FeedServer({"wire": GOOD}) as server:
        ran = wirewatch("once", "--json", desk=furnish(tmp_path / "d", server.urls, rules=rules))
    assert "rules/bad.yaml:" in ran.err
    assert ran.lines[0]["matches"] == 1
    assert ran.code == 1


def test_a_bad_configuration_stops_everything_with_its_place_and_remedy(tmp_path):
    desk = furnish(tmp_path / "desk", more="[pol]\nmean = '10m'\n")
    ran = wirewatch("once", desk=desk)
    assert ran.code == 2
    assert "config.toml:3:" in ran.err
    assert "did you mean `poll`?" in ran.err
    assert not (desk / "state").exists()


def test_a_bad_template_is_named_and_ours_takes_its_place(tmp_path):
    with FeedServer({"wire": GOOD}) as server:
        desk = furnish(tmp_path / "desk", server.urls)
        (desk / "templates").mkdir()
        (desk / "templates" / "digest.txt.j2").write_text("{{ digest.titel }}\n")
        ran = wirewatch("once", "--json", desk=desk)
    assert "templates/digest.txt.j2:1:" in ran.err
    assert "did you mean `title`?" in ran.err
    (text,) = (desk / "state" / "digests").glob("*.txt")
    assert "Missile fired" in text.read_text()


def test_a_state_locked_by_another_program_is_temporary_and_loses_nothing(tmp_path):
    with FeedServer({"wire": GOOD}) as server:
        desk = furnish(tmp_path / "desk", server.urls)
        assert wirewatch("state", "migrate", desk=desk).code == 0
        intruder = sqlite3.connect(desk / "state" / "wirewatch.db", isolation_level=None)
        intruder.execute("BEGIN IMMEDIATE")
        ran = wirewatch("once", "--json", desk=desk)
        intruder.execute("ROLLBACK")
        intruder.close()
        again = wirewatch("once", "--json", desk=desk)
    assert ran.code == 75
    assert "locked" in ran.err
    assert again.lines[0]["items_new"] == 1


def test_a_full_disk_is_temporary_and_what_was_stored_stays(tmp_path, small_disk):
    headlines = [(str(n), f"Missile {n} fired " + "x" * 900) for n in range(60)]
    with FeedServer({f"w{n}": rss(*headlines[n * 10 : n * 10 + 10]) for n in range(6)}) as server:
        desk = furnish(tmp_path / "desk", server.urls, more=state_at(small_disk / "state.db"))
        assert wirewatch("state", "migrate", desk=desk).code == 0
        filler = small_disk / "filler"
        fill(filler)
        ran = wirewatch("once", "--json", desk=desk)
        filler.unlink()
        again = wirewatch("once", "--all", "--json", desk=desk)
    assert ran.code == 75, (ran.out, ran.err)
    assert "full" in ran.err
    assert again.code == 0, again.err
    conn = sqlite3.connect(small_disk / "state.db")
    stored = [title for (title,) in conn.execute("SELECT title FROM items")]
    conn.close()
    assert len(stored) == len(set(stored)) == 60


def test_a_state_folder_that_cannot_be_written_is_named(tmp_path):
    desk = furnish(tmp_path / "desk", more=state_at(tmp_path / "file" / "state.db"))
    (tmp_path / "file").write_text("not a folder")
    ran = wirewatch("once", desk=desk)
    assert ran.code == 75
    assert str(tmp_path / "file") in ran.err
    assert "[state] url" in ran.err


def state_at(path):
    return f'[state]\nurl = "sqlite:///{path}"\n'


def fill(path):
    """Write until the disk takes no more."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass


@pytest.fixture
def small_disk(tmp_path):
    """A disk of two megabytes: a tmpfs, where we may mount one."""
    import subprocess

    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "wirewatch-test", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here: " + mounted.stderr.decode().strip())
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def dead_hosts(count):
    return [f"http://127.0.0.{number}:9/feed" for number in range(2, 2 + count)]


def test_without_a_network_a_round_is_temporary(tmp_path):
    ran = wirewatch("once", "--json", desk=furnish(tmp_path / "desk", dead_hosts(3)))
    assert (ran.code, ran.lines[0]["failed"]) == (75, 3)
    assert "network" in ran.err


def test_a_host_or_two_that_are_away_are_findings_not_the_network(tmp_path):
    ran = wirewatch("once", "--json", desk=furnish(tmp_path / "desk", dead_hosts(2)))
    assert ran.code == 1


def test_a_host_that_asks_to_be_left_alone_is_and_a_round_says_so_without_waiting(tmp_path):
    with FeedServer({"busy": GOOD, "wire": GOOD}) as server:
        server.busy = {"busy"}
        desk = furnish(tmp_path / "desk", server.urls)
        assert wirewatch("once", "--json", desk=desk).lines[0]["failed"] == 1
        again = wirewatch("once", "--all", "--json", desk=desk)
    assert again.lines[0]["feeds_polled"] == 0
    assert "127.0.0.1: 2 due feeds wait, because the host asks to be left alone until" in again.err


def test_with_one_host_that_answers_the_network_is_there(tmp_path):
    with FeedServer({"wire": GOOD}) as server:
        ran = wirewatch("once", desk=furnish(tmp_path / "desk", [*dead_hosts(3), *server.urls]))
    assert ran.code == 1

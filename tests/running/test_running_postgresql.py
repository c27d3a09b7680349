"""The same on PostgreSQL, where several processes may share one state."""

import json
from collections import Counter

import pytest
from desk import furnish, rss, start, wirewatch
from feed_server import FeedServer

pytestmark = pytest.mark.slow


def shared(folder, url, urls, postbox):
    """A desk on a shared database that tells a mailbox."""
    return furnish(
        folder,
        urls,
        more=(
            f'[state]\nurl = "{url}"\n'
            f'[[channel]]\nname = "mail"\nurl = "mailto://127.0.0.1:{postbox.port}/a@x.example'
            '?from=w@watch.example&mode=insecure"\n'
            '[[digest]]\nname = "urgent"\nto = ["mail"]\n'
        ),
    )


def test_a_report_is_told_once_and_stored_once(tmp_path, postgresql_url, postbox):
    with FeedServer({"wire": rss(("1", "Missile fired"), ("2", "A quiet day"))}) as server:
        desk = shared(tmp_path / "desk", postgresql_url, server.urls, postbox)
        first, second = (wirewatch("once", "--all", "--json", desk=desk) for _ in range(2))
    assert (first.code, first.err) == (0, "")
    assert [ran.lines[0]["items_new"] for ran in (first, second)] == [2, 0]
    assert [mail["Subject"] for _, mail in postbox.mails] == ["Urgent: Missile fired"]
    assert wirewatch("state", "info", "--json", desk=desk).lines[0]["items"] == 2


def test_processes_at_the_same_time_share_the_work_and_repeat_nothing(
    tmp_path, postgresql_url, postbox
):
    documents = {f"w{n}": rss((f"{n}", f"Missile {n} fired")) for n in range(8)}
    with FeedServer(documents) as server:
        desks = [
            shared(tmp_path / f"desk{n}", postgresql_url, server.urls, postbox) for n in range(3)
        ]
        processes = [start("once", "--json", desk=desk) for desk in desks]
        ended = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], ended
    tallies = [json.loads(out) for out, _ in ended]
    assert sum(tally["items_new"] for tally in tallies) == 8
    told = Counter(
        line
        for _, mail in postbox.mails
        for line in mail.get_body(("plain",)).get_content().splitlines()
        if line.endswith("fired") and "Missile" in line
    )
    assert len(told) == 8
    assert set(told.values()) == {1}


def test_a_server_that_cannot_be_reached_is_temporary_and_named(tmp_path, postbox):
    desk = shared(
        tmp_path / "desk", "postgresql+psycopg://w:hunter22@127.0.0.1:1/none", [], postbox
    )
    ran = wirewatch("once", desk=desk)
    assert ran.code == 75
    assert "127.0.0.1" in ran.err
    assert "hunter22" not in ran.out + ran.err

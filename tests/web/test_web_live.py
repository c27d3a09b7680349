"""Pages that are open hear what has changed, through a real connection."""

import http.client
import re
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from offices import FULL

from monitor.web import live


@contextmanager
def listening(office, token=FULL):
    """One listener; `lines()` are what it hears, as it comes."""
    line = http.client.HTTPConnection(urlsplit(office.url).netloc, timeout=30)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    line.request("GET", "/events", headers=headers)
    answer = line.getresponse()
    try:
        yield answer
    finally:
        answer.close()
        line.close()


def heard(answer):
    """The next event: its name and its subjects; None at the end of the stream."""
    while raw := answer.readline():
        if match := re.fullmatch(rb"event: (\w+)\n", raw):
            data = answer.readline().decode().removeprefix("data: ").split()
            return match[1].decode(), data
    return None


def soon(found):
    until = time.monotonic() + 10
    while not found():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.01)


def listeners(office):
    return office.show.pulse.listeners


def test_a_poll_is_told_to_every_page_that_is_open(office):
    with listening(office) as one, listening(office) as other:
        assert one.status == other.status == 200
        assert one.headers["content-type"].startswith("text/event-stream")
        one.readline(), other.readline()
        office.show.pulse.tell(["feeds", "stories"])
        assert heard(one) == heard(other) == ("changed", ["feeds", "stories"])


def test_what_comes_at_once_is_told_at_once(office):
    with listening(office) as answer:
        answer.readline()
        for _ in range(50):
            office.show.pulse.tell(["feeds"])
        office.show.pulse.tell(["digests"])
        told = heard(answer)
        while "digests" not in told[1]:
            told = heard(answer)
        office.show.pulse.tell(["rules"])
        assert heard(answer) == ("changed", ["rules"])


def test_a_listener_who_has_gone_is_forgotten(office):
    with listening(office) as answer:
        answer.readline()
        soon(lambda: listeners(office) == 1)
    soon(lambda: listeners(office) == 0)


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("wrong", 403)])
def test_nobody_listens_who_is_not_signed_in(office, token, status):
    with listening(office, token) as answer:
        assert answer.status == status
    assert listeners(office) == 0


def test_a_stream_ends_after_a_while_so_that_who_may_no_more_is_shown_out(office, monkeypatch):
    monkeypatch.setattr(live, "LONGEST_SECONDS", 0.05)
    with listening(office) as answer:
        assert heard(answer) is None
    soon(lambda: listeners(office) == 0)


def test_who_comes_to_a_crowd_is_told_so(office, monkeypatch):
    monkeypatch.setattr(live, "MOST_LISTENERS", 1)
    with listening(office) as first, listening(office) as second:
        assert (first.status, second.status) == (200, 503)
        assert b"Too many pages" in second.read()
    soon(lambda: listeners(office) == 0)
    with listening(office) as third:
        assert third.status == 200


def test_a_stream_is_neither_kept_nor_held_back_on_the_way(office):
    with listening(office) as answer:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in answer.headers

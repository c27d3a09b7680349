"""The airlock: foreign bytes are read elsewhere, and what goes wrong there stays there."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.airlock import Airlock
from monitor.errors import AirlockFailure, UsageError
from monitor.model import NoFeed, ParsedFeed

GOOD = (
    b'<rss version="2.0"><channel><title>Harbour Wire</title><item><guid>1</guid>'
    b"<title>Ferry seized</title><pubDate>Tue, 03 Nov 2026 08:00:00 GMT</pubDate></item>"
    b"</channel></rss>"
)
ENDLESS = b"<rss><channel>" + b"<x>" * 400_000
URL = "https://news.example/feed"
ROOT = Path(__file__).parents[2]

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture(scope="module")
def airlock():
    with Airlock(deadline=timedelta(seconds=20)) as shared:
        yield shared


def children(pid):
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def nursery_of(parent):
    """The newest child of `parent` that runs a nursery."""
    nurseries = [
        child
        for child in children(parent)
        if b"monitor.airlock.nursery" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    return nurseries[-1]


def processor_time(pid):
    """Hundredths of a second that a process has computed for."""
    return int(Path(f"/proc/{pid}/stat").read_text().split()[13])


def wait_until_gone(pids):
    """Wait, without sleeping, for processes to end; False after ten seconds."""
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ready, _, _ = select.select([handle], [], [], 10)
        os.close(handle)
        if not ready:
            return False
    return True


def run_python(code, **options):
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_a_feed_is_read_as_it_would_be_here(airlock):
    outcome = airlock.read_feed(GOOD, "application/rss+xml", URL)

    assert isinstance(outcome, ParsedFeed)
    assert outcome.title == "Harbour Wire"
    assert outcome.entries[0].title == "Ferry seized"
    assert outcome.entries[0].published_at.isoformat() == "2026-11-03T08:00:00+00:00"


def test_what_is_no_feed_is_an_answer_too(airlock):
    page = b"<html><head><link rel=alternate type=application/atom+xml href=/a.xml></head></html>"

    assert airlock.read_feed(page, "text/html", URL) == NoFeed(
        looks_like="an HTML page", feeds=("https://news.example/a.xml",)
    )


def test_html_pages_and_lists_are_read_there_as_well(airlock):
    opml = b'<opml><body><outline text="Trade" xmlUrl="https://news.example/rss"/></body></opml>'
    page = '<a href="/rss.xml">all news</a>'

    assert airlock.html_to_text("<p>Кран<b>овщик</b>") == "Крановщик"
    assert airlock.discover(page, URL) == ("https://news.example/rss.xml",)
    assert [feed.name for feed in airlock.read_opml(opml).feeds] == ["Trade"]


def test_a_list_that_is_none_is_the_users_mistake_not_a_failure(airlock):
    with pytest.raises(UsageError, match="no OPML"):
        airlock.read_opml(b"<html></html>")


@pytest.mark.parametrize("charset", ["koi8-r", "big5", "shift_jis", "euc-kr", "windows-1255"])
def test_every_charset_is_at_hand_although_no_file_can_be_opened(airlock, charset):
    title = {"koi8-r": "Порт", "windows-1255": "נמל", "euc-kr": "항구"}.get(charset, "港")
    body = GOOD.replace(b"Ferry seized", title.encode(charset))

    outcome = airlock.read_feed(body, f"text/xml; charset={charset}", URL)

    assert outcome.entries[0].title == title


def test_a_document_that_takes_too_long_is_stopped_and_the_next_is_read():
    with Airlock(deadline=timedelta(seconds=0.2)) as airlock:
        assert airlock.html_to_text("<p>warm") == "warm"

        with pytest.raises(AirlockFailure, match=r"more than 0\.2 s.*time limit"):
            airlock.read_feed(ENDLESS, "", URL)

        assert airlock.html_to_text("<p>next") == "next"


def test_a_document_that_takes_too_much_memory_is_stopped_and_the_next_is_read():
    with Airlock(memory=96 * 1024 * 1024, deadline=timedelta(seconds=20)) as airlock:
        with pytest.raises(AirlockFailure, match=r"more than 96 MiB.*memory limit"):
            airlock.html_to_text("<p>word</p>" * 2_000_000)

        assert airlock.html_to_text("<p>next") == "next"


def test_a_document_beyond_all_measure_is_not_even_handed_over(airlock):
    with pytest.raises(AirlockFailure, match="size limit"):
        airlock.read_feed(bytes(33 << 20), "", URL)


@linux_only
def test_a_crash_is_named_and_the_next_document_is_read():
    with Airlock() as airlock, ThreadPoolExecutor(1) as pool:
        airlock.html_to_text("<p>warm")
        worker = children(nursery_of(os.getpid()))[0]
        reading = pool.submit(airlock.read_feed, ENDLESS, "", URL)
        before = processor_time(worker)
        while processor_time(worker) < before + 5:  # until it is well into the document
            os.sched_yield()
        os.kill(worker, signal.SIGSEGV)

        with pytest.raises(AirlockFailure, match=r"crashed.*SIGSEGV"):
            reading.result()

        assert airlock.html_to_text("<p>next") == "next"


@linux_only
@pytest.mark.parametrize("victim", ["worker", "nursery"])
def test_a_process_that_is_killed_while_idle_is_not_missed(victim):
    with Airlock() as airlock:
        airlock.html_to_text("<p>warm")
        nursery = nursery_of(os.getpid())
        worker = children(nursery)[0]
        os.kill(worker if victim == "worker" else nursery, signal.SIGKILL)
        assert wait_until_gone([worker])

        assert airlock.html_to_text("<p>next") == "next"


@linux_only
def test_a_worker_may_open_nothing_and_is_replaced_when_used_up():
    with Airlock(jobs_per_worker=2) as airlock:
        airlock.html_to_text("<p>one")
        nursery = nursery_of(os.getpid())
        (first,) = children(nursery)
        limits = Path(f"/proc/{first}/limits").read_text()
        airlock.html_to_text("<p>two")
        airlock.html_to_text("<p>three")

        for what in ("open files", "processes", "file size", "core file size"):
            assert re.search(rf"Max {what} +0 +0 ", limits), what
        assert re.search(r"Max address space +536870912 ", limits)
        assert children(nursery) != [first]


@linux_only
def test_secrets_of_the_environment_do_not_reach_the_worker(monkeypatch):
    monkeypatch.setenv("DESK_MAIL_URL", "mailtos://desk:hunter2@mail.example")
    with Airlock() as airlock:
        airlock.html_to_text("<p>warm")
        nursery = nursery_of(os.getpid())

        assert b"hunter2" not in Path(f"/proc/{nursery}/environ").read_bytes()


def test_threads_share_the_workers():
    with Airlock(workers=2) as airlock, ThreadPoolExecutor(6) as pool:
        texts = list(pool.map(lambda n: airlock.html_to_text(f"<p>{n}"), range(60)))

    assert texts == [str(n) for n in range(60)]


@linux_only
def test_closing_leaves_no_process_behind():
    airlock = Airlock()
    airlock.html_to_text("<p>warm")
    nursery = nursery_of(os.getpid())
    worker = children(nursery)[0]

    airlock.close()

    assert not Path(f"/proc/{nursery}").exists()
    assert wait_until_gone([worker])
    with pytest.raises(AirlockFailure, match="closed"):
        airlock.html_to_text("<p>late")


def test_closing_what_was_never_used_is_fine():
    Airlock().close()


@linux_only
def test_a_parent_that_is_killed_leaves_no_process_behind():
    parent = run_python(
        "from monitor.airlock import Airlock\n"
        "airlock = Airlock()\n"
        "print(airlock.html_to_text('<p>ready'), flush=True)\n"
        "airlock.read_feed(b'<rss><channel>' + b'<x>' * 400_000, '', 'https://news.example/')\n"
    )
    with parent:
        assert parent.stdout.readline() == "ready\n"
        nursery = nursery_of(parent.pid)
        worker = children(nursery)[0]
        parent.kill()

    assert wait_until_gone([nursery, worker])


def test_it_needs_no_working_directory_and_imports_no_parser_and_warns_of_nothing(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    program = run_python(
        "import os, sys\n"
        "os.rmdir(os.getcwd())\n"
        "from monitor.airlock import Airlock\n"
        "print(Airlock().html_to_text('<p>here'))\n"
        "print([name for name in ('feedparser', 'lxml') if name in sys.modules])\n",
        cwd=gone,
    )
    out, err = program.communicate(timeout=60)

    assert (out, err) == ("here\n[]\n", "")


def test_what_a_feed_says_of_its_hub_and_its_keep_comes_through():
    body = (
        b"<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel><ttl>30</ttl>"
        b"<a:link rel='hub' href='https://hub.example/'/>"
        b"<a:link rel='self' href='https://wire.example/self'/>"
        b"<item><title>One</title></item></channel></rss>"
    )
    with Airlock() as airlock:
        found = airlock.read_feed(body, "", "https://wire.example/rss")
    assert (found.hub, found.self_url) == ("https://hub.example/", "https://wire.example/self")
    assert found.ttl == timedelta(minutes=30)

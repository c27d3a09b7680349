"""Killed at any moment, fifty times: nothing is lost, and what is told twice has one key."""

import os
import random
import re
import signal
import sqlite3
import subprocess
import time
from collections import defaultdict

import pytest
from desk import command, environment, furnish, rss, start, wirewatch
from feed_server import FeedServer

KILLS = 50
FEEDS = 4

pytestmark = pytest.mark.slow


def mail_desk(folder, urls, postbox):
    channel = (
        f'[[channel]]\nname = "mail"\nurl = "mailto://127.0.0.1:{postbox.port}/desk@x.example'
        '?from=w@watch.example&mode=insecure"\n'
        '[[digest]]\nname = "urgent"\ncadence = "now"\nto = ["mail"]\n'
    )
    return furnish(folder, urls, more=channel)


def test_fifty_kills_lose_no_item_and_repeat_a_line_only_under_the_same_key(tmp_path, postbox):
    chance = random.Random(time.time_ns())
    headlines = [[] for _ in range(FEEDS)]
    with FeedServer({f"feed{number}": rss() for number in range(FEEDS)}) as server:
        desk = mail_desk(tmp_path / "desk", server.urls, postbox)
        publish(server, headlines, 0)
        usual = timed(lambda: start("once", "--all", desk=desk).communicate())
        killed = 0
        for turn in range(1, 400):
            if killed == KILLS:
                break
            publish(server, headlines, turn)
            killed += run_and_kill(desk, chance.uniform(0.3, 1.0) * usual)
        publish(server, headlines, 400)
        for _ in range(3):
            last = wirewatch("once", "--all", "--json", desk=desk)
    assert killed == KILLS
    assert last.code == 0, last.err
    published = {headline for feed in headlines for headline in feed}
    assert sorted(stored_headlines(desk)) == sorted(published)
    keys = keys_by_headline(postbox, published)
    assert published - keys.keys() == set()
    assert {headline: found for headline, found in keys.items() if len(found) > 1} == {}


def publish(server, headlines, turn):
    """One more report in every feed; each document holds the last forty."""
    for number in range(FEEDS):
        headlines[number].append(f"Missile {number}-{turn} fired")
        shown = headlines[number][-40:]
        server.documents[f"feed{number}"] = rss(
            *((text.replace(" ", "-"), text) for text in shown), title=f"Wire {number}"
        )


def run_and_kill(desk, after):
    """Run a round, and kill it, all its processes, after so many seconds; whether it was."""
    process = subprocess.Popen(
        command("once", "--all"),
        cwd=desk,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def timed(work):
    started = time.monotonic()
    work()
    return time.monotonic() - started


def stored_headlines(desk):
    conn = sqlite3.connect(desk / "state" / "wirewatch.db")
    try:
        return [title for (title,) in conn.execute("SELECT title FROM items")]
    finally:
        conn.close()


def keys_by_headline(postbox, published):
    """Under which Message-IDs each headline was received: the receiver's word, not ours."""
    found = defaultdict(set)
    for _, mail in postbox.mails:
        told = mail.get_body(("plain",)).get_content()
        # A digest that has grown long tells some of its stories in its table only.
        told += "".join(each.get_content().decode() for each in mail.iter_attachments())
        for headline in re.findall(r"Missile \d+-\d+ fired", told):
            found[headline].add(mail["Message-ID"])
    return {headline: found[headline] for headline in published if headline in found}

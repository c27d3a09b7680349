"""Articles behind short summaries, on both databases: which are fetched, what they change."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest
from house import HOUR, MINUTE, NOON, WIRE, House, watch

from monitor.errors import AirlockFailure
from monitor.model import Failed, FailureKind, Fetched, Secret
from monitor.sources import extracting
from monitor.store import full_texts as full_text_rows
from monitor.store.engine import Store
from monitor.store.feeds import claim_due, make_due
from monitor.store.full_texts import TextState, text_rows
from monitor.store.schema import (
    digest_entries,
    feeds,
    full_texts,
    hosts,
    item_revisions,
    items,
    matches,
    rule_hits,
)
from monitor.text.html import html_to_text
from monitor.work import articles, enriching
from monitor.work.articles import page_of
from monitor.work.recording import Recorder

PAGE = "https://wire.example/1"
ROBOTS = "https://wire.example/robots.txt"
NEAR = "title: Arms\nfull_text: true\nall: [missile, [crane, dock]]\n"
TEXT = "The missile hung from a crane over the second dock. " * 5


@pytest.fixture(autouse=True)
def _extra_is_there(monkeypatch):
    monkeypatch.setattr(extracting, "is_installed", lambda: True)


def page(text=TEXT, url=PAGE, content_type="text/html"):
    return Fetched(
        body=f"<html><body><p>{text}</p></body></html>".encode(),
        content_type=content_type,
        etag="",
        last_modified="",
        final_url=url,
    )


def failed(status=0, kind=FailureKind.HTTP, **more):
    return Failed(kind=kind, reason="the server has a bad day", status=status, **more)


class Desk(House):
    """A house whose feed links to pages; robots.txt is not there unless said."""

    def __init__(self, store, rules=NEAR, **feed):
        watched = watch(rules=rules)
        feeds = {url: replace(each, **feed) for url, each in watched.feeds.items()}
        super().__init__(store, replace(watched, feeds=feeds))
        self.outcomes[ROBOTS] = failed(404)

    def polled(self, *reports, page=None):
        self.serve(*(reports or [("1", "A missile in the harbour")]))
        if page is not None:
            self.outcomes[PAGE] = page
        return self.poll()

    def enrich(self, extract=lambda body, _: html_to_text(body.decode())):
        done = []
        tokens = iter(range(1000))
        doors = articles.Doors(
            store=self.store,
            recorder=Recorder(self.store),
            fetch=self._fetch,
            extract=partial(asyncio.to_thread, extract),
            now=lambda: self.now,
            pause=self._pause,
        )
        asyncio.run(
            enriching.enrich_all_due(
                doors, self.watch, token=lambda: f"t{next(tokens)}", on_enriched=done.append
            )
        )
        return done

    async def _pause(self, seconds):
        self.now += MINUTE * seconds / 60

    def text_row(self, item_id=1):
        with self.store.reading() as conn:
            return text_rows(conn, [item_id]).get(item_id)


@pytest.fixture
def store(sqlite_url):
    with Store.open(sqlite_url) as opened:
        yield opened


@pytest.fixture
def desk(store):
    return Desk(store)


@pytest.fixture
def desks(state_url):
    """A desk on each database in turn."""
    with Store.open(state_url) as opened:
        yield Desk(opened)


def only(rows):
    (row,) = rows
    return row


def test_an_item_that_misses_a_rule_by_one_clause_is_matched_with_its_article(desks):
    desks.polled(page=page())
    assert desks.rows(matches) == []
    (done,) = desks.enrich()
    assert (done.answer, done.matches, done.told) == ("read", 1, True)
    found = only(desks.rows(matches))
    assert {clause[2] for clause in found.evidence} >= {"body"}
    assert only(desks.rows(digest_entries)).digest == "urgent"
    assert len(desks.rows(rule_hits)) == 1


def test_evidence_is_exactly_what_stands_in_the_body_that_is_kept(desk):
    desk.polled(page=page())
    desk.enrich()
    body = only(desk.rows(items)).body
    for _clause, _term, field, start, end, text in only(desk.rows(matches)).evidence:
        assert field != "body" or body[start:end] == text


def test_the_story_is_told_with_its_reason_in_the_next_digest(desk):
    desk.polled(page=page())
    desk.enrich()
    (planned,) = desk.digest()
    assert "A missile in the harbour" in planned.message.text


def test_an_article_is_fetched_once(desk):
    desk.polled(page=page())
    desk.enrich()
    desk.asked.clear()
    desk.pass_time(HOUR)
    desk.polled()
    assert desk.enrich() == []
    assert [url for url, *_ in desk.asked] == [WIRE]


def test_the_next_poll_neither_takes_the_article_away_nor_calls_it_reworded(desk):
    desk.polled(page=page())
    desk.enrich()
    desk.pass_time(HOUR)
    (polled,) = desk.polled(("1", "A missile in the harbour"), ("2", "A quiet day"))
    assert (polled.new, polled.revised, polled.matches) == (1, 0, 0)
    kept = next(row for row in desk.rows(items) if row.id == 1)
    assert "second dock" in kept.body
    assert kept.revised_at is None
    assert desk.rows(item_revisions) == []


def test_a_rewording_by_the_feed_keeps_the_article_and_reads_it_along(desks):
    desks.polled(page=page())
    desks.enrich()
    desks.pass_time(HOUR)
    (polled,) = desks.polled(("1", "Missile is in the harbour"))
    assert (polled.revised, polled.told) == (1, 0)
    kept = only(desks.rows(items))
    assert (kept.title, kept.body) == ("Missile is in the harbour", TEXT.strip())
    assert any(clause[2] == "body" for clause in only(desks.rows(matches)).evidence)


def test_without_a_rule_or_feed_that_asks_nothing_is_fetched(store):
    desk = Desk(store, rules=NEAR.replace("full_text: true\n", ""))
    desk.polled(page=page())
    assert desk.enrich() == []
    assert desk.text_row() is None


def test_an_item_that_matches_is_fetched_only_where_its_feed_says_so(store):
    desk = Desk(store, rules="title: Arms\nfull_text: true\nany: [missile]\n")
    desk.polled(page=page())
    assert desk.enrich() == []


def test_a_feed_with_full_text_has_every_short_item_fetched(store):
    desk = Desk(store, rules="title: Arms\nany: [missile]\n", full_text=True)
    desk.polled(("1", "A ship in the harbour"), page=page())
    (done,) = desk.enrich()
    assert (done.answer, done.matches) == ("read", 1)


def test_what_is_long_already_is_not_fetched(store):
    desk = Desk(store, full_text=True)
    long = "<description>" + "All of the article. " * 40 + "</description>"
    desk.serve(("1", "A missile in the harbour"))
    body = desk.outcomes[WIRE].body.replace(b"</item>", long.encode() + b"</item>")
    desk.outcomes[WIRE] = replace(desk.outcomes[WIRE], body=body)
    desk.poll()
    assert desk.enrich() == []


def test_what_was_there_before_the_watch_is_not_fetched(store):
    desk = Desk(store)
    settings = desk.watch.settings
    desk.watch = replace(
        desk.watch,
        settings=replace(settings, poll=replace(settings.poll, backfill=MINUTE)),
    )
    old = "<pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate></item>"
    desk.serve(("1", "A missile in the harbour"))
    body = desk.outcomes[WIRE].body.replace(b"</item>", old.encode())
    desk.outcomes[WIRE] = replace(desk.outcomes[WIRE], body=body)
    desk.poll()
    assert desk.enrich() == []


def test_robots_txt_is_honoured_and_asked_once_a_day(desks):
    robots = replace(page(), body=b"User-agent: *\nDisallow: /\n", content_type="text/plain")
    desks.outcomes[ROBOTS] = robots
    desks.polled(page=page())
    (done,) = desks.enrich()
    assert done.answer == "given up"
    assert "robots.txt" in desks.text_row().reason
    assert PAGE not in [url for url, *_ in desks.asked]
    desks.asked.clear()
    desks.pass_time(HOUR)
    desks.polled(("1", "A missile in the harbour"), ("3", "A missile in the fjord"))
    desks.enrich()
    assert [url for url, *_ in desks.asked] == [WIRE]


def test_passing_trouble_is_tried_three_times_and_then_given_up(desk):
    desk.polled(page=failed(503))
    assert [each.answer for each in desk.enrich()] == ["later"]
    assert desk.enrich() == []
    desk.pass_time(enriching.WAITS[0])
    assert [each.answer for each in desk.enrich()] == ["later"]
    desk.pass_time(enriching.WAITS[1])
    assert [each.answer for each in desk.enrich()] == ["given up"]
    assert desk.text_row().state is TextState.GIVEN_UP
    assert desk.text_row().reason == "the server has a bad day"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (failed(404), "not there"),
        (failed(402), "money"),
        (page(content_type="application/pdf"), "application/pdf"),
        (page("Short."), "hardly more"),
        (failed(kind=FailureKind.TOO_LARGE), "bad day"),
        (failed(kind=FailureKind.FORBIDDEN_ADDRESS), "bad day"),
    ],
)
def test_what_will_not_pass_is_given_up_at_once_with_its_reason(desk, found, said):
    desk.polled(page=found)
    (done,) = desk.enrich()
    assert done.answer == "given up"
    assert said in desk.text_row().reason
    assert desk.rows(matches) == []


@pytest.mark.parametrize(
    "error", [AirlockFailure("Reading it took more than 5 s."), ValueError("no such thing")]
)
def test_a_page_that_breaks_the_reading_costs_its_own_item_the_article(desk, error):
    def extract(*_):
        raise error

    desk.polled(page=page())
    assert [each.answer for each in desk.enrich(extract)] == ["given up"]
    assert desk.enrich(extract) == []


def test_a_host_that_asks_to_be_left_alone_is(desk):
    desk.polled(page=failed(429, FailureKind.RATE_LIMITED, retry_after=HOUR))
    desk.enrich()
    host = next(row for row in desk.rows(hosts) if row.host == "wire.example")
    assert host.next_slot_at >= NOON + HOUR
    assert host.lease_until_at is None


@pytest.mark.parametrize("state", ["claimed", "due"])
def test_a_host_with_a_feed_that_is_polled_or_due_is_not_asked_for_articles(desk, state):
    desk.polled(page=page())
    desk.store.write(lambda conn: conn.execute(full_texts.update().values(host="127.0.0.1")))
    desk.pass_time(9 * HOUR)
    if state == "claimed":
        named = {"limit": 9, "per_host": 9, "lease": HOUR, "token": "poll"}
        desk.store.write(partial(claim_due, now=desk.now, **named)).result()
        desk.store.write(partial(pull_back, at=desk.now + HOUR)).result()
    assert desk.enrich() == []


def pull_back(conn, at):
    conn.execute(feeds.update().values(next_due_at=at))


def test_a_feed_that_rewords_the_item_meanwhile_is_heard(desk):
    def extract(body, _):
        desk.store.write(partial(make_due, now=desk.now)).result()
        desk.polled(("1", "Rocket in the harbour, no missile"))
        return html_to_text(body.decode())

    desk.polled(page=page())
    assert [each.answer for each in desk.enrich(extract)] == ["read"]
    kept = only(desk.rows(items))
    assert (kept.title, kept.body) == ("Rocket in the harbour, no missile", TEXT.strip())


def test_an_article_that_takes_longer_than_its_claim_is_left_to_who_has_it_now(desk):
    def extract(body, _):
        desk.pass_time(2 * enriching.LEASE)
        claim_texts(desk)
        return html_to_text(body.decode())

    desk.polled(page=page())
    assert [each.answer for each in desk.enrich(extract)] == ["later"]
    assert desk.rows(matches) == []


def claim_texts(desk):
    named = {"limit": 9, "lease": HOUR, "token": "other", "now": desk.now}
    return desk.store.write(partial(full_text_rows.claim_texts, **named)).result()


def test_the_language_is_that_of_the_article(store):
    desk = Desk(store, full_text=True)
    desk.polled(("1", "Harbour"), page=page("Ракета висела над вторым причалом порта. " * 5))
    desk.enrich()
    assert only(desk.rows(items)).language == "ru"


def test_credentials_of_a_feed_go_to_its_own_origin_only(desk):
    feed = desk.watch.feeds[WIRE]
    feed = replace(feed, headers=(("X-Key", Secret("k")),), auth=Secret("a:b"))
    there = page_of(feed, "http://127.0.0.1/a")
    assert ("X-Key", Secret("k")) in there.headers
    assert there.auth == Secret("a:b")
    for other in ("https://127.0.0.1/a", "http://127.0.0.1:81/a", "http://elsewhere.example/a"):
        asked = page_of(feed, other)
        assert [name for name, _ in asked.headers] == ["Accept"]
        assert asked.auth is None
    assert not page_of(feed, "http://elsewhere.example/a").allow_private

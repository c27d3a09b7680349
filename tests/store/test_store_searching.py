"""Narrowing: whatever the index says, the answer is that of the matcher over everything."""

import json
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from desk import environment
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from polls import DAY, MINUTE, NOON, list_one_feed, new, read, record, revised, write

from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.rules.yaml_nodes import SourceFile
from monitor.store import cutting, search
from monitor.store.archive import iter_items
from monitor.store.engine import Store
from monitor.store.housekeeping import prune
from monitor.store.schema import items
from monitor.store.search import (
    index_items,
    items_indexed,
    items_queued,
    items_with,
    word_frequencies,
)
from monitor.work.searching import Narrower, WordList, fill_index

TEXTS = [
    "The US and U.S. fleets meet us at sea",
    "F-16 and MiG-29 jets, don't fly; l'Iran négociations",
    "negociations of NEGOCIATIONS with Iran's navy",
    "북한, 러시아에 포탄 지원 의혹",
    "朝鲜向俄罗斯提供炮弹",
    "КНДР поставила России снаряды",
    "وصلت الأسلحة إلى بيونغ يانغ",
    "Waffenlieferung, waffenstillstand & Waffen",
    "a_b c__d pre-war e.g. 1,000 n°5 x\u00ady",
    "Missile tests; missiles tested in North Korea",
    "Soldaten liepen, lopen en hebben gelopen; they fly, flies and FLEW",
]
TERMS = [
    "us", "=US", "U.S.", "F-16", "MiG*", "Iran", "négociations", "negociations", "=NEGOCIATIONS",
    "포탄", "러시아*", "炮弹", "снаряд", "Россия", "سلاح", "الأسلحة", "waffen*", "*stillstand",
    "missile", "North Korea", "korea north", "title:missile", "body:iran", "author:iran", "a_b",
    "pre-war", "xy", "tested", "nowhere", "sea", "c?d", "1,000", "lopen", "gelopen", "flying",
]  # fmt: skip
CONCEPTS = st.lists(st.sampled_from(TERMS), min_size=1, max_size=3, unique=True)
RULES = st.fixed_dictionaries(
    {"all": st.lists(CONCEPTS, min_size=1, max_size=3)},
    optional={"none": CONCEPTS, "near": st.integers(1, 9)},
)


def told(number, title, body=""):
    decision = new(number)
    worded = replace(decision.item, title=title, body=body, first_seen_at=NOON + number * MINUTE)
    return replace(decision, item=worded)


def everything():
    pairs = [(title, body) for title in ("", *TEXTS) for body in ("", *TEXTS[::3])]
    return [told(number, *pair) for number, pair in enumerate(pairs, start=1)]


def rule_of(written):
    book = load_rules([SourceFile("r.yaml", json.dumps({"title": "r"} | written))], [], NOON)
    return next(iter(book.rules), None)


@pytest.fixture(scope="module")
def archive():
    """Items of which the last are not in the index yet."""
    with Store.in_memory() as store:
        feed = list_one_feed(store)
        reports = everything()
        record(store, feed, *reports[:-5])
        fill_index(store)
        record(store, feed, *reports[-5:])
        yield store


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(RULES)
def test_what_narrowing_leaves_out_no_rule_could_have_found(archive, written):
    rule = rule_of(written)
    assume(rule is not None)
    matcher = Matcher([rule])
    with archive.reading() as conn:
        left = Narrower(conn).items_for(rule)
        stored = list(iter_items(conn))
    hits = {int(each.item_id) for each in stored if matcher.match(each.item)}
    assert left is None or hits <= left


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(RULES)
def test_nor_would_one_clause_alone_have_kept_it_out(archive, written):
    rule = rule_of(written)
    assume(rule is not None)
    matcher = Matcher([rule])
    with archive.reading() as conn:
        left = Narrower(conn).items_for(rule, near_misses=True)
        stored = list(iter_items(conn))
    near = {
        int(each.item_id) for each in stored if len(matcher.explain(each.item, rule.id).failed) <= 1
    }
    assert left is None or near <= left


def test_narrowing_leaves_out_most(archive):
    with archive.reading() as conn:
        left = Narrower(conn).items_for(rule_of({"all": [["=US"], ["Waffen*"]]}))
        assert len(left) < 15 < len(list(iter_items(conn)))


def test_a_rule_that_asks_for_an_author_is_tried_on_everything(archive):
    with archive.reading() as conn:
        assert Narrower(conn).items_for(rule_of({"any": ["author:iran"]})) is None


def test_items_come_in_the_order_they_would_without_narrowing(archive):
    with archive.reading() as conn:
        everyone = [each.item_id for each in iter_items(conn)]
        assert [each.item_id for each in iter_items(conn, among=everyone[::-1])] == everyone


def test_words_are_counted_as_they_are_written(store):
    feed = list_one_feed(store)
    record(store, feed, told(1, "US us F-16 북한", "don't U.S."), told(2, "us us"))
    fill_index(store)
    counts = read(store, word_frequencies)
    assert counts == {"US": 1, "us": 2, "F-16": 1, "북": 1, "한": 1, "don't": 1, "U.S": 1}
    assert read(store, items_indexed) == 2
    assert len(read(store, items_with, ["북", "nowhere"])) == 1


def test_a_reworded_item_is_found_by_its_new_words_alone(store):
    feed = list_one_feed(store)
    report = told(1, "tug sinks")
    (real_id,) = record(store, feed, report).values()
    fill_index(store)
    record(store, feed, revised(report, real_id, "tug floats"))
    assert read(store, items_queued) == {real_id}
    fill_index(store)
    assert read(store, word_frequencies) == {"tug": 1, "floats": 1}


@pytest.mark.parametrize("indexed", [True, False])
def test_a_pruned_item_leaves_the_index_and_the_queue(store, indexed):
    feed = list_one_feed(store)
    record(store, feed, told(1, "tug sinks"))
    if indexed:
        fill_index(store)
    late = NOON + 100 * DAY
    write(store, prune, now=late, items_before=late, matched_before=late, deliveries_before=late)
    assert read(store, word_frequencies) == {}
    assert (read(store, items_queued), read(store, items_indexed)) == (set(), 0)


def test_a_bite_that_is_not_committed_leaves_its_items_in_the_queue(store):
    feed = list_one_feed(store)
    record(store, feed, told(1, "tug sinks"))

    def cut_short(conn):
        index_items(conn)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(store, cut_short)
    assert read(store, word_frequencies) == {}
    assert fill_index(store) == 1


KILLED = """
import os, signal, sys
from monitor.store.engine import Store
from monitor.store.search import index_items

def killed(conn):
    assert index_items(conn) == 2
    os.kill(os.getpid(), signal.SIGKILL)

Store.open(sys.argv[1]).write(killed).result()
"""


def test_a_process_killed_while_it_indexes_leaves_the_index_as_it_was(tmp_path):
    url = f"sqlite:///{tmp_path}/state.db"
    with Store.open(url) as store:
        record(store, list_one_feed(store), told(1, "Tugboat sinks"), told(2, "Missile"))
    ran = subprocess.run([sys.executable, "-c", KILLED, url], env=environment(), check=False)
    assert ran.returncode == -signal.SIGKILL
    with Store.open(url) as store:
        assert (len(read(store, items_queued)), read(store, word_frequencies)) == (2, {})
        fill_index(store)
        assert read(store, word_frequencies) == {"Tugboat": 1, "sinks": 1, "Missile": 1}


@pytest.fixture
def recut(monkeypatch):
    """From here on words are cut otherwise: as by another version, or another Python."""

    def begin():
        monkeypatch.setattr(cutting, "_tokens", lambda stretch: (stretch.lower()[:3],))
        monkeypatch.setattr(cutting, "_cut", lambda stretch: (stretch.lower()[:3],))
        monkeypatch.setattr(search, "cut_by", lambda: "another version")

    return begin


def test_words_cut_otherwise_are_all_put_into_the_index_anew(state_url, recut):
    with Store.open(state_url) as store:
        real = record(store, list_one_feed(store), told(1, "Tugboat sinks"), told(2, "Missile"))
        fill_index(store)
    recut()
    with Store.open(state_url) as store:
        assert (read(store, word_frequencies), read(store, items_queued)) == ({}, {*real.values()})
        fill_index(store)
        assert read(store, word_frequencies) == {"tug": 1, "sin": 1, "mis": 1}
        write(store, search.withdraw, [*real.values()])
        assert read(store, word_frequencies) == {}


def test_words_cut_as_before_are_left_where_they_are(state_url):
    with Store.open(state_url) as store:
        record(store, list_one_feed(store), told(1, "Tugboat sinks"))
        fill_index(store)
    with Store.open(state_url) as store:
        assert read(store, items_queued) == set()
        assert len(read(store, word_frequencies)) == 2


def test_who_only_reads_tries_everything_while_the_words_are_of_another_version(archive, recut):
    recut()
    with archive.reading() as conn:
        everyone = {int(each.item_id) for each in iter_items(conn)}
        assert Narrower(conn).items_for(rule_of({"any": ["missile"]})) == everyone
        assert items_indexed(conn) == 0


def test_what_cut_the_words_changes_with_what_python_takes_for_letters(monkeypatch):
    before = cutting.cut_by()
    monkeypatch.setattr("unicodedata.unidata_version", "99.0.0")
    assert cutting.cut_by.__wrapped__() != before


def test_who_has_listed_the_words_keeps_up_with_what_comes_and_is_reworded(store, monkeypatch):
    feed = list_one_feed(store)
    record(store, feed, told(1, "Tugboat sinks"))
    fill_index(store)
    with store.reading() as conn:
        listed = WordList(conn)
    record(store, feed, told(2, "Missile"))
    write(store, lambda conn: reword(conn, "Barge sinks"))
    fill_index(store)
    monkeypatch.setattr("monitor.work.searching.word_frequencies", None)  # not listed again
    with store.reading() as conn:
        kept_up = listed.as_of(conn)
        assert set(kept_up) >= {"Missile", "Barge", "sinks"}
        assert Narrower(conn, kept_up).items_for(rule_of({"any": ["barge"]})) == {1}


def test_who_has_been_away_for_long_lists_them_anew(store, monkeypatch):
    feed = list_one_feed(store)
    with store.reading() as conn:
        listed = WordList(conn)
    monkeypatch.setattr(search, "_BITES_KEPT", 1)
    for number, title in enumerate(("Tugboat", "Missile", "Barge"), start=1):
        record(store, feed, told(number, title))
        fill_index(store)
    with store.reading() as conn:
        assert set(listed.as_of(conn)) == {"Tugboat", "Missile", "Barge"}


def reword(conn, title):
    search.withdraw(conn, [1])
    conn.execute(items.update().where(items.c.id == 1).values(title=title))
    search.enqueue(conn, [1])

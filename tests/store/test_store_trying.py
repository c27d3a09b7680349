"""A rule that is being written: tried on few items, it finds what it would find among all."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from polls import DAY, NOON, list_one_feed, record, revised
from test_store_searching import RULES, TERMS, everything, told

from monitor.rules.loading import load_rules_with
from monitor.rules.matching import Matcher
from monitor.rules.narrowing import Bearing, bearers
from monitor.rules.yaml_nodes import SourceFile
from monitor.store.archive import iter_items
from monitor.store.engine import Store
from monitor.store.search import index_turn
from monitor.work.searching import WordList, fill_index
from monitor.work.trying import Archive, Fitting, Overtaken, near_misses, try_draft

SINCE = NOON - 30 * DAY
quietly = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def rule_of(written):
    text = json.dumps({"title": "r"} | written)
    book = load_rules_with({}, [SourceFile("r.yaml", text)], NOON)
    return next(iter(book.rules), None)


class Desk:
    """A store, with what is kept of its words and of the rule from one question to the next."""

    def __init__(self, store):
        self.store = store
        with store.reading() as conn:
            self.words = WordList(conn)

    def ask(self, question, fitting, *more):
        with self.store.reading() as conn:
            counts = self.words.as_of(conn)
            archive = Archive(conn=conn, counts=counts, turn=index_turn(conn), tags={})
            return question(archive, fitting, SINCE, *more)

    def all_hits(self, rule):
        matcher = Matcher([rule])
        with self.store.reading() as conn:
            return {each.item_id for each in iter_items(conn) if matcher.match(each.item)}


def fitted(draft, running=None):
    fitting = Fitting(running)
    fitting.put(draft)
    return fitting


def found_by(desk, written):
    return {each.item_id for each in desk.ask(try_draft, fitted(rule_of(written))).found}


@pytest.fixture(scope="module")
def desk():
    """Items of which some were indexed after the words were listed, and the last not at all."""
    with Store.in_memory() as store:
        feed = list_one_feed(store)
        reports = everything()
        record(store, feed, *reports[:-10])
        fill_index(store)
        desk = Desk(store)
        record(store, feed, *reports[-10:-5])
        fill_index(store)
        record(store, feed, *reports[-5:])
        yield desk


@quietly
@given(RULES, RULES)
def test_hits_gains_and_losses_are_those_of_both_versions_on_every_item(desk, now, then):
    draft, running = rule_of(now), rule_of(then)
    assume(draft is not None and running is not None)
    found = desk.ask(try_draft, fitted(draft, running))
    new, old = desk.all_hits(draft), desk.all_hits(running)
    assert found.hits == len(new)
    assert {each.item_id for each in found.changed if each.gained} == new - old
    assert {each.item_id for each in found.changed if not each.gained} == old - new
    assert (found.gained, found.lost) == (len(new - old), len(old - new))


@quietly
@given(RULES, RULES, RULES)
def test_what_was_typed_before_does_not_change_the_answer(desk, first, second, third):
    drafts = [each for each in map(rule_of, (first, second, third)) if each is not None]
    assume(drafts)
    fitting = Fitting(drafts[0])
    for draft in drafts:
        fitting.put(draft)
        assert desk.ask(try_draft, fitting).hits == len(desk.all_hits(draft))


@quietly
@given(RULES)
def test_near_misses_are_the_items_on_which_one_clause_alone_fails(desk, written):
    draft = rule_of(written)
    assume(draft is not None and len(written["all"]) > 1)
    found = desk.ask(near_misses, fitted(draft))
    matcher = Matcher([draft])
    with desk.store.reading() as conn:
        failed = [matcher.explain(each.item, draft.id).failed for each in iter_items(conn)]
    alone = sorted(each[0].clause for each in failed if len(each) == 1)
    assert sorted(clause for clause, count in found.clauses for _ in range(count)) == alone
    assert found.all_tried


@quietly
@given(st.lists(st.lists(st.sampled_from(TERMS), min_size=1, max_size=4), min_size=2, max_size=4))
def test_words_read_as_terms_are_added_mean_what_they_mean_when_read_at_once(desk, lists):
    with desk.store.reading() as conn:
        words = desk.words.as_of(conn)
    matcher, bearing = Matcher(), Bearing()
    for number, terms in enumerate(lists):
        matcher.put(replace(rule_of({"any": terms}), id=f"r{number}"))
        found = bearing.of(matcher.lexicon, words, 1)
        at_once = bearers(matcher.lexicon, words)
        assert {each: set(borne) for each, borne in found.items()} == {
            each: set(borne) for each, borne in at_once.items()
        }
        idle = set(words) - {word for borne in at_once.values() for word in borne}
        fresh = Matcher([rule_of({"any": terms})]).lexicon
        assert not any(fresh.features(word) for word in idle)


def test_an_item_reworded_since_the_words_were_listed_is_found_by_its_new_ones(store):
    feed = list_one_feed(store)
    first = told(1, "Port opens")
    real = record(store, feed, first)
    fill_index(store)
    desk, zeppelin = Desk(store), {"any": ["zeppelin"]}
    assert found_by(desk, zeppelin) == set()
    record(store, feed, revised(first, real[-1], "Zeppelin lands"))
    assert found_by(desk, zeppelin) == {real[-1]}
    fill_index(store)
    assert found_by(desk, zeppelin) == {real[-1]}
    assert found_by(desk, {"any": ["port"]}) == set()


def test_who_has_typed_on_gets_no_answer_to_what_stood_there_before(desk):
    def typed_on():
        raise Overtaken

    with pytest.raises(Overtaken):
        desk.ask(try_draft, fitted(rule_of({"any": ["missile"]})), typed_on)

"""Caching: a file that says what it said before is not read again, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rulebooks import NOW

from monitor.rules.caching import RuleCache
from monitor.rules.loading import load_rules
from monitor.rules.yaml_nodes import SourceFile

TESTED = "tests:\n  - hit: A ship at sea\n  - miss: Nothing\n"
SHIPS = SourceFile("rules/ships.yaml", f"any: [ship, $boats]\nnear: 4\nall: [a, sea]\n{TESTED}")
TRAINS = SourceFile("rules/trains.yaml", f"match: 'sea NEAR/3 ship'\nseverity: high\n{TESTED}")
BOATS = SourceFile("rules/vocab/boats.yaml", "terms: [ferry]")


def book_of(files, cache, vocabulary=BOATS, now=NOW):
    return load_rules(files, [vocabulary], now, lambda *_: cache)


@pytest.fixture
def known():
    """A cache that has met both files."""
    cache = RuleCache()
    book_of([SHIPS, TRAINS], cache)
    return cache.kept()


def test_a_known_file_gives_the_very_rules_it_gave_before(known):
    book = book_of([SHIPS, TRAINS], known)

    assert known.read_anew == 0
    assert book == book_of([SHIPS, TRAINS], RuleCache())


def test_an_edited_file_is_read_and_the_others_are_not(known):
    edited = replace(TRAINS, text=TRAINS.text.replace("high", "low"))

    book = book_of([SHIPS, edited], known)

    assert known.read_anew == 1
    assert {rule.id: rule.severity.word for rule in book.rules} == {
        "ships": "medium",
        "trains": "low",
    }


def test_files_are_read_again_when_a_vocabulary_has_changed(known):
    book_of([SHIPS, TRAINS], known, replace(BOATS, text="terms: [ferry, tug]"))
    assert known.read_anew == 2


def test_what_is_remarked_on_is_remarked_on_every_time():
    untested = SourceFile("rules/untested.yaml", "any: [ship]")
    cache = RuleCache()
    first = book_of([untested], cache)

    again = book_of([untested], cache.kept())

    assert [each.code for each in first.problems] == ["R151"]
    assert again.problems == first.problems


@pytest.mark.parametrize(
    ("says", "code"),
    [
        (f"expires: {NOW:%Y-%m-%d}", "R152"),
        (f"review: {NOW:%Y}-12-31", "R137"),
        (f"mute: [{{story: 7, until: {NOW:%Y-%m-%d}, note: enough}}]", "R138"),
    ],
)
def test_what_a_day_brings_is_said_of_known_files_too(says, code):
    dated = SourceFile("rules/dated.yaml", f"any: [ship]\n{says}\n{TESTED}")
    cache = RuleCache()
    assert not book_of([dated], cache).problems

    later = book_of([dated], cache.kept(), now=NOW.replace(year=NOW.year + 1))

    assert [each.code for each in later.problems] == [code]


def test_an_id_that_is_taken_twice_is_found_among_known_files(known):
    twin = SourceFile("rules/more/ships.yaml", SHIPS.text)
    book_of([twin, TRAINS], known)
    book_of([SHIPS], known)

    book = book_of([SHIPS, twin], known.kept())

    assert [each.code for each in book.problems] == ["R111"]


def test_a_written_cache_gives_what_was_read(known):
    book_of([SHIPS, TRAINS], known)
    book = book_of([SHIPS, TRAINS], RuleCache())

    read = RuleCache.load(known.dump("1"), "1", book.vocabularies)

    assert book_of([SHIPS, TRAINS], read) == book
    assert read.read_anew == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda written: b"",
        lambda written: written[:-1],
        lambda written: written[:50] + b"\xff" + written[51:],
    ],
    ids=["empty", "cut", "changed"],
)
def test_a_damaged_cache_is_an_empty_one(known, spoil):
    book = book_of([SHIPS, TRAINS], known)

    read = RuleCache.load(spoil(known.dump("1")), "1", book.vocabularies)

    assert book_of([SHIPS, TRAINS], read) == book
    assert read.read_anew == 2


def test_a_cache_of_another_version_is_an_empty_one(known):
    book = book_of([SHIPS, TRAINS], known)
    read = RuleCache.load(known.dump("1"), "2", book.vocabularies)
    book_of([SHIPS, TRAINS], read)
    assert read.read_anew == 2


class Harm:
    done = False

    def __reduce__(self):
        return (setattr, (Harm, "done", True))


def test_a_cache_makes_nothing_but_rules(known):
    known.keep(b"key", (Harm(),))

    read = RuleCache.load(known.dump("1"), "1", {})

    assert not Harm.done
    assert read.rules(b"key", NOW.date()) == ()

"""Initials: a word that begins otherwise than everything asked for need not be read at all."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.rules.forms import INITIAL_FROM, initial_in, initial_of, keep_initials, token_keys
from monitor.rules.lexicon import Lexicon
from monitor.rules.narrowing import bearers
from monitor.rules.syntax import Glob, Term, Word

KEEPING = ("en", "de", "fr", "es", "it", "pt")
ODD = ["Boes", "dying", "skies", "idly", "yeux", "youth", "Ypres", "uebel", "aerger"]
PLAIN = st.text(string.ascii_letters, min_size=INITIAL_FROM, max_size=12)


def lexicon_of(*words):
    lexicon = Lexicon()
    for word in words:
        lexicon.feature(Term("t", (word,)))
    return lexicon


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.sampled_from(ODD), PLAIN))
def test_every_key_of_a_plain_word_begins_as_it_does(word):
    assert {initial_of(key) for key in token_keys(word, KEEPING)} == {word[0].lower()}


ABROAD = [
    "Élysée",
    "œuvre",
    "Ångström",
    "ёлка",
    "Ёлка",
    "İstanbul",
    "ŉabcd",
    "北京",
    "ミサイル",
    "１２３",
    "ﬁnal",
]


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(st.sampled_from(ABROAD), st.text(st.characters(categories=["L", "N"]), min_size=1))
)
def test_a_word_tells_how_its_keys_begin_or_says_that_it_does_not(word):
    initial = initial_in(word)
    assert not initial or {initial_of(key) for key in token_keys(word, KEEPING)} == {initial}


@pytest.mark.parametrize("word", ["والصواريخ", "מהטילים", "oes", "F-16"])
def test_words_that_may_have_others_before_them_do_not_tell(word):
    assert initial_in(word) == ""


def test_but_in_dutch_where_a_form_may_have_something_before_it():
    assert "nl:loop" in token_keys("gelopen", ["nl"])
    assert not keep_initials(["en", "nl"])
    assert lexicon_of(Word("lopen", "nl")).initials() is None


@pytest.mark.parametrize(
    ("words", "initials"),
    [
        ([Word("missile"), Word("Tugs", "de")], {"m", "t"}),
        ([Glob("ship*"), Glob("c?d")], {"s", "c"}),
        ([Word("missile"), Glob("*stillstand")], None),
    ],
)
def test_terms_tell_how_the_words_begin_that_they_mean(words, initials):
    assert lexicon_of(*words).initials() == initials


def test_short_words_are_read_whatever_they_begin_with():
    assert {initial_of(key) for key in token_keys("oes", ["pt"])} == {"o", "a"}
    lexicon = lexicon_of(Word("ao", "pt"))
    (found,) = bearers(lexicon, ["oes", "sinks"]).values()
    assert found == ["oes"]

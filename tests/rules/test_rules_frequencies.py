"""Frequencies: what is common in an archive, and that weighing never changes what is found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rulebooks import item, load

from monitor.rules.frequencies import Frequencies, expected_frequency
from monitor.rules.matching import Matcher
from monitor.rules.terms import read_term

ARCHIVE = Frequencies.of({"vessel": 4_000, "Vessels": 2_000, "Vesta": 500, "isotope": 1}, 10_000)


def test_a_word_is_as_common_as_its_forms_are_in_the_archive():
    assert ARCHIVE(read_term("vessel")) == 6_000
    assert ARCHIVE(read_term("vessel")) == ARCHIVE(read_term("Vessels"))


def test_a_wildcard_is_as_common_as_all_that_it_may_stand_for():
    assert ARCHIVE(read_term("ves*")) == 6_500


def test_what_is_rare_in_the_archive_is_guessed_at():
    assert ARCHIVE(read_term("isotope")) == expected_frequency(read_term("isotope"))


def test_a_phrase_is_rarer_than_its_rarest_word():
    assert ARCHIVE(read_term("isotope vessel")) < ARCHIVE(read_term("isotope"))


WORDS = ["tug", "ferry", "sea", "oil", "coal", "buoy"]
CONCEPTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True)
RULES = st.lists(st.lists(CONCEPTS, min_size=1, max_size=3), min_size=1, max_size=4)


@given(
    RULES,
    st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
    st.dictionaries(st.sampled_from(WORDS), st.integers(0, 100)),
)
def test_rules_find_the_same_wherever_they_wait(concepts, title, counts):
    text = "rules:\n" + "".join(
        f"- {{id: r{number}, all: {all_of}}}\n".replace("'", "")
        for number, all_of in enumerate(concepts)
    )
    guessed = Matcher(load(text).rules)
    weighed = guessed.weighed(Frequencies.of(counts, 100))
    assert weighed.match(item(title)) == guessed.match(item(title))

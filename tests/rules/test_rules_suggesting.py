"""Suggesting: words that tell hits from the rest, and spellings nobody thought of."""

import pytest

from monitor.rules.suggesting import distance, spellings, telling_words


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [("kim", "kim", 0), ("kim", "kin", 1), ("pyongyang", "pyonygang", 1), ("ab", "", 2),
     ("lavrov", "lawrow", 2), ("missile", "vessel", 4)],
)  # fmt: skip
def test_the_distance_counts_slips_of_the_pen(one, other, apart):
    assert distance(one, other) == apart == distance(other, one)


def test_words_of_hits_alone_are_told_and_those_of_everywhere_are_not():
    hits = [{"Missile", "the", "Hwasong"}] * 10
    counts = {"the": 900, "Missile": 12, "Hwasong": 11}
    (only,) = telling_words(hits, counts, 1_000, {"missile"})
    assert (only.word, only.hits, only.items) == ("hwasong", 10, 11)


def test_a_spelling_the_rule_does_not_find_is_offered():
    counts = {"Pyongyang": 9, "Pyongyan": 2, "Pyonygang": 1, "Harbour": 5}
    found = list(spellings(["Pyongyang"], counts, {"Pyongyang"}))
    assert {(each.word, each.items) for each in found} == {("Pyongyan", 2), ("Pyonygang", 1)}

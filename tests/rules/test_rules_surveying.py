"""Surveying: terms held against all words of an archive."""

from rulebooks import only_rule

from monitor.rules.surveying import survey

COUNTS = {"missile": 9, "missiles": 4, "Korea": 3, "US": 2, "us": 50}


def surveyed(rule, **vocabularies):
    return {each.term: each for each in survey(only_rule(rule, **vocabularies), COUNTS)}


def test_a_term_of_which_no_word_is_there_is_dead():
    found = surveyed("any: [missile, torpedo, north korea]")
    assert {term for term, each in found.items() if each.dead} == {"torpedo", "north korea"}


def test_forms_and_wildcards_count_the_words_they_take():
    found = surveyed("any: [missile, mis*]")
    assert (found["missile"].words, found["mis*"].words) == (2, 2)
    assert found["missile"].at_least == 9


def test_a_term_in_capitals_alone_is_no_word_in_small_letters():
    assert surveyed("any: [=US]")["=US"].at_least == 2


def test_terms_of_a_query_are_surveyed_but_not_what_must_not_be_found():
    found = surveyed("match: missile NEAR/5 korea AND NOT torpedo")
    assert set(found) == {"missile", "korea"}


def test_what_comes_through_a_vocabulary_says_so():
    found = surveyed("any: [$arms]", arms="terms: {en: [missile]}")
    assert found["missile"].vocabulary == "arms"

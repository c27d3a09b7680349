"""Surveying: terms held against all words of an archive."""

from rulebooks import only_rule

from monitor.rules.archive_linting import lint_with_archive
from monitor.rules.surveying import survey_all
from monitor.rules.yaml_nodes import SourceFile

COUNTS = {"missile": 9, "missiles": 4, "Korea": 3, "US": 2, "us": 50}


def surveyed(rule, **vocabularies):
    watched = only_rule(rule, **vocabularies)
    return {each.term: each for each in survey_all([watched], COUNTS)[watched.id]}


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


def linted(rule, counts, items=1_000, **vocabularies):
    files = {"rules/r.yaml": rule} | {f"rules/vocab/{k}.yaml": v for k, v in vocabularies.items()}
    found = lint_with_archive(
        [only_rule(rule, **vocabularies)],
        counts,
        items,
        lambda path: SourceFile(path, files[path]),
    )
    return [(str(p.place), p.code, p.message) for p in found]


def test_a_term_nobody_writes_is_named_where_it_stands():
    assert linted("any: [missile, torpdeo,\n  frigat]", COUNTS) == [
        ("rules/r.yaml:1:16", "R160", "`torpdeo`: in no item of the archive"),
        ("rules/r.yaml:2:3", "R160", "`frigat`: in no item of the archive"),
    ]


def test_one_in_a_query_is_found_there_and_not_in_the_title():
    (problem,) = linted("title: torpdeo\nmatch: 'missile NEAR/5 torpdeo'", COUNTS)
    assert problem[0] == "rules/r.yaml:2:24"


def test_one_of_a_vocabulary_is_named_in_the_vocabulary():
    (problem,) = linted("any: [$v]", COUNTS, v="terms:\n  en: [missile, torpdeo]")
    assert problem[:2] == ("rules/vocab/v.yaml:2:17", "R160")


def test_many_terms_nobody_writes_are_summed_up():
    words = ", ".join(f"torpdeo{letter}" for letter in "abcdefghij")
    *_, rest = found = linted(f"any: [missile, {words}]", COUNTS)
    assert len(found) == 9
    assert rest[2] == "in no item of the archive: 2 more terms, `torpdeoi`, `torpdeoj`"


def test_a_term_in_more_than_one_of_a_hundred_items_is_named():
    assert linted("any: [missile, us]", COUNTS)[0][1] == "R161"


def test_a_wildcard_that_takes_thousands_of_words_is_a_mistake():
    counts = {f"mis{number:x}": 1 for number in range(5_001)}
    assert [code for _, code, _ in linted("any: [mis*]", counts)] == ["R162"]


def test_a_small_archive_says_nothing():
    assert linted("any: [torpedo]", COUNTS, items=999) == []

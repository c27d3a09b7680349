"""`stories`: what was found, how it came together, and what people say of it."""

import pytest
from desk import wirewatch


@pytest.fixture
def told(polled):
    """The stories of a desk, and what a command says there."""

    def run(*words):
        return wirewatch("stories", *words, desk=polled)

    return run


def ids(told):
    return [line["id"] for line in told("list", "--json").lines]


def shown(told, story):
    (line,) = told("show", str(story), "--json").lines
    return line


def test_a_story_says_how_each_report_joined_and_who_was_told(told):
    newest = ids(told)[0]
    ran = told("show", str(newest))
    assert ran.code == 0
    assert "the first report" in ran.out
    assert "waits for `morning`" in ran.out


def test_for_programs_the_same(told):
    line = shown(told, ids(told)[0])
    (report,) = line["reports"]
    assert report["joined"] == "first"
    assert [each["cause"] for each in line["lines"]] == ["story"]
    assert all(each["updates"] == [] for each in told("list", "--json").lines)
    assert (line["updates"], line["kin"], line["verdicts"], line["abroad"]) == ([], [], [], [])


def test_the_story_of_an_item_is_found_by_its_number(told):
    line = shown(told, ids(told)[0])
    item = line["reports"][0]["id"]
    (found,) = told("show", str(item), "--item", "--json").lines
    assert found["id"] == line["id"]
    assert told("show", "9999", "--item").code == 2


def test_merged_stories_are_one_and_can_be_split_again(told):
    into, other, *_ = ids(told)
    merged = told("merge", str(into), str(other))
    assert merged.code == 0, merged.err
    assert f"story {into} has the 1 reports of {other} now" in merged.out
    assert other not in ids(told)
    line = shown(told, into)
    assert sorted(each["joined"] for each in line["reports"]) == ["by-hand", "first"]
    assert [each["same"] for each in line["verdicts"]] == [True]
    sent_on = told("show", str(other))
    assert f"story {other} was merged into {into}" in sent_on.err

    (mine,) = [each["id"] for each in line["reports"] if each["joined"] == "by-hand"]
    split = told("split", str(into), str(mine), "--json")
    assert split.code == 0, split.err
    assert shown(told, split.lines[0]["story"])["reports"][0]["id"] == mine


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("merge", "1", "99"), "99"),
        (("merge", "1", "1"), "with itself"),
        (("split", "1", "99"), "99"),
        (("show", "99"), "99"),
    ],
)
def test_what_is_not_there_is_said(told, words, said):
    ran = told(*words)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err

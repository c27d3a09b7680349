"""What only an archive of some size can say: lints on its terms, and suggestions."""

import shutil
from pathlib import Path

import pytest
from desk import furnish, rss, wirewatch
from feed_server import FeedServer

ITEMS = 1_000
RULES = {
    "tugs": "title: Tugs\nany: [tugboat, torpdeo]\n",
    "ports": "title: Ports\nany: [harbour]\n",
}


def headlines():
    """Ten tugboats, each towed by a hawser; a misspelt one; harbours everywhere."""
    for number in range(ITEMS):
        if number < 10:
            yield f"Tugboat {number} tows with a hawser"
        elif number == 10:
            yield "Tugbaot seen"
        else:
            yield f"Harbour report on quay{number}" if number % 10 else f"Weather report {number}"


@pytest.fixture(scope="module")
def _stored(tmp_path_factory):
    items = [(str(number), text) for number, text in enumerate(headlines())]
    body = rss(*items)
    with FeedServer({"wire": body}) as server:
        desk = furnish(tmp_path_factory.mktemp("large") / "desk", server.urls, rules=RULES)
        assert wirewatch("once", desk=desk).code == 0
    return desk


@pytest.fixture
def desk(tmp_path, _stored):
    return shutil.copytree(_stored, tmp_path / "desk")


def problems(desk, *options):
    lines = wirewatch("check", "--json", *options, desk=desk).lines
    return {
        (each["code"], Path(each["path"]).name, each["line"], each["column"])
        for each in lines
        if each["code"].startswith("R16")
    }


def test_terms_that_the_archive_finds_odd_are_named_where_they_stand(desk):
    assert problems(desk) == {
        ("R160", "tugs.yaml", 2, 16),
        ("R161", "ports.yaml", 2, 7),
    }
    assert problems(desk, "--no-archive") == set()


def test_a_wildcard_taken_for_too_many_words_is_an_error(desk, monkeypatch):
    monkeypatch.setattr("monitor.rules.archive_linting._MOST_WORDS", 100)
    (desk / "rules" / "tugs.yaml").write_text("title: Tugs\nany: [tugboat, quay*]\n")
    assert ("R162", "tugs.yaml", 2, 16) in problems(desk)
    assert wirewatch("check", desk=desk).code == 1


def test_words_that_set_hits_apart_and_spellings_that_are_missed_are_suggested(desk):
    (found,) = wirewatch("rules", "suggest", "tugs", "--json", desk=desk).lines
    assert (found["items"], found["hits"]) == (ITEMS, 10)
    assert "hawser" in [each["word"] for each in found["words"]]
    assert [(each["word"], each["headline"]) for each in found["spellings"]] == [
        ("Tugbaot", "Tugbaot seen")
    ]


def test_people_read_suggestions_as_two_tables(desk):
    out = wirewatch("rules", "suggest", "tugs", desk=desk).out
    assert "10 hits in 90 days, 1,000 items" in out
    assert "hawser" in out
    assert "Tugbaot seen" in out

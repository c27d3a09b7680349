"""`backtest`: what a rule would have found, and what a change to it gains and loses."""

import subprocess

import pytest
from desk import ARMS, furnish, rss, wirewatch
from feed_server import FeedServer

HEADLINES = [
    ("1", "Missile fired at sea"),
    ("2", "Shells found in a warehouse"),
    ("3", "Torpedo drill ends"),
    ("4", "Harbour closed for repairs"),
]


@pytest.fixture(scope="module")
def polled(tmp_path_factory):
    with FeedServer({"wire": rss(*HEADLINES)}) as server:
        desk = furnish(tmp_path_factory.mktemp("back") / "desk", server.urls)
        assert wirewatch("once", desk=desk).code == 0
    git(desk, "init", "-q")
    git(desk, "add", "rules")
    git(desk, "commit", "-qm", "rules")
    return desk


@pytest.fixture
def edited(polled):
    """The rule has lost shells and found torpedoes since it was committed and ran."""
    path = polled / "rules" / "arms.yaml"
    path.write_text(ARMS.replace("shells", "torpedo"))
    yield polled
    path.write_text(ARMS)


def git(folder, *arguments):
    identity = ["-c", "user.name=t", "-c", "user.email=t@x.example"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_an_unchanged_rule_finds_what_it_found(polled):
    summary, day = wirewatch("backtest", "arms", "--json", desk=polled).lines
    assert (summary["hits"], summary["stories"], summary["items"]) == (2, 2, 4)
    assert (summary["gained"], summary["lost"]) == (0, 0)
    assert (day["hits"], day["items"]) == (2, 4)


@pytest.mark.parametrize("against", [(), ("--against", "HEAD")])
def test_a_change_shows_what_it_gains_and_loses(edited, against):
    summary, _, *changes = wirewatch("backtest", "arms", *against, "--json", desk=edited).lines
    assert (summary["gained"], summary["lost"]) == (1, 1)
    assert {(each["change"], each["title"]) for each in changes} == {
        ("gained", "Torpedo drill ends"),
        ("lost", "Shells found in a warehouse"),
    }


def test_near_misses_are_counted_by_the_clause_that_failed(polled):
    ran = wirewatch("backtest", "arms", "--near-misses", "--json", desk=polled)
    summary, _, *missed = ran.lines
    assert summary["near_misses"] == {"all 1": 2}
    assert {(each["missed"], each["title"]) for each in missed} == {
        ("all 1", "Torpedo drill ends"),
        ("all 1", "Harbour closed for repairs"),
    }


def test_people_see_a_few_near_misses_of_each_clause_and_why(polled):
    out = wirewatch("backtest", "arms", "--near-misses", desk=polled).out
    assert "2 items failed only all 1\n  ~ " in out
    assert "~ Torpedo drill ends Wire: none of its terms found" in out


def test_people_see_a_bar_for_each_day_and_the_changes(edited):
    ran = wirewatch("backtest", "arms", "--against", "HEAD", desk=edited)
    assert ran.code == 0
    assert "would have found 2 of 4 items" in ran.out
    assert "█" in ran.out
    assert "  + Torpedo drill ends" in ran.out
    assert "1 gained and 1 lost against the version in HEAD" in ran.out


def test_a_rule_that_did_not_exist_then_gains_everything(polled):
    path = polled / "rules" / "new.yaml"
    path.write_text("title: New\nany: [harbour]\n")
    summary, *_ = wirewatch("backtest", "new", "--against", "HEAD", "--json", desk=polled).lines
    path.unlink()
    assert (summary["gained"], summary["lost"]) == (1, 0)


def test_a_misspelt_rule_is_offered_its_nearest(polled):
    ran = wirewatch("backtest", "amrs", desk=polled)
    assert (ran.code, "did you mean `arms`?" in ran.err) == (2, True)


@pytest.mark.parametrize("revision", ["nosuch", "--help-me"])
def test_a_revision_that_is_none_is_said_so(polled, revision):
    ran = wirewatch("backtest", "arms", f"--against={revision}", desk=polled)
    assert ran.code == 2
    assert "Traceback" not in ran.err

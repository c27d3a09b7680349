"""`test` and `rules`: what rules there are, and whether they do what they promise."""

import pytest
from desk import ARMS, wirewatch

FAILING = f"{ARMS}tests:\n  - hit: A quiet day\n  - miss: A missile was seen\n  - hit: A shell\n"


def test_passing_tests_are_exit_code_0(rules, tmp_path):
    ran = wirewatch("test", desk=tmp_path)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "2 tests of 1 rules and vocabularies: 0 failed\n"


def test_a_failure_shows_its_line_and_the_clause_that_failed(rules, tmp_path):
    (rules / "arms.yaml").write_text(FAILING)
    ran = wirewatch("test", desk=tmp_path)
    assert ran.code == 1
    assert "rules/arms.yaml:7:" in ran.out
    assert "all 1" in ran.out
    assert "rules/arms.yaml:8:" in ran.out
    assert "2 failed" in ran.err


def test_json_is_one_object_a_test(rules, tmp_path):
    (rules / "arms.yaml").write_text(FAILING)
    ran = wirewatch("test", "--json", desk=tmp_path)
    assert [line["passed"] for line in ran.lines] == [False, False, True]
    assert ran.lines[2] == {
        "rule": "arms",
        "passed": True,
        "must_hit": True,
        "text": "A shell",
        "reason": ran.lines[2]["reason"],
        "path": "rules/arms.yaml",
        "line": 9,
    }


def test_only_the_rules_named_are_tested(rules, tmp_path):
    (rules / "other.yaml").write_text(FAILING)
    assert wirewatch("test", "arms", desk=tmp_path).code == 0
    assert wirewatch("test", "other", desk=tmp_path).code == 1


def test_a_vocabulary_is_tested_by_its_name(rules, tmp_path):
    (rules / "vocab").mkdir()
    (rules / "vocab" / "sea.yaml").write_text("terms: [ship]\ntests:\n  - hit: a boat\n")
    ran = wirewatch("test", "$sea", "--json", desk=tmp_path)
    assert [(line["rule"], line["passed"]) for line in ran.lines] == [("$sea", False)]


@pytest.mark.parametrize(
    "call",
    [["test", "amrs"], ["rules", "show", "amrs"], ["match", "--rule", "amrs", "--text", "x"]],
)
def test_a_rule_that_is_not_there_offers_the_nearest(call, rules, tmp_path):
    ran = wirewatch(*call, desk=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: no rule `amrs`; did you mean `arms`?\n"


@pytest.mark.parametrize("call", [["test"], ["test", "--json"], ["rules", "list"]])
def test_a_broken_rule_fails_the_call_and_the_others_are_still_read(call, rules, tmp_path):
    (rules / "broken.yaml").write_text("titel: x\n")
    ran = wirewatch(*call, desk=tmp_path)
    assert ran.code == 1
    assert "R103" in ran.out + ran.err or "wirewatch check" in ran.err


def test_the_list_tells_what_each_rule_is(rules, tmp_path):
    (rules / "asleep.yaml").write_text(ARMS + "enabled: no\ntags: [sea]\nowner: Ada\n")
    ran = wirewatch("rules", "list", "--json", desk=tmp_path)
    assert ran.lines == [
        {
            "id": "arms",
            "title": "Arms",
            "severity": "high",
            "tags": [],
            "owner": "",
            "active": True,
            "tests": 2,
            "path": "rules/arms.yaml",
            "line": 2,
        },
        {
            "id": "asleep",
            "title": "Arms",
            "severity": "high",
            "tags": ["sea"],
            "owner": "Ada",
            "active": False,
            "tests": 0,
            "path": "rules/asleep.yaml",
            "line": 2,
        },
    ]
    assert "asleep" in wirewatch("rules", "list", desk=tmp_path).out


def test_a_rule_is_shown_as_it_was_written(rules, tmp_path):
    (rules / "arms.yaml").write_text("# why we care\n" + ARMS)
    shown = wirewatch("rules", "show", "arms", desk=tmp_path)
    assert "# why we care\n" in shown.out
    (line,) = wirewatch("rules", "show", "arms", "--json", desk=tmp_path).lines
    assert line["text"].startswith("# why we care\n")
    assert (line["id"], line["path"]) == ("arms", "rules/arms.yaml")


def test_without_rules_anywhere_it_says_where_they_would_be(tmp_path):
    ran = wirewatch("rules", "list", desk=tmp_path)
    assert ran.code == 2
    assert "no folder `rules`" in ran.err

"""`check`: every mistake in every file, in one run, in a form for people or for machines."""

import json

import pytest
from desk import ARMS, furnish, wirewatch

BAD_CONFIG = """
timezone = "Europe/Wien"
[poll]
maen = "5m"
min = "soon"
[[feed]]
url = "ftp://wire.example/rss"
[[channel]]
name = "chat"
url = "slak://token"
[[digest]]
name = "morning"
cadence = "dayly 07:00"
to = ["chta"]
"""


@pytest.fixture
def spoilt(tmp_path):
    """A desk with a rule whose key is misspelt."""
    return furnish(tmp_path / "desk", rules={"arms": ARMS.replace("title:", "titel:")})


def test_nothing_wrong_is_exit_code_0(tmp_path, rules):
    (tmp_path / "config.toml").touch()
    ran = wirewatch("check", desk=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "", "no problems\n")


def test_a_mistake_is_shown_with_its_line_and_the_nearest_name(spoilt):
    ran = wirewatch("check", desk=spoilt)
    assert ran.code == 1
    assert (
        "rules/arms.yaml:2:1: error[R103]: unknown key `titel`\n"
        "  2 | titel: Arms\n"
        "    | ^^^^^ did you mean `title`?\n"
    ) in ran.out
    assert "error" in ran.err


def test_concise_is_one_line_a_mistake(spoilt):
    lines = wirewatch("check", "--format", "concise", desk=spoilt).out.splitlines()
    assert "rules/arms.yaml:2:1: error[R103]: unknown key `titel` (did you mean `title`?)" in lines
    assert all(line.startswith("rules/arms.yaml") for line in lines)


@pytest.mark.parametrize("call", [["--format", "json"], ["--json"]])
def test_json_is_one_object_a_mistake(call, spoilt):
    ran = wirewatch("check", *call, desk=spoilt)
    assert {
        "path": "rules/arms.yaml",
        "line": 2,
        "column": 1,
        "code": "R103",
        "severity": "error",
        "message": "unknown key `titel`",
        "hint": "did you mean `title`?",
    } in ran.lines
    assert ran.err == ""


def test_github_shows_it_beside_the_line(spoilt):
    lines = wirewatch("check", "--format", "github", desk=spoilt).out.splitlines()
    assert (
        "::error file=rules/arms.yaml,line=2,col=1,title=R103"
        "::unknown key `titel` did you mean `title`?" in lines
    )


def test_github_is_not_confused_by_what_files_are_called(tmp_path):
    furnish(tmp_path / "50%, or more: a desk", rules={"arms": "titel: x\n"})
    ran = wirewatch("check", "50%, or more: a desk", "--format", "github", desk=tmp_path)
    assert "file=50%25%2C or more%3A a desk/rules/arms.yaml,line=1," in ran.out


def test_ten_mistakes_in_four_kinds_of_files_are_one_round(tmp_path):
    desk = furnish(tmp_path / "desk", rules={"arms": "titel: x\nseverity: hihg\nall: [$wepons]\n"})
    (desk / "config.toml").write_text(BAD_CONFIG)
    (desk / "rules" / "vocab").mkdir()
    (desk / "rules" / "vocab" / "sea.yaml").write_text("title: Sea\ntrems: [ship]\n")
    (desk / "templates").mkdir()
    (desk / "templates" / "digest.txt.j2").write_text("{% for story in %}")
    ran = wirewatch("check", "--json", desk=desk)
    found = {(line["path"], line["code"]) for line in ran.lines}
    assert len(ran.lines) >= 10
    assert {path for path, _ in found} == {
        "config.toml",
        "rules/arms.yaml",
        "rules/vocab/sea.yaml",
        "templates/digest.txt.j2",
    }
    assert ran.code == 1


def test_mistakes_in_config_offer_the_nearest_name(tmp_path):
    (tmp_path / "config.toml").write_text(BAD_CONFIG)
    hints = " ".join(line["hint"] for line in wirewatch("check", "--json", desk=tmp_path).lines)
    for name in ("`mean`", "`Europe/Vienna`", "`chat`"):
        assert name in hints


def test_warnings_alone_are_exit_code_3_when_strict(tmp_path):
    desk = furnish(tmp_path / "desk")
    assert wirewatch("check", desk=desk).code == 0
    ran = wirewatch("check", "--strict", desk=desk)
    assert ran.code == 3
    assert "warning[R151]" in ran.out
    assert ran.err == "1 warning\n"


def test_errors_are_exit_code_1_also_when_strict(spoilt):
    assert wirewatch("check", "--strict", desk=spoilt).code == 1


def test_a_failed_test_of_a_rule_is_a_mistake_at_its_line(tmp_path):
    failing = f"{ARMS}tests:\n  - hit: A quiet day\n  - miss: No news\n"
    ran = wirewatch("check", "--json", desk=furnish(tmp_path / "desk", rules={"arms": failing}))
    (mistake,) = ran.lines
    assert (mistake["path"], mistake["line"]) == ("rules/arms.yaml", 7)
    assert ran.code == 1


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".", {"config.toml", "rules/arms.yaml", "rules/vocab/sea.yaml", "templates/a.txt.j2"}),
        ("config.toml", {"config.toml", "rules/arms.yaml", "rules/vocab/sea.yaml"}),
        ("rules", {"rules/arms.yaml", "rules/vocab/sea.yaml"}),
        ("rules/arms.yaml", {"rules/arms.yaml"}),
        ("rules/good.yaml", set()),
        ("rules/vocab", {"rules/vocab/sea.yaml"}),
        ("rules/vocab/sea.yaml", {"rules/vocab/sea.yaml"}),
        ("templates", {"templates/a.txt.j2"}),
        ("templates/a.txt.j2", {"templates/a.txt.j2"}),
    ],
)
def test_only_what_is_named_is_checked(path, found, tmp_path, rules):
    (rules / "arms.yaml").rename(rules / "good.yaml")
    furnish(tmp_path, rules={"arms": "titel: x\n"}, more="maen = 1")
    (rules / "vocab").mkdir()
    (rules / "vocab" / "sea.yaml").write_text("trems: [ship]\n")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.txt.j2").write_text("{% if %}")
    ran = wirewatch("check", path, "--json", desk=tmp_path)
    assert found <= {line["path"] for line in ran.lines}
    if path != "config.toml":
        assert found == {line["path"] for line in ran.lines}
    absolute = wirewatch("check", tmp_path / path, "--json", desk=tmp_path)
    assert (absolute.out, absolute.code) == (ran.out, ran.code)


def test_a_rule_file_in_a_folder_of_its_own_knows_the_vocabularies_above(tmp_path, rules):
    (rules / "vocab").mkdir()
    (rules / "vocab" / "sea.yaml").write_text(
        "terms: [ship]\ntests:\n  - hit: a ship\n  - miss: x\n"
    )
    (rules / "asia").mkdir()
    (rules / "asia" / "one.yaml").write_text(
        "title: One\nall: [$sea]\ntests:\n  - hit: a ship\n  - miss: no\n"
    )
    assert wirewatch("check", "rules/asia/one.yaml", desk=tmp_path).err == "no problems\n"


@pytest.mark.parametrize("path", ["notes.md", "arms.json"])
def test_what_is_no_file_of_ours_is_a_wrong_call(path, tmp_path):
    (tmp_path / path).touch()
    ran = wirewatch("check", path, desk=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert f"{path} is no config.toml, rule file, vocabulary or template" in ran.err


def test_binary_junk_in_every_file_is_a_mistake_in_every_file(tmp_path):
    desk = furnish(tmp_path / "desk", rules={})
    (desk / "templates").mkdir()
    (desk / "rules" / "vocab").mkdir()
    names = {"rules/a.yaml", "rules/vocab/b.yaml", "rules/vocab/c.txt", "templates/d.txt.j2"}
    for name in names:
        (desk / name).write_bytes(bytes(range(256)))
    (desk / "config.toml").write_bytes(b"\xff\xfe\x00")
    ran = wirewatch("check", "--json", desk=desk)
    assert {line["path"] for line in ran.lines} == {*names, "config.toml"}


def test_a_config_of_another_name_is_checked_as_one(tmp_path, rules):
    (tmp_path / "desk.conf").write_text("[poll]\nmaen = 1\n")
    ran = wirewatch("-c", "desk.conf", "check", "--json", desk=tmp_path)
    assert [line["path"] for line in ran.lines] == ["desk.conf"]


def test_the_secret_in_a_line_with_a_mistake_is_not_shown(tmp_path):
    (tmp_path / "config.toml").write_text(
        '[[channel]]\nname = "a"\nurl = "slak://CANARY-1/CANARY-2"\n'
        '[[feed]]\nurl = "ftp://me:CANARY-3@wire.example/"\nauth = ["CANARY-4"]\n'
        '[state]\nurl = "oracle://me:CANARY-5@db/x"\n'
    )
    ran = wirewatch("check", desk=tmp_path)
    assert ran.code == 1
    assert "CANARY" not in ran.out + ran.err


def test_every_code_it_can_print_is_explained(spoilt):
    for line in wirewatch("check", "--json", desk=spoilt).lines:
        assert json.dumps(line["code"]) in wirewatch("explain", "--json", desk=spoilt).out

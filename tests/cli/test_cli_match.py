"""`match`: which rules fire on an item, and why, without configuration or state."""

import io
import json
import os
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest
from desk import ARMS, wirewatch

TWO = "title: Two\nseverity: low\nall: [missile]\nany: [port, harbour]\n"


@pytest.fixture(autouse=True)
def _rules(rules):
    (rules / "two.yaml").write_text(TWO)


@pytest.fixture
def say_on_stdin(monkeypatch):
    def say(raw):
        monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(raw)))

    return say


def written(folder, *items):
    lines = (json.dumps(item, ensure_ascii=False) for item in items)
    (folder / "items.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return "--items", "items.jsonl"


def matched(folder, *call):
    ran = wirewatch("match", "--json", *call, desk=folder)
    assert ran.code == 0, ran.err
    return ran.lines


def test_a_hit_names_item_rule_severity_and_score(tmp_path):
    hits = matched(tmp_path, *written(tmp_path, {"id": "7", "title": "A missile was seen"}))
    assert hits == [
        {
            "item": "7",
            "rule": "arms",
            "severity": "high",
            "score": 0,
            "evidence": [
                {
                    "clause": "all 1",
                    "term": "missile",
                    "field": "title",
                    "start": 2,
                    "end": 9,
                    "text": "missile",
                }
            ],
        }
    ]


@pytest.mark.parametrize(
    "title",
    ["🚀🚀 missile", "미사일과 missile", "e\u0301te\u0301 missile", "ﬁne missiles", "𝔘 Missile’s"],
)
def test_evidence_counts_code_points_of_the_cleaned_text(title, tmp_path):
    import unicodedata

    (hit,) = matched(tmp_path, *written(tmp_path, {"title": title}))
    cleaned = unicodedata.normalize("NFC", title)
    for one in hit["evidence"]:
        assert cleaned[one["start"] : one["end"]] == one["text"]
        assert one["text"].lower().startswith("missile")


def test_markup_is_not_what_is_matched(tmp_path):
    items = written(
        tmp_path,
        {"id": "1", "title": "x", "summary": "<p>Old &amp; new <b>mis</b>sile</p><p>port</p>"},
        {
            "id": "2",
            "title": "x",
            "content": "<a href='missile'>a link</a><script>missile</script>",
        },
    )
    hits = matched(tmp_path, *items)
    assert [(hit["item"], hit["rule"]) for hit in hits] == [("1", "arms"), ("1", "two")]
    lead = "Old & new missile\nport"
    for one in hits[1]["evidence"]:
        assert (one["field"], lead[one["start"] : one["end"]]) == ("lead", one["text"])


def test_plain_text_with_angle_brackets_stays_as_it_is(tmp_path):
    (hit,) = matched(tmp_path, *written(tmp_path, {"title": "Price < 5 & > 3: missile deal"}))
    assert hit["evidence"][0]["start"] == len("Price < 5 & > 3: ")


def test_items_without_id_are_known_by_their_line(tmp_path):
    hits = matched(tmp_path, *written(tmp_path, {"title": "calm"}, {"title": "missile"}))
    assert [hit["item"] for hit in hits] == ["2"]


def test_every_field_of_an_item_is_optional_but_a_text(tmp_path):
    full = {
        "id": 7,
        "title": None,
        "summary": "missile",
        "url": "https://a.example/1",
        "author": "Ada",
        "tags": ["sea"],
        "source": "Wire",
        "feed": "https://a.example/rss",
        "lang": "en",
        "published_at": "2026-11-01T10:00:00+09:00",
        "unknown": {"to": "us"},
    }
    assert [hit["item"] for hit in matched(tmp_path, *written(tmp_path, full))] == ["7"]


def test_one_item_may_be_given_in_words(tmp_path):
    hits = matched(tmp_path, "--title", "A missile", "--text", "seen from the <b>port</b>")
    assert [hit["rule"] for hit in hits] == ["arms", "two"]
    assert {one["field"] for one in hits[1]["evidence"]} == {"title", "lead"}


def test_stdin_may_be_the_text_of_one_item(tmp_path, say_on_stdin):
    say_on_stdin("Ракета, a missile\nfrom the port".encode())
    assert [hit["rule"] for hit in matched(tmp_path, "-")] == ["arms", "two"]


def test_stdin_may_be_items(tmp_path, say_on_stdin):
    say_on_stdin(b'\xef\xbb\xbf{"id": "a", "title": "x"}\n\n{"id": "b", "title": "missile"}\n')
    assert [hit["item"] for hit in matched(tmp_path, "-")] == ["b"]


def test_items_on_stdin_by_their_option(tmp_path, say_on_stdin):
    say_on_stdin(b'{"id": "b", "title": "missile"}')
    assert [hit["item"] for hit in matched(tmp_path, "--items", "-")] == ["b"]


def test_only_the_rule_named_is_asked(tmp_path):
    hits = matched(tmp_path, "--rule", "two", "--title", "A missile in port")
    assert [hit["rule"] for hit in hits] == ["two"]


def test_a_rule_that_does_not_fire_says_which_clause_did_not_hold(tmp_path):
    ran = wirewatch("match", "--rule", "two", "--title", "A missile", desk=tmp_path)
    assert ran.code == 0
    assert "all 1: held" in ran.out
    assert "any: did not hold" in ran.out
    assert ran.err == "0 matches\n"


def test_a_rule_that_rests_says_so(tmp_path, rules):
    (rules / "rests.yaml").write_text(ARMS + "enabled: no\n")
    ran = wirewatch("match", "--rule", "rests", "--title", "A missile", desk=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "rule `rests` is not active" in ran.err


def test_rules_may_be_one_file(tmp_path):
    hits = matched(tmp_path, "--rules", "rules/two.yaml", "--title", "A missile in port")
    assert [hit["rule"] for hit in hits] == ["two"]


def test_people_see_the_words_around_the_evidence(tmp_path):
    ran = wirewatch("match", "--title", "A missile was seen", desk=tmp_path)
    assert "A missile was seen\n  arms (high) because\n" in ran.out
    assert ran.err == "1 match\n"


def test_each_line_that_is_no_item_is_told_and_the_others_are_matched(tmp_path):
    (tmp_path / "items.jsonl").write_bytes(
        b'{"id": "1", "title": "missile"}\nnot json\n[1]\n{"id": "x"}\n{"title": 5.5}\n'
        b'{"title": "x", "tags": "y"}\n{"title": "x", "published_at": "yesterday"}\n\xff\n'
        b'{"title": "x", "published_at": "0001-01-01T00:00:00+14:00"}\n'
        b'{"id": "2", "title": "missile"}\n'
    )
    ran = wirewatch("match", "--items", "items.jsonl", "--json", desk=tmp_path)
    assert ran.code == 2
    assert [hit["item"] for hit in ran.lines] == ["1", "2"]
    assert [line.split(":")[1] for line in ran.err.splitlines() if "error[I101]" in line] == [
        *"23456789"
    ]


def test_a_file_of_something_else_is_not_told_line_by_line(tmp_path):
    (tmp_path / "junk").write_bytes(b"junk\n" * 10_000)
    ran = wirewatch("match", "--items", "junk", desk=tmp_path)
    assert ran.code == 2
    assert ran.err.count("error[I101]") == 21
    assert "junk:10000:1: error[I101]: 9,980 further lines are no items" in ran.err


def test_good_lines_after_many_broken_ones_are_matched(tmp_path):
    (tmp_path / "items.jsonl").write_bytes(b"junk\n" * 21 + b'{"id": "7", "title": "missile"}\n')
    ran = wirewatch("match", "--items", "items.jsonl", "--json", desk=tmp_path)

    assert (ran.code, [hit["item"] for hit in ran.lines]) == (2, ["7"])
    assert "1 further line is no item" in ran.err


@pytest.mark.parametrize(
    "line",
    [b'{"title": ' + b"[" * 100_000, b'{"title": ' + b"1" * 10_000 + b"}", b"\x00", b"\xff\xfe{"],
)
def test_hostile_lines_are_told_like_any_other(line, tmp_path):
    (tmp_path / "items").write_bytes(line + b"\n")
    ran = wirewatch("match", "--items", "items", desk=tmp_path)
    assert ran.code == 2
    assert ran.err.startswith("items:1:")


def test_an_empty_file_holds_no_items(tmp_path):
    (tmp_path / "items").touch()
    ran = wirewatch("match", "--items", "items", "--json", desk=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_broken_rule_is_told_and_the_others_match(tmp_path, rules):
    (rules / "broken.yaml").write_text("titel: x\n")
    ran = wirewatch("match", "--title", "missile", "--json", desk=tmp_path)
    assert (ran.code, [hit["rule"] for hit in ran.lines]) == (1, ["arms"])
    assert "rules/broken.yaml:1:1: error[R103]" in ran.err


@pytest.mark.parametrize(
    "call",
    [[], ["--items", "i", "--title", "x"], ["-", "--text", "x"], ["words"], ["--title", ""]],
)
def test_what_is_to_be_matched_must_be_given_in_one_way(call, tmp_path):
    ran = wirewatch("match", *call, desk=tmp_path)
    assert (ran.code, ran.out) == (2, "")


def test_a_folder_without_rules_is_told(tmp_path):
    (tmp_path / "none").mkdir()
    ran = wirewatch("match", "--rules", "none", "--title", "missile", desk=tmp_path)
    assert "no rule in this folder" in ran.err


@pytest.mark.slow
def test_ten_thousand_items_take_seconds(tmp_path):
    text = "<p>The port &amp; its <b>harbour</b></p> " + "word " * 40
    items = ({"id": n, "title": f"Missile {n}", "summary": text} for n in range(10_000))
    begun = time.monotonic()
    hits = matched(tmp_path, *written(tmp_path, *items))
    assert len(hits) == 20_000
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(("languages", "hits"), [("[en]", 0), ("[de]", 1)])
def test_the_language_of_a_text_is_told_where_a_rule_asks(tmp_path, rules, languages, hits):
    (rules / "two.yaml").write_text(f"any: [missile]\nlanguages: {languages}\n")
    call = ("--rule", "two", "--title", "Rebellen zeigen der Presse eine Missile")
    assert len(matched(tmp_path, *call)) == hits


def test_a_hit_is_told_before_the_input_ends(tmp_path):
    command = [sys.executable, "-m", "monitor", "match", "--json", "--rules", "rules", "-"]
    pipe = subprocess.PIPE
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=pipe, stdout=pipe, env=environment
    ) as running:
        running.stdin.write(b'\n{"id": "7", "title": "A missile was seen"}\n')
        running.stdin.flush()
        told = json.loads(running.stdout.readline())
        running.stdin.close()

    assert told["item"] == "7"

"""Hostile items and rules through whole commands: clean output, plain codes, no traceback."""

import json
import shutil
import subprocess
import time

import pytest
from corpus import CORPUS, needs
from desk import command, environment, wirewatch

RULES = CORPUS / "hostile" / "rules"
MEGABYTE = 1_000_000

# As they are written on the line: JSON may hold half a surrogate pair, or NUL, in escapes.
HOSTILE = {
    "half": r'{"id": "half \ud800", "title": "missile \udfff\ud83d", "tags": ["\ud800"]}',
    "nul": r'{"id": "nul\u0000", "title": "mis\u0000sile missile\u0000", "url": "x\u0000"}',
    "long": json.dumps({"id": "long", "title": ("missile of the sea " * 52_632)[:MEGABYTE]}),
    "marks": json.dumps({"id": "marks", "title": "missile a" + "\u0301\u0323" * 10_000}),
    "marched": json.dumps({"id": "marched", "title": "\u202emissile\u202c\u200b\ufeff"}),
    "quotes": json.dumps({"id": "quotes", "title": "missile " + "a'" * 50_000}),
}


def run(*args, desk, **more):
    """A command in its own process: its code, and what it wrote, which must be UTF-8."""
    done = subprocess.run(
        command(*args),
        cwd=desk,
        env=environment(**more),
        capture_output=True,
        timeout=20,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


@pytest.fixture
def items(tmp_path, rules):
    (tmp_path / "items.jsonl").write_text("\n".join(HOSTILE.values()) + "\n", encoding="utf-8")
    return "--items", "items.jsonl", "--rules", "rules", "--json"


@pytest.mark.parametrize("verb", ["match", "replay"])
def test_hostile_items_are_lines_of_json_like_any_other(verb, items, tmp_path):
    code, out, err = run(verb, *items, desk=tmp_path, PYTHONIOENCODING="ascii")
    told = [json.loads(line) for line in out.splitlines()]

    assert (code, "Traceback" in err) == (0, False), err
    assert len(told) == len(HOSTILE)
    assert all(json.dumps(each, ensure_ascii=False).encode() for each in told)


def test_hostile_headlines_of_a_rules_tests_are_told_of(tmp_path, rules):
    hostile = "\n".join(rf'  - miss: "missile {sign}"' for sign in (r"\ud800", r"\0", r"\u202e"))
    (rules / "arms.yaml").write_text(f"any: [missile]\ntests:\n{hostile}\n")
    (tmp_path / "config.toml").touch()
    code, out, err = run("check", "--json", desk=tmp_path)

    assert (code, "Traceback" in err) == (1, False), err
    assert all(json.loads(line)["code"] for line in out.splitlines())


@pytest.mark.corpus
@needs(RULES)
def test_every_hostile_rule_file_is_told_of_in_seconds(tmp_path):
    for path in sorted(RULES.iterdir()):
        # Each alone, so that none hides behind another.
        desk = tmp_path / path.stem
        (desk / "rules").mkdir(parents=True)
        (desk / "config.toml").touch()
        shutil.copy(path, desk / "rules")
        begun = time.perf_counter()
        ran = wirewatch("check", "--json", desk=desk)

        assert (path.name, ran.code, "Traceback" in ran.err) == (path.name, 1, False)
        assert ran.lines
        assert time.perf_counter() - begun < 5

"""The documents are true: what they name exists, and what exists is named."""

import importlib.util
import json
import re
import shutil
import subprocess
import time

import pytest
import yaml
from desk import HOUSE

from monitor import __version__
from monitor.channels.webhook import signature
from monitor.cli.main import VERBS
from monitor.config.tables import TABLES
from monitor.errors import Level
from monitor.model import Secret
from monitor.rules.checking import failures, run_tests
from monitor.rules.loading import known_keys, load_rules
from monitor.rules.yaml_nodes import SourceFile

PAGES = [HOUSE / "README.md", HOUSE / "CHANGELOG.md", *sorted((HOUSE / "docs").glob("*.md"))]
REFERENCE = (HOUSE / "docs" / "reference.md").read_text()
CHANNELS = (HOUSE / "docs" / "channels.md").read_text()
RULES = (HOUSE / "docs" / "rules.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", RULES, re.DOTALL)


def test_the_reference_is_what_the_program_says_of_itself():
    spec = importlib.util.spec_from_file_location("reference", HOUSE / "docs" / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.reference() == REFERENCE, "run ./run.sh docs"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_documented(verb):
    assert f"`wirewatch {verb}" in REFERENCE


@pytest.mark.parametrize(
    "setting", [f"{table.name}.{each.name}" for table in TABLES for each in table.settings]
)
def test_every_setting_is_documented(setting):
    assert f"| `{setting.rpartition('.')[2]}` |" in REFERENCE


@pytest.mark.parametrize("key", known_keys())
def test_every_rule_key_is_documented(key):
    assert f"| `{key}` |" in REFERENCE
    assert key in RULES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


SHIPPED_VOCABULARIES = [
    SourceFile(path.name, path.read_bytes())
    for path in sorted((HOUSE / "rules" / "vocab").glob("*.yaml"))
]


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_rule_and_vocabulary_in_the_guide_works_as_it_stands(block):
    vocabulary = "terms" in yaml.safe_load(block)
    source = SourceFile("vocab/weapons.yaml" if vocabulary else "example.yaml", block)
    from datetime import UTC, datetime

    book = load_rules(
        [] if vocabulary else [source],
        [source] if vocabulary else SHIPPED_VOCABULARIES,
        datetime(2026, 12, 1, tzinfo=UTC),
    )
    problems = [*book.problems, *failures(run_tests(book))]
    assert [each.message for each in problems if each.level is Level.ERROR] == []
    assert run_tests(book)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_shown_exists(page):
    for verb in re.findall(r"\bwirewatch ([a-z]+)\b(?! is| reads)", fenced(page)):
        assert verb in VERBS, verb
    known = subprocess.run(
        ["./run.sh"], cwd=HOUSE, capture_output=True, text=True, check=True
    ).stdout
    for verb in re.findall(r"\./run\.sh ([a-z]+)", page.read_text()):
        assert f"\n  {verb} " in known, verb


def fenced(page):
    text = page.read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL) + re.findall(r"`([^`\n]+)`", text)
    return "\n".join(blocks)


def test_the_receivers_in_the_guide_know_our_signature_and_no_other():
    body, key = '{"tell": "Порт"}'.encode(), "2026-11-23-a7f3"
    for secret in ("our words", "whsec_b3VyIHdvcmRz"):
        headers = dict(signature(Secret(secret), key, int(time.time()), body))
        old = dict(signature(Secret(secret), key, int(time.time()) - 301, body))
        cases = [(headers, body), (headers, body + b" "), (old, body)]
        assert [_by_python(*case, secret) for case in cases] == [True, False, False]
        if shutil.which("node"):
            assert [_by_node(*case, secret) for case in cases] == [True, False, False]


def _by_python(headers, body, secret):
    names = {}
    exec(re.search(r"```python\n(.*?)```", CHANNELS, re.DOTALL)[1], names)
    return names["is_ours"](headers, body, secret)


def _by_node(headers, body, secret):
    script = re.search(r"```js\n(.*?)```", CHANNELS, re.DOTALL)[1]
    given = f"{json.dumps(headers)}, Buffer.from({list(body)}), {json.dumps(secret)}"
    ran = subprocess.run(
        ["node", "-e", f"{script}\nconsole.log(isOurs({given}))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return ran.stdout.strip() == "true"


def test_the_changelog_speaks_of_this_version():
    assert f"## {__version__}" in (HOUSE / "CHANGELOG.md").read_text()


def test_no_file_names_a_package_registry_or_a_machine():
    registries = ["py" + "pi.org", "files.python" + "hosted", "registry." + "npmjs"]
    files = subprocess.run(
        ["git", "ls-files"], cwd=HOUSE, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    for name in filter(None, files):
        path = HOUSE / name
        if not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", "replace").lower()
        assert not [each for each in registries if each in text], name

"""Asking for help costs nothing: the heavy libraries stay shut until a verb is run."""

import json
import subprocess
import sys

from desk import environment

from monitor.cli.main import VERBS

HEAVY = (
    "aiohttp",
    "alembic",
    "apprise",
    "apscheduler",
    "feedparser",
    "jinja2",
    "lxml",
    "pymorphy3",
    "requests",
    "sqlalchemy",
    "yaml",
)

PROGRAM = """
import json, sys
import click
from monitor.cli.main import VERBS, cli, code_of

def helps(name):
    command = cli.get_command(click.Context(cli), name)
    yield [name]
    yield from ([name, each] for each in getattr(command, "commands", {}))

asked = {}
for words in [[], *(words for name in VERBS for words in helps(name))]:
    before = set(sys.modules)
    code = code_of([*words, "--help"])
    opened = sorted((set(sys.modules) - before) & set(sys.argv[1:]))
    asked[" ".join(words)] = [code, *opened]
print(json.dumps(asked), file=sys.stderr)
"""


def test_no_help_opens_a_heavy_library():
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, *HEAVY],
        check=False,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    asked = json.loads(ran.stderr.splitlines()[-1])
    assert asked.keys() > {"", "feeds list", *VERBS}
    assert {words: answer for words, answer in asked.items() if answer != [0]} == {}

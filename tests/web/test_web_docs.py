"""What docs/api.md and docs/pages.md tell people to type works as it stands."""

import re
import subprocess

import pytest
from desk import HOUSE
from offices import FULL

API, PAGES = ((HOUSE / "docs" / name).read_text() for name in ("api.md", "pages.md"))
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", API + PAGES, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("curl")
]


@pytest.fixture(scope="module")
def place(make_shared_office):
    return make_shared_office()


def test_there_is_something_to_type():
    assert len(COMMANDS) > 5


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_written_works(place, command):
    typed = command.replace("http://127.0.0.1:8484", place.url)
    ran = subprocess.run(
        ["bash", "-c", typed],
        check=False,
        env={"TOKEN": FULL, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("{")


def test_every_figure_is_explained(place):
    text = place.get("/metrics", token=None).text
    told = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    assert told == set(re.findall(r"`(wirewatch_\w+)", PAGES))

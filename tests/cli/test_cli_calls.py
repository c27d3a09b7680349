"""How the command is called: its verbs, their help, and what it says to a wrong call."""

import subprocess
import sys

import click
import pytest
from desk import environment, wirewatch
from terminal import shell

from monitor.cli.main import VERBS, cli

HEAVY = ("sqlalchemy", "aiohttp", "apprise", "feedparser", "lxml", "jinja2", "yaml", "asyncio")


def _all_commands():
    """Every verb and every verb of a verb, by the words that call it."""
    root = click.Context(cli, info_name="wirewatch")
    for verb in cli.list_commands(root):
        command = cli.get_command(root, verb)
        yield verb, command
        if isinstance(command, click.Group):
            yield from ((f"{verb} {name}", each) for name, each in command.commands.items())


COMMANDS = dict(_all_commands())
READING = (
    "doctor",
    "check",
    "test",
    "match",
    "once",
    "status",
    "feeds list",
    "feeds discover",
    "feeds probe",
    "rules list",
    "rules show",
    "stories list",
    "stories show",
    "replay",
    "digests list",
    "digests preview",
    "notify test",
    "search",
    "export",
    "state info",
    "config show",
    "explain",
)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_verb_says_what_it_does_and_what_each_option_means(name):
    command = COMMANDS[name]
    assert (command.help or "").split("\n")[0].strip()
    for parameter in command.params:
        assert isinstance(parameter, click.Argument) or parameter.help, parameter.name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_verb_shows_its_help(name, tmp_path):
    ran = wirewatch(*name.split(), "--help", desk=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: wirewatch {name}")


@pytest.mark.parametrize("name", READING)
def test_every_reading_verb_speaks_json(name):
    assert any("--json" in parameter.opts for parameter in COMMANDS[name].params)


def test_the_help_lists_every_verb_with_its_line(tmp_path):
    ran = wirewatch("--help", desk=tmp_path)
    said = " ".join(ran.out.split())
    for verb, (_, line) in VERBS.items():
        assert f"{verb} {line}" in said


def test_the_help_of_a_group_says_each_of_its_lines_in_full(tmp_path):
    said = " ".join(wirewatch("feeds", "--help", desk=tmp_path).out.split())
    assert "and read each once, so that you can choose." in said


@pytest.mark.parametrize("call", [[], ["feeds"], ["state"]])
def test_without_a_verb_it_shows_the_help_and_fails(call, tmp_path):
    ran = wirewatch(*call, desk=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Usage: wirewatch")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["chek"], "no verb `chek`; did you mean `check`?"),
        (["feeds", "lst"], "no verb `lst`; did you mean `list`?"),
        (["status", "--jsn"], "Did you mean '--json'?"),
        (["xyzzy"], "no verb `xyzzy` (see `wirewatch --help`)"),
        (["match", "--items"], "requires an argument"),
        (["stories", "show", "first"], "'first' is not a valid integer"),
        (["completion", "tcsh"], "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
        (["stories", "list", "--limit", "0"], "0 is not in the range"),
        (["search"], "give a query, or a rule with --rule ID"),
    ],
)
def test_a_wrong_call_is_answered_with_the_nearest_right_one(call, said, tmp_path):
    ran = wirewatch(*call, desk=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.startswith("error: ")


def test_it_tells_its_version(tmp_path):
    from monitor import __version__

    assert wirewatch("--version", desk=tmp_path).out == f"wirewatch {__version__}\n"


def test_help_opens_no_heavy_room(tmp_path):
    """What costs time is imported by the verb that needs it."""
    code = (
        "import sys; from monitor.cli.main import code_of; code_of(['--help']);"
        f"print(*(name for name in {HEAVY} if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.stderr.strip() == b""


def test_python_m_monitor_is_the_command(tmp_path):
    assert shell("--version", desk=tmp_path).out.startswith("wirewatch ")

"""`wirewatch check`: every mistake in every file, in one run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.opening import config_path
from monitor.cli.output import FORMATS, counted, exit_code_of, print_problems, say
from monitor.errors import Problem, UnusableFiles, UsageError

if TYPE_CHECKING:
    from monitor.airlock import Airlock
    from monitor.rules.rulebook import RuleBook


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--strict", is_flag=True, help="Exit code 3 when there are warnings only.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="full", help="How to print.")
def COMMAND(paths: tuple[str, ...], strict: bool, form: str) -> int:  # noqa: N802
    """Lint config, rules, vocabularies and templates, and run the inline tests.

    PATHS may be a config.toml, a folder or file of rules, or a template; without any, the
    configuration and everything it names is checked.
    """
    from monitor.airlock import Airlock

    problems: list[Problem] = []
    with Airlock() as airlock:
        for path in [Path(each) for each in paths] or [config_path()]:
            problems += _checked(path, airlock)
    print_problems(problems, form=form)
    if form in ("full", "concise"):
        say(counted(tuple(dict.fromkeys(problems))))
    return exit_code_of(problems, strict=strict)


def _checked(path: Path, airlock: Airlock) -> list[Problem]:
    if not path.exists():
        hint = "; `wirewatch init` writes one" if path.name == "config.toml" else ""
        raise UsageError(f"there is no {path}{hint}")
    if path.is_dir():
        inside = path / "config.toml"
        return _config(inside, airlock) if inside.is_file() else _rules(path)
    if path.suffix == ".toml":
        return _config(path, airlock)
    if path.suffix == ".j2":
        return _templates(path.parent, only=path)
    if path.suffix in {".yaml", ".yml", ".txt"}:
        folder = path.parent.parent if path.parent.name == "vocab" else path.parent
        return [each for each in _rules(folder) if Path(each.place.path) == path]
    raise UsageError(f"{path} is no config.toml, rule file, vocabulary or template")


def _config(path: Path, airlock: Airlock) -> list[Problem]:
    from monitor.channels.sending import lint
    from monitor.desk import utc_now
    from monitor.watch import load_watch

    try:
        watch = load_watch(
            path, os.environ, read_opml=airlock.read_opml, now=utc_now(), lint_url=lint
        )
    except UnusableFiles as error:
        # One round must find ten mistakes: the rest is checked where it usually lies.
        found = list(error.problems)
        if (path.parent / "rules").is_dir():
            found += _rules(path.parent / "rules")
        return found + _templates(path.parent / "templates")
    return [*watch.problems, *_tested(watch.book)]


def _rules(folder: Path) -> list[Problem]:
    from monitor.desk import utc_now
    from monitor.watch import read_book

    problems: list[Problem] = []
    book = read_book(folder, utc_now(), problems)
    return [*problems, *_tested(book)]


def _tested(book: RuleBook) -> list[Problem]:
    from monitor.rules.checking import failures, run_tests

    return list(failures(run_tests(book)))


def _templates(folder: Path, only: Path | None = None) -> list[Problem]:
    from monitor.rendering.wording import check
    from monitor.watch import read_templates

    problems: list[Problem] = []
    problems += check(read_templates(folder, problems))
    return [each for each in problems if only is None or Path(each.place.path) == only]

"""`wirewatch check`: every mistake in every file, in one run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.opening import clock, config_path, home_of_rules, reading_state
from monitor.cli.output import FORMATS, counted, exit_code_of, print_problems, say
from monitor.errors import Problem, UnusableFiles, UsageError

if TYPE_CHECKING:
    from monitor.airlock import Airlock
    from monitor.rules.rulebook import RuleBook
    from monitor.rules.yaml_nodes import SourceFile
    from monitor.watch import Watch


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--strict", is_flag=True, help="Exit code 3 when there are warnings only.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="full", help="How to print.")
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("--no-archive", is_flag=True, help="Do not hold terms against stored items.")
def COMMAND(  # noqa: N802 - the shelf's word
    paths: tuple[str, ...], strict: bool, form: str, no_archive: bool
) -> int:
    """Lint config, rules, vocabularies and templates, and run the inline tests.

    PATHS may be a config.toml, a folder or file of rules, or a template; without any, the
    configuration and everything it names is checked.
    """
    from monitor.airlock import Airlock

    problems: list[Problem] = []
    with Airlock() as airlock:
        for path in [Path(each) for each in paths] or [config_path()]:
            problems += _checked(path, airlock, archive=not no_archive)
    print_problems(problems, form=form)
    if form in ("full", "concise"):
        say(counted(tuple(dict.fromkeys(problems))))
    return exit_code_of(problems, strict=strict)


def _checked(path: Path, airlock: Airlock, *, archive: bool) -> list[Problem]:
    if not path.exists():
        hint = "; `wirewatch init` writes one" if path.name == "config.toml" else ""
        raise UsageError(f"there is no {path}{hint}")
    if path == config_path() or path.suffix == ".toml":
        return _config(path, airlock, archive=archive)
    if path.is_dir():
        return _folder(path, airlock, archive=archive)
    if path.suffix == ".j2":
        return [each for each in _templates(path.parent) if _lies_in(path, each)]
    if path.suffix in {".yaml", ".yml", ".txt"}:
        return [each for each in _rules(home_of_rules(path)) if _lies_in(path, each)]
    raise UsageError(f"{path} is no config.toml, rule file, vocabulary or template")


def _folder(path: Path, airlock: Airlock, *, archive: bool) -> list[Problem]:
    """A whole desk, the folder of templates, the vocabularies of a folder of rules, or rules."""
    from monitor.watch import template_files

    if (path / "config.toml").is_file():
        return _config(path / "config.toml", airlock, archive=archive)
    if path.name == "vocab":
        return [each for each in _rules(path.parent) if _lies_in(path, each)]
    return _templates(path) if template_files(path) else _rules(path)


def _lies_in(path: Path, problem: Problem) -> bool:
    return Path(problem.place.path).absolute().is_relative_to(path.absolute())


def _config(path: Path, airlock: Airlock, *, archive: bool) -> list[Problem]:
    from monitor.channels.linting import lint
    from monitor.watch import load_watch

    try:
        watch = load_watch(
            path, os.environ, read_opml=airlock.read_opml, now=clock(), lint_channel=lint
        )
    except UnusableFiles as error:
        # One round must find ten mistakes: the rest is checked where it usually lies.
        found = list(error.problems)
        if (path.parent / "rules").is_dir():
            found += _rules(path.parent / "rules")
        return found + _templates(path.parent / "templates")
    found = [*watch.problems, *_tested(watch.book)]
    return found + _held_against_archive(watch) if archive else found


def _held_against_archive(watch: Watch) -> list[Problem]:
    """What stored items say of the terms; no state, or one that is away, says nothing."""
    from monitor.errors import WirewatchError
    from monitor.rules.archive_linting import LEAST_ITEMS, lint_with_archive
    from monitor.store.search import items_indexed, items_queued, word_frequencies

    try:
        with reading_state(watch.settings) as store, store.reading() as conn:
            items = items_indexed(conn)
            if items < LEAST_ITEMS or len(items_queued(conn)) > items // 100:
                return []  # too few to tell, or an index that is still being filled
            counts = word_frequencies(conn)
    except WirewatchError:
        return []
    return list(lint_with_archive(watch.book.rules, counts, items, _source))


def _source(path: str) -> SourceFile | None:
    from monitor.rules.yaml_nodes import SourceFile

    try:
        return SourceFile(path, Path(path).read_bytes())
    except OSError:
        return None


def _rules(folder: Path) -> list[Problem]:
    from monitor.watch import read_book

    problems: list[Problem] = []
    book = read_book(folder, clock(), problems)
    return [*problems, *_tested(book)]


def _tested(book: RuleBook) -> list[Problem]:
    from monitor.rules.checking import failures, run_tests

    return list(failures(run_tests(book)))


def _templates(folder: Path) -> list[Problem]:
    from monitor.rendering.wording import check
    from monitor.watch import read_templates

    problems: list[Problem] = []
    return [*check(read_templates(folder, problems)), *problems]

"""What most commands need: the configuration, the watch, the state, the airlock."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitor.errors import NotFound, UsageError

if TYPE_CHECKING:
    from monitor.airlock import Airlock
    from monitor.config.settings import Settings
    from monitor.errors import Problem
    from monitor.rules.rulebook import Rule, RuleBook
    from monitor.store.engine import Store
    from monitor.watch import Watch

F = TypeVar("F", bound=Callable[..., Any])


def as_json(command: F) -> F:
    """The option that every reading verb has."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")(command)


def clock() -> datetime:
    """The wall clock, for verbs that need nothing else of the desk and its heavy doors."""
    return datetime.now(UTC)


def config_path() -> Path:
    """The file that --config, the environment or custom names."""
    named = click.get_current_context().find_root().obj.get("config")
    return Path(named or os.environ.get("WIREWATCH_CONFIG") or "config.toml")


def open_settings(path: Path | None = None) -> Settings:
    """The configuration, for a verb that only looks. Raises UnusableFiles.

    A secret that this shell does not hold, or a list of feeds that is gone, keeps nobody from
    asking how things stand.
    """
    from monitor.config.reading import read_config, with_digest_folder

    settings, _ = read_config(path or config_path(), os.environ, bearing=True)
    return with_digest_folder(settings)


def open_watch(airlock: Airlock, path: Path | None = None, *, bearing: bool = False) -> Watch:
    """Everything the operator wrote, with errors told on stderr. Raises UnusableFiles.

    `bearing`, for a verb that only looks, is as for `open_settings`.
    """
    import sys
    from logging import NullHandler

    from monitor.channels.sending import lint
    from monitor.cli.output import print_problems
    from monitor.desk import secrets_of, utc_now
    from monitor.telemetry import LOGGER, guard_secrets
    from monitor.watch import load_watch

    watch = load_watch(
        path or config_path(),
        os.environ,
        read_opml=airlock.read_opml,
        now=utc_now(),
        lint_url=lint,
        bearing=bearing,
    )
    guard_secrets(secrets_of(watch.settings))
    # What Wirewatch does is told in the command's own words, not as bare names of events.
    if not LOGGER.handlers:
        LOGGER.addHandler(NullHandler())
    print_problems(watch.errors, stream=sys.stderr)
    return watch


def tags_of_feeds(rule: Rule) -> Mapping[str, tuple[str, ...]]:
    """The tags of each feed by its address, if the rule minds which feed an item came from.

    Raises UnusableFiles.
    """
    from monitor.airlock import Airlock
    from monitor.desk import utc_now
    from monitor.watch import load_watch

    if not (rule.feeds.include or rule.feeds.exclude):
        return {}
    with Airlock() as airlock:
        watch = load_watch(
            config_path(), os.environ, read_opml=airlock.read_opml, now=utc_now(), bearing=True
        )
    return {feed.url: feed.tags for feed in watch.feeds.values()}


@contextmanager
def reading_state(settings: Settings) -> Iterator[Store]:
    """The state, for reading: also while the daemon runs."""
    from monitor.store.engine import Store

    with Store.open(settings.state.url.reveal(), owner=False) as store:
        yield store


@contextmanager
def owned_state(settings: Settings) -> Iterator[Store]:
    """The state, for writing: refused while the daemon owns it."""
    from monitor.store.engine import Store

    with Store.open(settings.state.url.reveal()) as store:
        yield store


def asked_of_daemon(settings: Settings, name: str, argument: str) -> Mapping[str, object] | None:
    """What the running daemon did for us; None where none runs on this state."""
    from monitor.control import ask, bell_of

    path = settings.state_file
    return ask(bell_of(path), name, argument) if path is not None and path.exists() else None


def end_given(until: str, now: datetime) -> datetime:
    """What `--until` says. Raises BadParameter."""
    from monitor.schedule.durations import BadSchedule
    from monitor.schedule.endings import parse_end

    try:
        return parse_end(until, now)
    except BadSchedule as error:
        raise click.BadParameter(str(error), param_hint="--until") from None


@cache
def starter_kit() -> Path:
    """The folder that holds rules, templates and config.toml as they come with the program."""
    import monitor

    package = Path(monitor.__file__).parent
    return package / "starter" if (package / "starter").is_dir() else package.parent


def command_name() -> str:
    """How this program can be called from here: by its name, if that is on the path."""
    here = Path(sys.executable).parent / "wirewatch"
    found = shutil.which("wirewatch")
    if found and (not here.exists() or Path(found).samefile(here)):
        return "wirewatch"
    return str(here) if here.exists() else f"{sys.executable} -m monitor"


def rules_folder(given: str | None) -> Path:
    """The folder of rules, or one file: as given, else as configured, else ./rules."""
    if given is not None:
        place = Path(given)
        if not place.exists():
            raise UsageError(f"there is no {given}; --rules names a folder of rule files, or one")
        if not place.is_dir() and place.suffix not in {".yaml", ".yml"}:
            raise UsageError(f"{given} is no rule file: their names end in .yaml")
        return place
    if config_path().is_file():
        return open_settings().rules
    if Path("rules").is_dir():
        return Path("rules")
    raise UsageError(f"there is no {config_path()} and no folder `rules` here; give --rules DIR")


def open_rules(place: Path, now: datetime, problems: list[Problem]) -> RuleBook:
    """The rules of a folder or of one file; what is wrong is added to `problems`."""
    from monitor.rules.loading import load_rules
    from monitor.rules.yaml_nodes import SourceFile
    from monitor.watch import read_book, vocabulary_files

    if place.is_dir():
        return read_book(place, now, problems)
    sources = [SourceFile(str(place), place.read_bytes())]
    vocabularies = [
        SourceFile(str(path), path.read_bytes()) for path in vocabulary_files(home_of_rules(place))
    ]
    book = load_rules(sources, vocabularies, now)
    problems += book.problems
    return book


def home_of_rules(file: Path) -> Path:
    """The folder of rules that a rule file or a vocabulary belongs to: it has the vocabularies."""
    if file.parent.name == "vocab":
        return file.parent.parent
    near = (file.parent, *file.absolute().parent.parents[:2])
    return next((each for each in near if (each / "vocab").is_dir()), file.parent)


def pick(kind: str, name: str, known: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever was put in
    """The thing of that name. Raises NotFound, which offers the nearest."""
    if name not in known:
        raise NotFound(kind, name, known)
    return known[name]

"""What Wirewatch needs: declared, locked with hashes, and not more than it uses."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from itertools import pairwise

import pytest
from desk import HOUSE
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from shipping import LOCKS, instructions, pins, text_of

NEVER_IMPORTED = {
    "pymorphy3-dicts-ru": "dictionaries, which pymorphy3 looks for by itself",
    "pymorphy3-dicts-uk": "dictionaries, which pymorphy3 looks for by itself",
    "python-multipart": "what Starlette reads forms with",
    "tzdata": "the time zones, which zoneinfo looks for by itself",
}


def imported():
    """Every top-level module that is imported anywhere in the package, and where."""
    found = {}
    for path in sorted((HOUSE / "monitor").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            else:
                continue
            for name in names:
                found.setdefault(name.partition(".")[0], path.relative_to(HOUSE))
    return {name: where for name, where in found.items() if name not in sys.stdlib_module_names}


def distributions(module):
    return {canonicalize_name(name) for name in packages_distributions().get(module, [])}


def declared(project):
    return {canonicalize_name(Requirement(each).name) for each in project["dependencies"]}


def wanted(project, lock):
    """The requirements that a lock is made from."""
    found = list(project["dependencies"])
    if lock != "requirements.lock":
        found += project["optional-dependencies"]["postgresql"]
    if lock in ("requirements-all.lock", "requirements-dev.lock"):
        found += [each for extra in project["optional-dependencies"].values() for each in extra]
    if lock == "requirements-dev.lock":
        found += tomllib.loads(text_of("pyproject.toml"))["dependency-groups"]["dev"]
    return [Requirement(each) for each in found]


def locked(lock):
    """Name to version."""
    found = {}
    for pin in pins(text_of(lock)):
        requirement = Requirement(pin.partition(" --hash")[0].strip())
        (only,) = requirement.specifier
        assert only.operator == "==", pin
        found[canonicalize_name(requirement.name)] = only.version
    return found


def needed(requirements):
    """The names of everything that these need here, and what those need in turn."""
    names, waiting = set(), [(each, "") for each in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        key = (canonicalize_name(requirement.name), *sorted(requirement.extras))
        if key not in names:
            names.add(key)
            theirs = [Requirement(each) for each in requires(requirement.name) or ()]
            waiting += [(each, one) for each in theirs for one in ("", *requirement.extras)]
    return {name for name, *_ in names}


def test_every_package_that_is_imported_is_declared(project):
    undeclared = {
        f"{module} in {where}"
        for module, where in imported().items()
        if module != "monitor" and not distributions(module) & declared(project)
    }
    assert undeclared == set()


def test_every_package_that_is_declared_is_imported(project):
    used = {name for module in imported() for name in distributions(module)}
    assert declared(project) - used == NEVER_IMPORTED.keys()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes(lock):
    hashed = re.compile(r"[A-Za-z0-9._-]+==\S+( ; .+?)?( --hash=sha256:[0-9a-f]{64})+")
    assert [pin for pin in pins(text_of(lock)) if not hashed.fullmatch(pin)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_address_or_an_option(lock):
    text = text_of(lock)
    assert "://" not in text
    assert [pin for pin in pins(text) if pin.startswith("-") or " @ " in pin] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_what_the_project_asks_for(project, lock):
    versions = locked(lock)
    unmet = [
        str(each)
        for each in wanted(project, lock)
        if not each.specifier.contains(versions.get(canonicalize_name(each.name), "0"))
    ]
    assert unmet == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_complete_as_it_is_installed_without_dependencies(project, lock):
    assert needed(wanted(project, lock)) - locked(lock).keys() == set()


def test_the_locks_agree_on_every_version():
    from_small_to_large = [locked(lock).items() for lock in LOCKS]
    for smaller, larger in pairwise(from_small_to_large):
        assert smaller - larger == set()


def test_the_build_backend_of_the_image_is_locked_too():
    (lock,) = [
        argument.partition("\n")[2]
        for name, argument in instructions()
        if name == "COPY" and "<<'LOCK'" in argument
    ]
    names = [pin.partition("==")[0] for pin in pins(lock)]
    assert "hatchling" in names
    assert all("--hash=sha256:" in pin for pin in pins(lock))

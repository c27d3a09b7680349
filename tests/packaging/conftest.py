"""The wheel as it is shipped, and an environment into which nothing but the wheel was put."""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest
from desk import HOUSE, Ran
from shipping import let_into_the_image

from monitor.daemon import GRACE


@pytest.fixture(scope="session")
def project():
    return tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory, project):
    """Built from the files that an image is built from, by the backend that pyproject names."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("the build backend is not in this environment: `pip install hatchling`")
    missing = [name for name in let_into_the_image() if not (HOUSE / name).exists()]
    if missing:
        pytest.skip(f"the wheel cannot be built without {', '.join(missing)}")
    source, shelf = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in let_into_the_image():
        copy(HOUSE / name, source / name)
    subprocess.run(
        [sys.executable, "-c", f"import hatchling.build as b; b.build_wheel({str(shelf)!r})"],
        cwd=source,
        check=True,
    )
    (built,) = shelf.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """The `wirewatch` of an environment that holds the wheel and sees the locked packages.

    Only those: a `.pth` in a folder that a `.pth` names is not followed, so that the checkout,
    which this environment may be linked to, stays out of sight.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"),
            *("--python", python, "install", "--no-index", "--no-deps", wheel),
        ],
        check=True,
    )
    theirs = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "locked.pth").write_text("".join(f"{path}\n" for path in theirs))
    return Installed(folder / "bin" / "wirewatch", python)


class Installed:
    """A user's installation: it knows neither this checkout nor our environment variables."""

    def __init__(self, wirewatch, python):
        self.python = python
        self._wirewatch = wirewatch

    def __call__(self, *args, cwd):
        return self.run(self._wirewatch, *args, cwd=cwd)

    def run(self, *command, cwd):
        ended = subprocess.run(
            command,
            check=False,
            cwd=cwd,
            env=plain_environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)


def plain_environment():
    ours = ("PYTHON", "WIREWATCH_")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)}


def copy(source: Path, target: Path):
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


@pytest.fixture(scope="session")
def grace():
    """Seconds that the daemon takes at most to finish its work."""
    return GRACE.total_seconds()

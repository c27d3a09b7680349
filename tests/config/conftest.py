"""A config.toml in a folder of its own, read as a user's would be."""

import textwrap

import pytest

from monitor.config.reading import read_config
from monitor.errors import UnusableFiles


@pytest.fixture
def config_file(tmp_path):
    def write(text):
        path = tmp_path / "config.toml"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


@pytest.fixture
def settings(config_file):
    """Read a text that has nothing wrong with it."""

    def read(text="", environ=None):
        found, problems = read_config(config_file(text), environ or {})
        assert problems == ()
        return found

    return read


@pytest.fixture
def problems(config_file):
    """The errors that a text is refused with."""

    def read(text="", environ=None, lint_channel=lambda _: ()):
        with pytest.raises(UnusableFiles) as caught:
            read_config(config_file(text), environ or {}, lint_channel)
        return caught.value.problems

    return read

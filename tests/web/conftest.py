"""A watch that has lived through a day of the invented newswire, with its pages on loopback."""

import pytest
from browsing import CHROMIUM
from offices import offices, play_a_day

from monitor.airlock import Airlock

QUIETLY = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def airlock():
    """What reads documents, for all offices: it takes a moment to start."""
    with Airlock() as shared:
        yield shared


@pytest.fixture(scope="session")
def played(tmp_path_factory):
    """The folder of a tour of one day, what was configured there, and when it ended."""
    return play_a_day(tmp_path_factory.mktemp("played"))


@pytest.fixture
def make_office(played, tmp_path, airlock):
    with offices(played, tmp_path, airlock) as make:
        yield make


@pytest.fixture(scope="module")
def make_shared_office(played, tmp_path_factory, airlock):
    """For tests that only look."""
    with offices(played, tmp_path_factory.mktemp("shared"), airlock) as make:
        yield make


@pytest.fixture
def office(make_office):
    """The pages behind a token."""
    return make_office()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIETLY)
        yield opened
        opened.close()

"""Desks for the command line: empty, furnished, and one that has been at work."""

import shutil

import pytest
from desk import ARMS, furnish, rss, wirewatch
from feed_server import FeedServer

MORNING = '[[digest]]\nname = "morning"\ncadence = "daily 07:00"\n'
WIRE = (("1", "Missile fired at sea"), ("2", "A quiet day"), ("3", "Shells reach the port"))
TESTED = f"{ARMS}tests:\n  - hit: A missile was seen\n  - miss: A quiet day\n"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    """No configuration of whoever runs the tests."""
    for name in ("WIREWATCH_CONFIG", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server():
    with FeedServer({"wire": rss(*WIRE)}) as serving:
        yield serving


@pytest.fixture
def desk(tmp_path, server):
    """A desk that watches one feed and has not begun to work."""
    return furnish(tmp_path / "desk", server.urls, more=MORNING)


@pytest.fixture(scope="session")
def _worked_at(tmp_path_factory):
    with FeedServer({"wire": rss(*WIRE), "lost": None}) as serving:
        folder = furnish(tmp_path_factory.mktemp("worked") / "desk", serving.urls, more=MORNING)
        assert wirewatch("once", "--all", desk=folder).code == 1
    return folder


@pytest.fixture
def polled(tmp_path, _worked_at):
    """A desk with three items of one feed, another feed that fails, and a digest that waits."""
    return shutil.copytree(_worked_at, tmp_path / "polled")


@pytest.fixture
def rules(tmp_path):
    """A folder with one rule that has passing tests."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "arms.yaml").write_text(TESTED)
    return folder

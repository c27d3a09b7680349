"""States to test on: the same tests run on SQLite and on PostgreSQL."""

import os
import shutil

import pytest
from hypothesis import settings
from postbox import open_postbox
from postgresql import Databases, Server, find_binaries

from monitor.store.engine import Store

# A machine that is busy is slow: how long a case takes says nothing.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture(scope="session")
def databases():
    binaries = find_binaries()
    if binaries is None:
        if os.environ.get("WIREWATCH_REQUIRE_POSTGRESQL") == "1":
            pytest.fail("WIREWATCH_REQUIRE_POSTGRESQL=1, but there are no PostgreSQL binaries")
        pytest.skip("no PostgreSQL binaries; set PG_BIN to the folder that holds initdb")
    server = Server.start(binaries)
    server.sql(f"CREATE DATABASE {Databases.TEMPLATE} TEMPLATE template0")
    Store.open(server.url(Databases.TEMPLATE)).close()
    yield Databases(server)
    server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "state.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_url(tmp_path, sqlite_template):
    shutil.copy(sqlite_template, tmp_path / "state.db")
    return f"sqlite:///{tmp_path}/state.db"


@pytest.fixture
def postgresql_url(databases):
    name = databases.create(template=Databases.TEMPLATE)
    yield databases.server.url(name)
    databases.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def state_url(request):
    """The URL of a state that is migrated and empty, on each database in turn."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def store(state_url):
    with Store.open(state_url) as opened:
        yield opened


@pytest.fixture
def postbox():
    """A real mail server: `mails` are what it took, `answers` what it says to whom."""
    with open_postbox() as box:
        yield box

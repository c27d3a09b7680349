"""One PostgreSQL database for all tests of this room: emptying it is quicker than a new one."""

import pytest
import sqlalchemy as sa
from postgresql import Databases

from monitor.store.migrating import HEAD
from monitor.store.schema import metadata


@pytest.fixture(scope="session")
def reused_url(databases):
    return databases.server.url(databases.create(template=Databases.TEMPLATE))


@pytest.fixture
def postgresql_url(reused_url):
    yield reused_url
    engine = sa.create_engine(reused_url, poolclass=sa.NullPool)
    with engine.begin() as conn:
        # A store that a test left open shows here, and not as a run that hangs.
        conn.exec_driver_sql("SET lock_timeout = '5s'")
        conn.exec_driver_sql(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY")
        conn.exec_driver_sql("TRUNCATE item_words")
        conn.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{HEAD}'")

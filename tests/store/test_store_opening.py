"""One owner, readers beside it, and a state that is brought up to date or refused."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from polls import DAY, NOON, alert, list_one_feed, read, record, rows, write
from postgresql import Databases

from monitor.errors import StoreAway, StoreBusy, UsageError
from monitor.model import DigestName, StoryId
from monitor.store.digests import last_digest_at
from monitor.store.engine import Store
from monitor.store.held import held_back, held_since
from monitor.store.migrating import HEAD, SCRIPTS, migrate
from monitor.store.schema import EPOCH, Instant, hosts, metadata

OPEN = """
import sys
from monitor.store.engine import Store
with Store.open(sys.argv[1]):
    print("open", flush=True)
    sys.stdin.read()
"""


def another_process(url):
    """A Wirewatch that has the state open until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", OPEN, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_second_owner_is_refused_and_told_which_process_is_the_first(sqlite_url):
    with another_process(sqlite_url) as first:
        assert first.stdout.readline() == "open\n"
        with pytest.raises(StoreBusy, match=rf"state\.db is in use .*\(process {first.pid}\)"):
            Store.open(sqlite_url)
        first.kill()
    # Its lock went with it: nobody has to tidy up after a crash.
    Store.open(sqlite_url).close()


def test_a_state_that_was_closed_can_be_owned_again(sqlite_url):
    for _ in range(2):
        Store.open(sqlite_url).close()


def test_an_owner_that_cannot_open_the_state_lets_go_of_it(tmp_path):
    url = f"sqlite:///{tmp_path}/state.db"
    (tmp_path / "state.db").write_bytes(b"no database, but long enough to be read as one" * 99)
    for _ in range(2):
        with pytest.raises(StoreAway, match=r"state\.db: the state file is no SQLite database"):
            Store.open(url)


def test_one_that_only_reads_may_do_so_beside_the_owner(store, state_url):
    with Store.open(state_url, owner=False) as reader:
        feed = list_one_feed(store)
        record(store, feed, alert(1))
        assert rows(reader, "items") == 1
        with pytest.raises(RuntimeError, match="opened for reading"):
            reader.write(lambda conn: None)


def test_one_that_only_reads_creates_nothing(tmp_path):
    with pytest.raises(StoreAway, match=r"no state at .*state\.db yet; `wirewatch run` creates it"):
        Store.open(f"sqlite:///{tmp_path}/state.db", owner=False)
    assert list(tmp_path.iterdir()) == []


def test_one_that_only_reads_says_that_a_database_is_empty(databases):
    name = databases.create()
    with pytest.raises(StoreAway, match="no state in this database yet"):
        Store.open(databases.server.url(name), owner=False)
    databases.drop(name)


def test_the_folder_of_a_new_state_is_created(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/deep/er/state.db") as store:
        assert rows(store, "items") == 0


def test_a_folder_that_cannot_be_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreAway, match=r"/file cannot be written \(.*\); check its permissions"):
        Store.open(f"sqlite:///{tmp_path}/file/state.db")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("no url", "is no database URL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql+nodriver://user:hunter2@db/state", "no driver for mysql"),
    ],
)
def test_a_url_that_is_no_good_is_refused_with_what_to_write_and_without_its_password(url, words):
    with pytest.raises(UsageError, match=words) as refused:
        Store.open(url)
    assert "hunter2" not in str(refused.value)


def test_a_server_that_is_not_there_is_named_without_password(tmp_path):
    url = f"postgresql+psycopg://wirewatch:hunter2@/state?host={tmp_path}"
    with pytest.raises(StoreAway, match=rf"state on {tmp_path}: .*cannot be reached") as away:
        Store.open(url)
    assert "hunter2" not in str(away.value)


def test_a_database_that_does_not_exist_is_named(databases):
    with pytest.raises(StoreAway, match=r"nowhere on .*does not exist; create it"):
        Store.open(databases.server.url("nowhere"))


def described(url):
    """All that a server says of our tables, but for Alembic's own."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    about = sa.inspect(engine)
    return {
        table: (
            [each | {"type": repr(each["type"])} for each in about.get_columns(table)],
            about.get_pk_constraint(table),
            about.get_unique_constraints(table),
            sorted(about.get_indexes(table), key=lambda each: each["name"]),
        )
        for table in sorted(set(about.get_table_names()) - {"alembic_version"})
    }


def written(build):
    """The statements an SQLite file keeps of the schema that `build` made in it."""
    engine = sa.create_engine("sqlite://")
    with engine.begin() as conn:
        build(conn)
        words = "SELECT sql FROM sqlite_master WHERE tbl_name <> 'alembic_version'"
        found = {sql and _evenly(sql) for sql in conn.exec_driver_sql(words).scalars()}
    engine.dispose()
    return found


def _evenly(sql):
    """A statement with even spaces: a column that was added later stands after them."""
    return re.sub(r" (?=[,)])|(?<=\() ", "", " ".join(sql.split()))


def test_on_postgresql_the_schema_as_migrated_is_the_schema_as_written(databases):
    built, migrated = (databases.server.url(databases.create()) for _ in range(2))
    metadata.create_all(sa.create_engine(built, poolclass=sa.NullPool))
    Store.open(migrated).close()
    assert described(migrated) == described(built)
    assert set(described(built)) == {*metadata.tables, "item_words"}


def test_on_sqlite_the_schema_as_migrated_is_the_schema_as_written():
    # In its very words: reflection does not tell which tables never give an id again.
    assert written(migrate) == written(metadata.create_all)


def test_a_state_of_the_first_version_keeps_what_it_holds(tmp_path):
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    engine = sa.create_engine(f"sqlite:///{tmp_path}/state.db")
    told = "INSERT INTO digests (id, name, planned_at, stories) VALUES ('d', 'morning', 0, 1)"
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")
        conn.exec_driver_sql(told)
    engine.dispose()
    with Store.open(f"sqlite:///{tmp_path}/state.db") as store, store.reading() as conn:
        assert last_digest_at(conn, DigestName("morning")) == EPOCH


def test_what_mutes_had_held_back_stays_on_record_and_is_not_told_of_anew(tmp_path):
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    engine = sa.create_engine(f"sqlite:///{tmp_path}/state.db")
    muted = "INSERT INTO muted_entries VALUES ('morning', 17, 'muted by hand', 0)"
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0005")
        conn.exec_driver_sql(muted)
    engine.dispose()
    with Store.open(f"sqlite:///{tmp_path}/state.db") as store, store.reading() as conn:
        assert held_back(conn, StoryId(17)) == (("morning", "muted by hand", EPOCH),)
        assert held_since(conn, DigestName("morning")) == ()


def test_the_newest_revision_is_the_one_this_version_knows():
    scripts = ScriptDirectory(str(SCRIPTS))
    assert scripts.get_heads() == [HEAD]


def pretend(store, revision):
    write(
        store,
        lambda conn: conn.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'"),
    )


@pytest.mark.parametrize("owner", [True, False])
def test_a_state_of_a_newer_version_is_refused_and_left_alone(state_url, owner):
    with Store.open(state_url) as store:
        pretend(store, "9999")
    for _ in range(2):
        with pytest.raises(
            UsageError, match=rf"newer Wirewatch \(schema 9999, .*{HEAD}\); upgrade"
        ):
            Store.open(state_url, owner=owner)


def test_one_that_only_reads_does_not_migrate(state_url):
    with Store.open(state_url) as store:
        pretend(store, "0000")
    with pytest.raises(UsageError, match=r"older Wirewatch .*`wirewatch state migrate`"):
        Store.open(state_url, owner=False)


def test_processes_that_start_at_once_on_an_empty_server_migrate_it_once(databases):
    url = databases.server.url(databases.create())
    starting = [another_process(url) for _ in range(3)]
    ended = [each.communicate(timeout=30) for each in starting]
    assert ended == [("open\n", "")] * 3
    with Store.open(url, owner=False) as store:
        assert rows(store, "alembic_version") == 1


def test_a_template_is_migrated_already(databases):
    # So that tests on PostgreSQL are quick; here it is shown that they test the same schema.
    with Store.open(databases.server.url(databases.create(template=Databases.TEMPLATE))) as store:
        assert rows(store, "alembic_version") == 1


@pytest.mark.parametrize(
    "at",
    [
        NOON,
        datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
        datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=9), "KST")),
    ],
)
def test_an_instant_comes_back_as_the_same_instant_in_utc(store, at):
    write(store, lambda conn: conn.execute(hosts.insert(), {"host": "a", "next_slot_at": at}))
    (found,) = read(store, lambda conn: conn.execute(sa.select(hosts.c.next_slot_at)).one())
    assert (found, found.utcoffset()) == (at, timedelta(0))


def test_an_instant_is_kept_to_the_millisecond_and_never_later():
    kept = Instant().process_bind_param(NOON + timedelta(microseconds=1999), None)
    assert Instant().process_result_value(kept, None) == NOON + timedelta(milliseconds=1)


def test_instants_are_compared_and_sorted_in_the_database(store):
    for name, at in (("b", NOON), ("a", NOON + DAY), ("c", NOON - DAY)):
        row = {"host": name, "next_slot_at": at}
        write(store, lambda conn, row=row: conn.execute(hosts.insert(), row))
    query = sa.select(hosts.c.host).where(hosts.c.next_slot_at >= NOON)
    found = read(
        store, lambda conn: conn.execute(query.order_by(hosts.c.next_slot_at)).scalars().all()
    )
    assert found == ["b", "a"]


def test_an_instant_without_a_zone_is_refused(store):
    naive = {"host": "a", "next_slot_at": NOON.replace(tzinfo=None)}
    failure = store.write(lambda conn: conn.execute(hosts.insert(), naive)).exception(10)
    assert "instants are aware and UTC" in str(failure)

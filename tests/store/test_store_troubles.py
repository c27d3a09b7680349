"""A full disk, a locked file, a server gone: said in our words, and over when it is over."""

import contextlib
import resource
import sqlite3
from datetime import timedelta

import pytest
from polls import NOON, alert, held_back, list_one_feed, new, read, record, rows, select, write

from monitor.errors import StoreAway, StoreBusy, StoreFull, UsageError
from monitor.store.archive import iter_items
from monitor.store.engine import Store
from monitor.store.schema import hosts

SHORT = timedelta(milliseconds=50)


def no_more_than(store, pages):
    write(store, lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar())


def fill(store, feed):
    """More than there is space for; gives what came of it."""
    with pytest.raises(Exception) as failed:  # noqa: PT011 - looked at by who asks
        record(store, feed, *(new(n) for n in range(1, 3_000)))
    return failed.value


@pytest.fixture
def full(sqlite_url):
    """A store without space for anything more, and its only feed."""
    with Store.open(sqlite_url) as store:
        feed = list_one_feed(store)
        no_more_than(store, 1)  # never less than there are
        yield store, feed


def test_a_full_disk_is_named_with_what_to_do(full, tmp_path):
    failure = fill(*full)
    assert isinstance(failure, StoreFull)
    assert str(failure) == (
        f"{tmp_path}/state.db: no space is left where the state lives; free some, nothing is lost"
    )


def test_what_did_not_fit_is_not_there_by_halves_and_all_works_when_there_is_space(full):
    store, feed = full
    fill(store, feed)
    assert rows(store, "items") == 0
    no_more_than(store, 1_000_000)
    record(store, feed, *(new(n) for n in range(1, 3_000)))
    assert rows(store, "items") == 2_999


def test_what_shares_a_commit_with_what_did_not_fit_is_there_or_says_that_it_is_not(full):
    store, _ = full

    def add(conn, host):
        conn.execute(hosts.insert(), {"host": host, "next_slot_at": NOON})

    names = ["first", "x" * 5_000_000, "last"]
    futures = held_back(store, [lambda conn, name=name: add(conn, name) for name in names])
    kept = {name for name, each in zip(names, futures, strict=True) if not each.exception(10)}
    assert {type(each.exception()) for each in futures} <= {type(None), StoreFull}
    assert {name for (name,) in select(store, hosts.c.host)} == kept | {"wire.example"}
    assert len(kept) < 3


@contextlib.contextmanager
def locked(path):
    """Another program is writing into the file."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_file_locked_by_another_program_is_named_and_works_again_when_free(sqlite_url, tmp_path):
    with Store.open(sqlite_url, busy_timeout=SHORT) as store:
        with locked(tmp_path / "state.db"), pytest.raises(StoreBusy) as busy:
            list_one_feed(store)
        assert str(busy.value) == (
            f"{tmp_path}/state.db: another program holds the state locked; close it"
        )
        record(store, list_one_feed(store), alert(1))
        assert rows(store, "items") == 1


def test_a_locked_file_can_still_be_read(sqlite_url, tmp_path):
    with Store.open(sqlite_url, busy_timeout=SHORT) as store, locked(tmp_path / "state.db"):
        assert rows(store, "items") == 0


def test_a_file_that_is_locked_at_the_start_is_named(sqlite_url, tmp_path):
    with locked(tmp_path / "state.db"), pytest.raises(StoreBusy, match=r"state\.db: another"):
        Store.open(sqlite_url, busy_timeout=SHORT)
    Store.open(sqlite_url).close()


def test_a_table_locked_by_another_session_is_named_and_works_again_when_free(postgresql_url):
    with (
        Store.open(postgresql_url, busy_timeout=SHORT) as store,
        Store.open(postgresql_url) as other,
    ):

        def while_locked(conn):
            conn.exec_driver_sql("LOCK TABLE feeds IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(StoreBusy, match=r"state_\d+ on .*: another session .*; end it"):
                list_one_feed(store)

        write(other, while_locked)
        assert list_one_feed(store)


def test_a_connection_that_was_cut_is_made_anew(postgresql_url):
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with Store.open(postgresql_url) as store, Store.open(postgresql_url) as other:
        list_one_feed(store)
        write(other, lambda conn: conn.exec_driver_sql(cut + " AND datname = current_database()"))
        record(store, list_one_feed(store), alert(1))
        assert rows(store, "items") == 1


def test_a_connection_cut_within_a_work_fails_that_work_and_no_later_one(postgresql_url):
    with Store.open(postgresql_url) as store:
        suicide = "SELECT pg_terminate_backend(pg_backend_pid())"
        failure = store.write(lambda conn: conn.exec_driver_sql(suicide)).exception(10)
        assert isinstance(failure, StoreAway)
        assert list_one_feed(store)


def test_a_backup_opens_as_a_state_with_everything_in_it(sqlite_url, tmp_path):
    with Store.open(sqlite_url) as store:
        record(store, list_one_feed(store), alert(1), alert(2))
        store.backup(tmp_path / "copy.db")
        kept = read(store, lambda conn: list(iter_items(conn)))
    with Store.open(f"sqlite:///{tmp_path}/copy.db") as copy:
        assert read(copy, lambda conn: list(iter_items(conn))) == kept


def test_a_backup_is_one_file_and_is_taken_beside_a_writer_at_work(sqlite_url, tmp_path):
    (tmp_path / "backups").mkdir()
    with Store.open(sqlite_url) as store:
        rest = [{"host": f"{n}.example", "next_slot_at": NOON} for n in range(200)]
        add = hosts.insert()
        writing = [store.write(lambda conn, row=row: conn.execute(add, row)) for row in rest]
        store.backup(tmp_path / "backups/copy.db")
        assert not any(each.exception(10) for each in writing)
    assert [each.name for each in (tmp_path / "backups").iterdir()] == ["copy.db"]


def test_a_backup_replaces_the_one_before(sqlite_url, tmp_path):
    with Store.open(sqlite_url) as store:
        store.backup(tmp_path / "copy.db")
        record(store, list_one_feed(store), alert(1))
        store.backup(tmp_path / "copy.db")
    with Store.open(f"sqlite:///{tmp_path}/copy.db", owner=False) as copy:
        assert rows(copy, "items") == 1


@pytest.mark.parametrize("target", ["nowhere/copy.db", "state.db/copy.db", "folder"])
def test_a_backup_that_cannot_be_written_is_named_with_what_to_do(sqlite_url, tmp_path, target):
    (tmp_path / "folder").mkdir()
    with Store.open(sqlite_url) as store:
        with pytest.raises(StoreAway, match=rf"cannot back up to {tmp_path}/{target}: .*; name"):
            store.backup(tmp_path / target)
        assert rows(store, "items") == 0
    assert not list(tmp_path.rglob("*.part"))


@contextlib.contextmanager
def files_no_larger_than(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_backup_that_does_not_fit_leaves_the_one_before(sqlite_url, tmp_path):
    target = tmp_path / "copy.db"
    target.write_bytes(b"the one before")
    with (
        Store.open(sqlite_url) as store,
        files_no_larger_than(8_192),
        pytest.raises(StoreFull, match=r"cannot back up to .*copy\.db: .*; free space there"),
    ):
        store.backup(target)
    assert target.read_bytes() == b"the one before"
    assert not list(tmp_path.glob("*.part"))


def test_a_server_is_backed_up_with_its_own_tool(postgresql_url, tmp_path):
    with (
        Store.open(postgresql_url) as store,
        pytest.raises(UsageError, match="backed up with pg_dump"),
    ):
        store.backup(tmp_path / "copy")

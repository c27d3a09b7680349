import threading
from concurrent.futures import Future

import pytest
import sqlalchemy as sa
from polls import held_back

from monitor.errors import StoreAway
from monitor.store.engine import Store
from monitor.store.schema import schedules


def add(name):
    def work(conn):
        conn.execute(schedules.insert(), {"name": name, "cadence": "now", "timezone": "UTC"})
        return name

    return work


def names(store):
    with store.reading() as conn:
        return set(conn.execute(sa.select(schedules.c.name)).scalars())


def test_a_result_is_given_once_it_is_readable_by_others(store):
    assert store.write(add("a")).result() == "a"
    assert names(store) == {"a"}


def broken_promise(conn):
    raise LookupError("ours")


def broken_constraint(conn):
    add("first")(conn)


def broken_statement(conn):
    conn.exec_driver_sql("SELECT nonsense FROM nowhere")


def half_done(conn):
    add("half")(conn)
    raise LookupError("after writing")


@pytest.mark.parametrize(
    "failing", [broken_promise, broken_constraint, broken_statement, half_done]
)
def test_a_failing_work_costs_only_itself(store, failing):
    first, bad, last = held_back(store, [add("first"), failing, add("last")])
    assert isinstance(bad.exception(), Exception)
    assert (first.result(), last.result()) == ("first", "last")
    assert names(store) == {"first", "last"}


def test_a_faulty_statement_is_not_blamed_on_the_database(store):
    failure = store.write(broken_statement).exception()
    assert not isinstance(failure, StoreAway)


def test_what_a_constraint_quotes_is_not_taken_for_the_state_of_the_disk(store):
    name = "the disk is full, the database is locked"
    store.write(add(name)).result()
    assert isinstance(store.write(add(name)).exception(), sa.exc.IntegrityError)


def test_works_run_in_the_order_they_were_queued(store):
    ran = []
    for future in held_back(store, [lambda conn, n=n: ran.append(n) for n in range(60)]):
        future.result()
    assert ran == list(range(60))


def test_a_work_nobody_waits_for_any_more_does_not_stop_the_writer(store):
    abandoned, kept = held_back(store, [add("abandoned"), add("kept")])[:2]
    late = store.write(add("late"))
    abandoned.cancel()
    assert kept.result(10) == "kept"
    assert late.result(10) == "late"


def test_a_work_cancelled_while_it_waits_is_not_run(store):
    gate, entered = threading.Event(), threading.Event()

    def wait(conn):
        entered.set()
        gate.wait(10)

    store.write(wait)
    assert entered.wait(10)
    waiting = store.write(add("cancelled"))
    assert waiting.cancel()
    gate.set()
    assert store.write(add("next")).result(10) == "next"
    assert names(store) == {"next"}


def test_closing_carries_out_what_is_queued(state_url):
    store = Store.open(state_url)
    futures = [store.write(add(f"n{n}")) for n in range(40)]
    store.close()
    assert all(future.done() for future in futures)
    with Store.open(state_url) as again:
        assert len(names(again)) == 40


def test_a_reader_cannot_write(store):
    with (
        pytest.raises(StoreAway, match=r"cannot be written|takes no writes"),
        store.reading() as conn,
    ):
        add("sneaked")(conn)
    assert names(store) == set()


def test_a_reader_sees_one_state_from_first_to_last_statement(store):
    with store.reading() as conn:
        before = set(conn.execute(sa.select(schedules.c.name)).scalars())
        store.write(add("meanwhile")).result()
        assert set(conn.execute(sa.select(schedules.c.name)).scalars()) == before
    assert names(store) == {"meanwhile"}


def test_checkpoints_beside_a_busy_writer_lose_nothing(sqlite_url):
    with Store.open(sqlite_url) as store:
        futures: list[Future[str]] = []
        for n in range(200):
            futures += [store.write(add(f"{n}a")), store.write(add(f"{n}b"))]
            store.checkpoint()
        told = {future.result() for future in futures}
        assert names(store) == told
        assert len(told) == 400


def test_in_memory_a_write_waits_until_the_reading_is_over():
    with Store.in_memory() as store:
        with store.reading() as conn:
            waiting = store.write(add("later"))
            assert conn.execute(sa.select(schedules.c.name)).all() == []
            assert not waiting.done()
        assert waiting.result(10) == "later"

"""Who gets the next free worker."""

from concurrent.futures import CancelledError

import pytest

from monitor.airlock.desks import Desks

LONG, SHORT = 5_000_000, 500
WARM = object()


def queue(*sizes):
    """A desk that is taken, and a queue before it."""
    desks = Desks(1)
    assert desks.take(SHORT) is None
    return desks, [desks.ask(size) for size in sizes]


def test_there_are_as_many_desks_as_were_set_up():
    desks = Desks(2)
    turns = [desks.ask(SHORT) for _ in range(3)]
    assert [turn.done() for turn in turns] == [True, True, False]


def test_a_worker_that_is_warm_is_handed_on():
    desks, (turn,) = queue(SHORT)
    desks.give(WARM)
    assert turn.result() is WARM
    desks.give(WARM)
    assert desks.take(SHORT) is WARM


def test_a_short_document_goes_before_a_long_one_that_came_first():
    desks, (long, short) = queue(LONG, SHORT)
    desks.give(None)
    assert (long.done(), short.done()) == (False, True)
    desks.give(None)
    assert long.done()


def test_of_documents_alike_the_one_that_came_first_is_first():
    desks, (first, second) = queue(SHORT, SHORT)
    desks.give(None)
    assert (first.done(), second.done()) == (True, False)


def test_a_desk_is_not_lost_on_somebody_who_has_gone_away():
    desks, (gone, waiting) = queue(SHORT, SHORT)
    assert gone.cancel()
    desks.give(WARM)
    assert waiting.result() is WARM
    with pytest.raises(CancelledError):
        gone.result()

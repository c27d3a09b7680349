"""Hostile servers, polled as the daemon polls: each costs itself an error, others nothing."""

import logging
import statistics

import pytest
from hostile_round import HERE, poll_together
from hostile_server import CASES, HostileServer

HEALTHY = 30
NOTICEABLE = 0.1
"""Seconds by which a healthy poll may come later for what hostile servers do meanwhile."""


@pytest.fixture(scope="module")
def rounds(tmp_path_factory):
    """Two rounds of healthy feeds, the second one with every hostile server there is.

    They take seconds: every test asks them something of its own.
    """
    folder = tmp_path_factory.mktemp
    heard, root = Heard(), logging.getLogger()
    level = root.level
    root.addHandler(heard)
    root.setLevel(logging.DEBUG)
    with HostileServer() as hostile, HostileServer() as good:
        quiet, loud = (
            poll_together(
                folder("round"),
                hostile.port,
                cases,
                good_port=good.port,
                healthy=HEALTHY,
                apart=0.05,
            )
            for cases in ((), tuple(CASES))
        )
    root.setLevel(level)
    root.removeHandler(heard)
    return quiet, loud, heard.lines


class Heard(logging.Handler):
    """Everything that anybody logs, as text."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(f"{record.getMessage()} {record.__dict__}")


def of(name, told):
    return next(polled for url, polled in told.polled.items() if url.endswith(f"/{name}"))


def test_each_hostile_server_ends_within_limits_and_its_feed_says_why(rounds, subtests):
    _, loud, _ = rounds
    for name, case in CASES.items():
        with subtests.test(name):
            polled = of(name, loud)
            assert polled.error_kind == case.kind
            assert case.says in polled.error
            assert bool(polled.new) is not bool(case.kind)


def test_every_healthy_feed_is_read(rounds):
    for told in rounds[:2]:
        good = [each for url, each in told.polled.items() if "/good" in url]
        assert [each.new for each in good] == [1] * HEALTHY


def test_healthy_polls_take_no_longer_for_it(rounds):
    usual, meanwhile = (statistics.median(told.healthy) for told in rounds[:2])
    assert meanwhile - usual < NOTICEABLE


def test_the_daemon_is_never_held_up_for_long(rounds):
    quiet, loud, _ = rounds
    assert loud.stall < quiet.stall + 5 * NOTICEABLE  # a busy machine holds everybody up


def test_nothing_but_the_server_itself_was_dialled(rounds):
    assert rounds[1].dialled == {HERE}


def test_no_secret_was_told_to_anybody(rounds):
    _, loud, logged = rounds
    said = [*logged, *(repr(polled) for polled in loud.polled.values())]
    assert not [each for each in said if "CANARY" in each]

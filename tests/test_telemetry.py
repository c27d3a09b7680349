"""Events: one line each, for people or for machines, and never a secret."""

import io
import json
import logging

import pytest

from monitor.telemetry import event, guard_secrets, notify_systemd, start_logging


@pytest.fixture
def told():
    """What was logged; the loggers are put back as they were."""
    root, ours = logging.getLogger(), logging.getLogger("wirewatch")
    before = (list(root.handlers), root.level, ours.level)
    stream = io.StringIO()

    def start(form, secrets=()):
        start_logging(form, secrets=secrets, stream=stream, environ={})
        return stream

    yield start
    root.handlers[:], root.level, ours.level = before[0], before[1], before[2]


def test_a_machine_reads_one_object_a_line(told):
    stream = told("json")
    event("polled", feed="https://a.example/f", new=3, error="")
    line = json.loads(stream.getvalue())
    assert line.pop("at").endswith("Z")
    assert line == {"level": "info", "event": "polled", "feed": "https://a.example/f", "new": 3}


def test_people_read_words_and_quotes_only_where_needed(told):
    stream = told("text")
    event("polled", feed="wire", error="no answer within 20 seconds")
    assert stream.getvalue()[9:] == 'polled feed=wire error="no answer within 20 seconds"\n'


def test_away_from_a_terminal_auto_means_json(told):
    stream = told("auto")
    event("started")
    assert json.loads(stream.getvalue())["event"] == "started"


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_secret_is_seen_neither_in_facts_nor_in_tracebacks(told, form):
    stream = told(form, secrets=["hunter22"])
    event("delivered", answer="bad password hunter22")
    try:
        int("hunter22")
    except ValueError:
        logging.getLogger("wirewatch").exception("failed")
    assert "hunter22" not in stream.getvalue()
    assert "***" in stream.getvalue()


def test_a_secret_is_hidden_however_json_spells_it(told):
    stream = told("json", secrets=['hunter"22\\x'])
    event("delivered", answer='said hunter"22\\x')
    assert json.loads(stream.getvalue())["answer"] == "said ***"


def test_a_secret_learnt_later_is_hidden_from_then_on(told):
    stream = told("json")
    guard_secrets(["hunter22"])
    event("delivered", answer="hunter22")
    assert "hunter22" not in stream.getvalue()


def test_libraries_are_heard_only_when_something_is_wrong(told):
    stream = told("json")
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("apscheduler").warning("missed by a second")
    logging.getLogger("some.library").warning("trouble")
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["logger"] == "some.library"


def test_without_systemd_nobody_is_told():
    assert notify_systemd("READY=1", {}) is False


def test_a_socket_of_systemd_that_is_gone_is_no_reason_to_stop(told, tmp_path):
    stream = told("json")
    assert notify_systemd("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "gone")}) is False
    assert json.loads(stream.getvalue())["event"] == "systemd_unreachable"

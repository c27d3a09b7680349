"""Channel URLs: mistakes are explained, secrets are never shown."""

import logging
import subprocess
import sys

import pytest
from outgoing import DISCORD, SLACK, TELEGRAM

from monitor.channels.redaction import Redaction, guard_logs
from monitor.channels.sending import lint, mask
from monitor.channels.urls import secrets_in

MAIL = "mailtos://desk:pa%40ss-canary@smtp.example:587/a@x.example"


@pytest.mark.parametrize("url", [SLACK, DISCORD, TELEGRAM, MAIL, "json://x.example/y", "digests"])
def test_a_good_url_has_no_fault(url):
    assert lint(url) == ""


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("slak://a/b/c", "there is no service `slak`; did you mean `slack`?"),
        ("file://tmp/x", "a folder is written file:///absolute/path, or as a plain path"),
        (
            "mailto:a@x.example",
            "a channel's URL has :// after its scheme, as in mailto://user@host",
        ),
        ("", "the channel has no URL; give an Apprise URL, mailto://..., or a folder"),
    ],
)
def test_a_bad_url_is_explained_with_a_remedy(url, sentence):
    assert lint(url) == sentence


@pytest.mark.parametrize(
    "url", ["slack://hunter2-token-9", "tgram://canary-token-77/", "discord://canary-77-canary"]
)
def test_an_incomplete_url_is_explained_without_showing_or_logging_it(url, logged):
    said = lint(url)
    assert said
    assert url.split("/")[2] not in f"{said} {logged}"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (MAIL, "mailtos://desk:***@smtp.example:587/a@x.example"),
        ("mailto://smtp.example/a@x.example", "mailto://smtp.example/a@x.example"),
        (SLACK, "slack://***"),
        ("jsons://u:p@x.example/secret/path", "jsons://x.example/***"),
        ("state/digests", "state/digests"),
    ],
)
def test_a_masked_url_is_recognisable_and_useless(url, shown):
    assert mask(url) == shown


def test_secrets_are_known_quoted_and_unquoted():
    assert secrets_in(MAIL) == {MAIL, "pa%40ss-canary", "pa@ss-canary"}
    assert "CANARYslackabcdefghijklm" in secrets_in(SLACK)
    assert secrets_in("state/digests") == frozenset()


def test_words_that_are_no_secret_stay_readable_in_logs():
    found = secrets_in("mailto://smtp.example/analyst@x.example") | secrets_in(
        SLACK + "#export-control-desk-2026"
    )
    assert not [
        word for word in ("analyst", "smtp.example", "export-control-desk-2026") if word in found
    ]


@pytest.mark.parametrize("name", ["", "apprise", "urllib3.connectionpool", "monitor.anything"])
def test_no_logger_lets_a_secret_through(name):
    lines = []

    class Keeper(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    keeper = Keeper()
    root = logging.getLogger()
    root.addHandler(keeper)
    try:
        guard_logs(["canary-77"], [keeper])
        logger = logging.getLogger(name)
        try:
            int("canary-77")
        except ValueError:
            logger.exception("GET %s", "https://x.example/canary-77")
    finally:
        root.removeHandler(keeper)
    assert "canary-77" not in "".join(lines)
    assert name == "apprise" or "GET https://x.example/***" in lines[0]


def test_talkative_libraries_stay_at_info():
    guard_logs([], [])
    assert not logging.getLogger("apprise").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("urllib3.connectionpool").isEnabledFor(logging.DEBUG)


def test_the_longest_secret_is_hidden_first():
    assert Redaction(["abcd", "abcdef"]).clean("x abcdef y") == "x *** y"


def test_heavy_libraries_stay_shut_until_a_channel_needs_them():
    code = (
        "import sys, monitor.channels.sending, monitor.channels.composing;"
        "print([name for name in ('apprise', 'requests') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""`digests` and `notify`: what would be told, telling it now, and trying who hears it."""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from desk import furnish, wirewatch


def pages(desk):
    """What lies in the folder where digests without a channel go, by kind of file."""
    return {path.suffix: path.read_bytes() for path in (desk / "state" / "digests").iterdir()}


def test_the_list_tells_each_digest_and_when_it_runs_next(polled):
    (line,) = wirewatch("digests", "list", "--json", desk=polled).lines
    assert (line["digest"], line["cadence"], line["to"]) == ("morning", "daily 07:00", ["files"])
    assert line["next_at"].endswith("T07:00:00Z")
    assert line["why"]


def test_the_list_tells_what_was_told(polled):
    wirewatch("digests", "send", "morning", desk=polled)
    told = wirewatch("digests", "list", "--json", desk=polled).lines[-1]
    assert (told["digest"], told["stories"], told["messages"], told["sent"]) == ("morning", 2, 2, 2)
    shown = wirewatch("digests", "list", desk=polled).out
    assert told["id"] in shown


@pytest.mark.parametrize(("form", "suffix"), [("text", ".txt"), ("html", ".html")])
def test_the_preview_is_byte_for_byte_what_is_sent(form, suffix, polled):
    preview = wirewatch("digests", "preview", "morning", "--format", form, desk=polled)
    sent = wirewatch("digests", "send", "morning", desk=polled)
    assert (preview.code, sent.code) == (0, 0)
    assert preview.out.encode() == pages(polled)[suffix]
    assert "fired at sea" in preview.out


def test_a_preview_tells_and_changes_nothing(polled):
    first = wirewatch("digests", "preview", "morning", desk=polled)
    assert first.out == wirewatch("digests", "preview", "morning", desk=polled).out
    assert first.err.startswith("Subject: ")
    assert not (polled / "state" / "digests").exists()


def test_a_preview_in_json_holds_every_form(polled):
    (line,) = wirewatch("digests", "preview", "morning", "--json", desk=polled).lines
    assert line.keys() == {"digest", "id", "subject", "stories", "alerts", "text", "html", "chat"}
    assert len(line["stories"]) == 2
    assert line["text"] == wirewatch("digests", "preview", "morning", desk=polled).out


def test_what_was_sent_is_not_sent_again(polled):
    first = wirewatch("digests", "send", "morning", "--json", desk=polled)
    again = wirewatch("digests", "send", "morning", "--json", desk=polled)
    assert (first.lines[0]["stories"], again.lines[0]["stories"]) == (2, 0)
    assert first.lines[0]["id"] != again.lines[0]["id"]
    assert (first.code, again.code) == (0, 0)


def test_a_template_that_fails_is_told_and_the_built_in_one_is_used(polled):
    (polled / "templates").mkdir()
    (polled / "templates" / "digest.txt.j2").write_text("{% for %}")
    ran = wirewatch("digests", "preview", "morning", desk=polled)
    assert "templates/digest.txt.j2:1" in ran.err
    assert "Missile fired at sea" in ran.out


@pytest.mark.parametrize("verb", ["preview", "send"])
def test_a_digest_that_is_not_there_offers_the_nearest(verb, polled):
    ran = wirewatch("digests", verb, "mornign", desk=polled)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: no digest `mornign`; did you mean `morning`?\n"


def test_a_delivery_that_fails_is_exit_code_1(polled):
    config = polled / "config.toml"
    mail = "mailto://127.0.0.1:9/a@x.example?from=w@x.example&mode=insecure"
    text = config.read_text().replace('07:00"\n', '07:00"\nto = ["mail"]\n')
    config.write_text(f'{text}[[channel]]\nname = "mail"\nurl = "{mail}"\n')
    ran = wirewatch("digests", "send", "morning", desk=polled)
    assert ran.code == 1
    assert "0 messages delivered, 1 not" in ran.out
    assert "not_delivered" not in ran.err


@pytest.fixture
def signed_for():
    """A program that takes one webhook: `taken` is what it was sent."""

    class Program(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.taken = (dict(self.headers), body)
            self.send_response_only(204)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Program)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def mailing(tmp_path, postbox):
    """A desk with a channel to two people on the test's mail server."""
    url = (
        f"mailto://127.0.0.1:{postbox.port}/a@x.example,b@x.example?from=w@x.example&mode=insecure"
    )
    return furnish(tmp_path / "mailing", more=f'[[channel]]\nname = "mail"\nurl = "{url}"\n')


def test_a_channel_is_tried_with_a_message_to_everybody(mailing, postbox):
    ran = wirewatch("notify", "test", "mail", desk=mailing)
    assert ran.code == 0
    assert "mail to a@x.example: sent: 250" in ran.out
    assert {to for to, _ in postbox.mails} == {("a@x.example",), ("b@x.example",)}
    _, mail = postbox.mails[0]
    assert mail["Subject"] == "Wirewatch: test message"
    assert "channel `mail`" in mail.get_body(["plain"]).get_content()


def test_what_the_service_refused_is_told_with_its_reason(mailing, postbox):
    postbox.answers = {"b@x.example": "550 no such desk here"}
    begun = time.monotonic()
    ran = wirewatch("notify", "test", "mail", "--json", desk=mailing)
    assert time.monotonic() - begun < 5
    assert ran.code == 1
    kept, refused = ran.lines
    assert kept.keys() == {"channel", "target", "sent", "confirmed", "trouble", "answer"}
    assert (kept["sent"], refused["sent"]) == (True, False)
    assert "550" in refused["answer"]
    assert "no such desk here" in refused["answer"]


def test_a_service_that_is_not_there_is_told_within_five_seconds(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"mailto://127.0.0.1:{port}/a@x.example?from=w@x.example&mode=insecure"
    desk = furnish(tmp_path, more=f'[[channel]]\nname = "mail"\nurl = "{url}"\n')
    begun = time.monotonic()
    ran = wirewatch("notify", "test", "mail", desk=desk)
    assert time.monotonic() - begun < 5
    assert ran.code == 1
    assert "NOT sent (temporary)" in ran.out


def test_a_folder_is_a_channel_too(desk):
    ran = wirewatch("notify", "test", "files", desk=desk)
    assert ran.code == 0
    assert b"If you can read it, digests will arrive here." in pages(desk)[".txt"]


def test_a_webhook_is_tried_like_any_channel_and_signed(tmp_path, signed_for):
    url = f"http://127.0.0.1:{signed_for.server_address[1]}/digests"
    desk = furnish(
        tmp_path, more=f'[[channel]]\nname = "tool"\nurl = "{url}"\nsecret = "our words"\n'
    )
    assert wirewatch("check", desk=desk).code == 0
    ran = wirewatch("notify", "test", "tool", "--json", desk=desk)
    (said,) = ran.lines
    assert (said["target"], said["sent"], said["confirmed"]) == ("webhook", True, True)
    (headers, body) = signed_for.taken
    assert headers["webhook-signature"].startswith("v1,")
    assert json.loads(body)["data"]["subject"] == "Wirewatch: test message"
    shown = wirewatch("config", "show", desk=desk).out
    assert "our words" not in shown
    assert url not in shown
    found = [
        each
        for each in wirewatch("doctor", "--json", desk=desk).lines
        if each["subject"] == "channel tool"
    ]
    assert found[0]["message"].endswith("answers; to webhook")


def test_a_service_that_confirms_nothing_is_warned_of(tmp_path):
    url = "irc://irc.example/#desk"
    desk = furnish(tmp_path, more=f'[[channel]]\nname = "irc"\nurl = "{url}"\n')
    ran = wirewatch("check", "--strict", desk=desk)
    assert ran.code == 3
    assert "warning[C118]: irc:// confirms nothing" in ran.out + ran.err


def test_a_channel_that_is_not_there_offers_the_nearest(mailing):
    ran = wirewatch("notify", "test", "mial", desk=mailing)
    assert (ran.code, ran.err) == (2, "error: no channel `mial`; did you mean `mail`?\n")

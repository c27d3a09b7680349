"""`digests` and `notify`: what would be told, telling it now, and trying who hears it."""

import socket
import time

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
    assert line.keys() == {
        *("digest", "id", "subject", "stories", "alerts", "held", "text", "html", "chat"),
        *("next_at", "next_why", "next_runs", "because"),
    }
    assert len(line["stories"]) == 2
    assert line["text"] == wirewatch("digests", "preview", "morning", desk=polled).out


def test_what_was_sent_is_not_sent_again(polled):
    first = wirewatch("digests", "send", "morning", "--json", desk=polled)
    again = wirewatch("digests", "send", "morning", "--json", desk=polled)
    assert (first.lines[0]["stories"], again.lines[0]["stories"]) == (2, 0)
    assert first.lines[0]["id"] != again.lines[0]["id"]
    assert (first.code, again.code) == (0, 0)


@pytest.fixture
def told(polled):
    """A desk that has sent a digest, and the number of it."""
    (line,) = wirewatch("digests", "send", "morning", "--json", desk=polled).lines
    return polled, line["id"]


def test_what_was_sent_is_shown_with_its_deliveries(told):
    desk, number = told
    shown = wirewatch("digests", "show", number, desk=desk).out
    assert f"digest {number} of `morning`, " in shown
    assert "2 stories (asked for)" in shown
    assert f"{number}.html  sent" in shown
    assert shown.encode().endswith(pages(desk)[".txt"])


@pytest.mark.parametrize(("form", "suffix"), [("text", ".txt"), ("html", ".html")])
def test_what_was_said_is_shown_byte_for_byte(form, suffix, told):
    desk, number = told
    shown = wirewatch("digests", "show", number[:13], "--format", form, desk=desk)
    assert shown.out.encode() == pages(desk)[suffix]


def test_what_was_sent_is_shown_to_programs(told):
    desk, number = told
    (line,) = wirewatch("digests", "show", number, "--json", desk=desk).lines
    assert (line["id"], line["digest"], line["why"]) == (number, "morning", "asked for")
    assert {each["state"] for each in line["deliveries"]} == {"sent"}
    assert line["text"].encode() == pages(desk)[".txt"]


def test_what_was_sent_is_sent_again_on_a_channel_of_choice(told, postbox):
    desk, number = told
    mail = f"mailto://127.0.0.1:{postbox.port}/a@x.example?from=w@x.example&mode=insecure"
    with (desk / "config.toml").open("a") as config:
        config.write(f'[[channel]]\nname = "mail"\nurl = "{mail}"\n')
    ran = wirewatch("digests", "resend", number[:13], "--to", "mail", desk=desk)
    assert (ran.code, ran.out) == (0, f"digest {number} to mail: 1 messages delivered, 0 not\n")
    assert len(postbox.mails) == 1
    (line,) = wirewatch("digests", "resend", number, "--json", desk=desk).lines
    assert line == {"id": number, "channels": ["files"], "messages": 2, "warnings": []}


@pytest.mark.parametrize("verb", ["show", "resend"])
def test_a_number_that_is_not_there_offers_the_nearest(verb, told):
    desk, number = told
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    ran = wirewatch("digests", verb, wrong, desk=desk)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"error: no digest `{wrong}`; did you mean `{number}`?\n"


def test_sending_publishes_what_readers_subscribe_to(told):
    desk, number = told
    feeds = desk / "state" / "feeds"
    assert number in (feeds / "digests" / "morning.json").read_text()
    assert "Missile fired at sea" in (feeds / "rules" / "arms.atom").read_text()


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
    assert kept.keys() == {"channel", "target", "sent", "trouble", "answer"}
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


def test_a_channel_that_is_not_there_offers_the_nearest(mailing):
    ran = wirewatch("notify", "test", "mial", desk=mailing)
    assert (ran.code, ran.err) == (2, "error: no channel `mial`; did you mean `mail`?\n")

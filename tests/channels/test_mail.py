"""Mail: what is on the envelope, what is inside, and what each answer of a server means."""

import socket
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outgoing import NOW, channel, composed, deliveries, message, send

from monitor.channels.mail import header
from monitor.channels.sending import targets
from monitor.errors import UsageError
from monitor.model import Attachment, NotSent, Sent, Trouble

URL = "mailtos://mail.example:587/a@x.example/b@y.example?from=Desk<w@watch.example>&cc=c@z.example&bcc=d@z.example&reply=r@watch.example&mode=starttls"


def url_of(postbox, *, login="", to="a@x.example"):
    return f"mailto://{login}127.0.0.1:{postbox.port}/{to}?from=w@watch.example&mode=insecure"


def parsed(part):
    return message_from_bytes(part.payload, policy=default)


def test_every_recipient_gets_a_part_with_its_own_key_and_the_same_bytes():
    parts = composed(URL)
    assert [part.target for part in parts] == [
        "a@x.example",
        "b@y.example",
        "c@z.example",
        "d@z.example",
    ]
    assert len({part.key for part in parts}) == 4
    assert len({part.payload for part in parts}) == 1


def test_composing_again_gives_the_same_bytes():
    assert composed(URL) == composed(URL)


def test_headers_tell_a_mail_program_what_this_is():
    mail = parsed(composed(URL)[0])
    machinery = ("MIME-Version", "Content-Type")
    assert {name: value for name, value in mail.items() if name not in machinery} == {
        "Subject": "2 stories: Port closed",
        "From": "Desk <w@watch.example>",
        "To": "a@x.example, b@y.example",
        "Cc": "c@z.example",
        "Reply-To": "r@watch.example",
        "Date": "Mon, 23 Nov 2026 22:00:00 +0000",
        "Message-ID": "<2026-11-23-a7f3.desk@watch.example>",
        "References": "<wirewatch.morning.2026-W48@watch.example>",
        "List-Id": "<morning.watch.example>",
        "List-Unsubscribe": "<mailto:w@watch.example?subject=unsubscribe%20morning>",
        "Auto-Submitted": "auto-generated",
        "X-Wirewatch-Digest": "2026-11-23-a7f3",
    }  # fmt: skip


def test_digests_of_one_week_are_one_thread_and_of_the_next_week_another():
    first, later, next_week = (
        parsed(composed(URL, now=NOW.replace(day=day))[0])["References"] for day in (23, 27, 30)
    )
    assert first == later != next_week


def test_a_mail_holds_text_with_whole_links_a_page_and_the_attachment():
    link = "https://wire.example/" + "x" * 200
    table = Attachment(name="digest.csv", media_type="text/csv", content=b"a,b\r\n")
    mail = parsed(composed(URL, message(text=f"Порт закрыт\n  {link}\n", attachments=(table,)))[0])
    assert link in mail.get_body(("plain",)).get_content()
    assert "<a href=" in mail.get_body(("html",)).get_content()
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("digest.csv", "a,b\r\n")


def test_a_mail_is_seven_bit_with_short_lines():
    (first, *_) = composed(URL, message(text="ж" * 5000, html="<p>" + "ж" * 50_000))
    assert first.payload.isascii()
    assert max(map(len, first.payload.split(b"\r\n"))) <= 998


def test_a_url_without_a_sender_is_refused_with_a_sentence():
    with pytest.raises(UsageError, match="From"):
        composed("mailto://nowhere")


@pytest.mark.parametrize(
    "breaker", [*"\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029\ud800\u202e\x00", "\r\n"]
)
def test_no_character_breaks_out_of_a_header(breaker):
    mail = parsed(composed(URL, message(subject=f"Port{breaker}Bcc: evil@x.example"))[0])
    assert mail["Bcc"] is None
    assert mail["Subject"].replace(" ", "") == "PortBcc:evil@x.example"


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(codec=None), max_size=300))
def test_any_text_makes_a_header_of_one_line(text):
    line = header(text)
    assert len(line) <= 150
    assert len(line.splitlines()) <= 1
    line.encode()
    composed(URL, message(subject=text, text=text, html=text))


def test_no_encoded_word_of_a_headline_is_decoded_into_a_header():
    attack = "Port =?utf-8?q?=0D=0ABcc:_evil=40x.example?= closed"
    mail = parsed(composed(URL, message(subject=attack, digest_id=attack))[0])
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Port = ?utf-8?q?=0D=0ABcc:_evil=40x.example?= closed"


OURS = [
    "Subject", "From", "To", "Date", "Message-ID", "References", "List-Id", "List-Unsubscribe",
    "Auto-Submitted", "X-Wirewatch-Digest", "Content-Type", "MIME-Version", "Cc", "Reply-To",
]  # fmt: skip
BREAKING = st.lists(
    st.one_of(
        st.text(max_size=5),
        st.sampled_from(
            ["\r\n", "\n", "\r", "\r\n\r\n", "Bcc: evil@x.example", "\r\n.\r\nMAIL FROM:<x@y>\r\n",
             "=?utf-8?q?=0D=0ABcc:_evil=40x.example?=", "\x00", "\u2028", "\u202e", "<", ">", '"',
             "--=_boundary", "é" * 80, "核" * 80, "word" * 300]
        ),
    ),
    max_size=5,
).map("".join)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(subject=BREAKING, name=BREAKING, body=BREAKING)
def test_the_headers_are_ours_and_no_others_whatever_a_feed_says(subject, name, body):
    told = message(subject=subject, digest_name=name, digest_id=name, text=body, html=body)
    part = composed(URL, told)[0]
    mail = parsed(part)
    assert sorted(set(mail.keys()) - {"Content-Transfer-Encoding"}) == sorted(OURS)
    assert len(mail.keys()) == len(set(mail.keys()))
    assert mail["Message-ID"].count("@") == mail["References"].count("@") == 1
    assert [each.get_content_type() for each in mail.walk() if not each.is_multipart()] in (
        ["text/plain"],
        ["text/plain", "text/html"],
    )
    lines = part.payload.split(b"\r\n")
    assert not [line for line in lines if b"\n" in line or b"\r" in line or len(line) > 998]


def test_a_mail_arrives_once_for_each_recipient(postbox):
    url = url_of(postbox, to="a@x.example/b@y.example")
    receipts = [send(channel(url), each) for each in deliveries(url)]
    assert receipts == [Sent(answer="250 kept")] * 2
    assert [to for to, _ in postbox.mails] == [("a@x.example",), ("b@y.example",)]
    assert postbox.mails[0][1]["Message-ID"] == "<2026-11-23-a7f3.desk@watch.example>"


def test_one_refused_recipient_refuses_nobody_else(postbox):
    postbox.answers["b@y.example"] = "550 5.1.1 no such user"
    url = url_of(postbox, to="a@x.example/b@y.example/c@z.example")
    receipts = [send(channel(url), each) for each in deliveries(url)]
    assert [type(each) for each in receipts] == [Sent, NotSent, Sent]
    assert receipts[1].trouble is Trouble.PERMANENT
    assert receipts[1].reason == (
        "the mail server said 550 5.1.1 no such user to the recipient b@y.example"
    )


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        ("451 4.3.0 try later", Trouble.TEMPORARY),
        ("450 4.2.1 greylisted", Trouble.TEMPORARY),
        ("421 4.3.2 shutting down", Trouble.TEMPORARY),
        ("450 4.7.1 too many messages", Trouble.RATE_LIMITED),
        ("552 5.2.2 mailbox full", Trouble.PERMANENT),
        ("554 5.7.1 rejected", Trouble.PERMANENT),
        ("530 5.7.0 log in first", Trouble.AUTH),
    ],
)
@pytest.mark.parametrize("stage", ["recipient", "data"])
def test_the_answer_decides_the_class(postbox, answer, trouble, stage):
    if stage == "data":
        postbox.data_answer = answer
    else:
        postbox.answers["a@x.example"] = answer
    url = url_of(postbox)
    receipt = send(channel(url), deliveries(url)[0])
    assert receipt.trouble is trouble
    assert answer in receipt.reason


def test_the_right_password_logs_in(postbox):
    url = url_of(postbox, login="desk:right@")
    assert isinstance(send(channel(url), deliveries(url)[0]), Sent)
    assert postbox.logins == [b"desk"]


def test_a_wrong_password_is_an_auth_trouble_and_stays_secret(postbox, logged):
    url = url_of(postbox, login="desk:s3cr3t-canary@")
    receipt = send(channel(url), deliveries(url)[0])
    assert receipt.trouble is Trouble.AUTH
    assert "535" in receipt.reason
    assert "s3cr3t-canary" not in f"{receipt} {logged}"


def test_a_reply_lost_after_the_mail_is_ambiguous(postbox):
    postbox.hang_up = True
    url = url_of(postbox)
    receipt = send(channel(url), deliveries(url)[0])
    assert receipt.trouble is Trouble.AMBIGUOUS
    assert len(postbox.mails) == 1


def test_a_repeated_mail_can_be_recognised(postbox):
    url = url_of(postbox)
    row = deliveries(url)[0]
    send(channel(url), row)
    send(channel(url), row)
    first, second = (mail["Message-ID"] for _, mail in postbox.mails)
    assert first == second


def test_nobody_listening_is_temporary():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"mailto://127.0.0.1:{free.getsockname()[1]}/a@x.example?from=w@watch.example"
        receipt = send(channel(url), deliveries(url)[0])
    assert receipt.trouble is Trouble.TEMPORARY
    assert "cannot be reached" in receipt.reason


def test_a_server_without_starttls_gets_neither_password_nor_mail(postbox):
    url = url_of(postbox, login="desk:right@").replace("mode=insecure", "mode=starttls")
    url = url.replace("mailto:", "mailtos:")
    receipt = send(channel(url), deliveries(url)[0])
    assert receipt.trouble is Trouble.AUTH
    assert (postbox.mails, postbox.logins) == ([], [])


def test_a_recipient_who_was_taken_out_of_the_url_gets_nothing(postbox):
    (row,) = deliveries(url_of(postbox, to="gone@x.example"))
    receipt = send(channel(url_of(postbox)), row)
    assert receipt.trouble is Trouble.PERMANENT
    assert postbox.mails == []


def test_targets_are_everybody_who_gets_a_copy():
    assert targets(channel(URL)) == ("a@x.example", "b@y.example", "c@z.example", "d@z.example")

"""A digest on its whole way: from a feed on loopback into a real mailbox."""

import pytest
from desk import furnish, rss, wirewatch
from feed_server import FeedServer

LINK = "https://wire.example/missile"


def channels(postbox, *, to="desk@x.example", login="w:right@"):
    return (
        f'[[channel]]\nname = "mail"\nurl = "mailto://{login}127.0.0.1:{postbox.port}/{to}?from='
        'Desk<w@watch.example>&mode=insecure"\n'
        '[[digest]]\nname = "urgent"\nto = ["mail"]\n'
    )


@pytest.fixture
def received(tmp_path, postbox):
    """The mail that a report of a missile makes, as the server took it."""
    with FeedServer({"wire": rss(("missile", "Missile hits Порт Южный"))}) as server:
        desk = furnish(tmp_path / "desk", server.urls, more=channels(postbox))
        ran = wirewatch("once", "--json", desk=desk)
        assert (ran.code, ran.err) == (0, "")
    ((recipients, mail),) = postbox.mails
    assert recipients == ("desk@x.example",)
    return mail


def test_the_text_part_has_the_headline_its_whole_link_and_the_reason(received):
    text = received.get_body(("plain",)).get_content()
    assert "Missile hits Порт Южный" in text
    assert LINK in text.split()
    assert "because Missile" in text


def test_the_html_part_links_the_headline_and_marks_the_evidence(received):
    page = received.get_body(("html",)).get_content()
    assert f'href="{LINK}"' in page
    assert ">Missile</mark>" in page


def test_the_headers_let_a_reader_sort_fold_and_thread(received):
    assert received["Message-ID"].endswith("@watch.example>")
    assert "urgent" in received["List-Id"]
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Subject"] == "Urgent: Missile hits Порт Южный"


def test_a_mail_whose_answer_was_lost_comes_again_under_the_same_message_id(tmp_path, postbox):
    postbox.hang_up = True
    with FeedServer({"wire": rss(("missile", "Missile fired"))}) as server:
        desk = furnish(tmp_path / "desk", server.urls, more=channels(postbox))
        first = wirewatch("once", "--json", desk=desk)
        postbox.hang_up = False
        make_everything_due(desk)
        second = wirewatch("once", "--json", desk=desk)
    assert (first.code, first.lines[0]["deliveries_failed"]) == (1, 1)
    assert (second.code, second.lines[0]["deliveries_sent"]) == (0, 1)
    one, other = (mail["Message-ID"] for _, mail in postbox.mails)
    assert one == other


def test_a_refused_recipient_refuses_nobody_else_and_is_named(tmp_path, postbox):
    postbox.answers["gone@x.example"] = "550 5.1.1 no such user"
    with FeedServer({"wire": rss(("missile", "Missile fired"))}) as server:
        more = channels(postbox, to="gone@x.example/desk@x.example")
        desk = furnish(tmp_path / "desk", server.urls, more=more)
        ran = wirewatch("once", "--json", desk=desk)
        status = wirewatch("status", desk=desk)
    assert ran.code == 1
    assert [to for to, _ in postbox.mails] == [("desk@x.example",)]
    assert "no such user" in status.out + status.err


def test_a_password_is_seen_nowhere(tmp_path, postbox):
    with FeedServer({"wire": rss(("missile", "Missile fired"))}) as server:
        desk = furnish(tmp_path / "desk", server.urls, more=channels(postbox, login="w:hunter22@"))
        runs = [
            wirewatch(*verb.split(), desk=desk)
            for verb in (
                "once -v",
                "status",
                "status --json",
                "config show",
                "doctor --feeds 0",
                "notify test mail",
                "check",
            )
        ]
    assert "hunter22" not in "".join(ran.out + ran.err for ran in runs)
    assert "***" in "".join(ran.out for ran in runs)


def make_everything_due(desk):
    """As if the time of the backoff had passed."""
    import sqlite3

    conn = sqlite3.connect(desk / "state" / "wirewatch.db")
    with conn:
        conn.execute("UPDATE deliveries SET next_try_at = 0")
    conn.close()

"""Chats: what each service is sent, and what each of its answers means."""

import html
import json
import socket
from datetime import timedelta

import pytest
from outgoing import DISCORD, SLACK, TELEGRAM, channel, deliveries, message, send

from monitor.channels.sending import targets
from monitor.model import Attachment, NotSent, Sent, Trouble


def webhook(web, path="/hook?+X-Desk=night"):
    return f"json://127.0.0.1:{web.port}{path}"


def send_all(url, what=None):
    return [send(channel(url), each) for each in deliveries(url, what)]


def test_slack_gets_a_section_in_its_own_markup(web):
    assert send_all(SLACK + "#desk") == [Sent(answer="Slack answered 200")]
    ((path, _, body),) = web.requests
    assert path == "/slack/T1234567/B1234567/CANARYslackabcdefghijklm"
    (attachment,) = json.loads(body)["attachments"]
    assert attachment["blocks"][0]["text"] == {
        "type": "mrkdwn",
        "text": "*Morning*\n\n<https://wire.example/1|Port closed>\nWire · 07:00",
    }


def test_discord_gets_content_that_can_ping_nobody(web):
    web.answer(204)
    assert send_all(DISCORD) == [Sent(answer="Discord answered 204")]
    (sent,) = web.bodies
    assert sent["allowed_mentions"] == {"parse": []}
    assert "avatar_url" not in sent
    assert "[Port closed](<https://wire.example/1>)" in sent["content"]


def test_telegram_gets_its_html(web):
    web.answer(200, '{"ok": true, "result": {"message_id": 7}}')
    assert send_all(TELEGRAM) == [Sent(answer="Telegram answered 200")]
    (sent,) = web.bodies
    assert (sent["chat_id"], sent["parse_mode"]) == (12345, "HTML")
    assert sent["disable_web_page_preview"] is True
    assert sent["text"] == (
        '<b>Morning</b>\n\u200b\n<a href="https://wire.example/1">Port closed</a>\nWire · 07:00'
    )


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (SLACK, lambda sent: sent["attachments"][0]["blocks"][0]["text"]["text"]),
        (DISCORD, lambda sent: sent["content"]),
        (TELEGRAM, lambda sent: sent["text"]),
    ],
)
def test_what_was_composed_goes_out_unchanged_however_hostile_the_headline(web, url, found):
    title = (
        "@everyone <!channel> {{app_title}} </a><b> &quot; &nbsp; [x](https://evil.example) \\ <li>"
    )
    chat = f'<b>Morning</b>\n\n<a href="https://wire.example/?a&amp;b">{html.escape(title)}</a>'
    (row,) = deliveries(url, message(chat=chat))
    assert isinstance(send(channel(url), row), Sent)
    assert found(web.bodies[0]) == json.loads(row.payload)["body"]


def test_a_webhook_gets_title_text_and_a_key_to_fold_repeats(web):
    (row,) = deliveries(webhook(web))
    send(channel(webhook(web)), row)
    send(channel(webhook(web)), row)
    (_, first, body), (_, second, _) = web.requests
    assert first["Idempotency-Key"] == second["Idempotency-Key"] == row.key
    assert first["X-Desk"] == "night"
    sent = json.loads(body)
    assert sent["title"] == "2 stories: Port closed"
    assert sent["message"] == "Morning\n\nPort closed\nhttps://wire.example/1\nWire · 07:00"


def test_an_attachment_goes_with_the_last_piece_where_the_service_takes_files(web):
    table = Attachment(name="digest.csv", media_type="text/csv", content=b"a,b\r\n")
    send_all(webhook(web), message(attachments=(table,)))
    (attached,) = web.bodies[0]["attachments"]
    assert attached["filename"] == "digest.csv"


def test_every_target_of_a_url_is_a_part_of_its_own(web):
    url = SLACK + "#desk/#night"
    web.answer(500)
    receipts = send_all(url)
    assert [type(each) for each in receipts] == [NotSent, Sent]
    assert [sent["channel"] for sent in web.bodies] == ["#desk", "#night"]
    assert targets(channel(url)) == ("#desk", "#night")


def test_a_target_that_was_taken_out_of_the_url_is_not_sent_to(web):
    row = deliveries(SLACK + "#desk/#night")[0]
    receipt = send(channel(SLACK + "#night/#day"), row)
    assert receipt == NotSent(
        trouble=Trouble.PERMANENT, reason="the channel does not name #desk any more"
    )
    assert web.requests == []


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (400, Trouble.PERMANENT),
        (401, Trouble.AUTH),
        (403, Trouble.AUTH),
        (404, Trouble.PERMANENT),
        (410, Trouble.PERMANENT),
        (429, Trouble.RATE_LIMITED),
        (500, Trouble.TEMPORARY),
        (503, Trouble.TEMPORARY),
        (302, Trouble.PERMANENT),
    ],
)
def test_the_status_decides_the_class_and_nothing_is_tried_twice(web, status, trouble):
    web.answer(status, "so it is")
    (receipt,) = send_all(webhook(web))
    assert receipt.trouble is trouble
    assert f"answered {status}" in receipt.reason
    assert receipt.reason.endswith(": so it is")
    assert len(web.requests) == 1


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({"Retry_After": "30"}, "", 30),
        ({}, '{"ok": false, "parameters": {"retry_after": 7}}', 7),
        ({}, '{"message": "slow down", "retry_after": 1.5}', 1.5),
        (
            {
                "Retry_After": "Mon, 23 Nov 2026 22:01:00 GMT",
                "Date": "Mon, 23 Nov 2026 22:00:00 GMT",
            },
            "", 60,
        ),
        ({"Retry_After": "9" * 30}, "", 86_400),
        ({"Retry_After": "soon"}, "", None),
    ],
)  # fmt: skip
def test_how_long_to_wait_is_passed_on(web, headers, body, wait):
    web.answer(429, body, **headers)
    (receipt,) = send_all(DISCORD)
    assert receipt.trouble is Trouble.RATE_LIMITED
    assert receipt.retry_after == (None if wait is None else timedelta(seconds=wait))
    assert len(web.requests) == 1


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        ("invalid_auth", Trouble.AUTH),
        ("channel_not_found", Trouble.PERMANENT),
        ("ratelimited", Trouble.RATE_LIMITED),
    ],
)
def test_slack_may_say_no_with_a_200(web, error, trouble, monkeypatch):
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "api_url", f"http://127.0.0.1:{web.port}/api/{{}}")
    web.answer(200, json.dumps({"ok": False, "error": error}))
    (receipt,) = send_all("slack://xoxb-1234567890-1234567890-CANARYbotabcdefghijklmno/#desk")
    assert receipt.trouble is trouble
    assert error in receipt.reason


def test_a_connection_lost_before_the_answer_is_ambiguous(web):
    web.drop()
    (receipt,) = send_all(webhook(web))
    assert receipt.trouble is Trouble.AMBIGUOUS
    assert "lost before it answered" in receipt.reason


def test_a_connection_refused_is_certainly_not_sent():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        (receipt,) = send_all(f"json://127.0.0.1:{free.getsockname()[1]}/hook")
    assert receipt.trouble is Trouble.TEMPORARY
    assert "refused" in receipt.reason


def test_a_row_that_is_no_chat_message_is_poison(web):
    (row,) = deliveries(webhook(web))
    broken = type(row)(**{name: getattr(row, name) for name in row.__slots__} | {"payload": b"?"})
    assert send(channel(webhook(web)), broken).trouble is Trouble.POISON


@pytest.mark.parametrize("url", [SLACK, DISCORD, TELEGRAM])
def test_no_secret_is_logged_or_told_whatever_happens(web, logged, url):
    tokens = [token for token in url.replace("?", "/").split("/")[2:] if len(token) > 12]
    for status in (200, 401, 429, 500):
        web.answer(status, json.dumps({"description": f"bad token {url}"}))
        send(channel(url), deliveries(url)[0])
    web.drop()
    receipt = send(channel(url), deliveries(url)[0])
    said = f"{receipt} {logged} {channel(url)}"
    assert tokens
    assert not [token for token in tokens if token in said]

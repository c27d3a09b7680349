"""Webhooks: a CloudEvent that can be checked, folded and understood by any program."""

import base64
import hashlib
import hmac
import json
import socket
from dataclasses import replace

import pytest
from outgoing import NOW, channel, deliveries, message, send

from monitor.channels import webhook
from monitor.channels.composing import compose
from monitor.channels.linting import lint
from monitor.channels.sending import targets
from monitor.channels.urls import Kind, kind_of, mask
from monitor.model import NotSent, Secret, Sent, Trouble

SECRET = "whsec_" + base64.b64encode(b"an invented key").decode()


def hook(web, path="/digests?from=wire"):
    return f"http://127.0.0.1:{web.port}{path}"


def signed(url, secret=SECRET):
    return replace(channel(url), secret=Secret(secret))


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://x.example/hook", Kind.WEBHOOK),
        ("http://127.0.0.1:9000/", Kind.WEBHOOK),
        ("HTTPS://x.example/hooks/abcdef123456", Kind.WEBHOOK),
        (
            "https://hooks.slack.com/services/T1234567/B1234567/abcdefghijklmnopqrstuvwx",
            Kind.CHAT,
        ),
        ("https://ntfy.sh/desk", Kind.CHAT),
        ("jsons://x.example/hook", Kind.CHAT),
    ],
)
def test_a_web_address_is_a_webhook_unless_it_is_one_of_a_service(url, kind):
    assert kind_of(url) is kind
    assert lint(channel(url)) == ()


def test_the_digest_comes_as_a_cloud_event(web):
    told = message(event='{"stories": [{"headline": "Порт закрыт"}]}')
    (row,) = deliveries(hook(web), told)
    assert send(channel(hook(web)), row) == Sent(answer="the webhook answered 200")
    ((path, headers, body),) = web.requests
    assert path == "/digests?from=wire"
    assert headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    assert headers["Idempotency-Key"] == row.key
    assert json.loads(body) == {
        "specversion": "1.0",
        "id": row.key,
        "source": "wirewatch/morning",
        "type": "wirewatch.digest.v1",
        "time": "2026-11-23T22:00:00+00:00",
        "subject": "2026-11-23-a7f3",
        "datacontenttype": "application/json",
        "data": {"stories": [{"headline": "Порт закрыт"}]},
    }


def test_a_message_that_is_no_digest_comes_as_subject_and_text(web):
    send(channel(hook(web)), deliveries(hook(web))[0])
    assert web.bodies[0]["data"] == {
        "subject": "2 stories: Port closed",
        "text": "Port closed\n  https://wire.example/1\n",
    }


def test_the_same_message_is_the_same_bytes_under_the_same_key():
    told = [compose(channel("https://x.example/"), message(), now=NOW) for _ in range(2)]
    assert told[0] == told[1]


def test_a_name_with_spaces_is_a_source_all_the_same():
    named = message(digest_name="Früh & spät")
    (part,) = compose(channel("https://x.example/"), named, now=NOW)
    assert json.loads(part.payload)["source"] == "wirewatch/Fr%C3%BCh%20%26%20sp%C3%A4t"


@pytest.mark.parametrize(
    ("secret", "key"), [(SECRET, b"an invented key"), ("plain words", b"plain words")]
)
def test_a_receiver_can_check_the_signature(web, secret, key):
    (row,) = deliveries(hook(web))
    webhook.send(signed(hook(web), secret), row, clock=lambda: 1_795_471_200.9)
    ((_, headers, body),) = web.requests
    assert headers["webhook-id"] == row.key
    assert headers["webhook-timestamp"] == "1795471200"
    proof = hmac.new(key, f"{row.key}.1795471200.".encode() + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(proof).decode()


def test_every_attempt_is_signed_anew_over_the_same_bytes(web):
    (row,) = deliveries(hook(web))
    for at in (100, 200):
        webhook.send(signed(hook(web)), row, clock=lambda: at)  # noqa: B023 - used at once
    (_, first, body), (_, second, again) = web.requests
    assert body == again
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-signature"] != second["webhook-signature"]


def test_without_a_secret_nothing_is_signed(web):
    send(channel(hook(web)), deliveries(hook(web))[0])
    assert not [name for name in web.requests[0][1] if name.lower().startswith("webhook-")]


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (301, Trouble.PERMANENT),
        (307, Trouble.PERMANENT),
        (400, Trouble.PERMANENT),
        (401, Trouble.AUTH),
        (404, Trouble.PERMANENT),
        (410, Trouble.PERMANENT),
        (429, Trouble.RATE_LIMITED),
        (503, Trouble.TEMPORARY),
    ],
)
def test_the_status_decides_and_nobody_redirects_us(web, status, trouble):
    web.answer(status, '{"message": "so it is"}', Location="/elsewhere", Retry_After="7")
    receipt = send(channel(hook(web)), deliveries(hook(web))[0])
    assert receipt.trouble is trouble
    assert receipt.reason.endswith(": so it is")
    assert receipt.retry_after.total_seconds() == 7
    assert len(web.requests) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_a_yes(web, status):
    web.answer(status, '{"ok": false, "error": "invalid_auth"}' if status != 204 else "")
    receipt = send(channel(hook(web)), deliveries(hook(web))[0])
    assert receipt == Sent(answer=f"the webhook answered {status}")


def test_a_connection_lost_before_the_answer_is_ambiguous(web):
    web.drop()
    receipt = send(channel(hook(web)), deliveries(hook(web))[0])
    assert receipt.trouble is Trouble.AMBIGUOUS


def test_silence_is_ambiguous(web, monkeypatch):
    monkeypatch.setattr(webhook, "_SECONDS", 0.05)
    web.hold()
    receipt = send(channel(hook(web)), deliveries(hook(web))[0])
    assert receipt == NotSent(
        trouble=Trouble.AMBIGUOUS, reason="the webhook: it did not answer in time"
    )


def test_a_connection_refused_is_certainly_not_sent():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/hook"
        receipt = send(channel(url), deliveries(url)[0])
    assert receipt.trouble is Trouble.TEMPORARY
    assert "refused" in receipt.reason


@pytest.mark.parametrize(
    "url", ["https://", "https:///path", "http://x.example:99999/", "https://x.example/a b"]
)
def test_an_address_that_leads_nowhere_is_told(url):
    (flaw,) = lint(channel(url))
    assert (flaw.setting, flaw.code) == ("url", "C108")
    assert flaw.message == "a webhook is written https://host/path"


def test_only_a_webhook_can_be_signed():
    for url in ("json://x.example/", "mailto://desk:pass@x.example", "digests"):
        (flaw,) = lint(signed(url))
        assert (flaw.setting, flaw.code) == ("secret", "C117")
        assert "leave `secret` out" in flaw.hint


def test_a_secret_that_only_begins_like_one_in_base64_is_told():
    (flaw,) = lint(signed("https://x.example/", "whsec_not base64!"))
    assert (flaw.setting, flaw.code) == ("secret", "C117")
    assert "base64" in flaw.message
    assert lint(signed("https://x.example/", "not base64!")) == ()


def test_the_url_is_shown_without_its_path_and_login():
    assert mask("https://me:token-1234@x.example:8443/secret?x=1") == "https://x.example:8443/***"
    assert targets(channel("https://x.example/secret")) == ("webhook",)


def test_no_secret_is_told_whatever_the_other_side_repeats(web, logged):
    url = f"http://me:canary-pass-1@127.0.0.1:{web.port}/canary-path-22/x?token=canary-query-3"
    row = deliveries(url)[0]
    for status in (400, 401, 500):
        web.answer(status, f"no such hook: {url} {SECRET}")
        said = f"{send(signed(url), row)} {logged}"
        assert "canary" not in said
        assert SECRET not in said

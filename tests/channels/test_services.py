"""What really goes out through Apprise, to services that read it as the real ones do."""

import html
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import readers
from outgoing import channel, deliveries, message, send
from readers import Refused
from strict import URLS, services

from monitor.channels.dialects import in_plain
from monitor.channels.manners import manner_of
from monitor.channels.services import service
from monitor.channels.splitting import split
from monitor.model import Sent, Trouble

SCHEMA = "https://raw.githubusercontent.com/caronc/apprise/master/apprise/assets/"
HOSTILE = (
    "[Update] @everyone @here <!channel> <@U123> <users/all> @**all** [x](https://evil.example) "
    "http://evil.example {{app_title}} `code` $$x$$ :smile: </a><b> &lt;b&gt; \\ \u202e \x00 #desk"
)


@pytest.fixture
def strict(monkeypatch):
    with services(monkeypatch) as all_of_them:
        yield all_of_them


def story(number, title=HOSTILE, words=20):
    link = f"https://wire.example/{number}"
    return (
        f'<b><a href="{link}">Story{number}x {html.escape(title)}</a></b>\n'
        f"<i>Wire</i>, 07:00\n{'слово ' * words}"
    )


def digest(*stories):
    return message(chat="\n\n".join(["<b>Morning</b>", *stories]))


def send_all(url, what):
    return [send(channel(url), each) for each in deliveries(url, what)]


@pytest.mark.parametrize("name", URLS)
def test_a_hostile_digest_arrives_as_words_and_our_links(strict, name):
    receipts = send_all(URLS[name], digest(story(1), story(2)))
    assert [type(each) for each in receipts] == [Sent] * len(receipts)
    heard = readers.Heard()
    for each in strict.heard:
        heard.add(each)
    assert heard.woken == []
    assert heard.hidden == []
    assert heard.links == ["https://wire.example/1", "https://wire.example/2"]
    assert "{{app_title}}" in heard.words.replace("\u200b", "")


@pytest.mark.parametrize("name", URLS)
def test_a_long_digest_comes_in_parts_that_the_service_takes(strict, name):
    """Each story stands whole in one part, or is counted at the end of the last."""
    receipts = send_all(URLS[name], digest(*(story(n, words=9) for n in range(120))))
    assert [type(each) for each in receipts] == [Sent] * len(receipts)
    words = "".join(each.words for each in strict.heard).replace("\u200b", "")
    told = [int(number) for number in re.findall(r"Story(\d+)x", words)]
    left = re.search(r"… and (\d+) more not shown here", words)
    assert told == list(range(len(told)))
    assert len(told) + (int(left[1]) if left else 0) == 120
    links = [link for each in strict.heard for link in each.links]
    assert links == [f"https://wire.example/{number}" for number in told]


@pytest.mark.parametrize("name", URLS)
@pytest.mark.parametrize("mark", ["<", "&", '"', "\\", "*", "核", "😀", "@", "."])
def test_no_part_is_too_long_whatever_it_is_made_of(strict, name, mark):
    manner = service(URLS[name]).manner
    told = "\n\n".join(story(n, mark * 300) for n in range(30))
    parts = split(told, manner.dialect, manner.limit)
    assert max(map(manner.dialect.measure, parts)) <= manner.limit
    receipts = send_all(URLS[name], digest(*(story(n, mark * 300) for n in range(30))))
    assert [type(each) for each in receipts] == [Sent] * len(receipts)


@pytest.mark.parametrize("name", URLS)
def test_one_message_is_one_request_and_calls_nobody_else(strict, name):
    """No picture, footer or avatar of a third party, no retry, nothing split once more."""
    send_all(URLS[name], digest(story(1)))
    ours = [each for each in strict.seen if name != "Matrix" or "/send/" in each[2]]
    assert len(ours) == 1
    everything = str(strict.seen).replace(SCHEMA, "")
    assert not re.search(r"github|caronc|avatar_url|icon_url|image_url|\"footer\"", everything)


@pytest.mark.parametrize("name", [name for name in URLS if name != "Matrix"])
def test_a_limit_is_passed_on_and_not_tried_again(strict, name):
    strict.limited = "{}"
    (receipt,) = send_all(URLS[name], digest(story(1)))
    assert receipt.trouble is Trouble.RATE_LIMITED
    assert receipt.retry_after == timedelta(seconds=30)
    assert len(strict.seen) == 1


@pytest.mark.parametrize("name", URLS)
def test_a_service_that_refuses_says_why(strict, name):
    strict.refusal = Refused(400, '{"message": "so it is"}')
    (receipt,) = send_all(URLS[name], digest(story(1)))
    assert receipt.trouble in (Trouble.PERMANENT, Trouble.AUTH)
    assert "so it is" in receipt.reason


def test_matrix_gets_html_beside_words_and_mentions_nobody(strict):
    send_all(URLS["Matrix"], digest(story(1, "Port closed", words=1)))
    (event,) = strict.events.values()
    assert event == {
        "msgtype": "m.text",
        "body": "Morning\n\nStory1x Port closed\nhttps://wire.example/1\nWire, 07:00\nслово",
        "format": "org.matrix.custom.html",
        "formatted_body": '<b>Morning</b><br><br><b><a href="https://wire.example/1">'
        "Story1x Port closed</a></b><br><i>Wire</i>, 07:00<br>слово",
        "m.mentions": {},
    }


def test_matrix_shows_once_what_comes_twice(strict):
    (row,) = deliveries(URLS["Matrix"], digest(story(1)))
    for _ in range(2):
        assert isinstance(send(channel(URLS["Matrix"]), row), Sent)
    assert list(strict.events) == [f"{row.key}-1"]
    assert len(strict.heard) == 1


def test_matrix_is_logged_in_once_and_its_token_is_nobody_elses(strict, tmp_path):
    desk = replace(channel(URLS["Matrix"]), sessions=str(tmp_path / "state" / "sessions"))
    for number in range(3):
        (row,) = deliveries(URLS["Matrix"], message(key=f"digest-{number}"))
        assert isinstance(send(desk, row), Sent)
    paths = [path for _, _, path, _, _ in strict.seen]
    assert sum(path.endswith("/login") for path in paths) == 1
    assert not [path for path in paths if path.endswith("/logout")]
    assert len(strict.events) == 3
    files = [each for each in (tmp_path / "state" / "sessions").rglob("*") if each.is_file()]
    assert files
    assert (tmp_path / "state" / "sessions").stat().st_mode & 0o077 == 0
    assert not [each for each in files if each.stat().st_mode & 0o077]


def test_a_matrix_login_that_has_ended_is_done_anew(strict, tmp_path):
    desk = replace(channel(URLS["Matrix"]), sessions=str(tmp_path / "sessions"))
    for key in ("first", "second"):
        (row,) = deliveries(URLS["Matrix"], message(key=key))
        assert isinstance(send(desk, row), Sent)
        strict.token = "another"
    assert len(strict.events) == 2


def test_a_matrix_room_of_version_12_needs_no_server_in_its_id(strict):
    send_all("matrixs://desk:passw0rd@matrix.example/!abcDEF", digest(story(1)))
    (join,) = [path for _, _, path, _, _ in strict.seen if "/join/" in path]
    assert join.endswith("/join/!abcDEF")


def test_zulip_keeps_the_messages_of_a_digest_in_one_topic(strict):
    send_all(URLS["Zulip"], digest(story(1)))
    assert b"topic=morning&" in strict.seen[0][4]


def test_what_is_composed_is_what_goes_out(strict):
    for name in ("Mattermost", "Rocket.Chat", "Google Chat"):
        (row,) = deliveries(URLS[name], digest(story(1)))
        send(channel(URLS[name]), row)
        assert json.loads(strict.seen[-1][4])["text"] == json.loads(row.payload)["body"]


def test_the_plain_side_of_a_rich_message_has_the_same_words():
    rich = "<b>Ports &amp; ships</b><br><i>Wire</i>"
    assert in_plain(rich) == "Ports & ships\nWire"


def test_a_service_of_no_known_manner_gets_plain_words():
    manner = manner_of(service("pover://" + "u" * 30 + "@" + "a" * 30).plugin)
    assert manner.takes_title
    assert not manner.is_rich

"""Bot walls are told from servers that refuse, and from news about bot walls."""

import gzip
from dataclasses import replace
from datetime import timedelta

import pytest
from scripted_server import DOCUMENT, HOME, Endless, Held, answer, poll

from monitor.model import Failed, FailureKind, Fetched
from monitor.sources.bot_walls import WALLS, is_web_page, wall_before

PAGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>%s</body></html>"
HTML = "Content-Type: text/html; charset=UTF-8"
FORBIDDEN = "403 Forbidden"
CHALLENGE = PAGE % b"<script>window._cf_chl_opt = {}</script>"


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall.name)
def test_every_mark_of_a_wall_gives_it_away(wall):
    for page in wall.pages:
        assert wall_before(403, {}, PAGE % page) == wall.name
    examples = {"challenge|captcha": "captcha", "challenge|deny": "deny", "[12]": "2"}
    for name, pattern in (*wall.headers, *wall.refusing):
        said = examples.get(pattern, pattern.strip(".*+") or "x")
        assert wall_before(403, {name: said}, b"") == wall.name


@pytest.mark.parametrize(
    "script",
    [
        answer(b"", "cf-mitigated: challenge", status=FORBIDDEN),
        answer(CHALLENGE, HTML, status=FORBIDDEN),
        answer(CHALLENGE, HTML, status="503 Service Unavailable"),
        answer(CHALLENGE, HTML),
        answer(CHALLENGE, "Content-Type: application/rss+xml"),
        answer(gzip.compress(CHALLENGE, mtime=0), HTML, "Content-Encoding: gzip", status=FORBIDDEN),
        answer(b"", "x-amzn-waf-action: challenge", status="202 Accepted"),
        answer(b"", "Server: ddos-guard", status=FORBIDDEN),
    ],
)
def test_a_wall_is_told_whatever_it_answers_with(script):
    outcome, _ = poll(script)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.BLOCKED
    assert outcome.reason.startswith("a bot wall (")
    assert "ask the publisher" in outcome.reason


@pytest.mark.parametrize(
    "script",
    [
        answer(b"", "Server: ddos-guard", status="404 Not Found"),
        answer(b"", "Server: cloudflare", status=FORBIDDEN),
        answer(PAGE % b"Forbidden", HTML, status=FORBIDDEN),
        answer(CHALLENGE, "Content-Type: text/plain", status="404 Not Found"),
        answer(CHALLENGE, HTML, "Content-Encoding: br", status=FORBIDDEN),
        Held(b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<"),
        Endless(b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n", b"<p>" * 9_000),
    ],
)
def test_a_server_that_refuses_is_no_wall(script):
    outcome, _ = poll(script, settings=replace(HOME, silence=timedelta(seconds=0.1)))
    assert isinstance(outcome, Failed)
    assert outcome.kind in (FailureKind.REFUSED, FailureKind.HTTP)
    assert outcome.status in (403, 404)


def test_news_about_a_wall_is_news():
    body = DOCUMENT.replace(b"<guid>", b"<title>_cf_chl_opt cf-browser-verification</title><guid>")
    for document in (body, b"<!DOCTYPE html>" + body):
        outcome, _ = poll(answer(document))
        assert isinstance(outcome, Fetched)


@pytest.mark.parametrize(
    ("body", "page"),
    [
        (b"\xef\xbb\xbf \r\n<!doctype HTML>", True),
        (b"<!-- saved --><html lang='en'>", True),
        (b"<!DOCTYPE html><feed xmlns='http://www.w3.org/2005/Atom'>", False),
        (b"<htmlish>", False),
        (b"", False),
        (b" " * 200_000, False),
    ],
)
def test_a_web_page_is_known_by_how_it_begins(body, *, page):
    assert is_web_page(body) is page

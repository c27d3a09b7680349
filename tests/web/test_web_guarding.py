"""What keeps other sites away, and what no request may do: names, origins, headers, lengths."""

import asyncio
import contextlib
import http.client
import socket
from urllib.parse import urlsplit

import pytest
from offices import FULL, READ
from starlette.applications import Starlette

from monitor.config.settings import WebSettings
from monitor.web import serving as listener
from monitor.web.gate import MOST_BYTES, MOST_BYTES_OF_STRANGERS
from monitor.web.guarding import HEADERS, foreign_origin, is_ours
from monitor.web.page import page_shelf

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.fixture(scope="module")
def place(make_shared_office):
    return make_shared_office()


@pytest.fixture(scope="module")
def open_place(make_shared_office):
    return make_shared_office(auth="none", token=None)


# --- other sites -----------------------------------------------------------------------------

HERE = "desk.example:8484"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW", "post"])
@pytest.mark.parametrize(
    ("headers", "ours", "ours_if_bare"),
    [
        ({"sec-fetch-site": "same-origin"}, True, True),
        ({"sec-fetch-site": "none"}, True, True),
        ({"sec-fetch-site": "same-site"}, False, False),
        ({"sec-fetch-site": "cross-site"}, False, False),
        ({"sec-fetch-site": "cross-site", "origin": f"http://{HERE}"}, False, False),
        ({"sec-fetch-site": "same-origin, cross-site"}, False, False),
        ({"sec-fetch-site": ""}, False, False),
        ({"origin": f"http://{HERE}"}, True, True),
        ({"origin": f"https://{HERE.upper()}"}, True, True),
        ({"origin": "http://desk.example"}, False, False),
        ({"origin": "http://desk.example:8485"}, False, False),
        ({"origin": f"http://{HERE}.elsewhere.example"}, False, False),
        ({"origin": f"http://elsewhere.example@{HERE}"}, False, False),
        ({"origin": "null"}, False, False),
        ({"origin": ""}, False, False),
        ({"origin": "http://[", "host": "["}, False, False),
        ({}, False, True),
    ],
)
def test_what_changes_something_must_come_from_a_page_of_ours(method, headers, ours, ours_if_bare):
    sent = {"host": HERE} | headers
    assert (foreign_origin(method, sent, bare=False) == "") is ours
    assert (foreign_origin(method, sent, bare=True) == "") is ours_if_bare


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_may_be_asked_for_from_anywhere(method):
    assert foreign_origin(method, {"sec-fetch-site": "cross-site"}, bare=False) == ""


@pytest.mark.parametrize(
    "path", ["/do/deadletters/1/retry", "/logout", "/login", "/api/v1/deadletters/1/retry"]
)
@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null"])
def test_a_form_of_another_site_does_nothing(open_place, path, origin):
    answer = open_place.call("POST", path, body="", headers={"Origin": origin})
    assert answer.status == 403
    assert "another site" in answer.text


# --- names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "with_login", "without"),
    [
        ("localhost:8484", True, True),
        ("LOCALHOST", True, True),
        ("localhost.", True, True),
        ("127.0.0.1", True, True),
        ("[::1]:8484", True, True),
        ("desk.example", True, True),
        ("desk.example:443", True, True),
        ("192.0.2.7:8484", True, False),
        ("[2001:db8::7]", True, False),
        ("elsewhere.example", False, False),
        ("desk.example.elsewhere.example", False, False),
        ("localhost@elsewhere.example", False, False),
        ("elsewhere.example@localhost", False, False),
        ("localhost/../x", False, False),
        ("localhost?x", False, False),
        ("localhost#x", False, False),
        ("localhost:80:80", False, False),
        ("localhost elsewhere.example", False, False),
        ("", False, False),
        ("[", False, False),
    ],
)
def test_under_which_names_we_are_reached(host, with_login, without):
    assert is_ours(host, WebSettings(hosts=("desk.example",))) is with_login
    assert is_ours(host, WebSettings(auth="none", hosts=("desk.example",))) is without


def test_the_public_url_is_a_name_too():
    assert is_ours("news.example", WebSettings(public_url="https://news.example/desk"))


@pytest.mark.parametrize("path", ["/", "/login", "/api/v1/overview", "/metrics", "/events", "/x"])
def test_a_name_that_was_made_to_mean_our_address_is_refused(place, open_place, path):
    for each in (place, open_place):
        assert each.get(path, Host="rebound.example:8484").status == 421


# --- what every answer says -------------------------------------------------------------------

ROUTES = [
    ("GET", "/login"),
    ("GET", "/nowhere"),
    ("GET", "/api/v1/nowhere"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/static/x/y"),
    ("GET", "/stories?limit=no"),
    ("GET", "/feeds/rules/nothing.atom"),
    ("POST", "/"),
    ("POST", "/do/nothing"),
    ("HEAD", "/"),
    ("OPTIONS", "/"),
    ("BREW", "/"),
    *[("GET", each.example or each.path) for each in page_shelf()],
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("token", [FULL, READ, None, "wrong"])
def test_every_answer_guards_whoever_reads_it(place, method, path, token):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = place.call(method, path, headers=headers)
    missing = {name for name in HEADERS if name.lower() not in answer.headers}
    assert answer.status < 500
    assert not missing
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in answer.headers


def test_the_policy_lets_pages_load_what_is_ours_and_nothing_else(place):
    assert place.get("/").headers["content-security-policy"] == POLICY


def test_files_are_kept_for_ever_and_pages_not_at_all(place):
    from monitor.web.statics import statics

    kept = [place.get(each.path, token=None) for each in statics().values()]
    assert {each.headers["cache-control"] for each in kept} == {
        "public, max-age=31536000, immutable"
    }
    assert place.get("/").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../access.py",
        "/static/..%2f..%2faccess.py",
        "/static/x/..%2f..%2f..%2fetc%2fpasswd",
        "/static/x/%2e%2e/%2e%2e/etc/passwd",
        "/static//etc/passwd",
        "/static/x/wirewatch.css%00",
        "/static/x/wirewatch.css",
    ],
)
def test_nothing_but_the_files_of_pages_is_given_out(place, path):
    assert place.get(path, token=None).status == 404


def test_what_begins_like_an_open_path_is_not_open(place):
    for path in ("/loginx", "/metricsx", "/static", "/healthz/x", "/%2flogin"):
        assert place.get(path, token=None).status == 303


# --- too much ---------------------------------------------------------------------------------


def upload(place, path, length, *, chunked=False, token=FULL):
    """The status that a long body is answered with."""
    line = http.client.HTTPConnection(urlsplit(place.url).netloc, timeout=20)
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    block = b"a" * 65_536
    body = (block for _ in range(length // len(block))) if chunked else b"a" * length
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # told before all was sent
        line.request("POST", path, body=body, headers=headers, encode_chunked=chunked)
    try:
        return line.getresponse().status
    finally:
        line.close()


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("path", ["/do/deadletters/1/retry", "/api/v1/deadletters/1/retry"])
def test_a_body_beyond_the_bound_is_not_taken_in(place, path, chunked):
    assert upload(place, path, MOST_BYTES + 65_536, chunked=chunked) == 413


@pytest.mark.parametrize("chunked", [False, True])
def test_whoever_is_not_signed_in_is_listened_to_for_a_short_while(place, chunked):
    length = MOST_BYTES_OF_STRANGERS + 65_536
    assert upload(place, "/login", length, chunked=chunked, token=None) == 413


def test_who_connects_and_says_nothing_keeps_nobody_out(monkeypatch):
    monkeypatch.setattr(listener, "_HEAD_SECONDS", 0.05)

    async def told(said, address):
        """What is answered to whoever has said this and nothing more."""
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(said)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return answer

    async def drip():
        async with listener.serving("127.0.0.1:0", Starlette()) as address:
            return [await told(said, address) for said in (b"", b"GET / HT")]

    assert asyncio.run(drip()) == [b"", b""]


# --- what is said back ------------------------------------------------------------------------


def test_what_an_action_says_cannot_put_a_header_into_the_answer(place):
    answer = place.submit("/do/deadletters/999999/retry", back="/\r\nSet-Cookie: a=b")
    assert "a=b" not in str(answer.headers)


def test_a_cookie_that_somebody_made_up_is_shown_as_text(place):
    said = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%60x%60"
    text = place.get("/", Cookie=f"wirewatch_said={said}").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize("path", ["/<script>x", "/stories?q=<script>x", "/api/v1/<script>x"])
def test_an_error_shows_what_was_asked_as_text(place, path):
    assert "<script>x" not in place.get(path.replace("<", "%3C").replace(">", "%3E")).text


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere.example\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET http://elsewhere.example/ HTTP/1.1\r\nHost: rebound.example\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
def test_what_is_no_decent_request_is_refused(place, sent):
    where = urlsplit(place.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as line:
        line.sendall(sent)
        status = line.recv(64).split(b" ")[1]
    assert status in (b"400", b"421")

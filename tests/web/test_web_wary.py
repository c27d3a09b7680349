"""What the pages are wary of beside strangers: the silent, the slow, the vanished, the tricky."""

import http.client
import logging
import socket
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from browsing import Sitting, needs_browser
from offices import FULL
from test_web_live import soon

from monitor.web.app import SAID, Site
from monitor.web.guarding import foreign_look
from monitor.web.serving import bound
from monitor.web.statics import statics
from monitor.web.throttling import MOST_FAILURES, Throttle

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MANY = 320
"""More connections than are let in at a time."""


@pytest.fixture(scope="module")
def place(make_shared_office):
    return make_shared_office()


def connected(office):
    where = urlsplit(office.url)
    return socket.create_connection((where.hostname, where.port), timeout=10)


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: loc"], ids=["nothing", "half"])
def test_many_who_say_nothing_make_room_for_one_who_does(place, said):
    with ExitStack() as held:
        for _ in range(MANY):
            held.enter_context(connected(place)).sendall(said)
        assert [place.get("/").status for _ in range(3)] == [200] * 3


def test_a_connection_that_somebody_is_answered_on_makes_no_room(place):
    with ExitStack() as held:
        listener = held.enter_context(connected(place))
        asked = f"GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {FULL}\r\n\r\n"
        listener.sendall(asked.encode())
        stream = held.enter_context(listener.makefile("rb"))
        assert stream.readline() == b"HTTP/1.1 200 OK\r\n"
        for _ in range(MANY):
            held.enter_context(connected(place))
        assert place.get("/").status == 200
        place.show.pulse.tell(["feeds"])
        assert any(line.startswith(b"event: changed") for line in stream)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="there is none but on Linux")
def test_who_takes_nothing_of_an_answer_is_left_after_a_minute():
    with bound("127.0.0.1:0") as door:
        assert door.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000


def test_who_hangs_up_within_a_form_is_no_failure_of_ours(place, caplog):
    with caplog.at_level(logging.ERROR), connected(place) as line:
        line.sendall(
            b"POST /login HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\ntok"
        )
        line.shutdown(socket.SHUT_WR)
        line.close()
        assert place.get("/").status == 200
    assert caplog.records == []


def test_whoever_only_asks_whether_there_are_events_does_not_listen(place):
    line = http.client.HTTPConnection(urlsplit(place.url).netloc, timeout=5)
    for _ in range(2):  # the second on the same connection, which nothing occupies
        line.request("HEAD", "/events", headers={"Authorization": f"Bearer {FULL}"})
        with line.getresponse() as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.read() == b""
    line.close()


@pytest.mark.parametrize("path", ["/stories/", "/login/", "//stories/", "/api/v1/overview/"])
def test_no_redirect_leads_where_the_host_header_says(place, path):
    answer = place.get(path)
    assert (answer.status, answer.headers.get("location")) == (404, None)


def test_addresses_of_the_old_kind_count_apart_on_a_listener_for_both():
    throttle = Throttle()
    for _ in range(MOST_FAILURES):
        throttle.failed("::ffff:192.0.2.1", NOON)
    assert throttle.wait("::ffff:192.0.2.1", NOON)
    assert throttle.wait("192.0.2.1", NOON)
    assert throttle.wait("::ffff:192.0.2.2", NOON) == timedelta()


def test_a_sentence_in_any_script_fits_into_a_cookie(place):
    from starlette.responses import Response

    answer = Response()
    Site(service=place.show.service(), keys=lambda: None).say(answer, "Порт закрыт. " * 300)
    said = answer.headers["set-cookie"]
    assert said.startswith(SAID)
    assert len(said) < 4_096


@pytest.mark.parametrize(("host", "secure"), [("desk.example", True), ("localhost", False)])
def test_a_session_made_under_the_public_name_goes_over_https_alone(make_office, host, secure):
    office = make_office(public_url="https://desk.example")
    kind = "application/x-www-form-urlencoded"
    headers = {"Host": host, "Sec-Fetch-Site": "same-origin", "Content-Type": kind}
    answer = office.call("POST", "/login", body=f"token={FULL}", headers=headers)
    assert ("Secure" in answer.headers["set-cookie"]) is secure


LINK = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.mark.parametrize(
    ("headers", "may", "may_where_it_has_consequences"),
    [
        ({}, True, True),
        ({"sec-fetch-site": "same-origin"}, True, True),
        ({"sec-fetch-site": "none", **LINK}, True, True),
        ({"sec-fetch-site": "cross-site", **LINK}, True, False),
        ({"sec-fetch-site": "same-site", **LINK}, True, False),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, False, False),
        ({"sec-fetch-site": "cross-site", **LINK, "sec-fetch-dest": "iframe"}, False, False),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}, False, False),
    ],
)
def test_another_site_may_lead_to_a_page_and_not_have_it_loaded(
    headers, may, may_where_it_has_consequences
):
    assert (foreign_look(headers, from_inside=False) == "") is may
    assert (foreign_look(headers, from_inside=True) == "") is may_where_it_has_consequences


def test_no_other_site_has_the_web_asked_for_anything(make_office):
    office = make_office(auth="none", token=None)
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    link["Sec_Fetch_Dest"] = "document"
    assert office.get("/feeds", token=None, **link).status == 200
    assert office.get("/feeds/discover?url=x.invalid", token=None, **link).status == 403
    assert office.get("/api/v1/feeds/discover?url=x.invalid", token=None, **link).status == 403
    picture = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}
    assert office.get("/stories", token=None, **picture).status == 403
    style = statics()["style"].path
    assert office.get(style, token=None, **picture).headers["cross-origin-resource-policy"]


@needs_browser
@pytest.mark.slow
def test_a_tab_that_nobody_sees_holds_no_connection_and_catches_up_when_seen(browser, office):
    here = Sitting(browser, office.url, token=FULL)
    page = here.go("/")
    soon(lambda: office.show.pulse.listeners == 1)
    page.evaluate(_SEEN, "hidden")
    soon(lambda: office.show.pulse.listeners == 0)
    page.evaluate("() => fetch('/healthz')")  # what was asked for before has arrived by now
    assert office.show.pulse.listeners == 0
    with page.expect_request(lambda request: request.url == f"{office.url}/"):
        page.evaluate(_SEEN, "visible")
    soon(lambda: office.show.pulse.listeners == 1)
    here.close()


_SEEN = """state => {
  Object.defineProperty(document, "hidden", { value: state === "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""

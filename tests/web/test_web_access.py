"""Who is let in: tokens, sessions, proxies, and how often a token may be tried."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from offices import FULL, KEYS, READ

from monitor.config.settings import WebSettings
from monitor.web.access import (
    COOKIE,
    SESSION,
    Asking,
    Keys,
    Refused,
    Role,
    admit,
    asking_of,
    client_of,
)
from monitor.web.throttling import MOST_FAILURES, WINDOW, Throttle

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TOKEN = WebSettings(auth="token")
PROXY = WebSettings(auth="proxy", trusted_proxies=("10.0.0.0/8", "fd00::/8"))


def asking(peer="127.0.0.1", session=None, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Asking(peer=peer, headers=named, cookies={COOKIE: session} if session else {})


def role(asked, web=TOKEN, keys=KEYS, now=NOON):
    found = admit(asked, web, keys, now)
    return None if isinstance(found, Refused) else found.role


def test_without_a_login_whoever_reaches_the_listener_may_do_everything():
    assert role(asking(), WebSettings(auth="none")) is Role.FULL


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"Bearer {FULL}", Role.FULL),
        (f"bearer  {FULL} ", Role.FULL),
        (f"Bearer {READ}", Role.READ),
        ("Bearer ", None),
        (f"Bearer {FULL}x", None),
        (f"Basic {FULL}", None),
        ("Bearer \udcff\u2603", None),
    ],
)
def test_a_program_is_who_its_token_says(header, expected):
    assert role(asking(authorization=header)) is expected


def test_a_wrong_bearer_is_refused_even_where_nobody_must_log_in():
    assert role(asking(authorization="Bearer wrong"), WebSettings(auth="none")) is None


@pytest.mark.parametrize("expected", Role)
def test_a_session_carries_its_role(expected):
    assert role(asking(session=KEYS.session(expected, NOON))) is expected


def test_a_session_ends_after_thirty_days():
    session = KEYS.session(Role.FULL, NOON)
    assert role(asking(session=session), now=NOON + SESSION) is Role.FULL
    assert role(asking(session=session), now=NOON + SESSION + SECOND) is None


@pytest.mark.parametrize(
    "keys", [Keys(full="another", read=(READ,)), Keys(full=FULL, read=("another",)), Keys(full="")]
)
def test_a_new_token_ends_all_sessions(keys):
    assert role(asking(session=KEYS.session(Role.READ, NOON)), keys=keys) is None


def test_a_role_that_was_put_into_a_session_is_a_forgery():
    mine, wanted = KEYS.session(Role.READ, NOON), KEYS.session(Role.FULL, NOON)
    forged = wanted.partition(".")[0] + "." + mine.partition(".")[2]
    assert role(asking(session=forged)) is None


@pytest.mark.parametrize("session", ["", ".", "a.b.c", "\x00", "RlVMTA", "ÿ" * 4_000])
def test_what_is_no_session_opens_nothing(session):
    assert role(asking(session=session)) is None


def test_where_there_is_no_token_nobody_can_make_a_session_or_the_key_of_a_feed():
    nothing = Keys(full="")
    assert role(asking(session=nothing.session(Role.FULL, NOON)), keys=nothing) is None
    assert not nothing.opens_feed("rules/arms", nothing.feed_key("rules/arms"))
    assert role(asking(authorization="Bearer "), keys=nothing) is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (asking("10.1.2.3", remote_user="ada"), Role.FULL),
        (asking("::ffff:10.1.2.3", remote_user="ada"), Role.FULL),
        (asking("fd00::7", remote_user="ada"), Role.FULL),
        (asking("192.0.2.1", remote_user="ada"), None),
        (asking("127.0.0.1", remote_user="ada"), None),
        (asking("192.0.2.1", remote_user="ada", x_forwarded_for="10.1.2.3"), None),
        (asking("10.1.2.3"), None),
        (asking("10.1.2.3", remote_user="  "), None),
        (asking("", remote_user="ada"), None),
        (asking("10.1.2.3", session=KEYS.session(Role.FULL, NOON)), None),
    ],
)
def test_a_name_counts_only_from_a_proxy_that_is_trusted(asked, expected):
    assert role(asked, PROXY) is expected


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.5, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_the_client_is_the_last_address_that_is_no_proxy_of_ours(peer, forwarded, client):
    headers = {"x_forwarded_for": forwarded} if forwarded else {}
    assert client_of(asking(peer, **headers), PROXY) == client


def test_a_header_that_came_twice_is_read_whole():
    scope = {
        "type": "http",
        "client": ("10.0.0.1", 1),
        "headers": [(b"x-forwarded-for", b"127.0.0.1"), (b"x-forwarded-for", b"198.51.100.1")],
    }
    assert client_of(asking_of(scope), PROXY) == "198.51.100.1"


# --- how often -------------------------------------------------------------------------------


def tried(throttle, client, times, now=NOON):
    for _ in range(times):
        throttle.failed(client, now)
    return throttle.wait(client, now)


def test_five_wrong_tokens_make_an_address_wait_until_the_first_is_forgotten():
    throttle = Throttle()
    assert tried(throttle, "192.0.2.1", MOST_FAILURES - 1) == timedelta()
    assert tried(throttle, "192.0.2.1", 1) == WINDOW
    assert throttle.wait("192.0.2.1", NOON + WINDOW - SECOND) == SECOND
    assert throttle.wait("192.0.2.1", NOON + WINDOW) == timedelta()


def test_an_address_that_waits_keeps_no_other_from_trying():
    throttle = Throttle()
    tried(throttle, "192.0.2.1", MOST_FAILURES)
    assert throttle.wait("192.0.2.2", NOON) == timedelta()


def test_all_addresses_of_one_household_wait_together():
    throttle = Throttle()
    tried(throttle, "2001:db8:1:2::a", MOST_FAILURES)
    assert throttle.wait("2001:db8:1:2:ffff::b", NOON) == WINDOW
    assert throttle.wait("2001:db8:1:3::a", NOON) == timedelta()


def test_addresses_beyond_number_are_forgotten_the_oldest_first():
    throttle = Throttle()
    tried(throttle, "192.0.2.1", MOST_FAILURES)
    for number in range(10_000):
        throttle.failed(f"10.1.{number >> 8}.{number & 255}", NOON)
    assert throttle.wait("192.0.2.1", NOON) == timedelta()


# --- at the door -----------------------------------------------------------------------------


def post_token(office, token, back="/", **headers):
    return office.call(
        "POST",
        "/login",
        body=f"token={token}&back={back}",
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
    )


def session_of(answer):
    return answer.headers["set-cookie"].partition(";")[0]


def test_a_session_is_out_of_reach_of_scripts_and_other_sites(office):
    answer = post_token(office, FULL)
    flags = {each.strip().lower() for each in answer.headers["set-cookie"].split(";")[1:]}
    assert answer.status == 303
    assert {"httponly", "samesite=lax", "path=/", "max-age=2592000"} <= flags
    assert "secure" not in flags
    assert FULL not in answer.headers["set-cookie"]
    assert office.call("GET", "/", headers={"Cookie": session_of(answer)}).status == 200


def test_behind_a_trusted_proxy_that_speaks_https_the_session_goes_nowhere_else(make_office):
    trusting, wary = make_office(trusted_proxies=("127.0.0.1/32",)), make_office()
    secure = [
        "secure" in post_token(each, FULL, X_Forwarded_Proto="https").headers["set-cookie"].lower()
        for each in (trusting, wary)
    ]
    assert secure == [True, False]


def test_who_signs_in_to_look_may_not_change_anything(office):
    cookie = {"Cookie": session_of(post_token(office, READ)), "Sec-Fetch-Site": "same-origin"}
    assert office.call("GET", "/", headers=cookie).status == 200
    assert office.call("POST", "/do/deadletters/1/retry", headers=cookie).status == 403


def test_a_token_to_look_changes_nothing_by_any_action(office):
    from monitor.web.action import action_shelf

    refused = {
        office.do(each.path.replace("{", "").replace("}", ""), token=READ).status
        for each in action_shelf()
    }
    assert refused == {403}


def test_wrong_tokens_are_counted_and_the_right_one_waits_too(office):
    answers = [post_token(office, "wrong").status for _ in range(MOST_FAILURES)]
    assert answers == [403] * MOST_FAILURES
    waiting = post_token(office, FULL)
    assert waiting.status == 429
    assert 0 < int(waiting.headers["retry-after"]) <= WINDOW.total_seconds() + 1
    office.show.stands_at += WINDOW
    assert post_token(office, FULL).status == 303


def test_a_client_cannot_dodge_the_count_by_naming_other_addresses(office):
    for number in range(MOST_FAILURES):
        post_token(office, "wrong", X_Forwarded_For=f"198.51.100.{number}")
    assert post_token(office, "wrong", X_Forwarded_For="203.0.113.77").status == 429


@pytest.mark.parametrize(
    "back",
    [
        "//elsewhere.example",
        "/%5Celsewhere.example",
        "https://elsewhere.example",
        "javascript:alert(1)",
        "/%09/elsewhere.example",
        "/%0d%0aSet-Cookie:a=b",
        "",
    ],
)
def test_signing_in_leads_nowhere_else(office, back):
    answer = post_token(office, FULL, back=back)
    assert answer.headers["location"] == "/"


def test_signing_out_takes_the_session_away(office):
    cookie = {"Cookie": session_of(post_token(office, FULL)), "Sec-Fetch-Site": "same-origin"}
    answer = office.call("POST", "/logout", headers=cookie)
    assert answer.headers["location"] == "/login"
    assert 'wirewatch=""' in answer.headers["set-cookie"]


def test_a_page_asks_for_the_token_and_a_program_is_told_that_one_is_needed(office):
    page, program = office.get("/digests?limit=3", token=None), office.api("/digests", token=None)
    assert (page.status, page.headers["location"]) == (303, "/login?back=/digests%3Flimit%3D3")
    assert (program.status, program.headers["www-authenticate"]) == (401, "Bearer")


def test_a_proxy_that_is_not_trusted_names_nobody(make_office):
    office = make_office(auth="proxy", trusted_proxies=("192.0.2.0/24",))
    answer = office.get("/", token=None, Remote_User="ada")
    assert answer.status == 403
    assert "trusted_proxies" in answer.text


def test_a_proxy_that_is_trusted_names_who_is_in(make_office):
    office = make_office(auth="proxy", trusted_proxies=("127.0.0.1/32",))
    assert office.get("/", token=None, Remote_User="ada").status == 200
    assert office.get("/", token=None).status == 403


def test_no_token_stands_on_any_page(office):
    from monitor.web.page import page_shelf

    paths = [each.example or each.path for each in page_shelf() if "{" not in each.path]
    texts = [office.get(path).text + office.get(f"/api/v1{path}").text for path in paths]
    assert paths
    assert not [text for text in texts if FULL in text or READ in text]


def test_keys_of_feeds_follow_from_the_token_and_the_feed():
    other = replace(KEYS, full="another")
    keys = {KEYS.feed_key("a"), KEYS.feed_key("b"), other.feed_key("a")}
    assert len(keys) == 3
    assert KEYS.opens_feed("a", KEYS.feed_key("a"))
    assert not KEYS.opens_feed("b", KEYS.feed_key("a"))

"""Keys of web addresses."""

import csv
import time

import pytest
from corpus import CORPUS
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.urls import host_of, is_opaque, url_key

STORY = "https://www.wire.example/2026/11/port-closed"


@pytest.mark.corpus
def test_every_judged_pair_of_addresses_is_told_together_or_apart() -> None:
    pairs = CORPUS / "dedup" / "url_pairs.tsv"
    if not pairs.exists():
        pytest.skip(f"no corpus at {CORPUS}")
    with pairs.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    wrong = [
        row["case"]
        for row in rows
        if (url_key(row["url_a"]) == url_key(row["url_b"]) != "") is not (row["same"] == "1")
    ]
    assert len(rows) == 57
    assert wrong == []


@pytest.mark.parametrize(
    "spelling",
    [
        "http://wire.example/2026/11/port-closed/",
        "https://WWW.Wire.Example:443/2026/11/port-closed",
        "https://m.wire.example/2026/11/port-closed?utm_source=rss&UTM_MEDIUM=feed",
        "https://amp.wire.example/2026/11/port-closed.amp",
        "https://wire.example/2026/11/./x/../port-closed/index.html",
        "https://wire.example//2026/11/port-closed#comments",
        "https://wire.example/2026/11/port%2Dclosed?ref=other-site.example",
        "https://wire.example/2026/11/port-closed;jsessionid=A1B2?from=telegram",
        "  https://user:pw@wire.example/2026/11/port-closed?&amp;fbclid=1\n",
        "https://www.google.co.kr/url?q=https%3A%2F%2Fwire.example%2F2026%2F11%2Fport-closed",
        "https://vk.com/away.php?to=https%3A%2F%2Fwire.example%2F2026%2F11%2Fport-closed",
    ],
)
def test_spellings_of_one_article_share_its_key(spelling: str) -> None:
    assert url_key(spelling) == url_key(STORY) == "wire.example/2026/11/port-closed"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/n?sid=1", "https://a.example/n?sid=2"),
        ("https://a.example/n?ref=2026-14", "https://a.example/n?ref=2026-15"),
        ("https://a.example/n?from=home-affairs", "https://a.example/n?from=home-economics"),
        ("https://a.example/n?ref=mail-fraud", "https://a.example/n?ref=mail-theft"),
        ("https://a.example/n?source=app-store", "https://a.example/n?source=app-bans"),
        ("https://a.example/n?source=report.pdf", "https://a.example/n?source=annex.pdf"),
        ("https://a.example/n?mod=viewthread", "https://a.example/n?mod=forum"),
        ("https://a.example/n?unknown=1", "https://a.example/n"),
        ("https://a.example/n?sessionid=7", "https://a.example/n?sessionid=8"),
        ("https://a.example:8080/n", "https://a.example/n"),
        ("https://a.example/A", "https://a.example/a"),
        ("https://a.example/x%2Fy", "https://a.example/x/y"),
        ("https://a.example/n?q=a%26b", "https://a.example/n?q=a&b"),
        ("https://a.example/amp", "https://a.example/amp/amp"),
        ("https://a.example/#/story/1", "https://a.example/#/story/2"),
        ("https://m.me/news", "https://me/news"),
    ],
)
def test_addresses_of_two_articles_have_two_keys(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://газета.example/Новость", "https://xn--80aahjj1e.example/%D0%9D%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D1%8C"),
        ("https://한국.example/뉴스?q=제재", "https://xn--3e0b707e.example/%EB%89%B4%EC%8A%A4?q=%EC%A0%9C%EC%9E%AC"),
        ("https://a.example/?q=sea+port", "https://a.example/?q=sea%20port"),
    ],
)  # fmt: skip
def test_scripts_and_their_escapes_are_one(one: str, other: str) -> None:
    assert url_key(one) == url_key(other) != ""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://wire.example",
        "https://www.wire.example/?utm_source=rss",
        "https://wire.example/index.html",
        "mailto:desk@wire.example",
        "javascript:alert(1)",
        "/2026/11/port-closed",
        "https://",
        "https:///path",
        "https://wire.example/" + "a" * 10_000,
    ],
)
def test_what_no_article_owns_is_no_key(url: str) -> None:
    assert url_key(url) == ""


def test_an_aggregators_token_is_its_key_and_is_known_to_be_opaque() -> None:
    token = "https://news.google.com/rss/articles/CBMi2AFBVV95cUxQOHZ"
    assert url_key(f"{token}?oc=5&hl=ko") == url_key(token.replace("/rss", ""))
    assert is_opaque(token)
    assert not is_opaque(STORY)
    assert not is_opaque("not an address")


def test_wrappers_within_wrappers_end() -> None:
    url = STORY
    for _ in range(50):
        url = f"https://l.facebook.com/l.php?u={url}"
    assert url_key(url)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://user:pw@WWW.Wire.Example:8443/x", "wire.example"),
        ("http://[2001:DB8::1]:80/", "[2001:db8::1]"),
        ("https://m.wire.example.", "m.wire.example"),
        ("feed.xml", ""),
    ],
)
def test_the_host_of_an_address(url: str, host: str) -> None:
    assert host_of(url) == host


ODD = st.text(alphabet=st.sampled_from("ab./%:?#&=;@[]\\+é한 \x00\ud800"), max_size=40)


@given(ODD)
def test_no_text_is_too_odd(text: str) -> None:
    for url in (text, f"https://{text}", f"https://a.example/{text}"):
        url_key(url)
        is_opaque(url)
        host_of(url)


@given(ODD)
def test_a_key_is_a_stable_spelling(text: str) -> None:
    key = url_key(f"https://a.example/b/{text}")
    assert not key or url_key(f"https://{key}") == key


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/" + "../a/" * 1_600,
        "https://a.example/?" + "a.b-" * 2_000,
        "https://a.example/?ref=" + "a." * 4_000 + "!",
        "https://a.example/?sessionid=" + "a1" * 4_000 + "!",
        "https://" + "é" * 8_000 + "/x",
        "https://" + "m." * 4_000 + "/x",
        "https://www.google.com/amp/" + "/" * 8_000,
    ],
)
def test_a_hostile_address_costs_milliseconds(url: str) -> None:
    start = time.process_time()
    url_key(url)
    assert time.process_time() - start < 0.1

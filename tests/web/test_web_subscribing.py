"""Feeds for readers: at addresses that open one feed, and nothing else."""

import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

import pytest
from offices import FULL, KEYS, READ

from monitor.work.publishing import publish


@pytest.fixture(scope="module")
def issued():
    """Has an office write the feeds of its rules and digests."""

    def write(office):
        show = office.show
        publish(office.store, show.watch, show.now(), identity=lambda: "desk-1")
        return office

    return write


@pytest.fixture(scope="module")
def place(make_shared_office, issued):
    return issued(make_shared_office())


@pytest.fixture(scope="module")
def address(place):
    """The address of a rule's feed, without its ending and key."""
    return f"/feeds/rules/{place.show.watch.book.rules[0].id}"


def listed(office, **asked):
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return office.api(f"/outputs?{query}").json


def test_whoever_has_the_address_reads_the_feed_without_a_login(place):
    for each in listed(place)["subscriptions"]:
        as_atom, as_json = (place.get(each[form], token=None) for form in ("atom", "json"))
        assert as_atom.headers["content-type"] == "application/atom+xml; charset=utf-8"
        assert ET.fromstring(as_atom.text).tag == "{http://www.w3.org/2005/Atom}feed"
        assert as_json.headers["content-type"] == "application/feed+json"
        assert as_json.json["version"] == "https://jsonfeed.org/version/1.1"


def test_one_key_opens_both_formats_and_no_other_feed(place):
    one, other, *_ = listed(place)["subscriptions"]
    key = urlsplit(one["atom"]).query
    assert urlsplit(one["json"]).query == key
    assert place.get(f"{urlsplit(other['atom']).path}?{key}", token=None).status == 404


def test_a_wrong_key_and_an_unknown_feed_get_the_same_answer(place, address):
    asked = [
        f"{address}.atom",
        f"{address}.atom?key=",
        f"{address}.atom?key={KEYS.feed_key('rules/other')}",
        f"{address}.atom?key=%C3%BF",
        "/feeds/rules/nothing.atom",
        f"/feeds/rules/nothing.atom?key={KEYS.feed_key('rules/nothing')}",
    ]
    answers = [place.get(each, token=None) for each in asked]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize("token", [FULL, READ])
def test_who_may_see_the_pages_needs_no_key(place, address, token):
    assert place.get(f"{address}.json", token=token).status == 200


def test_without_a_login_no_address_has_a_key(make_office, issued):
    office = issued(make_office(auth="none", token=None))
    found = office.api("/outputs", token=None).json
    assert not found["keyed"]
    assert [each for each in found["subscriptions"] if "key=" in each["atom"]] == []
    assert office.get(found["subscriptions"][0]["atom"], token=None).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/rules/..%2f.edition.json",
        "/feeds/rules/../.edition.json",
        "/feeds/.edition.json",
        "/feeds/rules/.edition.json",
        "/feeds/rules/..%5c..%5cconfig.toml",
        "/feeds/rules/x%00.atom",
        "/feeds/rules/.atom",
        "/feeds/rules/..atom",
        "/feeds/rules/a.html",
        "/feeds/rules/" + "a" * 4_000 + ".atom",
    ],
)
def test_nothing_but_feeds_is_given_out(place, path):
    assert place.get(path).status == 404


def test_what_a_reader_has_is_not_sent_again(place, address):
    first = place.get(f"{address}.atom")
    tag, changed = first.headers["etag"], first.headers["last-modified"]

    def again(**headers):
        return place.get(f"{address}.atom", **headers).status

    assert again(If_None_Match=f'"x", W/{tag}') == 304
    assert again(If_Modified_Since=changed) == 304
    assert again(If_None_Match='"x"', If_Modified_Since=changed) == 200
    assert again(If_Modified_Since="yesterday") == 200


def test_addresses_are_told_to_those_alone_who_may_change_things(place):
    for path in ("/outputs", "/api/v1/outputs"):
        assert place.get(path, token=READ).status == 403
        assert place.get(path, Accept_Encoding="gzip").headers["content-encoding"] == "identity"
    assert "?key=" in place.get("/outputs").text
    assert "?key=" not in place.get("/").text


def test_the_list_goes_on_where_it_left_off(place):
    whole = [each["atom"] for each in listed(place)["subscriptions"]]
    found, query = [], "limit=1"
    while query is not None:
        page = place.api(f"/outputs?{query}").json
        found += [each["atom"] for each in page["subscriptions"]]
        query = page["next"]
    assert found == whole
    assert len(whole) > 1


def test_a_feed_is_found_by_a_part_of_its_title(place):
    (digest, *_) = [each for each in listed(place)["subscriptions"] if each["kind"] == "digests"]
    assert digest in listed(place, find=digest["name"][1:].upper())["subscriptions"]


def test_addresses_are_whole_where_the_public_one_is_known(make_office):
    office = make_office(public_url="https://desk.example/news/")
    first = listed(office)["subscriptions"][0]
    assert first["atom"].startswith("https://desk.example/news/feeds/")

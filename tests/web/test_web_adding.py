"""Adding feeds on the pages: discovered, typed in, or from a list; and taking them out again."""

import os
from dataclasses import replace

import pytest
from desk import rss
from feed_server import FeedServer
from offices import FULL, READ

from monitor.airlock import Airlock
from monitor.config.reading import read_config
from monitor.errors import Place, Problem, UnusableFiles, UsageError
from monitor.web.actions.add_feed import Wanted, do

HARBOUR = rss(("1", "Ore carrier leaves port"), ("2", "Tide tables are out"), title="Harbour wire")
PAGE = b'<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head></html>'
CONFIG = '# Our feeds.\n[[feed]]\nurl = "https://wire.example/rss"\nname = "Wire"\n'


def on_loopback(settings):
    return replace(settings, poll=replace(settings.poll, allow_networks=("127.0.0.0/8",)))


@pytest.fixture
def office(make_office):
    """Pages over a configuration that is a file, and can be changed."""
    made = make_office(change=on_loopback)
    path = made.folder / "config.toml"
    path.write_text(CONFIG)
    settings, _ = read_config(path, {})
    made.show.settings = replace(made.show.settings, feeds=settings.feeds)
    made.show.reload()
    return made


@pytest.fixture
def site():
    with FeedServer({"": PAGE, "rss": HARBOUR}) as served:
        yield served


def written(office):
    return (office.folder / "config.toml").read_text()


def feeds_in(office):
    settings, _ = read_config(office.folder / "config.toml", {})
    return [(each.url, each.name, each.tags) for each in settings.feeds]


def test_the_feeds_of_a_site_are_found_and_read(office, site):
    (offer,) = office.api(f"/feeds/discover?url={site.url('')}").json["offers"]
    assert (offer["url"], offer["title"], offer["items"]) == (site.url("rss"), "Harbour wire", 2)
    assert "Ore carrier leaves port" in offer["examples"]
    page = office.get(f"/feeds/discover?url={site.url('')}").text
    assert "Add</button>" in page


def test_what_is_watched_already_is_not_offered_again(office, site):
    office.do("/feeds/add", url=site.url("rss"), name="Harbour")
    settings, _ = read_config(office.folder / "config.toml", {})
    office.show.settings = replace(office.show.settings, feeds=settings.feeds)
    office.show.reload()
    (offer,) = office.api(f"/feeds/discover?url={site.url('rss')}").json["offers"]
    assert offer["watched_as"] == "Harbour"
    answer = office.do("/feeds/add", url=site.url("rss"))
    assert (answer.status, "watched already as Harbour" in answer.text) == (422, True)


@pytest.mark.parametrize("url", ["ftp://wire.example/x", "http://127.0.0.1:1/nothing", "a b"])
def test_where_nothing_is_found_the_reason_is_told(office, url):
    found = office.api(f"/feeds/discover?url={url.replace(' ', '%20')}")
    assert found.status == 200
    assert found.json["offers"] == []
    assert found.json["reason"]


def test_ones_own_network_is_out_of_reach(make_office, site):
    found = make_office().api(f"/feeds/discover?url={site.url('rss')}").json
    assert found["offers"] == []
    assert "`allow_networks` in [poll] permits it" in found["reason"]
    assert sum(site.answers.values()) == 0


def test_a_feed_is_added_with_its_name_and_tags_and_all_else_stays(office):
    form = {"url": "https://port.example/rss", "name": "Port", "tags": "sea, trade,sea"}
    answer = office.submit("/do/feeds/add", back="/feeds", **form)
    assert answer.status == 303
    assert written(office).startswith(CONFIG)
    assert feeds_in(office)[-1] == ("https://port.example/rss", "Port", ("sea", "trade"))


def test_a_name_cannot_break_out_of_its_line(office):
    name = 'x" \n[[channel]]\nname = "evil'
    office.do("/feeds/add", url="https://port.example/rss", name=name)
    assert feeds_in(office)[-1][1] == 'x" [[channel]] name = "evil'


def test_what_could_not_be_used_is_not_written(make_office):
    def refuse(path):
        place = Place(str(path), 3, 1)
        raise UnusableFiles([Problem(place=place, code="C1", message="is no feed", hint="")])

    office = make_office()
    (office.folder / "config.toml").write_text(CONFIG)
    service = replace(office.show.service(), check_config=refuse)
    with pytest.raises(UsageError, match=r"nothing is changed.*line 3: is no feed"):
        do(service, Wanted(url="https://port.example/rss"))
    assert written(office) == CONFIG
    assert sorted(path.name for path in office.folder.glob(".config-*")) == []


def test_where_nothing_can_be_written_the_lines_are_shown(make_office, site):
    office = make_office(change=on_loopback)
    page = office.get(f"/feeds/discover?url={site.url('rss')}").text
    assert "cannot be changed from here, since there is no file" in page
    assert "[[feed]]\nurl = &#34;http://127.0.0.1" in page
    assert office.do("/feeds/add", url="https://port.example/rss").status == 422


def test_a_feed_is_taken_out_and_all_else_stays(office):
    office.do("/feeds/add", url="https://port.example/rss")
    said = office.do("/feeds/remove", feed="Wire").json["said"]
    assert said == "Wire is watched no more; what it brought stays"
    assert [url for url, _, _ in feeds_in(office)] == ["https://port.example/rss"]
    assert written(office).startswith("# Our feeds.")


def test_what_is_not_there_cannot_be_taken_out(office):
    assert office.do("/feeds/remove", feed="Wyre").status == 404
    assert written(office) == CONFIG


def test_who_may_only_look_changes_nothing(office):
    for path, taken in (("add", {"url": "https://port.example/rss"}), ("remove", {"feed": "Wire"})):
        assert office.do(f"/feeds/{path}", READ, **taken).status == 403
    assert written(office) == CONFIG


OPML = """<opml version="2.0"><head/><body><outline text="sea">
<outline type="rss" text="Port &lt;b&gt;" xmlUrl="https://port.example/rss"/>
<outline type="rss" text="Old" xmlUrl="gopher://old.example/feed"/>
<outline type="rss" text="Wire" xmlUrl="https://wire.example:443/rss"/></outline></body></opml>"""


def upload(office, text, token=FULL):
    edge = "a1b2c3"
    part = 'Content-Disposition: form-data; name="list"; filename="list.opml"'
    body = f"--{edge}\r\n{part}\r\n\r\n{text}\r\n--{edge}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={edge}",
        "Sec-Fetch-Site": "same-origin",
        "Authorization": f"Bearer {token}",
    }
    return office.call("POST", "/feeds/import", body=body, headers=headers)


def test_a_list_is_looked_at_before_anything_is_added(office):
    page = upload(office, OPML)
    assert page.status == 200
    assert "1 new feed in this list" in page.text
    assert "1 other is watched already" in page.text
    assert "Port &lt;b&gt;" in page.text
    assert "only http and https can: gopher://old.example/feed" in page.text
    assert written(office) == CONFIG


def test_a_list_is_added_its_folders_as_tags(office):
    done = office.do("/feeds/import", opml=OPML).json
    assert (done["added"], done["known"], done["refused"]) == (1, 1, 1)
    assert feeds_in(office)[-1] == ("https://port.example/rss", "Port <b>", ("sea",))


@pytest.mark.parametrize("text", ["", "no list at all", "<opml><body/></opml>"])
def test_what_is_no_list_is_told_so(office, text):
    assert upload(office, text).status == 422
    assert office.do("/feeds/import", opml=text).status == 422


def test_what_is_watched_can_be_taken_away_as_a_list_without_logins(office):
    office.do("/feeds/add", url="https://desk:hunter2@port.example/rss", name="Port", tags="sea")
    settings, _ = read_config(office.folder / "config.toml", {})
    office.show.settings = replace(office.show.settings, feeds=settings.feeds)
    office.show.reload()
    answer = office.get("/feeds.opml")
    assert answer.headers["content-disposition"] == 'attachment; filename="wirewatch.opml"'
    assert "hunter2" not in answer.text
    with Airlock() as airlock:
        listed = airlock.read_opml(answer.text.encode()).feeds
    assert {(each.name, each.tags) for each in listed} == {("Wire", ()), ("Port", ("sea",))}


def test_a_button_that_is_pressed_twice_adds_once(office):
    for _ in range(2):  # the watch has not read the file between the two
        office.do("/feeds/add", url="https://port.example/rss")
    assert written(office).count("port.example") == 1


def test_two_spellings_of_an_address_are_one_feed(office):
    assert office.do("/feeds/add", url="https://WIRE.example:443/rss").status == 422
    doubled = OPML.replace("https://wire.example:443/", "https://PORT.example:443/")
    assert office.do("/feeds/import", opml=doubled).json == {
        "added": 1,
        "known": 0,
        "refused": 1,
    }


@pytest.mark.parametrize("text", [b"# caf\xe9\n", b'feed = ["x"]\n', b"feed = 3\n", b"[[feed"])
def test_a_file_that_was_broken_meanwhile_is_said_to_be_and_left_alone(office, text):
    path = office.folder / "config.toml"
    path.write_bytes(text)
    assert office.do("/feeds/add", url="https://port.example/rss").status == 422
    assert office.do("/feeds/remove", feed="Wire").status == 422
    assert path.read_bytes() == text


def test_a_login_typed_into_the_search_is_not_repeated(office):
    address = "http://desk:hunter2@127.0.0.1:9/rss"
    page = office.get(f"/feeds/discover?url={address}")
    assert "hunter2" not in page.text
    assert "do not belong into an address here" in page.text


def test_what_lies_on_ones_own_network_can_be_added_by_who_says_so(office):
    office.submit("/do/feeds/add", url="http://10.0.0.7/rss", allow_private="true")
    settings, _ = read_config(office.folder / "config.toml", {})
    assert settings.feeds[-1].allow_private


def test_addresses_that_are_none_are_named(office):
    page = upload(office, OPML.replace("https://wire.example:443/rss", "file:///etc/hosts"))
    assert "file:///etc/hosts" in page.text


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_named(office):
    office.folder.chmod(0o500)
    answer = office.do("/feeds/add", url="https://port.example/rss")
    office.folder.chmod(0o700)
    assert (answer.status, "nothing can be written in" in answer.text) == (422, True)

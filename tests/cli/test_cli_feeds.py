"""`feeds`: the list of what is watched, and keeping it."""

import re
import tomllib

import pytest
from desk import furnish, rss, wirewatch

COMMENTED = """# our desk
timezone = "UTC"   # for everybody

[[feed]]  # the first one
url = "https://first.example/rss"   # never remove
name = "First"
"""
OPML = """<?xml version="1.0"?><opml version="2.0"><body>
<outline text="Asia"><outline text="Second" xmlUrl="https://second.example/rss"/></outline>
<outline text="First" xmlUrl="https://first.example/rss"/></body></opml>"""


@pytest.fixture
def commented(tmp_path):
    (tmp_path / "config.toml").write_text(COMMENTED)
    (tmp_path / "rules").mkdir()
    return tmp_path


def feeds_of(desk):
    return tomllib.loads((desk / "config.toml").read_text())["feed"]


def add(server, *more, desk):
    return wirewatch("feeds", "add", server.urls[0], "--allow-private", *more, desk=desk)


def test_feeds_are_listed_before_anything_is_polled(desk, server):
    ran = wirewatch("feeds", "list", "--json", desk=desk)
    assert [(line["url"], line["state"]) for line in ran.lines] == [(server.urls[0], "new")]
    assert not (desk / "state").exists()


def test_the_list_tells_how_each_feed_is_doing(polled):
    lines = {
        line["state"]: line for line in wirewatch("feeds", "list", "--json", desk=polled).lines
    }
    assert lines.keys() == {"ok", "server"} or len(lines) == 2
    well = lines["ok"]
    assert (well["items"], well["matches"], well["failures"], well["error"]) == (3, 2, 0, "")
    assert well["last_ok_at"] == well["last_polled_at"] is not None
    assert well["next_due_at"].endswith("Z")
    assert well["address"] == well["url"]


def test_only_what_fails_is_listed_on_request(polled):
    (line,) = wirewatch("feeds", "list", "--failing", "--json", desk=polled).lines
    assert line["url"].endswith("/lost")
    assert line["failures"] == 1
    assert line["error"]


def test_people_get_a_table_and_the_reasons_of_failures(polled):
    ran = wirewatch("feeds", "list", desk=polled)
    header, *rows = ran.out.splitlines()
    assert header.split()[:3] == ["feed", "state", "items"]
    assert len(rows) == 2
    assert "/lost: " in ran.err


def test_a_feed_added_since_the_last_round_is_listed(polled):
    config = polled / "config.toml"
    config.write_text(config.read_text() + '[[feed]]\nurl = "https://new.example/rss"\n')
    urls = [line["url"] for line in wirewatch("feeds", "list", "--json", desk=polled).lines]
    assert "https://new.example/rss" in urls


def test_feeds_of_opml_files_are_listed(commented):
    (commented / "list.opml").write_text(OPML)
    config = commented / "config.toml"
    config.write_text(COMMENTED + '[[opml]]\npath = "list.opml"\n')
    ran = wirewatch("feeds", "list", "--json", desk=commented)
    assert [line["name"] for line in ran.lines] == ["First", "Second"]


def test_adding_a_feed_changes_nothing_else_in_the_file(commented, server):
    ran = add(server, "--tag", "sea", "--tag", "asia", desk=commented)
    assert ran.code == 0
    assert ran.out == "added Wire to config.toml\n"
    text = (commented / "config.toml").read_text()
    assert text.startswith(COMMENTED)
    assert feeds_of(commented)[1] == {
        "url": server.urls[0],
        "name": "Wire",
        "tags": ["sea", "asia"],
        "allow_private": True,
    }
    assert wirewatch("check", desk=commented).code == 0


def test_its_name_may_hold_anything(commented, server):
    name = 'A "wire" \\ of\ttabs\x7f and 뉴스'
    assert add(server, "--name", name, desk=commented).code == 0
    assert feeds_of(commented)[1]["name"] == name


def test_line_ends_and_links_of_the_file_are_kept(commented, server):
    (commented / "config.toml").rename(commented / "real.toml")
    (commented / "real.toml").write_bytes(COMMENTED.replace("\n", "\r\n").encode())
    (commented / "config.toml").symlink_to("real.toml")
    assert add(server, desk=commented).code == 0
    assert (commented / "config.toml").is_symlink()
    raw = (commented / "real.toml").read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n")


@pytest.mark.parametrize("spelling", ["{}", "{}#top", "http://me:pw@{host}"])
def test_a_feed_that_is_watched_already_is_refused(spelling, commented, server):
    add(server, "--name", "Wire", desk=commented)
    before = (commented / "config.toml").read_bytes()
    url = server.urls[0]
    again = spelling.format(url, host=url.removeprefix("http://"))
    ran = wirewatch("feeds", "add", again, "--allow-private", desk=commented)
    assert (ran.code, ran.out) == (1, "")
    assert "is watched already as `Wire`" in ran.err
    assert "pw" not in ran.err
    assert (commented / "config.toml").read_bytes() == before


def page(*feeds):
    links = "".join(
        f"<link rel='alternate' type='application/rss+xml' href='/{feed}'>" for feed in feeds
    )
    return f"<!doctype html><html><head>{links}</head><body><p>news</p></body></html>".encode()


def test_of_a_page_its_only_feed_is_added(commented, server):
    server.documents["page"] = page("wire", "lost")
    ran = wirewatch("feeds", "add", server.url("page"), "--allow-private", desk=commented)
    assert (ran.code, ran.out) == (0, "added Wire to config.toml\n")
    assert feeds_of(commented)[1]["url"] == server.urls[0]
    again = wirewatch("feeds", "add", server.url("page"), "--allow-private", desk=commented)
    assert "is watched already as `Wire`" in again.err


def test_of_a_page_with_several_feeds_none_is_added_but_all_are_shown(commented, server):
    server.documents |= {"page": page("wire", "more"), "more": rss(("1", "x"), title="More")}
    ran = wirewatch("feeds", "add", server.url("page"), "--allow-private", desk=commented)
    assert ran.code == 1
    assert "has several feeds" in ran.err
    assert all(server.url(each) in ran.out for each in ("wire", "more"))
    assert (commented / "config.toml").read_text() == COMMENTED


@pytest.mark.parametrize("path", ["gone", "wire"])
def test_what_cannot_be_read_is_not_added_unless_forced(path, commented, server):
    """Nothing is there, or it is on a private address that nobody allowed."""
    ran = wirewatch("feeds", "add", server.url(path), desk=commented)
    assert ran.code == 1
    assert "--force adds it all the same" in ran.err
    assert (commented / "config.toml").read_text() == COMMENTED
    assert wirewatch("feeds", "add", server.url(path), "--force", desk=commented).code == 0
    assert feeds_of(commented)[1] == {"url": server.url(path)}


@pytest.mark.parametrize("url", ["ftp://a.example/rss", "https://", "a b", "https://a.example:x/"])
def test_what_is_no_address_is_refused_also_by_force(url, commented):
    ran = wirewatch("feeds", "add", url, "--force", desk=commented)
    assert ran.code == 2
    assert (commented / "config.toml").read_text() == COMMENTED


def test_a_file_that_cannot_take_a_table_is_left_alone(tmp_path, server):
    text = 'feed = [{ url = "https://first.example/rss" }]\n'
    (tmp_path / "config.toml").write_text(text)
    (tmp_path / "rules").mkdir()
    ran = add(server, desk=tmp_path)
    assert ran.code == 2
    assert "write [[feed]] tables" in ran.err
    assert (tmp_path / "config.toml").read_text() == text


def test_an_opml_file_is_imported_once(commented):
    (commented / "my feeds.opml").write_text(OPML)
    ran = wirewatch("feeds", "import", "my feeds.opml", desk=commented)
    assert ran.out == "1 feeds added, 1 were there already\n"
    assert feeds_of(commented)[1] == {
        "url": "https://second.example/rss",
        "name": "Second",
        "tags": ["Asia"],
    }
    again = wirewatch("feeds", "import", "my feeds.opml", desk=commented)
    assert again.out == "0 feeds added, 2 were there already\n"


def test_a_dry_run_only_says_what_would_be_added(commented):
    (commented / "list.opml").write_text(OPML)
    ran = wirewatch("feeds", "import", "--dry-run", "list.opml", desk=commented)
    assert ran.out == "1 feeds would be added, 1 were there already\n  Second\n"
    assert (commented / "config.toml").read_text() == COMMENTED


@pytest.mark.parametrize("body", [b"", b"\x00\xff" * 99, b"<html></html>", rss(("1", "x"))])
def test_what_is_no_opml_is_refused(body, commented):
    (commented / "list.opml").write_bytes(body)
    ran = wirewatch("feeds", "import", "list.opml", desk=commented)
    assert ran.code == 2
    assert "list.opml: The document is no OPML" in ran.err


@pytest.mark.parametrize("body", ["<opml><body><outline", "<opml><body></body></opml>"])
def test_a_list_without_feeds_is_no_success(body, commented):
    (commented / "list.opml").write_text(body)
    ran = wirewatch("feeds", "import", "list.opml", desk=commented)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: list.opml: no feed stands in it; is the list whole?\n"


def test_the_export_can_be_imported_elsewhere(commented, tmp_path):
    exported = wirewatch("feeds", "export", desk=commented)
    assert exported.err == ""
    other = furnish(tmp_path / "other")
    (other / "list.opml").write_text(exported.out)
    assert wirewatch("feeds", "import", "list.opml", desk=other).code == 0
    assert feeds_of(other) == [{"url": "https://first.example/rss", "name": "First"}]


def test_a_paused_feed_is_not_polled_until_it_is_resumed(desk, server):
    url = server.urls[0]
    assert wirewatch("feeds", "pause", url, desk=desk).out == f"paused {url}\n"
    idle = wirewatch("once", "--all", "--json", desk=desk)
    assert idle.lines[-1]["feeds_polled"] == 0
    assert wirewatch("feeds", "list", "--json", desk=desk).lines[0]["paused"] is True
    assert wirewatch("feeds", "resume", url, desk=desk).out == f"resumed {url}\n"
    assert wirewatch("once", "--json", desk=desk).lines[-1]["feeds_polled"] == 1


def test_a_host_that_asked_to_be_left_alone_is_not_overdue(desk, server):
    server.busy = {"wire"}
    wirewatch("once", desk=desk)
    wirewatch("feeds", "resume", server.url("wire"), desk=desk)
    (line,) = wirewatch("feeds", "list", "--json", desk=desk).lines
    assert "asks to be left alone" in line["because"]
    assert wirewatch("status", "--json", desk=desk).lines[0]["lag_seconds"] == 0


def test_a_feed_is_paused_by_its_name_too(commented):
    assert wirewatch("feeds", "pause", "First", desk=commented).out == "paused First\n"


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_a_feed_that_is_not_there_offers_the_nearest(verb, commented):
    ran = wirewatch("feeds", verb, "Frist", desk=commented)
    assert (ran.code, ran.err) == (2, "error: no feed `Frist`; did you mean `First`?\n")


def test_the_list_says_when_each_feed_is_polled_next_and_why(polled):
    (well,) = (
        line
        for line in wirewatch("feeds", "list", "--json", desk=polled).lines
        if line["state"] == "ok"
    )
    assert well["because"] == "its rhythm is not known yet"
    table = wirewatch("feeds", "list", desk=polled).out
    assert re.search(r"\d\d:\d\d because its rhythm is not known yet", table)
    assert re.search(r"\d\d:\d\d because its last poll failed", table)


def test_a_card_tells_all_of_one_feed(polled):
    ran = wirewatch("feeds", "show", "Wire", desk=polled)
    assert ran.code == 0
    assert re.search(r"(?m)^Wire  http", ran.out)
    assert re.search(r"(?m)^next poll   \d\d:\d\d because its rhythm is not known yet$", ran.out)
    (line,) = wirewatch("feeds", "show", "Wire", "--json", desk=polled).lines
    assert (line["items"], line["matches"], line["weekdays"]) == (3, 2, None)


def test_an_unknown_name_is_answered_with_the_nearest(polled):
    ran = wirewatch("feeds", "show", "Wiree", desk=polled)
    assert ran.code == 2
    assert "Wire" in ran.err


SEVERAL = """# ours
[[feed]]
url = "https://a.example/rss"

# the second, with headers
[[feed]]  # here
url = "https://b.example/rss"
name = "B"
[feed.headers]
X-Key = "[[feed]]"

# the third
[[feed]]
url = "https://c.example/rss"

[log]
format = "text"
"""


@pytest.mark.parametrize(("name", "lines"), [("https://a.example/rss", 3), ("B", 6)])
def test_a_feed_is_taken_out_of_the_file_and_nothing_else_is(name, lines, tmp_path):
    desk = furnish(tmp_path / "desk")
    (desk / "config.toml").write_text(SEVERAL)
    ran = wirewatch("feeds", "remove", name, desk=desk)
    assert ran.code == 0
    assert ran.out.startswith(f"removed {name.removeprefix('https://')}") or name in ran.out
    left = (desk / "config.toml").read_text()
    assert len(SEVERAL.splitlines()) - len(left.splitlines()) == lines
    assert [each["url"][8] for each in feeds_of(desk)] == (["b", "c"] if lines == 3 else ["a", "c"])
    assert ("# ours" in left, "# the third" in left, "[log]" in left) == (True, True, True)


def test_the_only_feed_of_a_file_can_be_taken_out(commented):
    assert wirewatch("feeds", "remove", "First", desk=commented).code == 0
    assert (
        commented / "config.toml"
    ).read_text() == '# our desk\ntimezone = "UTC"   # for everybody\n\n'


def test_a_file_that_is_not_understood_line_by_line_is_left_alone_and_its_line_named(tmp_path):
    desk = furnish(tmp_path / "desk")
    text = 'feed = [\n  { url = "https://a.example/rss" },\n]\n'
    (desk / "config.toml").write_text(text)
    ran = wirewatch("feeds", "remove", "https://a.example/rss", desk=desk)
    assert (ran.code, (desk / "config.toml").read_text()) == (2, text)
    assert "config.toml:2: the feed is written in a way that is left to you" in ran.err


def test_a_feed_of_a_list_is_taken_out_of_the_list(commented):
    (commented / "list.opml").write_text(OPML)
    config = commented / "config.toml"
    config.write_text(COMMENTED + '[[opml]]\npath = "list.opml"\n')
    ran = wirewatch("feeds", "remove", "Second", desk=commented)
    assert ran.code == 1
    assert "list.opml" in ran.err


def test_a_list_on_the_web_is_imported_too(commented, server):
    server.documents["list"] = OPML.encode()
    ran = wirewatch("feeds", "import", server.url("list"), "--allow-private", desk=commented)
    assert ran.out == "1 feeds added, 1 were there already\n"
    ran = wirewatch("feeds", "import", server.url("lost"), "--allow-private", desk=commented)
    assert (ran.code, "404" in ran.err) == (2, True)


def test_feeds_of_a_tag_are_exported_alone(commented):
    config = commented / "config.toml"
    config.write_text(COMMENTED + '[[feed]]\nurl = "https://b.example/"\ntags = ["sea"]\n')
    ran = wirewatch("feeds", "export", "--tag", "sea", desk=commented)
    assert ("https://b.example/" in ran.out, "first.example" in ran.out) == (True, False)
    wrong = wirewatch("feeds", "export", "--tag", "see", desk=commented)
    assert (wrong.code, "did you mean `sea`?" in wrong.err) == (2, True)


def test_a_feed_is_polled_now_whatever_its_schedule_says(polled, desk, server):
    assert wirewatch("once", "--json", desk=desk).lines[-1]["items_new"] == 3
    server.documents["wire"] = rss(("9", "More news"), ("1", "Missile fired at sea"))
    ran = wirewatch("feeds", "poll", server.urls[0], "--json", desk=desk)
    assert (ran.code, ran.lines[0]["items_new"]) == (0, 1)
    assert wirewatch("once", "--json", desk=desk).lines[-1]["feeds_polled"] == 0


def test_a_poll_that_fails_says_why(desk, server):
    server.documents["wire"] = None
    ran = wirewatch("feeds", "poll", server.urls[0], desk=desk)
    assert (ran.code, ran.out) == (1, "")
    assert "500" in ran.err


def test_a_feed_that_is_paused_is_not_polled_now(desk, server):
    wirewatch("feeds", "pause", server.urls[0], desk=desk)
    ran = wirewatch("feeds", "poll", server.urls[0], desk=desk)
    assert (ran.code, "is paused" in ran.err) == (2, True)


LISTED = """[poll]
backfill = "100y"
allow_private_networks = true
[[opml]]
url = "{url}"
allow_private = true
tags = ["asia"]
"""


def test_the_feeds_of_a_list_on_the_web_are_watched_and_outlive_it(tmp_path, server):
    desk = furnish(tmp_path / "desk")
    (desk / "config.toml").write_text(LISTED.format(url=server.url("list")))
    server.documents["list"] = (
        f'<opml><body><outline text="W" xmlUrl="{server.urls[0]}"/></body></opml>'.encode()
    )
    assert "F111" in wirewatch("check", desk=desk).out
    assert wirewatch("once", "--json", desk=desk).lines[-1]["items_new"] == 3
    del server.documents["list"]
    (line,) = wirewatch("feeds", "list", "--json", desk=desk).lines
    assert (line["name"], line["items"]) == ("W", 3)
    exported = wirewatch("feeds", "export", desk=desk).out
    assert '<outline text="asia">' in exported


def test_a_list_whose_address_is_secret_is_called_by_its_host(tmp_path, server, monkeypatch):
    monkeypatch.setenv("LIST_URL", server.url("hidden-list"))
    desk = furnish(tmp_path / "desk")
    (desk / "config.toml").write_text('[[opml]]\nurl_env = "LIST_URL"\nallow_private = true\n')
    told = [wirewatch(*verb, desk=desk) for verb in (("once",), ("status",), ("config", "show"))]
    said = "".join(each.out + each.err for each in told)
    assert "the list at 127.0.0.1" in said
    assert "hidden-list" not in said


def test_a_name_that_two_feeds_have_does_not_say_which_to_take_out(tmp_path):
    desk = furnish(tmp_path / "desk")
    twice = SEVERAL.replace(
        'url = "https://a.example/rss"', 'url = "https://a.example/rss"\nname = "B"'
    )
    (desk / "config.toml").write_text(twice)
    ran = wirewatch("feeds", "remove", "B", desk=desk)
    assert (ran.code, (desk / "config.toml").read_text()) == (2, twice)
    assert "2 feeds are called `B`" in ran.err
    assert "https://a.example/rss, https://b.example/rss" in ran.err

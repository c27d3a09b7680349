"""What readers subscribe to: valid feeds that follow what happens, and cost nothing otherwise."""

import json
from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest
from house import HOUR, MINUTE, NOON, WIRE, House, watch

from monitor.config.settings import StateSettings, WebSettings
from monitor.digests.muting import Muting
from monitor.errors import Place, Problem
from monitor.model import Channel, DigestName, DigestSpec, ParsedFeed, Secret, StoryId
from monitor.rendering.bulletins import digest_notice
from monitor.sources.reading import read_feed
from monitor.store.mutes import put_mute
from monitor.work.publishing import FAILING_FOR, notes_on_outputs, publish

BOX = Channel(name="box", url=Secret("json://hook.example/x"))
URGENT = DigestSpec(name=DigestName("urgent"), to=("box",))
QUIET = "rules:\n  - id: quiet\n    title: Quiet\n    any: [quiet]\n"
ARMS = "title: Arms\nwhy: Weapons on the move\nseverity: high\nany: [missile]\n"


class Press(House):
    """A house whose state lies in a folder."""

    def __init__(self, store, folder, watched=None):
        self.folder = folder / "state"
        super().__init__(store, self.here(watched or watch(rules=ARMS)))

    def here(self, watched, **web):
        url = Secret(f"sqlite:///{self.folder}/wirewatch.db")
        settings = replace(
            watched.settings, state=StateSettings(url=url), web=WebSettings(**web), channels=(BOX,)
        )
        return replace(watched, settings=settings)

    def publish(self):
        return publish(self.store, self.watch, self.now, identity=lambda: "5a1c-9f")

    def files(self):
        return {
            str(path.relative_to(self.folder / "feeds")): path.read_bytes()
            for path in (self.folder / "feeds").rglob("*.*")
            if not path.name.startswith(".")
        }

    def atom(self, name="rules/arms"):
        return feedparser.parse(
            self.files()[f"{name}.atom"],
            response_headers={"content-type": "application/atom+xml; charset=utf-8"},
        )

    def json(self, name="rules/arms"):
        return json.loads(self.files()[f"{name}.json"])


@pytest.fixture
def press(store, tmp_path):
    """A house that has polled three items, two of which match."""
    house = Press(store, tmp_path)
    house.serve(
        ("1", "Missile fired at sea", "The navy spoke of a test &amp;amp; no damage.", NOON - HOUR),
        ("2", "A quiet day"),
        (
            "3",
            "Missile parts &amp;lt;seized&amp;gt;",
            "Customs found them in a crate.",
            NOON - 2 * HOUR,
        ),
    )
    house.poll()
    return house


def test_each_rule_and_each_digest_has_a_feed_in_both_formats(press):
    press.digest()
    came = press.publish()
    assert (came.written, came.removed, came.trouble) == (4, 0, "")
    assert set(press.files()) == {
        "rules/arms.atom",
        "rules/arms.json",
        "digests/urgent.atom",
        "digests/urgent.json",
    }


def test_an_entry_says_what_happened_where_and_why_it_is_told(press):
    press.publish()
    feed = press.atom()
    assert not feed.bozo
    assert (feed.version, feed.feed.title) == ("atom10", "Wirewatch: Arms")
    assert feed.feed.subtitle == "Weapons on the move"
    fired, seized = feed.entries
    assert (seized.title, fired.title) == ("Missile parts <seized>", "Missile fired at sea")
    assert fired.link == "https://wire.example/1"
    assert fired.author == "Wire"
    assert fired.published == "2026-03-02T11:00:00Z"
    assert fired.updated == "2026-03-02T12:00:00Z"
    assert "The navy spoke of a test & no damage." in fired.summary
    assert "Why: Arms because Missile" in fired.summary
    assert "<p>The navy spoke of a test &amp; no damage.</p>" in fired.content[0].value
    assert {tag.term for tag in fired.tags} == {"high", "arms"}


def test_both_formats_say_the_same(press):
    press.publish()
    atom, document = press.atom(), press.json()
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert [each["id"] for each in document["items"]] == [each.id for each in atom.entries]
    assert [each["summary"] for each in document["items"]] == [e.summary for e in atom.entries]
    assert document["items"][0]["authors"] == [{"name": "Wire"}]


@pytest.mark.parametrize("form", ["atom", "json"])
def test_our_own_readers_understand_them(form, press):
    press.digest()
    press.publish()
    for name, body in press.files().items():
        if name.endswith(form):
            parsed = read_feed(body, "", f"https://desk.example/feeds/{name}")
            assert isinstance(parsed, ParsedFeed)
            assert (parsed.kind, parsed.problems) == (form, ())
            assert parsed.self_url == f"https://desk.example/feeds/{name}"
            assert parsed.entries


def test_ids_are_of_this_state_and_stay(press):
    press.publish()
    before = [each.id for each in press.atom().entries]
    assert before == [f"tag:5a1c-9f.wirewatch.invalid,2026-03-02:story/{n}" for n in (1, 2)]
    press.now += HOUR
    press.serve(("1", "Missile fired at sea"), ("4", "A parade shows the new missile"))
    press.poll()
    press.publish()
    assert [each.id for each in press.atom().entries][1:] == before
    assert press.atom().feed.id == "tag:5a1c-9f.wirewatch.invalid,2026-03-02:rules/arms"


def test_who_else_reported_it_is_told_without_another_entry(store, tmp_path):
    gazette = "http://127.0.0.1/gazette"
    house = Press(store, tmp_path, watch(rules=ARMS, feeds=(WIRE, gazette)))
    words = " ".join(f"word{n}" for n in range(60))
    house.serve(("1", "Missile fired at sea", words), title="Wire")
    house.serve(title="Gazette", url=gazette)
    house.poll()
    house.publish()
    (before,) = house.atom().entries
    house.now += HOUR
    house.serve(("9", "Missile fired at sea", words), title="Gazette", url=gazette)
    elsewhere = house.outcomes[gazette].body.replace(b"wire.example", b"gazette.example")
    house.outcomes[gazette] = replace(house.outcomes[gazette], body=elsewhere)
    house.poll()
    house.publish()
    (after,) = house.atom().entries
    assert "Also reported by Gazette." in after.summary
    assert "Also" not in before.summary
    assert (after.id, after.updated) == (before.id, before.updated)


def test_an_update_moves_the_story_up_and_says_what_has_changed(press):
    press.publish()
    was = press.atom().entries[0]
    press.now += HOUR
    press.serve(("1", "Missile fired at sea, 12 dead", "The navy speaks of 12 dead.", NOON - HOUR))
    press.poll()
    press.publish()
    now = press.atom().entries[0]
    assert now.id == was.id
    assert (now.published, now.updated) == (was.published, "2026-03-02T13:00:00Z")
    assert now.title == "Missile fired at sea, 12 dead"
    assert "Updated 2026-03-02 13:00 UTC: " in now.summary


def test_what_was_there_before_the_watch_began_is_no_news(store, tmp_path):
    house = Press(store, tmp_path, watch(rules=ARMS, backfill=timedelta(0)))
    house.serve(("1", "Missile fired", "", NOON - 3 * HOUR))
    house.poll()
    house.publish()
    assert house.atom().entries == []
    house.now += HOUR
    house.serve(("1", "Missile fired", "", NOON - 3 * HOUR), ("2", "Missile lost", "", house.now))
    house.poll()
    house.publish()
    assert [each.title for each in house.atom().entries] == ["Missile lost"]


def test_a_muted_story_is_left_out_until_its_mute_ends(press):
    press.publish()
    muting = Muting(story=StoryId(1), until_at=NOON + HOUR)
    press.store.write(lambda conn: put_mute(conn, muting, NOON)).result()
    assert press.publish().written == 2
    assert [each.title for each in press.atom().entries] == ["Missile parts <seized>"]
    press.now += HOUR
    press.publish()
    assert len(press.atom().entries) == 2


def test_a_digest_that_went_out_is_an_entry_with_its_page(press):
    (planned,) = press.digest()
    press.publish()
    (entry,) = press.atom("digests/urgent").entries
    assert entry.title == planned.message.subject
    assert entry.id.endswith(f":digest/{planned.digest.id}")
    assert entry.updated == "2026-03-02T12:00:00Z"
    assert "https://wire.example/1" in entry.content[0].value
    (item,) = press.json("digests/urgent")["items"]
    assert "<body" not in item["content_html"]
    assert "display:none" not in item["content_html"]


def test_a_digest_without_a_page_is_told_in_plain_text(press):
    (planned,) = press.digest()
    bare = replace(planned.message, html="", text="1 < 2")
    assert digest_notice(bare, NOON, id="x").html == "<pre>1 &lt; 2</pre>"


def test_nothing_is_written_while_nothing_happens(press):
    press.digest()
    press.publish()
    before = {path: path.stat().st_mtime_ns for path in press.folder.rglob("*")}
    press.now += HOUR
    came = press.publish()
    assert (came.written, came.removed, came.filed) == (0, 0, ())
    assert {path: path.stat().st_mtime_ns for path in press.folder.rglob("*")} == before


def test_only_what_reads_differently_is_written_anew(press):
    press.watch = press.here(
        watch(rules=f"{QUIET}  - id: arms\n    title: Arms\n    any: [missile]\n")
    )
    assert press.publish().written == 6
    press.now += HOUR
    press.serve(("5", "Another missile"))
    press.poll()
    assert press.publish().written == 2
    # One that was lost comes back, and one that was tampered with is left for when it is due.
    (press.folder / "feeds" / "rules" / "quiet.json").unlink()
    assert press.publish().written == 1


def test_the_feed_of_a_rule_or_digest_that_is_gone_goes_too(press):
    press.publish()
    press.watch = press.here(
        watch(
            rules=QUIET,
            digests=(replace(URGENT, name=DigestName("Früh/Mo")),),
        )
    )
    assert press.publish().removed == 4
    names = set(press.files())
    assert {"rules/quiet.atom", "rules/quiet.json"} < names
    (odd,) = (name for name in names if name.startswith("digests/") and name.endswith(".atom"))
    assert odd.startswith("digests/Früh_Mo-")


def test_a_rule_that_cannot_be_read_is_not_gone(press):
    press.publish()
    problem = Problem(place=Place("rules/arms.yaml"), code="R103", message="broken")
    press.watch = replace(press.here(watch(rules=QUIET)), problems=(problem,))
    assert press.publish().removed == 0
    assert "rules/arms.atom" in press.files()


def test_addresses_are_whole_where_the_service_has_one(press):
    press.publish()
    assert press.json()["feed_url"] == "arms.json"
    assert press.atom().feed.links[0].href == "arms.atom"
    press.watch = press.here(press.watch, public_url="https://desk.example/watch/")
    press.publish()
    assert press.json()["feed_url"] == "https://desk.example/watch/feeds/rules/arms.json"
    assert press.json()["home_page_url"] == "https://desk.example/watch"


def test_a_state_that_was_brought_back_has_everything_looked_at(press, tmp_path):
    press.publish()
    edition = press.folder / "feeds" / ".edition.json"
    later = json.loads(edition.read_text()) | {"turn": 10_000}
    edition.write_text(json.dumps(later))
    (press.folder / "feeds" / "rules" / "arms.atom").write_text("of a later state")
    assert press.publish().written == 1
    edition.write_text("{")
    assert press.publish().written == 0


def test_who_is_told_to_stop_stops_and_goes_on_next_time(press):
    halted = publish(
        press.store, press.watch, NOON, identity=lambda: "5a1c-9f", stopping=lambda: True
    )
    assert (halted.written, press.files()) == (0, {})
    assert press.publish().written == 4


def test_a_folder_that_cannot_be_written_is_told_once_and_tried_again(press):
    press.digest()
    press.folder.write_text("a file in the way")
    first, second = press.publish(), press.publish()
    assert "archive of digests" in first.trouble
    assert "feeds for readers" in first.trouble
    assert (first.is_news, second.is_news) == (True, False)
    press.folder.unlink()
    mended = press.publish()
    assert (mended.trouble, mended.is_news) == ("", True)
    assert len(mended.filed) == 1


def notes(press):
    with press.store.reading() as conn:
        return list(notes_on_outputs(conn, press.now))


def test_trouble_that_lasts_is_a_note_on_health_until_it_is_over(press):
    press.folder.write_text("a file in the way")
    press.publish()
    press.now += FAILING_FOR - MINUTE
    press.publish()
    assert notes(press) == []
    press.now += MINUTE
    (note,) = notes(press)
    assert "For 15 min now, the feeds for readers cannot be written" in note.sentence
    press.folder.unlink()
    press.publish()
    assert notes(press) == []

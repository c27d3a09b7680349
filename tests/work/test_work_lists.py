"""Lists of feeds at a URL: what of them is believed, what is kept, what is said of failures."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.config.settings import OpmlList, Settings, StateSettings
from monitor.model import Failed, FailureKind, Feed, FeedList, Fetched, NotModified, Secret
from monitor.sources.opml import read_opml, write_opml
from monitor.work.lists import ListState, decide, is_due, notes_on_lists, refresh_lists

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIST = OpmlList(label="https://lists.example/a.opml", url=Secret("https://lists.example/a.opml"))
AWAY = Failed(kind=FailureKind.TIMEOUT, reason="the server fell silent")


def feeds(count, start=0):
    return tuple(Feed(url=f"https://{n}.example/rss", name=str(n)) for n in range(start, count))


def fetched(*, etag='"1"', body=b""):
    return Fetched(body=body, content_type="", etag=etag, last_modified="", final_url="")


def decided(found, kept, before=None, outcome=None):
    return decide("list", before or ListState(), outcome or fetched(), found, kept, NOW)


def test_a_first_list_is_taken_whatever_it_names():
    state, refreshed = decided(FeedList(feeds=feeds(3)), None)
    assert (refreshed.answer, state.feeds, state.etag) == ("changed", 3, '"1"')


def test_a_list_that_says_the_same_in_other_bytes_is_unchanged():
    same = FeedList(feeds=feeds(3))
    assert decided(same, same)[1].answer == "unchanged"


@pytest.mark.parametrize(("left", "answer"), [(5, "changed"), (4, "held"), (0, "held")])
def test_a_list_that_loses_more_than_half_its_feeds_is_held_back(left, answer):
    _, refreshed = decided(FeedList(feeds=feeds(left)), FeedList(feeds=feeds(10)))
    assert refreshed.answer == answer


def test_other_feeds_in_their_place_do_not_make_up_for_those_that_are_gone():
    _, refreshed = decided(FeedList(feeds=feeds(30, start=20)), FeedList(feeds=feeds(10)))
    assert refreshed.answer == "held"


def test_what_was_held_back_is_asked_for_again_in_full_and_then_believed():
    small, large = FeedList(feeds=feeds(1)), FeedList(feeds=feeds(10))
    held, _ = decided(small, large, ListState(etag='"0"', feeds=10))
    assert (held.etag, held.held_at, held.held) == ('"0"', NOW, 1)
    taken, refreshed = decided(small, large, held)
    assert (refreshed.answer, taken.held_at, taken.feeds) == ("changed", None, 1)


def test_what_was_held_back_and_is_gone_again_is_forgotten():
    held = ListState(etag='"0"', held_at=NOW, held=1, feeds=10)
    state, _ = decided("", FeedList(feeds=feeds(10)), held, NotModified(etag="", last_modified=""))
    assert (state.held_at, state.etag) == (None, '"0"')


@pytest.mark.parametrize(("found", "outcome"), [("no OPML", fetched()), ("", AWAY)])
def test_a_list_that_is_broken_or_away_changes_nothing_but_says_so(found, outcome):
    before = ListState(etag='"0"', feeds=9)
    state, refreshed = decided(found, FeedList(feeds=feeds(9)), before, outcome)
    assert refreshed.answer == "failed"
    assert (state.etag, state.feeds, state.failing_since_at) == ('"0"', 9, NOW)
    assert state.error


@pytest.mark.parametrize(
    ("state", "due"),
    [
        (ListState(), True),
        (ListState(checked_at=NOW - HOUR / 2), False),
        (ListState(checked_at=NOW - HOUR), True),
        (ListState(checked_at=NOW - HOUR / 2, failing_since_at=NOW), True),
        (ListState(checked_at=NOW + HOUR), True),
    ],
)
def test_a_list_is_due_by_its_pace_and_sooner_after_a_failure(state, due):
    assert is_due(LIST, state, NOW) is due


class Shelf:
    """A list on the web, and the folder in which its copy is kept."""

    def __init__(self, folder):
        self.settings = Settings(
            path=folder / "config.toml",
            rules=folder,
            templates=folder,
            opml=(LIST,),
            state=StateSettings(url=Secret(f"sqlite:///{folder}/state.db")),
        )
        self.place = self.settings.place_of(LIST)
        self.outcome = AWAY
        self.asked = []

    async def fetch(self, feed, state, *, now, unconditional=False):
        self.asked.append((feed.url, state.etag, unconditional))
        return self.outcome

    def serve(self, count, etag='"1"'):
        body = write_opml(feeds(count), "list", NOW).encode()
        self.outcome = fetched(body=body, etag=etag)

    def refresh(self, now=NOW):
        found = asyncio.run(refresh_lists(self.settings, self.fetch, read_opml, now))
        return [each.answer for each in found]

    def names(self):
        return len(read_opml(self.place.read_bytes()).feeds)

    def said(self, now=NOW):
        return [note.sentence for note in notes_on_lists(self.settings, now)]


@pytest.fixture
def shelf(tmp_path: Path):
    return Shelf(tmp_path)


def test_the_last_good_copy_outlives_everything_that_happens_to_the_list(shelf):
    shelf.serve(4)
    assert shelf.refresh() == ["changed"]
    shelf.outcome = AWAY
    assert shelf.refresh(NOW + HOUR) == ["failed"]
    shelf.outcome = fetched(body=b"<html>moved</html>")
    assert shelf.refresh(NOW + 2 * HOUR) == ["failed"]
    assert shelf.names() == 4
    assert [asked[1:] for asked in shelf.asked] == [("", True), ('"1"', False), ('"1"', False)]


def test_what_is_remembered_is_read_back_and_its_copy_is_for_its_owner_alone(shelf):
    shelf.serve(4)
    shelf.refresh()
    assert shelf.refresh(NOW + HOUR / 2) == []
    assert shelf.place.stat().st_mode & 0o077 == 0


def test_a_state_that_cannot_be_read_is_begun_anew(shelf):
    shelf.serve(4)
    shelf.refresh()
    shelf.place.with_suffix(".json").write_text('{"etag": 1, "other": []}')
    assert shelf.refresh() == ["unchanged"]


def test_a_list_that_is_away_is_spoken_of_after_an_hour(shelf):
    shelf.serve(4)
    shelf.refresh()
    shelf.outcome = AWAY
    shelf.refresh(NOW + HOUR)
    assert shelf.said(NOW + HOUR) == []
    (said,) = shelf.said(NOW + 3 * HOUR)
    assert said == (
        "The list of feeds https://lists.example/a.opml could not be had for 2 h: the server fell "
        "silent. Its last good copy, of 4 feeds, is in use."
    )


def test_a_list_that_was_never_had_is_spoken_of_at_once(shelf):
    shelf.refresh()
    (said,) = shelf.said()
    assert said.endswith("None of its feeds is watched until it can be had.")


def test_a_drop_that_is_held_back_says_what_will_happen(shelf):
    shelf.serve(9)
    shelf.refresh()
    shelf.serve(2)
    assert shelf.refresh(NOW + HOUR) == ["held"]
    assert "lost more than half of its 9 feeds: 2 are left" in shelf.said(NOW + HOUR)[0]
    assert shelf.names() == 9
    assert shelf.refresh(NOW + 2 * HOUR) == ["changed"]
    assert (shelf.names(), shelf.said(NOW + 2 * HOUR)) == (2, [])

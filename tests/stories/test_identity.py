"""By which keys an entry is known again."""

from datetime import timedelta

import pytest
from story_desk import CARGO, HOUR, NOON, item, known

from monitor.stories.identity import (
    FLAWS,
    identify,
    identities_under,
    in_words,
    is_same_article,
    titles_alike,
    unmasked,
)

SECOND = timedelta(seconds=1)


def identities(*items, **more):
    return identify(items, **more).identities


def same(one, other, **more):
    """Whether two entries, each alone in its document, have the same deciding key."""
    (first,), (second,) = identities(one, **more), identities(other, **more)
    return first.primary == second.primary


# --- The ladder -------------------------------------------------------------------------------


def test_the_guid_decides_whatever_else_changes():
    assert same(item("Before", guid="a", url=CARGO), item("After", guid="a", url=CARGO + "-2"))
    assert not same(item(guid="a"), item(guid="b"))


def test_without_a_guid_the_link_decides():
    assert same(item("Before"), item("After"))
    assert not same(item(url=CARGO), item(url=CARGO + "-2"))


def test_a_link_is_known_in_all_its_spellings():
    assert same(item(url=CARGO), item(url=f"http://www.{CARGO[8:]}/?utm_source=feed"))


def test_without_guid_and_link_the_words_decide():
    assert same(item("Fog", url="", lead="One-way."), item("Fog", url="", lead="One-way."))
    assert not same(item("Fog", url="", lead="One-way."), item("Fog", url="", lead="Lifted."))


def test_a_home_page_is_no_link_to_an_article():
    (identity,) = identities(item(url="https://wire.example/"))
    assert identity.url_key == b""
    assert not same(
        item("Fog", url="https://wire.example/"), item("Gale", url="https://wire.example/")
    )


def test_a_guid_is_never_taken_for_a_link():
    (by_guid,) = identities(item(guid=CARGO, url=""))
    (by_link,) = identities(item(url=CARGO))
    assert by_guid.primary != by_link.primary


# --- A guid with a revision count -------------------------------------------------------------


def test_a_revision_count_in_the_guid_does_not_make_another_article():
    assert same(item(guid=f"{CARGO}#0"), item(guid=f"{CARGO}#3"))
    assert same(item(guid=CARGO), item(guid=f"{CARGO}#1"))


@pytest.mark.parametrize("guid", [f"{CARGO}#comments", f"{CARGO}#12345", f"{CARGO}-4"])
def test_other_endings_of_a_guid_do(guid):
    assert not same(item(guid=CARGO), item(guid=guid))


def test_numbered_notices_on_one_page_stay_apart():
    first, second = identities(
        item("Berth 4 closed", guid=f"{CARGO}#1"), item("Berth 7 open", guid=f"{CARGO}#2")
    )
    assert first.primary != second.primary


# --- Keys that several entries share ----------------------------------------------------------


def test_a_guid_that_entries_share_is_told_apart_by_the_link():
    first, second = identities(item("A", guid="x", url=CARGO), item("B", guid="x", url=CARGO + "2"))
    assert first.primary != second.primary
    assert first.alias == second.alias == b""


def test_a_guid_and_a_link_that_entries_share_are_told_apart_by_the_title():
    first, second = identities(item("A", guid="x"), item("B", guid="x"))
    assert first.primary != second.primary


def test_an_entry_listed_twice_is_one_item():
    first, second = identities(item(guid="x"), item(guid="x"))
    assert first == second


def test_a_link_shared_by_two_titles_names_no_article():
    first, second = identities(item("A"), item("B"))
    assert first.primary != second.primary
    assert first.url_key == second.url_key == b""


@pytest.mark.parametrize(("titles", "shared"), [("AB", False), ("AAA", False), ("ABC", True)])
def test_a_link_of_three_titles_says_that_the_feed_shares_links(titles, shared):
    assert bool(identify([item(title) for title in titles]).key_flaws) is shared


def test_in_a_feed_that_shares_links_no_link_decides_any_more():
    (identity,) = identities(item("A"), key_flaws="shared-links")
    assert identity.url_key == b""
    assert not same(item("A"), item("B"), key_flaws="shared-links")


def test_that_links_are_shared_is_remembered():
    assert identify([item("A")], key_flaws="shared-links").key_flaws
    assert identify([], key_flaws="shared-links").key_flaws


def test_entries_without_a_link_share_none():
    assert not identify([item(title, url="") for title in "ABCD"]).key_flaws


@pytest.mark.parametrize(
    ("entries", "shared"),
    [
        ([("A", CARGO), ("B", CARGO + "2")], True),
        ([("A", CARGO), ("B", CARGO)], False),
        ([("A", CARGO), ("B", CARGO), ("C", CARGO)], True),
        ([("A", CARGO), ("A", CARGO + "2")], False),
    ],
)
def test_a_guid_of_titles_at_several_links_or_of_three_titles_is_none(entries, shared):
    items = [item(title, guid="x", url=url) for title, url in entries]
    assert ("repeated-guids" in identify(items).key_flaws) is shared


def test_in_a_feed_that_repeats_guids_none_decides_alone_any_more():
    flaw = {"key_flaws": "repeated-guids"}
    assert not same(item("A", guid="x"), item("B", guid="x", url=CARGO + "2"), **flaw)
    assert same(item("A", guid="x"), item("A, edited", guid="x"), **flaw)


def test_a_code_that_nobody_knows_is_forgotten():
    assert identify([item()], key_flaws="odd changing-guids").key_flaws == "changing-guids"


# --- What is left when keys are unfit ----------------------------------------------------------


def test_in_a_feed_whose_guids_change_the_link_decides():
    assert same(item(guid="a"), item("Edited", guid="b"), key_flaws="changing-guids")


@pytest.mark.parametrize("key_flaws", ["changing-links", "changing-guids changing-links"])
def test_in_a_feed_whose_links_change_title_and_date_decide(key_flaws):
    at = {"at": NOON - HOUR - SECOND}
    before, after = item(**at), item(url=CARGO + "?t=2", **at)
    assert same(before, after, key_flaws=key_flaws)
    later = item(url=CARGO + "?t=2", at=NOON - SECOND)
    assert not same(before, later, key_flaws=key_flaws)
    assert not same(before, item("Fog", **at), key_flaws=key_flaws)


def test_a_bare_day_needs_the_words_too():
    day = NOON.replace(hour=0)
    one, other = item(lead="Berth 4.", at=day), item(lead="Berth 7.", at=day)
    assert not same(one, other, key_flaws="changing-links")


def test_two_entries_of_one_title_and_date_are_told_apart_by_their_words():
    at = NOON - HOUR - SECOND
    entries = [item(lead="Berth 4.", at=at), item(lead="Berth 7.", at=at)]
    first, second = identities_under(entries, "changing-links")
    assert first.primary != second.primary


@pytest.mark.parametrize("flaw", sorted(FLAWS))
def test_every_flaw_is_told_in_words_with_what_is_left(flaw):
    assert FLAWS[flaw] in in_words(flaw)
    assert "told apart by" in in_words(flaw)


def test_of_sound_keys_nothing_is_said():
    assert in_words("") == ""


def test_why_an_entry_is_known_names_the_flaw():
    (identity,) = identities(item(guid="a"), key_flaws="changing-guids")
    assert identity.reason == "same link in this feed; its ids change from poll to poll"


# --- Known items under new keys ----------------------------------------------------------------


def edition(name):
    """Five entries of fixed titles and dates under keys of this edition."""
    return [
        item(
            f"Report {n}", url=f"{CARGO}/{n}{name}", guid=f"{name}{n}", at=NOON - n * HOUR - SECOND
        )
        for n in range(5)
    ]


def test_titles_and_dates_of_known_items_unmask_new_keys():
    found = unmasked(edition("b"), range(5), edition("a"))
    assert found.before == {n: n for n in range(5)}
    assert found.key_flaws == "changing-guids changing-links"


def test_what_is_shown_under_its_old_key_is_not_looked_for():
    past = edition("a")
    assert unmasked([*past[:2], *edition("b")[:2]], [2, 3], past).before == {}


def test_fewer_than_three_or_half_of_a_document_unmask_nothing():
    past = edition("a")
    assert unmasked(edition("b")[:2], range(2), past).before == {}
    fresh = [item(f"Other {n}", url=f"{CARGO}/o{n}", guid=f"o{n}") for n in range(4)]
    assert unmasked([*edition("b")[:3], *fresh], range(7), past).before == {}


# --- The other keys ---------------------------------------------------------------------------


def test_a_guid_has_the_link_as_its_alias():
    (identity,) = identities(item(guid="a"))
    (by_link,) = identities(item())
    assert identity.alias == by_link.primary
    assert identity.keys == (identity.primary, identity.alias)


def test_a_link_needs_no_alias():
    (identity,) = identities(item())
    assert identity.keys == (identity.primary,)


def test_the_key_across_feeds_is_the_link_alone():
    (here,), (there,) = identities(item("Ours", guid="a")), identities(item("Theirs", guid="b"))
    assert here.url_key == there.url_key != b""


# --- The same article under another guid ------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "alike"),
    [
        ("Ship seized off Saltmere", "UPDATE: Ship seized off Saltmere", True),
        ("Ship seized off Saltmere", "Ship seized off Saltmere, crew safe", True),
        ("SHIP SEIZED", "Ship seized!", True),
        ("Ship seized off Saltmere", "Storm nears Atlantic coast", False),
        ("韩防长：俄罗斯以防空导弹换取朝鲜炮弹", "韩防长：俄罗斯以两套防空导弹换取炮弹", True),
        ("韩防长：俄罗斯以防空导弹换取朝鲜炮弹", "女排联赛：东港队三比一取胜", False),
        ("今朝のニュース：港で火災", "今朝のニュース：港で火災、けが人なし", True),
        ("러 화물선, 두나이항서 하역", "러 화물선, 두나이항서 탄약 하역", True),
    ],
)
def test_titles_may_be_edits_of_each_other(before, after, alike):
    assert titles_alike(before, after) is alike


def test_an_edited_title_shows_the_same_article():
    before = known(item("Ship seized off Saltmere", at=NOON))
    assert is_same_article(before, item("Ship seized off Saltmere, crew safe", at=NOON + HOUR))


def test_the_same_stated_instant_shows_the_same_article():
    assert is_same_article(known(item("Fog in the Narrows")), item("Two-way traffic resumed"))


def test_the_next_of_a_series_is_another_article():
    forecast = known(item("Fog in the Narrows", at=NOON))
    tomorrow = item("Fog in the Narrows", at=NOON + 24 * HOUR, seen_at=NOON + 25 * HOUR)
    assert not is_same_article(forecast, tomorrow)


def test_another_notice_on_the_same_page_is_another_article():
    notice = item("Two-way traffic resumed", at=NOON + HOUR)
    assert not is_same_article(known(item("Fog in the Narrows")), notice)

"""By which keys an entry is known again."""

import pytest
from story_desk import CARGO, HOUR, NOON, item, known

from monitor.model import ItemId
from monitor.stories.identity import (
    Shown,
    identify,
    is_same_article,
    shown_again,
    titles_alike,
)


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
    assert first.alias != second.alias


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


def test_another_notice_on_the_same_page_is_another_article():
    notice = item("Two-way traffic resumed", at=NOON + HOUR)
    assert not is_same_article(known(item("Fog in the Narrows")), notice)


# --- What a feed's keys have proved ------------------------------------------------------------


def flaws(*items, **more):
    return identify(items, **more).key_flaws.split()


def test_a_guid_that_once_stood_for_two_articles_is_never_trusted_again():
    assert flaws(item("A", guid="x", url=CARGO), item("B", guid="x", url=CARGO + "2")) == [
        "repeated-guids"
    ]
    (alone,) = identities(item("C", guid="x", url=CARGO + "3"), key_flaws="repeated-guids")
    (other,) = identities(item("D", guid="x", url=CARGO + "4"), key_flaws="repeated-guids")
    assert alone.primary != other.primary


def test_one_article_listed_twice_proves_nothing():
    assert flaws(item(guid="x"), item(guid="x")) == []


def test_what_was_proved_is_kept():
    assert flaws(item(), key_flaws="changing-links shared-links") == [
        "changing-links",
        "shared-links",
    ]


def test_where_guids_are_made_anew_the_link_decides():
    one, other = item(guid="a", url=CARGO), item("Edited", guid="b", url=CARGO)
    assert same(one, other, key_flaws="changing-guids")


def test_where_links_are_made_anew_title_and_date_decide():
    flawed = {"key_flaws": "changing-guids changing-links"}
    one = item("Fog", guid="a", url=CARGO + "?t=1", at=NOON - HOUR)
    assert same(one, item("Fog", guid="b", url=CARGO + "?t=2", at=NOON - HOUR), **flawed)
    assert not same(one, item("Fog", url=CARGO, at=NOON - 2 * HOUR), **flawed)
    (identity,) = identities(one, **flawed)
    assert identity.url_key == b""


def test_an_entry_without_a_date_is_told_apart_by_its_lead():
    flawed = {"key_flaws": "changing-links"}
    assert same(item("Fog", lead="A"), item("Fog", lead="A", url=CARGO + "2"), **flawed)
    assert not same(item("Fog", lead="A"), item("Fog", lead="B"), **flawed)


def shown(one, number):
    return Shown(
        id=ItemId(number),
        guid=one.guid,
        url=one.url,
        title=one.title,
        lead=one.lead,
        published_at=one.published_at,
        first_seen_at=one.first_seen_at,
    )


def pieces(guid="{}", url=CARGO + "/{}", count=4):
    """Entries, each an hour after the other."""
    return [
        item(f"Report {n}", guid=guid.format(n), url=url.format(n), at=NOON - n * HOUR)
        for n in range(1, count + 1)
    ]


BEFORE = [shown(one, number) for number, one in enumerate(pieces(), start=1)]


@pytest.mark.parametrize(
    ("guid", "url", "proved"),
    [
        ("new-{}", CARGO + "/{}", {"changing-guids"}),
        ("", CARGO + "/{}?t=9", {"changing-links"}),
        ("new-{}", CARGO + "/{}?t=9", {"changing-guids", "changing-links"}),
    ],
)
def test_keys_that_are_made_anew_for_the_same_articles_are_found_out(guid, url, proved):
    again, found = shown_again(pieces(guid, url), (), BEFORE)
    assert again == {0: 1, 1: 2, 2: 3, 3: 4}
    assert found == proved


@pytest.mark.parametrize(
    "fresh",
    [
        [item(f"Other {n}", guid=f"new-{n}", at=NOON) for n in range(4)],
        [item("Report 1", guid=f"new-{n}", at=NOON - n * HOUR / 2) for n in range(9, 13)],
        pieces("new-{}", count=2),
    ],
    ids=["all other articles", "a title that recurs", "two entries"],
)
def test_a_document_of_other_articles_proves_nothing(fresh):
    assert shown_again(fresh, (), BEFORE) == ({}, frozenset())


def test_a_few_new_guids_among_known_ones_prove_nothing():
    assert shown_again(pieces("new-{}"), {0, 1}, BEFORE) == ({}, frozenset())

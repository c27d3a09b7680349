"""What becomes of each entry of a document: new, seen, revised or a duplicate."""

from dataclasses import replace

import pytest
from story_desk import (
    CARGO,
    DAY,
    ELSEWHERE,
    HOUR,
    NOON,
    candidates,
    decided,
    item,
    known,
    remembering,
)

from monitor.model import Cause, Outcome

SHIP = item(guid="a")


def heard(decision):
    return [(each.digest, each.reason, each.cause) for each in decision.digests]


def only(decisions):
    (decision,) = decisions
    return decision


# --- New --------------------------------------------------------------------------------------


def test_an_entry_nobody_has_seen_is_new():
    decision = only(decided(candidates(SHIP)))
    assert (decision.outcome, decision.of, decision.reason) == (
        Outcome.NEW,
        None,
        "not seen before",
    )
    assert decision.item == SHIP
    assert not decision.archived


def test_an_item_that_no_rule_fires_on_has_no_story_and_is_told_to_nobody():
    decision = only(decided(candidates(SHIP)))
    assert (decision.story, decision.digests) == (None, ())


def test_an_item_that_a_rule_fires_on_begins_a_story_and_is_routed():
    decision = only(decided(candidates(SHIP, rules=["ships"])))
    assert decision.story is not None
    assert [one.rule for one in decision.matches] == ["ships"]
    assert heard(decision) == [("desk", "ships", Cause.STORY)]


def test_new_items_and_stories_have_placeholders_all_different_and_below_zero():
    entries = candidates(item(guid="a", url=""), item("Fog", guid="b", url=""), rules=["ships"])
    decisions = decided(entries)
    placeholders = [one.id for one in decisions] + [one.story for one in decisions]
    assert max(placeholders) < 0
    assert len(set(placeholders)) == 4


def test_a_decision_carries_every_key_the_store_must_remember():
    (entry,) = candidates(SHIP)
    decision = only(decided([entry]))
    assert decision.keys == entry.identity.keys
    assert (decision.url_key, decision.content_hash) == (entry.identity.url_key, entry.content_hash)


def test_decisions_stand_in_the_order_of_the_document():
    entries = candidates(*(item(name, guid=name, url="") for name in "abc"))
    assert [one.item.guid for one in decided(entries)] == ["a", "b", "c"]


# --- Seen and revised -------------------------------------------------------------------------


def test_an_entry_that_says_what_it_said_before_is_seen():
    facts = remembering((SHIP, known(SHIP)))
    decision = only(decided(candidates(SHIP), facts))
    assert (decision.outcome, decision.id, decision.of) == (Outcome.SEEN, 7, 7)


def test_a_rule_written_since_does_not_tell_old_news():
    facts = remembering((SHIP, known(SHIP)))
    decision = only(decided(candidates(SHIP, rules=["ships"]), facts))
    assert (decision.matches, decision.story, decision.digests) == ((), None, ())


def test_another_date_author_or_link_alone_is_no_revision():
    facts = remembering((SHIP, known(SHIP)))
    again = replace(SHIP, author="Nell Harrow", published_at=NOON + HOUR, tags=("ports",))
    assert only(decided(candidates(again), facts)).outcome is Outcome.SEEN


def test_a_reworded_entry_is_revised():
    facts = remembering((SHIP, known(SHIP)))
    decision = only(decided(candidates(replace(SHIP, lead="Crew safe.")), facts))
    assert (decision.outcome, decision.id, decision.of) == (Outcome.REVISED, 7, 7)
    assert decision.reason == "same id in this feed, reworded"


def test_an_item_whose_words_are_no_longer_kept_is_seen_whatever_it_says():
    facts = remembering((SHIP, replace(known(SHIP), content_hash=b"")))
    decision = only(decided(candidates(replace(SHIP, lead="Crew safe.")), facts))
    assert decision.outcome is Outcome.SEEN


def test_a_revision_that_makes_a_rule_fire_at_last_is_told():
    facts = remembering((SHIP, known(SHIP)))
    reworded = candidates(replace(SHIP, lead="It carried shells."), rules=["arms"])
    decision = only(decided(reworded, facts))
    assert heard(decision) == [("desk", "arms", Cause.STORY)]
    assert decision.story < 0


def test_a_revision_that_fires_the_same_rules_is_not_told_again():
    facts = remembering((SHIP, known(SHIP, story=3, rules=["ships"])))
    decision = only(decided(candidates(replace(SHIP, lead="Crew safe."), rules=["ships"]), facts))
    assert (decision.story, decision.digests) == (3, ())
    assert [one.rule for one in decision.matches] == ["ships"]


def test_a_revision_that_fires_one_more_rule_is_told_for_that_rule():
    facts = remembering((SHIP, known(SHIP, story=3, rules=["ships"])))
    reworded = candidates(replace(SHIP, lead="It carried shells."), rules=["ships", "arms"])
    decision = only(decided(reworded, facts))
    assert (decision.story, heard(decision)) == (3, [("desk", "arms", Cause.REPORT)])


# --- Another guid -----------------------------------------------------------------------------


def test_an_article_under_a_new_guid_is_the_same_item():
    facts = remembering((SHIP, known(SHIP)))
    (entry,) = candidates(replace(SHIP, guid="b"))
    decision = only(decided([entry], facts))
    assert (decision.outcome, decision.id) == (Outcome.SEEN, 7)
    assert decision.reason == "same link in this feed under a new guid"
    assert decision.keys == entry.identity.keys


def test_an_article_that_gets_its_first_guid_is_the_same_item():
    without = replace(SHIP, guid="")
    facts = remembering((without, known(without)))
    assert only(decided(candidates(SHIP), facts)).outcome is Outcome.SEEN


def test_an_entry_beside_the_known_one_is_another_item():
    facts = remembering((SHIP, known(SHIP)))
    twin = item("Ship seized off Saltmere, part two", guid="b", at=NOON + HOUR)
    first, second = decided(candidates(SHIP, twin), facts)
    assert (first.outcome, second.id) == (Outcome.SEEN, -1)


def test_another_notice_at_the_same_address_is_new():
    fog = item("Fog in the Narrows", guid="a")
    facts = remembering((fog, known(fog)))
    resumed = item("Dredger at work", guid="b", at=NOON + HOUR)
    assert only(decided(candidates(resumed), facts)).outcome is Outcome.NEW


# --- Duplicates -------------------------------------------------------------------------------


def elsewhere(age, **more):
    earlier = item(guid="x", seen_at=NOON - age)
    return remembering((earlier, known(earlier, feed=ELSEWHERE, **more)))


def test_an_article_that_another_feed_had_first_is_a_duplicate():
    decision = only(decided(candidates(SHIP), elsewhere(DAY)))
    assert (decision.outcome, decision.of) == (Outcome.DUPLICATE, 7)
    assert decision.id < 0
    assert decision.reason == "same article address as an earlier item"


def test_a_duplicate_belongs_to_the_story_of_the_first():
    decision = only(decided(candidates(SHIP, rules=["ships"]), elsewhere(DAY, story=3)))
    assert decision.story == 3


def test_a_duplicate_with_more_text_may_begin_the_story():
    decision = only(decided(candidates(SHIP, rules=["ships"]), elsewhere(DAY)))
    assert decision.story < 0
    assert heard(decision) == [("desk", "ships", Cause.STORY)]


def test_a_duplicate_may_have_another_title():
    reprint = item("What the coast guard found", guid="b", at=NOON + HOUR)
    assert only(decided(candidates(reprint), elsewhere(DAY))).outcome is Outcome.DUPLICATE


@pytest.mark.parametrize(
    ("age", "outcome"),
    [(7 * DAY, Outcome.DUPLICATE), (7 * DAY + HOUR, Outcome.NEW)],
)
def test_an_address_means_the_same_article_for_a_week(age, outcome):
    assert only(decided(candidates(SHIP), elsewhere(age))).outcome is outcome


def test_the_first_that_is_recent_enough_is_the_original():
    old, recent = item(seen_at=NOON - 9 * DAY), item(seen_at=NOON - DAY)
    facts = remembering(
        (old, known(old, id=1, feed=ELSEWHERE)), (recent, known(recent, id=2, feed=ELSEWHERE))
    )
    assert only(decided(candidates(SHIP), facts)).of == 2


def test_two_pages_without_an_address_are_never_duplicates():
    earlier = item(url="", guid="x")
    facts = remembering((earlier, known(earlier, feed=ELSEWHERE)))
    assert only(decided(candidates(replace(SHIP, url="")), facts)).outcome is Outcome.NEW


# --- What was there before --------------------------------------------------------------------


def test_what_was_published_before_the_watch_began_is_archived_and_never_told():
    entries = candidates(SHIP, rules=["ships"])
    decision = only(decided(entries, archive_before=NOON + HOUR))
    assert decision.archived
    assert decision.digests == ()
    assert decision.reason == "there before the watch began"


def test_what_is_archived_keeps_its_matches_so_that_a_revision_does_not_tell_them():
    decision = only(decided(candidates(SHIP, rules=["ships"]), archive_before=NOON + HOUR))
    assert [one.rule for one in decision.matches] == ["ships"]
    assert decision.story is not None


def test_what_is_published_from_then_on_is_news():
    decision = only(decided(candidates(SHIP, rules=["ships"]), archive_before=NOON))
    assert not decision.archived
    assert decision.digests


# --- Entries of one document ------------------------------------------------------------------


def test_an_entry_listed_twice_is_new_once():
    first, second = decided(candidates(SHIP, SHIP, rules=["ships"]))
    assert (first.outcome, second.outcome) == (Outcome.NEW, Outcome.SEEN)
    assert second.id == first.id
    assert second.digests == ()


def twice(*leads, url=""):
    """One guid and link, listed once for each of these leads."""
    return [item(guid="a", url=url or CARGO, lead=lead) for lead in leads]


def test_an_entry_listed_in_two_wordings_is_revised_in_place():
    first, second = decided(candidates(*twice("Crew safe.", "Crew home.")))
    assert (second.outcome, second.id) == (Outcome.REVISED, first.id)


def test_the_second_wording_stays_in_the_story_of_the_first():
    first, second = decided(candidates(*twice("Crew safe.", "Crew home."), rules=["ships"]))
    assert second.story == first.story
    assert second.digests == ()


def test_a_known_item_listed_as_it_was_and_reworded_stays_in_its_story():
    was, reworded = twice("", "Crew home.")
    entries = candidates(was, reworded, rules=["ships"])
    remembered = known(was, story=3, rules=["ships"])
    facts = replace(remembering(), by_key={entries[0].identity.primary: remembered})
    first, second = decided(entries, facts)
    assert (first.outcome, second.outcome) == (Outcome.SEEN, Outcome.REVISED)
    assert (second.story, second.digests) == (3, ())


def test_a_rule_that_came_and_went_within_the_document_is_told_once():
    one, two, three = candidates(*twice("A.", "B.", "C."), rules=["ships"])
    told = [heard(each) for each in decided([one, replace(two, matches=()), three])]
    assert told == [[("desk", "ships", Cause.STORY)], [], []]


def test_one_article_under_two_guids_is_told_as_one_story():
    twin = replace(SHIP, guid="b")
    first, second = decided(candidates(SHIP, twin, rules=["ships"]))
    assert (second.outcome, second.of) == (Outcome.DUPLICATE, first.id)
    assert second.story == first.story

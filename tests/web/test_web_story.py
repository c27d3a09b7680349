"""The page of one story: who reported it, how each report joined, and what can be mended."""

import pytest

from monitor.store.schema import items

FIRST = 1


def story(office, number=FIRST, query=""):
    return office.api(f"/stories/{number}{query}").json


def cards(office, number=FIRST):
    return {card["item"]: card for card in story(office, number)["cards"]}


def test_every_report_says_when_it_was_seen_and_how_it_joined(office):
    seen = story(office)
    first, *others = seen["cards"]
    assert (first["joined"], first["how"], first["after"]) == ("first", "the first report", 0)
    assert {card["joined"] for card in others} >= {"link", "copy", "report"}
    assert all(card["like"] and card["reason"] for card in others)
    assert all(card["alike"] > 45 for card in others if card["joined"] == "copy")
    assert [point["item"] for point in seen["timeline"]] == [card["item"] for card in seen["cards"]]
    assert first["lag"] == 20 * 60


def test_a_match_says_which_clause_held_by_which_term_in_which_field(office):
    pieces = story(office)["cards"][0]["fired"][0]["pieces"]
    assert {
        "clause": "$weapons", "term": "munition", "text": "munitions", "place": "headline"
    } in pieces  # fmt: skip


def test_what_a_rewording_changed_is_shown_word_by_word(office):
    (version,) = story(office)["cards"][0]["versions"]
    assert {"kind": "removed", "text": "10,000"} in version["headline"]
    assert {"kind": "added", "text": "12,000"} in version["headline"]
    page = office.get(f"/stories/{FIRST}").text
    assert '<del><span class="hidden">removed: </span>10,000</del>' in page
    assert '<ins><span class="hidden">added: </span>12,000</ins>' in page


def test_who_was_told_when_and_why_is_shown(office):
    seen = story(office)
    told = {line["digest"]: line for line in seen["told"]}
    assert told["urgent"]["id"]
    assert told["urgent"]["at"]
    assert "russia-north-korea-arms" in told["urgent"]["reason"]
    assert [update["said"] for update in seen["updates"]] == [
        "now says 12,000 shipping containers, was 10,000"
    ]


def test_what_may_be_the_same_event_in_another_language_is_named(office):
    assert "ar" in {each["language"] for each in story(office)["elsewhere"]}


def test_the_stored_text_is_short_in_a_list_and_whole_by_itself(office):
    item = story(office)["cards"][0]["item"]
    long = "\n".join(f"Sentence number {number} of many." for number in range(400))
    office.store.write(
        lambda conn: conn.execute(items.update().where(items.c.id == item).values(body=long))
    ).result()
    assert "number 399" not in office.get(f"/stories/{FIRST}").text
    assert "number 399" in office.get(f"/stories/{FIRST}?report={item}").text


def test_a_report_that_is_not_the_same_story_is_split_off(office):
    moved = next(card["item"] for card in story(office)["cards"] if card["joined"] == "report")
    given = office.do(f"/stories/{FIRST}/split", items=[moved]).json
    assert moved in cards(office, given["story"])
    assert moved not in cards(office)
    assert {(pair["item"], pair["same"]) for pair in story(office)["pairs"]} == {(moved, False)}


def test_stories_of_one_event_are_merged_and_the_old_number_leads_to_the_survivor(office):
    reports = story(office)["reports"]
    answer = office.submit(f"/do/stories/{FIRST}/merge", others="2", back=f"/stories/{FIRST}")
    assert answer.status == 303
    old = story(office, 2)
    assert (old["story"], old["asked"]) == (FIRST, 2)
    assert old["reports"] > reports
    assert "Story 2 was merged into this one" in office.get("/stories/2").text


def test_what_is_said_of_a_story_that_was_merged_is_said_of_the_survivor(office):
    office.do(f"/stories/{FIRST}/merge", others=[2])
    assert "Story 1 is kept" in office.do("/stories/2/judge", verdict="keep").json["said"]
    assert story(office)["verdict"] == "keep"


def test_a_verdict_goes_along_when_stories_are_merged(office):
    office.do("/stories/2/judge", verdict="noise")
    office.do(f"/stories/{FIRST}/merge", others=[2])
    assert story(office)["verdict"] == "noise"


def test_a_muted_story_says_until_when_and_can_be_unmuted(office):
    office.do(f"/stories/{FIRST}/mute", until="7d", comment="enough")
    page = office.get(f"/stories/{FIRST}").text
    assert "Muted until" in page
    assert "enough" in page
    assert f"/do/stories/{FIRST}/unmute" in page


@pytest.mark.parametrize(
    ("path", "taken", "status"),
    [
        ("/stories/1/merge", {"others": [1]}, 422),
        ("/stories/1/merge", {"others": [4711]}, 404),
        ("/stories/1/split", {"items": [4711]}, 404),
        ("/stories/4711/split", {"items": [1]}, 404),
        ("/stories/4711/mute", {"until": "1d"}, 404),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(office, path, taken, status):
    answer = office.do(path, **taken)
    assert (answer.status, bool(answer.json["error"])) == (status, True)


@pytest.mark.parametrize("path", ["/stories/4711", "/stories/1?report=4711"])
def test_what_is_not_there_is_said(office, path):
    assert office.get(path).status == 404

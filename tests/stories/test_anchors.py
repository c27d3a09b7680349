"""Anchors: by which the store finds what may be copies."""

import random
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from monitor.stories.anchors import anchors_of, title_key
from monitor.stories.traits import traits

TITLE = "Customs seize machine tools at Ostrand"
TEXT = (
    "Customs officers at the port of Ostrand said on Friday they had seized a shipment of "
    "undeclared machine tools bound for a company in Varelia, the third such case this year. "
    "The consignment was found in two containers listed as farm equipment."
)


def shared(one, other):
    return set(anchors_of(traits(*one))) & set(anchors_of(traits(*other)))


def test_a_report_has_about_ten():
    assert 6 <= len(anchors_of(traits(TITLE, TEXT))) <= 12


def test_they_are_what_a_database_keeps_in_eight_bytes():
    anchors = anchors_of(traits(TITLE, TEXT))
    assert list(anchors) == sorted(set(anchors))
    assert all(-(2**63) <= anchor < 2**63 for anchor in anchors)


def test_they_are_the_same_in_every_process():
    code = (
        "from monitor.stories.anchors import anchors_of\n"
        "from monitor.stories.traits import traits\n"
        f"print(*anchors_of(traits({TITLE!r}, {TEXT!r})))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert tuple(map(int, said.split())) == anchors_of(traits(TITLE, TEXT))


def test_a_summary_shares_some_with_the_whole():
    summary = " ".join(TEXT.split()[:14]) + " ..."
    assert shared((TITLE, TEXT), ("Tools seized", summary))


def test_nine_words_in_a_row_are_enough():
    chance = random.Random(9)
    run = ["the", "port", "of", "ostrand", "said", "on", "friday", "it", "had"]
    for _ in range(200):
        before, after = (chance.sample("abcdefghijklmnopqrstuvwxyz", 12) for _ in "12")
        here = " ".join(before[: chance.randrange(12)] + run + after)
        there = " ".join(after[: chance.randrange(12)] + run + before)
        assert shared(("", here), ("", there))


def test_a_title_is_an_anchor_whatever_the_text():
    other = "Nothing of what the other says stands in this text, which was written by hand."
    assert len(shared((TITLE, TEXT), (TITLE, other))) == 1
    assert len(shared((TITLE, TEXT), (f"{TITLE} - The Harbour Post", other))) == 1


def test_a_text_that_reads_like_a_title_is_not_in_its_place():
    title = "Customs officers seize undeclared machine tools at Ostrand"
    here = ("Another title that says it in other words", title)
    assert not shared((title, TEXT), here)


def test_the_outlet_is_no_part_of_a_title():
    assert title_key("Ferry runs aground off Ostrand pier | harbour.example") == title_key(
        "Ferry runs aground off Ostrand pier"
    )
    assert "fall" in title_key("Varelia raises rates again today - markets fall")
    assert title_key("Varelia - Talks on grain resume in Ostrand").startswith("varelia")


def test_short_titles_head_too_many_reports():
    assert not title_key("Morning briefing")
    assert not title_key("天气预报")
    assert title_key("海关在北港查获机床零件")


def test_scripts_without_spaces_share_them_too():
    full = "海关官员周五表示，他们在北港查获了一批未申报的机床零件，这批货物原定运往一家公司。"
    assert shared(("查获零件", full), ("海关行动", full[:34] + "…"))


@given(st.text(), st.text())
def test_any_text_has_anchors(title, text):
    assert anchors_of(traits(title, text))

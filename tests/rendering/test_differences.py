"""Differences of wordings: nothing is lost, what changed is named, long texts cost little."""

import time

from hypothesis import given
from hypothesis import strategies as st

from monitor.rendering.differences import Change, Kind, differences

WORDS = st.lists(st.sampled_from(["tug", "sinks", "off", "Rajin", "12", "13", "北京"]), max_size=6)


def said(changes, *kinds):
    return "".join(change.text for change in changes if change.kind in kinds).replace(" ", "")


def test_a_number_that_was_replaced_is_all_that_changed():
    assert differences("says 10 ships left", "says 12 ships left") == (
        Change(kind=Kind.SAME, text="says"),
        Change(kind=Kind.REMOVED, text="10"),
        Change(kind=Kind.ADDED, text="12"),
        Change(kind=Kind.SAME, text="ships left"),
    )


def test_in_a_script_without_spaces_signs_are_compared():
    changes = differences("卫星数据被卖", "卫星图片被卖")
    assert said(changes, Kind.REMOVED) == "数据"
    assert said(changes, Kind.ADDED) == "图片"


def test_spaces_and_line_ends_alone_are_no_change():
    assert differences("a tug  sinks", "a tug\nsinks") == ()


def test_what_is_far_from_any_change_is_left_out():
    long = " ".join(f"word{number}" for number in range(200))
    before, middle, added = differences(long, f"{long} more")
    assert (before.kind, added) == (Kind.LEFT_OUT, Change(kind=Kind.ADDED, text="more"))
    assert middle.text == " ".join(f"word{number}" for number in range(188, 200))


@given(WORDS, WORDS)
def test_both_wordings_can_be_read_out_of_it(before, after):
    changes = differences(" ".join(before), " ".join(after))
    if before != after:
        assert said(changes, Kind.SAME, Kind.REMOVED) == "".join(before)
        assert said(changes, Kind.SAME, Kind.ADDED) == "".join(after)


def test_texts_of_megabytes_and_of_one_word_over_and_over_cost_little():
    began = time.process_time()
    differences("a b " * 100_000, "b a c " * 100_000)
    differences("x " + "a b " * 199 + "x", "y " + "b a a " * 133 + "y")
    assert time.process_time() - began < 2

"""Traits: what of a report's words is compared."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Item
from monitor.stories.traits import MOST_CHARACTERS, traits, traits_of

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def numbers(text):
    return traits("", f"The port said {text} and gave no further details").numbers


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12,000 containers", "12 000 containers"),
        ("12,000 containers", "12.000 Container"),
        ("12,000 containers", "12\u202f000 conteneurs"),
        ("12,000 containers", "12 thousand containers"),
        ("1.5 mln tonnes", "1.5 million tonnes"),
        ("1.5 million tonnes", "1,5 Millionen Tonnen"),
        ("1.5 million tonnes", "1,500,000 tonnes"),
        ("1.5 million tonnes", "1,5 млн тонн"),
        ("1.884 million", "1,884,000"),
        ("$3bn", "3 billion dollars"),
        ("5 million", "five million"),
        ("two ships", "2 ships"),
        ("3억 원", "300,000,000 won"),
        ("1.2万吨", "12,000 tonnes"),
        ("7 percent", "7 pct"),
        ("7%", "seven per cent"),
        ("3.50 euros", "3.5 euros"),
        ("٣ سفن", "3 ships"),
    ],
)
def test_a_number_is_one_however_it_is_written(one, other):
    assert numbers(one) == numbers(other)
    assert len(numbers(one)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 ships", "13 ships"),
        ("5 million", "5 billion"),
        ("1.5 percent", "15 percent"),
        ("10 percent", "1 percent"),
        ("two missiles", "three missiles"),
    ],
)
def test_different_numbers_stay_apart(one, other):
    assert numbers(one) != numbers(other)


FOUND = "The line cancelled 3 voyages of the ship after inspectors found"


@pytest.mark.parametrize("end", ["12 ...", "12,0…", "12 [...]", "four ..."])
def test_a_number_at_which_a_text_is_cut_off_counts_for_none(end):
    assert traits("", f"{FOUND} {end}").numbers == {"3"}


def test_a_number_that_is_whole_counts_even_there():
    assert traits("", f"{FOUND} 12 million ...").numbers == {"3", "12000000"}


def test_the_text_is_the_body_after_a_lead_that_says_more():
    def item(lead, body):
        return Item(title="T", lead=lead, body=body, published_at=NOW, first_seen_at=NOW)

    assert traits_of(item("One.", "One. Two.")).text == "One. Two."
    assert traits_of(item("Zero.", "One. Two.")).text == "Zero.\nOne. Two."
    assert traits_of(item("Zero.", "")).text == "Zero."


@pytest.mark.parametrize("text", ["", "Read more", "Comments", "Ferry sinks off Ostrand pier"])
def test_a_report_that_has_hardly_a_text_is_its_title_alone(text):
    report = traits("Ferry sinks off Ostrand pier", text)
    assert report.title_alone
    assert report.words == report.title_words == ("ferry", "sinks", "off", "ostrand", "pier")


def test_names_are_what_is_written_with_a_capital_early_in_the_text():
    said = "Ferries of Ostrand Lines " + "lay at the pier " * 6 + "said Harbour Master Lund " * 9
    report = traits("Ferries idle", said)
    assert report.names == ("ferries", "ostrand", "lines", "harbour", "master", "lund", "said")[:6]
    assert report.lead_names == ("ferries", "ostrand", "lines")


def test_a_character_of_an_east_asian_script_is_half_a_word():
    chinese = traits("", "海关官员周五在北港查获一批未申报的机床零件")
    assert chinese.grain == 2
    assert chinese.length == len(chinese.words) // 2
    assert len(chinese.shingles) == len(chinese.words) - 5


def test_only_the_beginning_of_a_long_text_is_compared():
    assert traits("T", "word " * 10_000).text == ("word " * 10_000)[:MOST_CHARACTERS] + "…"
    assert traits("T", "word " * 500).text == "word " * 500


@given(st.text(), st.text())
def test_any_text_has_traits(title, text):
    assert traits(title, text).shingles


@given(st.text(alphabet="0123456789.,' ’\u00a0kmb万億-٣…", max_size=60))
def test_any_run_of_digits_has_numbers(text):
    assert isinstance(traits("", text + " and so on and so on and so on").numbers, frozenset)

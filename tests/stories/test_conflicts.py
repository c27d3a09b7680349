"""What keeps reports of like words apart, and what does not."""

import pytest

from monitor.stories.conflicts import claims_of, conflict
from monitor.stories.places import places_in


def against(one, other):
    """What speaks against two headlines being of one event, the same either way round."""
    there, back = claims_of(one), claims_of(other)
    assert bool(conflict(there, back)) == bool(conflict(back, there))
    return conflict(there, back)


# --- Numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Council adopts 7th package of tariffs", "Council adopts 8th tariffs package"),
        ("Seventh round of talks opens", "Eighth round of talks opens"),
        ("Ministry lists 14 Ruritanian shipyards", "Ministry lists 41 shipyards"),
        ("Navy sends two frigates", "Navy sends six frigates"),
        ("Совет принял 7-й пакет мер", "Совет принял 8-й пакет мер"),
    ],
)
def test_other_numbers_of_the_same_thing_are_another_event(one, other):
    assert against(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ferry sinks, 12 dead", "Ferry sinks, 15 dead"),
        ("Ferry sinks with 40 people", "Ferry sinks with 43 people"),
        ("Fleet buys 12 tugs", "Fleet pays for 9 hulls"),
        ("Port moves 10,400 containers", "Port moves 10,000 containers"),
        ("Fleet buys more than 30 tugs", "Fleet buys 34 tugs"),
        ("United win 3-1 at home", "United win 5-1 at home"),
        ("A 36-year-old pilot lands a glider", "A 41-year-old pilot lands a glider"),
        ("Fleet buys 2 tugs for 7 million", "Fleet buys two tugs for 9 million"),
        ("Yard idle for 3 weeks", "Yard idle for 4 weeks"),
    ],
    ids=[
        "a toll rises",
        "a toll of people",
        "other things",
        "rounded",
        "roughly",
        "a score",
        "an age",
        "an amount",
        "a span of time",
    ],
)
def test_numbers_that_a_later_report_puts_right_say_nothing(one, other):
    assert against(one, other) == ""


# --- Places -----------------------------------------------------------------------------------


def test_each_has_a_country_that_the_other_has_not():
    said = against("Dutch court fines exporter to Iran", "Dutch court fines exporter to Syria")
    assert said == "Syria there, Iran here"


def test_one_may_name_more_countries_than_the_other():
    assert against("Iranian tanker held off Malta", "Tanker held off Malta") == ""


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("Washington adds firms", "the United States"),
        ("U.S. adds firms", "the United States"),
        ("The Hague", "the Netherlands"),
        ("N. Korea", "North Korea"),
        ("DPRK ship", "North Korea"),
        ("Germans", "Germany"),
        ("Kyiv", "Ukraine"),
        ("из Северной Кореи", "North Korea"),
        ("с российским судном", "Russia"),
        ("북한에서", "North Korea"),
        ("向俄罗斯", "Russia"),
        ("白俄罗斯", "Belarus"),
        ("في الصواريخ الإيرانية", "Iran"),
        ("toward the Sea of Japan", "the Sea of Japan"),
    ],
)
def test_a_place_goes_by_many_names(written, place):
    assert places_in(written) == {place}


@pytest.mark.parametrize("text", ["He told us to polish the china", "활동해야", "التهاب فيروسي"])
def test_other_words_that_hold_a_name_are_no_place(text):
    assert places_in(text) == frozenset()


# --- Deeds ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Council imposes tariffs on steel", "Council lifts tariffs on steel"),
        ("Court jails broker", "Court acquits broker"),
        ("Parliament approved the treaty", "Parliament rejected the treaty"),
        ("Steel exports fell in May", "Steel imports fell in May"),
        ("Совет одобрил договор", "Совет отклонил договор"),
    ],
)
def test_opposite_deeds_are_other_events(one, other):
    assert against(one, other)


def test_a_report_that_tells_of_both_deeds_contradicts_neither():
    both = "Council lifts tariffs imposed on steel"
    assert against(both, "Council imposes tariffs on steel") == ""


def test_important_is_no_import():
    assert against("An important deal on steel", "A deal on steel exports") == ""

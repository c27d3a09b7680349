"""What an outlet's feed says at an instant, as a reader finds it."""

from xml.etree import ElementTree as ET

import pytest
from airtime import HOUR, OUTLETS, REPORTS, entries, item_of, on

from monitor.demo.newswire import Fault, Form, document
from monitor.demo.newswire.documents import WINDOW, changed_at, shown
from monitor.model import ParsedFeed
from monitor.sources.reading import read_feed
from monitor.text.clean import one_line

INSTANTS = [on(1, 6), on(1, 13), on(2), on(2, 10), on(3, 9), on(3, 23)]
READABLE = [outlet for outlet in OUTLETS.values() if outlet.fault is not Fault.FORBIDDEN]


def keys(outlet):
    return outlet.key


@pytest.mark.parametrize("outlet", READABLE, ids=keys)
@pytest.mark.parametrize("at", INSTANTS, ids=lambda at: f"{at:%d-%H}")
def test_a_reader_finds_exactly_the_reports_shown_in_their_order(outlet, at):
    found = [(each.url, each.published_at or each.updated_at) for each in entries(outlet, at)]
    expected = [(each.url, each.published_at) for each in shown(outlet, at)]
    assert [url for url, _ in found] == [url for url, _ in expected]
    dated = [pair for pair in expected if pair[1] is not None]
    assert set(dated) <= set(found)


@pytest.mark.parametrize("outlet", READABLE, ids=keys)
def test_a_reader_finds_the_words_of_every_report(outlet):
    plain = [report for report in outlet.reports if "<" not in report.title]
    assert plain
    for report in plain:
        item = item_of(report)
        assert item.title == one_line(report.title)
        assert item.lead
        assert item.guid == report.guid


@pytest.mark.parametrize("outlet", READABLE, ids=keys)
def test_a_feed_is_of_the_kind_it_says(outlet):
    feed = read_feed(document(outlet, on(2)), outlet.form.value, outlet.site)
    assert isinstance(feed, ParsedFeed)
    assert feed.kind == outlet.form.name.lower()
    assert feed.title == outlet.name


def test_every_form_is_published_in():
    assert {outlet.form for outlet in READABLE} == set(Form)


# --- What is shown ----------------------------------------------------------------------------


@pytest.mark.parametrize("outlet", READABLE, ids=keys)
def test_nothing_is_shown_before_it_appears(outlet):
    for at in INSTANTS:
        assert all(report.appears_at <= at for report in shown(outlet, at))


def test_a_feed_begins_with_what_was_there_before_the_first_day():
    assert all(shown(outlet, on(1)) for outlet in READABLE)


def test_old_reports_fall_out_of_a_long_feed():
    halyard = OUTLETS["halyard"]
    ids = [report.id for report in shown(halyard, on(4))]
    assert len(ids) == WINDOW
    assert (ids[0], "halyard-01" in ids) == ("halyard-31", False)


def test_a_correction_takes_the_place_of_what_it_corrects():
    halyard, correction = OUTLETS["halyard"], REPORTS["halyard-09"]
    before = [each.id for each in shown(halyard, correction.appears_at - HOUR / 60)]
    after = [each.id for each in shown(halyard, correction.appears_at)]
    assert after == ["halyard-09" if each == "halyard-05" else each for each in before]


def test_a_feed_changes_when_what_it_shows_does():
    correction = REPORTS["halyard-09"]
    assert changed_at(OUTLETS["halyard"], correction.appears_at) == correction.appears_at
    assert changed_at(OUTLETS["ledger"], on(2)) == on(2)


# --- Faults -----------------------------------------------------------------------------------


def outlet_with(fault):
    (found,) = (outlet for outlet in OUTLETS.values() if outlet.fault is fault)
    return found


def test_a_malformed_feed_is_no_xml_and_is_read_all_the_same():
    courier = outlet_with(Fault.MALFORMED)
    with pytest.raises(ET.ParseError):
        ET.fromstring(document(courier, on(4)))
    assert len(entries(courier, on(4))) == len(courier.reports)


def test_a_malformed_feed_has_its_marks_and_entities_read():
    kettle = item_of(REPORTS["tideway-07"])
    assert kettle.lead == (
        "The owner found his kettle on the sand – 200 metres on – in working order."
    )


def test_a_silent_feed_stops_on_the_first_day_and_stays_as_it_is():
    quayside = outlet_with(Fault.SILENT)
    last = max(report.appears_at for report in quayside.reports)
    assert on(1, 6) < last < on(1, 18)
    assert document(quayside, last) == document(quayside, on(4))


def test_a_forbidden_feed_has_nothing_to_show():
    assert outlet_with(Fault.FORBIDDEN).reports == ()


def test_a_hostile_tip_arrives_as_harmless_words():
    tip = item_of(REPORTS["gleaner-05"])
    words = f"{tip.title} {tip.lead}"
    assert not any(each in words for each in ("<", "\u202e", "\x00", "\x07", "\u200b"))
    assert tip.lead == "Unmoderated reader tip."

"""What the invented outlets report agrees with its own labels and with the starter rules."""

from collections import Counter
from pathlib import Path

import pytest
from airtime import OUTLETS, REPORTS, START, item_of, on

from monitor.demo.newswire import Fault, Relation
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.rules.yaml_nodes import SourceFile

RULES = Path(__file__).parents[3] / "rules"


def test_some_150_items_come_over_three_days():
    assert 140 <= len(REPORTS) <= 170
    assert min(report.appears_at for report in REPORTS.values()) < START
    for day in (1, 2, 3):
        published = [each for each in REPORTS.values() if on(day) <= each.appears_at < on(day + 1)]
        assert len(published) >= 30
    assert max(report.appears_at for report in REPORTS.values()) < on(4)


def test_they_come_in_english_russian_korean_and_chinese():
    languages = Counter(OUTLETS[report.outlet].language for report in REPORTS.values())
    assert languages["en"] > 90
    assert all(languages[each] >= 10 for each in ("ru", "ko", "zh"))


def test_no_two_reports_have_one_name():
    names = [report.id for outlet in OUTLETS.values() for report in outlet.reports]
    assert len(names) == len(set(names))


def test_a_report_is_named_after_its_outlet():
    assert all(report.id.startswith(f"{report.outlet}-") for report in REPORTS.values())


def test_a_report_made_of_another_says_what_it_is_to_it_and_came_later():
    for report in REPORTS.values():
        assert bool(report.of) == (report.relation is not None), report.id
        if report.of:
            assert REPORTS[report.of].appears_at < report.appears_at, report.id


def test_a_report_takes_the_place_of_an_earlier_one_of_its_outlet():
    replaced = [REPORTS[report.replaces] for report in REPORTS.values() if report.replaces]
    assert len(replaced) == len({report.id for report in replaced}) >= 2
    for report in REPORTS.values():
        if report.replaces:
            earlier = REPORTS[report.replaces]
            assert (earlier.outlet, earlier.url) == (report.outlet, report.url)
            assert earlier.appears_at < report.appears_at


def test_every_relation_is_there_to_be_seen():
    assert {report.relation for report in REPORTS.values()} == {None, *Relation}


def test_every_fault_is_there_to_be_seen():
    assert {outlet.fault for outlet in OUTLETS.values()} == {None, *Fault}


def test_a_story_is_what_a_rule_is_meant_to_find():
    assert all(bool(report.story) == bool(report.rules) for report in REPORTS.values())


def test_a_report_made_of_another_tells_the_same_story():
    for report in REPORTS.values():
        if report.of:
            assert report.story == REPORTS[report.of].story, report.id


def test_most_of_the_news_is_not_for_this_desk():
    watched = [report for report in REPORTS.values() if report.rules]
    assert 20 <= len(watched) <= len(REPORTS) / 3


def test_outlets_and_people_are_invented():
    hosts = {outlet.site.split("/")[2] for outlet in OUTLETS.values()}
    assert all(host.endswith(".example") for host in hosts)
    assert all(".example/" in report.url for report in REPORTS.values())


# --- The starter rules ------------------------------------------------------------------------


def sources(pattern):
    return [SourceFile(str(path), path.read_bytes()) for path in RULES.glob(pattern)]


@pytest.fixture(scope="module")
def starter_rules():
    book = load_rules(sources("*.yaml"), sources("vocab/*.yaml"), START)
    assert book.problems == ()
    return Matcher(book.rules)


def fired(matcher, report):
    matches = matcher.match(item_of(report), OUTLETS[report.outlet].tags)
    return frozenset(match.rule for match in matches)


def test_every_starter_rule_has_something_to_find(starter_rules):
    labelled = Counter(rule for report in REPORTS.values() for rule in report.rules)
    assert set(labelled) == {path.stem for path in RULES.glob("*.yaml")}
    assert min(labelled.values()) >= 5


@pytest.mark.parametrize("outlet", [key for key, each in OUTLETS.items() if each.reports])
def test_the_starter_rules_fire_on_exactly_what_is_labelled_with_them(starter_rules, outlet):
    reports = OUTLETS[outlet].reports
    found = {report.id: fired(starter_rules, report) for report in reports}
    assert found == {report.id: report.rules for report in reports}

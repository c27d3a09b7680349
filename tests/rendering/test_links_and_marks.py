"""Small decisions behind a line of a digest."""

import pytest
from invented_digests import evidence, reported

from monitor.rendering.environment import wrap
from monitor.rendering.links import safe_link
from monitor.rendering.marking import plain, snippet_runs, title_runs
from monitor.text.publishers import publisher_of


@pytest.mark.parametrize(
    ("url", "publisher"),
    [
        ("https://www.wire.example/a", "wire.example"),
        ("https://feeds.wire.co.uk/a", "wire.co.uk"),
        ("https://news.wire.or.kr/a", "wire.or.kr"),
        ("http://192.0.2.7/a", "192.0.2.7"),
        ("", "Wire"),
        ("http://[broken", "Wire"),
    ],
)
def test_a_publisher_is_a_host_without_its_sections(url, publisher):
    assert publisher_of(url, "Wire") == publisher


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.example/",
        "https://",
        "https://x.example/a b",
        "https://x.example/\u202e",
        "https://x.example/" + "a" * 2000,
    ],
)
def test_what_is_no_plain_web_link_is_no_link(url):
    assert safe_link(url) == ""


def test_a_snippet_leaves_out_the_repeated_headline():
    item = reported("Port closed", lead="Port closed — the harbour master said on Monday.").item
    assert plain(snippet_runs(item, (), limit=190)) == "the harbour master said on Monday."


def test_a_snippet_is_taken_where_the_match_is():
    item = reported("Port closed", body="Filler words. " * 60 + "Then munitions were found.").item
    found = evidence("body", "munitions", item.body.index("munitions"))
    runs = snippet_runs(item, [found], limit=120)
    assert [run.text for run in runs if run.marked] == ["munitions"]
    assert plain(runs).startswith("… ")
    assert len(plain(runs)) <= 125


def test_a_lead_that_repeats_the_headline_is_no_snippet():
    assert snippet_runs(reported("Port closed", lead="PORT CLOSED").item, (), limit=190) == ()


def test_overlapping_matches_are_marked_once():
    item = reported("heavy munitions depot").item
    found = [evidence("title", "heavy munitions", 0), evidence("title", "munitions depot", 6)]
    assert [run.text for run in title_runs(item, found) if run.marked] == ["heavy munitions depot"]


def test_marking_keeps_the_text_around_it_whole():
    item = reported("a munitions b").item
    assert plain(title_runs(item, [evidence("title", "munitions", 2)])) == "a munitions b"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("북한탄약운송재개", ["북한탄약", "운송재개"]),
        ("", [""]),
    ],
)
def test_lines_are_measured_in_columns(text, lines):
    assert wrap(text, 8).split("\n") == lines

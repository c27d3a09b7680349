"""Copies in real news: what is found, and what is not taken for one."""

import csv

import pytest
from corpus import CORPUS, benchmark, needs

from monitor.stories.copies import likeness
from monitor.stories.traits import traits

DEDUP = CORPUS / "dedup"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    needs(DEDUP),
]


@pytest.fixture(scope="module")
def bench():
    """The bench's reading of the corpus, and its measures."""
    return benchmark("_stories_copies")


def test_reprints_are_found_by_anchors_and_likeness_whatever_was_done_to_them(bench):
    edited = bench.reprints(every=10)
    recall = {edit: bench.merged(bench.ours_by_anchors, pairs) for edit, pairs in edited.items()}
    assert sum(recall.values()) / len(recall) >= 0.98
    assert min(recall.values()) >= 0.88, recall  # of 50; of all 500 the worst is above .93


def test_reports_repeated_over_the_wire_are_told_from_those_after_one_pattern(bench):
    told = bench.told_apart(bench.ours_by_anchors, bench.natural_pairs())
    assert told.precision >= 0.98
    assert told.f1 >= 0.96


def test_twin_headlines_are_never_copies():
    with (DEDUP / "twin_headlines.tsv").open(encoding="utf-8") as lines:
        twins = [row for row in csv.DictReader(lines, delimiter="\t") if row["same_event"] == "0"]
    assert twins
    assert not [row for row in twins if likeness(traits(row["a"], ""), traits(row["b"], "")).same]
    assert not [
        row for row in twins if likeness(traits("News", row["a"]), traits("News", row["b"])).same
    ]

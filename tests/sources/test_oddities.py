"""What is odd about the entries of a document taken together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Entry
from monitor.sources.oddities import oddities

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def dated(*hours):
    return [
        Entry(guid=str(n), published_at=NOW + HOUR * ahead if ahead is not None else None)
        for n, ahead in enumerate(hours)
    ]


def found(entries):
    return [(each.code, each.message) for each in oddities(entries, NOW)]


@pytest.mark.parametrize(
    ("hours", "odd"),
    [
        ((-1, -2, -3), False),
        ((30, 40, -3), True),
        ((30, -2, -3), False),
        ((14, 25, 26), False),  # some time zone is wrong
        ((None, None, None), False),
        ((30, 40), False),
    ],
)
def test_most_items_in_the_future_are_odd(hours, odd):
    assert [code for code, _ in found(dated(*hours))] == ["future-dates"] * odd


def test_ids_that_several_items_share_are_odd():
    entries = [Entry(guid=guid) for guid in ("a", "a", "b", "b", "c", "", "")]
    assert found(entries) == [("shared-ids", "4 of 7 items share an id with another.")]


def test_one_repeated_item_is_not():
    assert found([Entry(guid=guid) for guid in ("a", "a", "b", "c")]) == []

"""Full texts: what is worth fetching, and how a body is put together."""

from datetime import UTC, datetime

import pytest

from monitor.model import Item
from monitor.stories.enriching import says_more, with_text

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEXT = "The ship left the second dock on Monday. " * 10


def item(**words):
    return Item(published_at=NOON, first_seen_at=NOON, **words)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("", TEXT),
        ("left the second dock", TEXT),
        ("A note of the feed's own.", f"{TEXT}\nA note of the feed's own."),
    ],
)
def test_the_article_comes_first_and_nothing_of_the_feed_is_lost(own, expected):
    found = with_text(item(body=own), TEXT)
    assert found.body == expected
    assert with_text(found, TEXT) == found


def test_a_page_must_say_more_than_the_summary():
    summary = "The ship left the second dock on Monday. " * 9
    assert not says_more(item(lead=summary), TEXT)
    assert says_more(item(lead="The ship left."), TEXT)
    assert not says_more(item(), "We use cookies.")

"""Polling, on SQLite and on PostgreSQL: what is asked, what is kept, what a failure costs."""

from dataclasses import replace

import pytest
from house import HOUR, MINUTE, NOON, WIRE, House, watch
from house import timedelta as duration

from monitor.errors import AirlockFailure
from monitor.model import Failed, FailureKind, Fetched, NotModified
from monitor.sources.reading import read_feed
from monitor.store.feeds import claim_due
from monitor.store.schema import digest_entries, feeds, hosts, items, matches, near_misses


@pytest.fixture
def house(store):
    return House(store)


def feed_row(house):
    (row,) = house.rows(feeds)
    return row


def test_a_feed_is_read_matched_and_stored_in_one_round(house):
    house.serve(("1", "Missile fired"), ("2", "A quiet day"), etag='"v1"')
    (polled,) = house.poll()
    assert (polled.answer, polled.new, polled.matches, polled.told) == ("changed", 2, 1, 1)
    assert {row.title for row in house.rows(items)} == {"Missile fired", "A quiet day"}
    assert [row.rule for row in house.rows(matches)] == ["arms"]
    assert [row.digest for row in house.rows(digest_entries)] == ["urgent"]
    assert feed_row(house).etag == '"v1"'


def test_a_language_that_is_told_is_matched_on_and_stored(store):
    asking = watch(rules="any: [missile]\nlanguages: [de]\n")
    house = House(store, replace(asking, tell=lambda text: ("de" if "eine" in text else "en", 1)))
    house.serve(("1", "Rebellen zeigen eine Missile"), ("2", "Rebels show the missile"))
    (polled,) = house.poll()
    assert (polled.new, polled.matches) == (2, 1)
    assert {row.language for row in house.rows(items)} == {"de", "en"}


def test_the_same_items_again_store_nothing(house):
    house.serve(("1", "Missile fired"))
    house.poll()
    house.pass_time(HOUR)
    house.serve(("1", "Missile fired"), ("2", "A quiet day"))
    (polled,) = house.poll()
    assert (polled.new, polled.matches) == (1, 0)


def test_an_unchanged_body_is_not_even_read(house):
    house.serve(("1", "Missile fired"))
    house.poll()
    house.pass_time(HOUR)

    def read(*_, **__):
        raise AssertionError("it must not be read")

    (polled,) = house.poll(read=read)
    assert (polled.answer, polled.new) == ("unchanged", 0)


def test_a_304_keeps_the_validators_and_ends_earlier_failures(house):
    house.serve(("1", "Missile fired"), etag='"v1"')
    house.poll()
    house.pass_time(HOUR)
    house.outcomes[WIRE] = Failed(kind=FailureKind.HTTP, reason="the server answered 500")
    house.poll()
    house.pass_time(HOUR)
    house.outcomes[WIRE] = NotModified(etag="", last_modified="")
    house.poll()
    row = feed_row(house)
    assert (row.etag, row.failures, row.error, row.failing_since_at) == ('"v1"', 0, "", None)
    assert house.asked[-1] == (WIRE, '"v1"', False)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(
            lambda *_, **__: (_ for _ in ()).throw(AirlockFailure("time limit")), id="poison"
        ),
        pytest.param(lambda *_, **__: 1 / 0, id="a mistake of ours"),
        pytest.param(lambda *_, **__: read_feed(b"<html><p>x", "", WIRE), id="no feed"),
    ],
)
def test_validators_of_a_body_that_was_not_understood_are_never_kept(house, read):
    house.serve(("1", "Missile fired"), etag='"v1"')
    (polled,) = house.poll(read=read)
    assert polled.answer == "failed"
    row = feed_row(house)
    assert (row.etag, bytes(row.body_hash), row.failures) == ("", b"", 1)
    house.pass_time(duration(hours=6))
    assert house.poll()[0].new == 1


def test_a_failure_is_remembered_with_its_reason_and_tried_again_later(house):
    house.outcomes[WIRE] = Failed(kind=FailureKind.TIMEOUT, reason="no answer within 20 seconds")
    house.poll()
    row = feed_row(house)
    assert (row.error, row.error_kind) == ("no answer within 20 seconds", "timeout")
    assert row.failing_since_at == NOON
    assert row.next_due_at > NOON


def test_a_feed_that_is_gone_is_asked_no_more(house):
    house.outcomes[WIRE] = Failed(kind=FailureKind.GONE, reason="gone for good")
    house.poll()
    house.pass_time(duration(days=30))
    assert house.poll() == []


def test_once_a_day_the_whole_document_is_asked_for(house):
    house.serve(("1", "Missile fired"), etag='"v1"')
    house.poll()
    house.pass_time(duration(hours=25))
    house.poll()
    assert [unconditional for _, _, unconditional in house.asked] == [True, True]
    house.pass_time(HOUR)
    house.poll()
    assert house.asked[-1][2] is False


def test_the_first_poll_of_a_feed_archives_what_was_there_and_tells_nobody(store):
    house = House(store, watch(backfill=duration(0)))
    house.serve(("1", "Missile fired"))
    house.outcomes[WIRE] = dated(house.outcomes[WIRE], "Sun, 01 Mar 2026 12:00:00 GMT")
    (polled,) = house.poll()
    assert (polled.new, polled.archived, polled.told) == (1, 1, 0)
    assert house.rows(digest_entries) == []


def test_the_first_item_of_a_feed_that_was_empty_is_told(store):
    house = House(store, watch(backfill=duration(0)))
    house.serve()
    assert house.poll()[0].new == 0
    house.pass_time(HOUR * 5)
    house.serve(("1", "Missile fired"))
    house.outcomes[WIRE] = dated(house.outcomes[WIRE], "Mon, 02 Mar 2026 16:30:00 GMT")
    (polled,) = house.poll()
    assert (polled.new, polled.archived, polled.told) == (1, 0, 1)


def test_a_first_poll_that_failed_leaves_the_past_to_be_archived_by_the_next(store):
    house = House(store, watch(backfill=duration(0)))
    house.outcomes[WIRE] = Failed(kind=FailureKind.TIMEOUT, reason="no answer")
    house.poll()
    house.pass_time(HOUR * 5)
    house.serve(("1", "Missile fired"))
    house.outcomes[WIRE] = dated(house.outcomes[WIRE], "Mon, 02 Mar 2026 11:00:00 GMT")
    (polled,) = house.poll()
    assert (polled.archived, polled.told) == (1, 0)


def test_a_backfill_makes_the_recent_past_news_too(store):
    house = House(store, watch(backfill=duration(days=2)))
    house.serve(("1", "Missile fired"))
    house.outcomes[WIRE] = dated(house.outcomes[WIRE], "Sun, 01 Mar 2026 12:00:00 GMT")
    assert house.poll()[0].told == 1


def test_a_claim_that_was_lost_meanwhile_commits_nothing(house):
    house.serve(("1", "Missile fired"))
    served = house.outcomes[WIRE]

    def late():
        house.now += duration(minutes=11)
        stolen = house.store.write(
            lambda conn: claim_due(
                conn, now=house.now, limit=9, per_host=9, lease=HOUR, token="thief"
            )
        ).result()
        assert stolen
        return served

    house.outcomes[WIRE] = late
    house.poll()
    assert house.rows(items) == []
    assert house.rows(hosts)[0].lease_token == "thief"


def test_a_feed_dropped_from_the_configuration_between_claim_and_poll_is_left_alone(house):
    house.watch = watch(feeds=())
    assert [each.answer for each in house.poll()] == ["unchanged"]
    assert house.asked == []


def test_a_report_that_two_feeds_link_to_is_told_once(store):
    other = "http://127.0.0.2/other"
    house = House(store, watch(feeds=(WIRE, other)))
    house.serve(("1", "Missile fired"))
    house.serve(("1", "Missile fired"), url=other, title="Other")
    polled = house.poll()
    assert sorted((each.new, each.duplicates) for each in polled) == [(0, 1), (1, 0)]
    assert len(house.rows(digest_entries)) == 1


def test_a_revision_that_makes_a_rule_fire_at_last_is_told(house):
    house.serve(("1", "Object seen in the sky"))
    house.poll()
    house.pass_time(HOUR)
    house.serve(("1", "Missile seen in the sky"))
    (polled,) = house.poll()
    assert (polled.revised, polled.told) == (1, 1)


def test_polls_are_due_again_within_the_bounds_of_the_configuration(house):
    house.serve(("1", "Missile fired"))
    house.poll()
    assert 9 * MINUTE < feed_row(house).next_due_at - NOON < 11 * MINUTE


def dated(fetched, published):
    body = fetched.body.replace(b"</item>", f"<pubDate>{published}</pubDate></item>".encode())
    return Fetched(
        body=body, content_type="", etag="", last_modified="", final_url=fetched.final_url
    )


OIL = "title: Oil\nall: [tanker, oil]\nnear: 3\n"


def test_what_one_clause_alone_kept_out_is_counted_when_it_comes_in(store):
    house = House(store, watch(rules=OIL))
    house.serve(("1", "Tanker spills oil"), ("2", "Tanker at sea since Monday, short of oil"))
    house.poll()
    (row,) = house.rows(near_misses)
    (missed,) = (each for each in house.rows(items) if each.title.endswith("short of oil"))
    assert (row.rule, row.clause, row.day, row.count) == ("arms", "near 3", NOON.date(), 1)
    assert row.last_item_id == missed.id


def test_the_same_near_miss_again_counts_once(store):
    house = House(store, watch(rules=OIL))
    for extra in ((), (("3", "A quiet day"),)):
        house.serve(("2", "Tanker at sea since Monday, short of oil"), *extra)
        house.poll()
        house.pass_time(HOUR)
    assert [row.count for row in house.rows(near_misses)] == [1]

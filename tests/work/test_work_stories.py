"""Stories over polls: told once, told again when something has changed, and none swallowed."""

import random

import pytest
from house import HOUR, MINUTE, NOON, House, watch

from monitor.model import Cause, Joined
from monitor.store.schema import digest_entries, items, stories, story_items, story_updates

WIRE, HARBOUR, TIMES = (f"http://127.0.0.1/{name}" for name in ("wire", "harbour", "times"))
ENGINES = (
    "Customs seize 40 drone engines hidden in a container at Saltmere",
    (
        "Customs officers at the port of Saltmere have seized 40 drone engines that were hidden "
        "among washing machines in a container bound for Port Harrow, the ministry said on Monday. "
        "The shipping papers named a firm in Veldt that has been on the sanctions list since May."
    ),
)
REWRITTEN = (
    "Forty drone engines found by customs at Saltmere port",
    (
        "Drone engines for a sanctioned firm in Veldt were seized by customs at Saltmere, the "
        "ministry told reporters. They lay in a container among washing machines for Port Harrow."
    ),
)
FERRY = (
    "Ferry with drone show runs aground off Caddon Point",
    (
        "A ferry on which a drone show was being prepared ran aground off Caddon Point on Monday "
        "morning. All 212 passengers were taken ashore by lifeboat, the coastguard said."
    ),
)


@pytest.fixture
def house(store):
    return House(store, watch(feeds=(WIRE, HARBOUR, TIMES), rules=RULE))


RULE = "title: Drones\nseverity: high\nany: [drone]\n"


def bring(house, url, *news, after=MINUTE):
    """A feed shows these, each (id, title, text), and is polled; the others show nothing new."""
    house.pass_time(after)
    for each in (WIRE, HARBOUR, TIMES):
        house.outcomes.setdefault(each, None)
        if house.outcomes[each] is None:
            house.serve(url=each)
    house.serve(*news, url=url)
    make_due(house)
    house.poll()


def make_due(house):
    from monitor.store.schema import feeds, hosts

    def due(conn):
        conn.execute(feeds.update().values(next_due_at=house.now))
        conn.execute(hosts.update().values(next_slot_at=house.now))

    house.store.write(due).result()


def only(rows):
    (row,) = rows
    return row


def joined(house):
    return [Joined(row.joined) for row in house.rows(story_items)]


def lines(house):
    """What the digest has to tell, in the order it came."""
    rows = sorted(house.rows(digest_entries), key=lambda row: (row.added_at, row.item_id))
    return [Cause(row.cause) for row in rows]


def test_a_report_that_three_feeds_carry_is_one_story_told_once(house):
    for name, url in enumerate((WIRE, HARBOUR, TIMES)):
        bring(house, url, (f"{name}", *ENGINES))
    assert joined(house) == [Joined.FIRST, Joined.COPY, Joined.COPY]
    assert lines(house) == [Cause.STORY]
    assert [row.outcome for row in house.rows(items)] == ["new", "duplicate", "duplicate"]


def test_a_copy_says_of_what_and_how_much_alike(house):
    bring(house, WIRE, ("1", *ENGINES))
    bring(house, HARBOUR, ("2", *ENGINES))
    first, copy = sorted(house.rows(story_items), key=lambda row: row.item_id)
    assert (copy.story_id, copy.like_item) == (first.story_id, first.item_id)
    assert copy.score == pytest.approx(1.0)
    assert copy.reason


def test_two_copies_in_one_document_are_one_story(house):
    bring(house, WIRE, ("1", *ENGINES), ("2", *ENGINES))
    assert joined(house) == [Joined.FIRST, Joined.COPY]
    assert len(house.rows(stories)) == 1


def test_a_rewrite_joins_the_story_and_is_no_story_of_its_own(house):
    bring(house, WIRE, ("1", *ENGINES))
    bring(house, HARBOUR, ("2", *REWRITTEN))
    assert joined(house) == [Joined.FIRST, Joined.REPORT]
    assert lines(house)[0] is Cause.STORY
    assert set(lines(house)[1:]) <= {Cause.REPORT, Cause.FOLLOW_UP}


def test_another_event_is_another_story(house):
    bring(house, WIRE, ("1", *ENGINES))
    bring(house, HARBOUR, ("2", *FERRY))
    assert lines(house) == [Cause.STORY, Cause.STORY]
    assert len(house.rows(stories)) == 2


def test_a_feed_that_corrects_a_number_has_the_digest_say_so(house):
    bring(house, WIRE, ("1", *ENGINES))
    house.digest()
    title, text = ENGINES
    bring(house, WIRE, ("1", title.replace("40", "52"), text.replace("40", "52")))
    assert lines(house) == [Cause.STORY, Cause.UPDATE]
    noted = only(house.rows(story_updates))
    assert "52" in noted.said
    assert "40" in noted.said


def test_a_feed_that_mends_a_typing_error_does_not(house):
    title, text = ENGINES
    bring(house, WIRE, ("1", title, text.replace("ministry", "minsitry")))
    bring(house, WIRE, ("1", title, text))
    assert lines(house) == [Cause.STORY]


def test_a_copy_from_elsewhere_that_knows_more_is_an_update(house):
    bring(house, WIRE, ("1", *ENGINES))
    title, text = ENGINES
    more = " Two men were arrested in Veldt on Tuesday. Police found 60 more engines in a shed."
    bring(house, HARBOUR, ("2", title, text + more), after=HOUR)
    assert joined(house) == [Joined.FIRST, Joined.COPY]
    assert lines(house) == [Cause.STORY, Cause.UPDATE]


def test_the_full_text_after_a_summary_is_no_update(house):
    title, text = ENGINES
    bring(house, WIRE, ("1", title, text[:150]))
    bring(house, HARBOUR, ("2", title, text))
    assert lines(house) == [Cause.STORY]


def test_a_rule_that_gathers_nothing_has_every_copy_told(store):
    house = House(store, watch(feeds=(WIRE, HARBOUR, TIMES), rules=RULE + "stories: off\n"))
    bring(house, WIRE, ("1", *ENGINES))
    bring(house, HARBOUR, ("2", *ENGINES))
    assert lines(house) == [Cause.STORY, Cause.STORY]


def test_what_no_rule_wants_is_never_compared(house):
    bring(house, WIRE, ("1", "Harbour fair opens", "A day of boats."))
    bring(house, HARBOUR, ("2", "Harbour fair opens", "A day of boats."))
    assert house.rows(story_items) == []
    assert [row.outcome for row in house.rows(items)] == ["new", "new"]


def told_in_all(house, order):
    """How often each of two stories was told, when their copies come in this order."""
    for number, (url, news) in enumerate(order):
        bring(house, url, (f"{number}", *news), after=MINUTE / 10)
    return len(house.rows(stories)), lines(house).count(Cause.STORY)


@pytest.mark.parametrize("seed", range(4))
def test_in_whatever_order_copies_come_within_a_minute_each_story_is_told_once(house, seed):
    order = [(url, news) for url in (WIRE, HARBOUR, TIMES) for news in (ENGINES, FERRY)]
    random.Random(seed).shuffle(order)
    assert told_in_all(house, order) == (2, 2)


def test_a_restart_in_between_changes_nothing(house):
    bring(house, WIRE, ("1", *ENGINES))
    house.store.memory.forget()
    bring(house, HARBOUR, ("2", *REWRITTEN))
    house.store.memory.forget()
    bring(house, TIMES, ("3", *ENGINES), ("4", *FERRY))
    assert joined(house) == [Joined.FIRST, Joined.REPORT, Joined.COPY, Joined.FIRST]


def test_what_a_failed_transaction_had_learnt_is_forgotten(house):
    bring(house, WIRE, ("1", *ENGINES))

    def fail(conn):
        house.store.memory.open_stories(conn, house.now)
        raise ValueError("a work that fails")

    with pytest.raises(ValueError, match="a work that fails"):
        house.store.write(fail).result()
    bring(house, HARBOUR, ("2", *REWRITTEN))
    assert joined(house) == [Joined.FIRST, Joined.REPORT]


@pytest.mark.parametrize("year", [1970, 2099])
def test_the_date_that_a_feed_states_makes_no_difference(house, year):
    bring(house, WIRE, ("1", *ENGINES))
    wrong = NOON.replace(year=year)
    house.pass_time(MINUTE)
    house.serve(("2", *ENGINES, wrong), url=HARBOUR)
    make_due(house)
    house.poll()
    bring(house, TIMES, ("3", *ENGINES))
    assert joined(house) == [Joined.FIRST, Joined.COPY, Joined.COPY]
    assert lines(house) == [Cause.STORY]

"""The chart of a digest, on SQLite and on PostgreSQL."""

from datetime import timedelta

from house import HOUR, NOON, House, watch

from monitor.model import DigestName, DigestSpec, Severity
from monitor.store.daily_hits import hits_by_day
from monitor.store.schema import rule_hits, watched_hours, watched_rules
from monitor.work import digesting
from monitor.work.charting import chart

DAY = timedelta(days=1)
MORNING = DigestSpec(name=DigestName("morning"), cadence="daily 07:00", to=("box",))


def hit(store, rule, *ages):
    rows = [
        {"rule": rule, "origin": n, "source": "s", "item_id": n, "hit_at": NOON - age}
        for n, age in enumerate(ages)
    ]
    store.write(lambda conn: conn.execute(rule_hits.insert(), rows)).result()


def watched(store, *rules, days=20):
    hours = [{"hour_at": NOON - number * HOUR} for number in range(24 * days)]
    since = [{"rule": r, "since_at": NOON - days * DAY, "last_at": NOON} for r in rules]
    store.write(lambda conn: conn.execute(watched_hours.insert(), hours)).result()
    store.write(lambda conn: conn.execute(watched_rules.insert(), since)).result()


def charted(house, spec=MORNING):
    with house.store.reading() as conn:
        return chart(conn, house.watch, spec, house.now)


def test_hits_are_counted_between_instants_the_end_included(store):
    hit(store, "arms", 0 * HOUR, 24 * HOUR, 25 * HOUR, 48 * HOUR)
    with store.reading() as conn:
        counted = hits_by_day(conn, [NOON - 2 * DAY, NOON - DAY, NOON])
    assert counted == {"arms": (2, 1)}


def test_a_chart_shows_days_with_what_is_usual(store):
    house = House(store, watch(digests=(MORNING,)))
    watched(store, "arms")
    hit(store, "arms", *(n * DAY + HOUR for n in range(14)), *(n * HOUR for n in range(12)))
    ((volume,), more) = charted(house)
    assert volume.days == (*[1] * 13, 13)
    assert (volume.rule.title, volume.usual, volume.unusual, more) == ("Arms", 1, True, 0)


def test_only_rules_that_the_digest_carries_and_that_fired_of_late_are_charted(store):
    house = House(store, watch(digests=(MORNING,)))
    hit(store, "gone", HOUR)
    assert charted(house) == ((), 0)
    hit(store, "arms", HOUR)
    assert len(charted(house)[0]) == 1
    house.pass_time(15 * DAY)
    assert charted(house) == ((), 0)


def test_a_digest_for_what_is_severe_does_not_chart_other_rules(store):
    house = House(store, watch(digests=(MORNING,)))
    hit(store, "arms", HOUR)
    choosy = DigestSpec(name=DigestName("x"), cadence="daily 07:00", severity=Severity.CRITICAL)
    assert charted(house, choosy) == ((), 0)


def test_twelve_rules_are_charted_and_the_others_counted(store):
    rules = "rules:\n" + "\n".join(
        f"  - id: rule-{n:02}\n    title: Rule {n}\n    any: [word{n}]" for n in range(15)
    )
    house = House(store, watch(digests=(MORNING,), rules=rules))
    for n in range(15):
        hit(store, f"rule-{n:02}", *(m * HOUR / 10 for m in range(n + 1)))
    volumes, more = charted(house)
    assert [each.today for each in volumes] == list(range(15, 3, -1))
    assert more == 3


def test_a_digest_that_goes_out_by_its_calendar_carries_the_chart(store):
    house = House(store, watch(digests=(MORNING,)))
    house.serve(("1", "Missile fired"))
    house.poll()
    planned = digesting.preview_digest(store, house.watch, MORNING, house.now)
    assert [each.today for each in planned.digest.volumes] == [1]
    assert planned.digest.watching is None


def test_an_alert_at_once_carries_none(store):
    at_once = DigestSpec(name=DigestName("urgent"), to=("box",))
    house = House(store, watch(digests=(at_once,)))
    house.serve(("1", "Missile fired"))
    house.poll()
    (planned,) = house.digest()
    assert planned.digest.volumes == ()


def test_a_sign_of_life_knows_what_is_watched(store):
    house = House(store, watch(digests=(MORNING,)))
    house.serve(("1", "A quiet day"))
    house.poll()
    seen = digesting.preview_digest(store, house.watch, MORNING, house.now).digest.watching
    assert (seen.feeds, seen.failing, seen.rules, seen.read_at) == (1, 0, 1, NOON)

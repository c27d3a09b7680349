"""Near misses: counted by rule, clause and day, and let go of in time."""

from polls import DAY, NOON, read, write

from monitor.store.near_misses import near_misses_since, prune_near_misses, record_near_misses


def counted(store, since_at=NOON, rule=None):
    found = read(store, near_misses_since, since_at, rule)
    return [(each.rule, each.clause, each.count, each.last_item_id) for each in found]


def test_near_misses_of_a_day_add_up(store):
    write(store, record_near_misses, [("arms", "near", 1), ("arms", "near", 2)], NOON)
    write(store, record_near_misses, [("arms", "near", 3), ("arms", "none", 3)], NOON)
    assert counted(store) == [("arms", "near", 3, 3), ("arms", "none", 1, 3)]


def test_days_before_are_left_out_and_rules_told_apart(store):
    write(store, record_near_misses, [("arms", "near", 1)], NOON - DAY)
    write(store, record_near_misses, [("arms", "near", 2), ("oil", "all 1", 2)], NOON)
    assert counted(store, rule="arms") == [("arms", "near", 1, 2)]
    assert len(counted(store, NOON - DAY)) == 2


def test_near_misses_are_kept_for_ninety_days(store):
    write(store, record_near_misses, [("arms", "near", 1)], NOON - 91 * DAY)
    write(store, record_near_misses, [("arms", "near", 2)], NOON - 89 * DAY)
    write(store, prune_near_misses, NOON)
    assert counted(store, NOON - 200 * DAY) == [("arms", "near", 1, 2)]


def test_nothing_missed_writes_nothing(store):
    write(store, record_near_misses, [], NOON)
    assert counted(store) == []

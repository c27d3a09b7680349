"""What stands in a digest, and in which order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.digests.planning import Waits, breaking_through, compose_digest
from monitor.model import (
    DigestSpec,
    Item,
    Match,
    Outcome,
    Reported,
    RuleCard,
    Severity,
    Story,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CARDS = {name: RuleCard(id=name, title=name.title(), why="Because.") for name in ("arms", "ships")}


def match(rule, severity=Severity.HIGH, score=0):
    return Match(rule=rule, severity=severity, score=score, evidence=())


def report(number, *matches, at=NOON):
    return Reported(
        item_id=number,
        item=Item(title=f"Report {number}", published_at=at, first_seen_at=at),
        outcome=Outcome.NEW,
        matches=matches,
    )


def story(number, *matches, at=NOON, others=()):
    return Story(id=number, lead=report(number, *matches, at=at), others=others)


def composed(*stories, cards=CARDS, **more):
    return compose_digest(
        DigestSpec(name="desk", timezone="Asia/Seoul", **more),
        stories,
        cards,
        digest_id="2026-11-24-a7f3",
        since_at=NOON - HOUR,
        next_at=NOON + HOUR,
        now=NOON,
        notes=("One feed has been silent for two days.",),
    )


def told(digest):
    return [each.id for each in digest.stories]


def filed(digest):
    return {part.rule.id: [each.id for each in part.stories] for part in digest.sections}


def test_a_digest_says_what_it_is_and_what_time_it_covers():
    digest = composed(story(1, match("arms")))
    assert (digest.id, digest.name, digest.timezone) == ("2026-11-24-a7f3", "desk", "Asia/Seoul")
    assert (digest.since_at, digest.planned_at, digest.next_at) == (NOON - HOUR, NOON, NOON + HOUR)
    assert digest.notes == ("One feed has been silent for two days.",)


def test_the_most_severe_story_comes_first():
    low, high = story(1, match("arms", Severity.LOW)), story(2, match("arms", Severity.CRITICAL))
    assert told(composed(low, high)) == [2, 1]


def test_of_equally_severe_stories_the_higher_score_and_then_the_newest_comes_first():
    old = story(1, match("arms"), at=NOON - HOUR)
    new = story(2, match("arms"), at=NOON)
    scored = story(3, match("arms", score=5), at=NOON - 2 * HOUR)
    assert told(composed(old, new, scored)) == [3, 2, 1]


def test_a_story_is_as_severe_as_its_most_severe_report():
    echoed = story(1, match("arms", Severity.LOW), others=[report(9, match("arms", Severity.HIGH))])
    assert told(composed(story(2, match("arms", Severity.MEDIUM)), echoed)) == [1, 2]


def test_a_story_stands_once_under_the_most_severe_rule_it_matched():
    both = story(1, match("ships", Severity.LOW), match("arms", Severity.HIGH))
    assert filed(composed(both)) == {"arms": [1]}


def test_between_equally_severe_rules_the_score_decides():
    both = story(1, match("ships", score=1), match("arms", score=2))
    assert filed(composed(both)) == {"arms": [1]}


def test_sections_follow_their_most_severe_story():
    digest = composed(
        story(1, match("ships", Severity.LOW)),
        story(2, match("arms", Severity.MEDIUM)),
        story(3, match("ships", Severity.HIGH)),
    )
    assert list(filed(digest).items()) == [("ships", [3, 1]), ("arms", [2])]


def test_stories_beyond_the_limit_are_told_too_in_one_line_each():
    stories = [story(each, match("arms"), at=NOON - each * HOUR) for each in (1, 2, 3)]
    digest = composed(*stories, max_stories=2)
    assert filed(digest) == {"arms": [1, 2]}
    assert [each.id for each in digest.rest] == [3]
    assert told(digest) == [1, 2, 3]


def test_every_rule_that_fired_has_its_card_even_without_a_section():
    digest = composed(
        story(1, match("arms")),
        story(2, match("ships", Severity.LOW)),
        max_stories=1,
    )
    assert digest.rules == (CARDS["arms"], CARDS["ships"])


def test_a_rule_that_has_vanished_since_it_fired_keeps_its_name():
    digest = composed(story(1, match("gone")))
    assert digest.rules == (RuleCard(id="gone", title="gone"),)
    assert digest.sections[0].rule.title == "gone"


def test_a_digest_may_be_empty():
    digest = composed()
    assert (digest.sections, digest.rest, digest.rules) == ((), (), ())


# --- What was old when it was first seen -------------------------------------------------------


def test_what_was_old_when_first_seen_stands_apart_from_what_is_new():
    old = replace(report(2, match("arms")).item, published_at=NOON - timedelta(days=4))
    late = Story(id=2, lead=replace(report(2, match("arms")), item=old))
    digest = composed(story(1, match("arms")), late, max_stories=1)
    assert filed(digest) == {"arms": [1]}
    assert ([each.id for each in digest.late], digest.rest) == ([2], ())
    assert told(digest) == [1, 2]


# --- What does not wait -------------------------------------------------------------------------

CRITICAL = story(1, match("arms", Severity.CRITICAL))
MINOR = story(2, match("ships", Severity.LOW))
HELD = Waits(why="quiet hours", until_at=NOON + HOUR, held=True)
GATHERING = Waits(why="not yet its time", until_at=NOON + HOUR)


def early(hurried, timing, **more):
    spec = DigestSpec(name="desk", **more)
    return [each.id for each in breaking_through([CRITICAL, MINOR], hurried, spec, timing, NOON)]


def test_outside_quiet_hours_what_a_rule_hurries_goes_and_all_else_waits():
    assert early([MINOR], GATHERING, breakthrough=Severity.CRITICAL) == [2]


def test_in_quiet_hours_nothing_goes_unless_something_may_break_through():
    assert early([CRITICAL, MINOR], HELD, quiet="11:00-13:00") == []


def test_in_quiet_hours_what_is_severe_enough_goes_where_it_would_have_gone_without_them():
    loud = {"quiet": "11:00-13:00", "breakthrough": Severity.CRITICAL}
    assert early([], HELD, **loud) == [1]
    assert early([], GATHERING, **loud) == []
    assert early([CRITICAL, MINOR], GATHERING, **loud) == [1]

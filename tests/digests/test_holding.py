"""What a silence holds back, and how digests say so."""

from datetime import UTC, datetime

import pytest

from monitor.digests.hits import Hit
from monitor.digests.holding import Holds, held, held_sentence
from monitor.digests.matchers import parse_matcher
from monitor.digests.muting import Muting
from monitor.digests.silencing import Silence
from monitor.model import DigestName, DigestSpec, Item, Match, RuleId, Severity, StoryId

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
END = datetime(2026, 12, 1, tzinfo=UTC)
MORNING = DigestSpec(name=DigestName("morning"))


def silence(matcher, number=3):
    return Silence(
        id=number,
        matcher=matcher,
        conditions=parse_matcher(matcher),
        until_at=END,
        comment="port strike",
    )


def found(rule, severity=Severity.HIGH):
    return Match(rule=RuleId(rule), severity=severity, score=0, evidence=())


def item(title="Q3 Earnings of the port [update]", language="ru-RU"):
    return Item(title=title, language=language, published_at=NOW, first_seen_at=NOW)


HIT = Hit(
    digest=DigestName("morning"),
    match=found("ru-arms"),
    tags=("shipping", "sea"),
    story=StoryId(17),
    item=item(),
    feeds=("Example Wire", "https://wire.example/rss"),
)
ALERT = Hit(digest=DigestName("morning"), match=found("ru-arms"), tags=("shipping",))


@pytest.mark.parametrize(
    "matcher",
    [
        "ru-arms",
        "rule=ru-*",
        "rule!=de-*",
        "tag=shipping",
        "tag!=land",
        "severity=high",
        "severity<=high severity>=high",
        "severity<critical",
        "severity>medium",
        "severity!=low",
        'feed="example wire"',
        "feed=*wire.example*",
        "feed!=*other*",
        "lang=ru",
        "lang=ru-RU",
        "lang!=de",
        "story=17",
        "story!=18",
        "digest=morn*",
        "title=*EARNINGS*",
        "title=*[update]",
        'title="q? *"',
        "rule=ru-* tag=sea lang=ru title!=*denial*",
    ],
)
def test_what_fits_every_condition_is_held(matcher):
    assert silence(matcher).holds(HIT)


@pytest.mark.parametrize(
    "matcher",
    [
        "ru",
        "rule=RU-*",
        "tag=ship",
        "tag!=sea",
        "severity<high",
        "severity>=critical",
        "feed!=*wire*",
        "lang=r",
        "story=18",
        "digest!=morning",
        "title=earnings",
        "title=*[ud]*pdate?",
        "rule=ru-* severity=low",
    ],
)
def test_what_fails_one_condition_is_told(matcher):
    assert not silence(matcher).holds(HIT)


@pytest.mark.parametrize("matcher", ["rule=ru-* tag=shipping severity=high digest=morning"])
def test_an_alert_is_held_by_what_asks_only_of_rule_tag_severity_and_digest(matcher):
    assert silence(matcher).holds(ALERT)


@pytest.mark.parametrize("more", ["title!=x", "feed!=x", "lang!=x", "story!=1"])
def test_of_what_is_not_known_no_condition_holds(more):
    assert not silence(f"rule=ru-* {more}").holds(ALERT)


def test_a_matcher_that_could_not_be_read_holds_nothing():
    unread = Silence(id=1, matcher="moon=full", conditions=(), until_at=END, comment="x")
    assert not unread.holds(HIT)


def test_a_silence_follows_a_story_into_the_one_it_was_merged_into():
    moved = silence("story=12 lang=ru").moved({StoryId(12): StoryId(17)})
    assert moved.holds(HIT)
    assert moved.matcher == "story=12 lang=ru"


def test_a_story_is_held_only_if_every_match_that_the_digest_hears_is():
    holds = Holds(silences=(silence("ru-arms"),))
    other = Hit(digest=DigestName("morning"), match=found("ships"), story=StoryId(17))
    assert held(MORNING, [HIT], {}, holds) == (
        "morning",
        "silenced until 2026-11-30 23:59 UTC by #3: port strike",
        3,
    )
    assert held(MORNING, [HIT, other], {}, holds) is None
    deaf = DigestSpec(name=DigestName("morning"), rules=("ru-*",))
    assert held(deaf, [HIT, other], {}, holds) is not None


def test_a_mute_comes_before_a_silence_and_both_name_stories():
    muting = Muting(story=StoryId(17), until_at=END, note="enough")
    holds = Holds(mutings={StoryId(17): (muting,)}, silences=(silence("story=12"),))
    assert held(MORNING, [HIT], {}, holds).silence == 0
    assert holds.stories == {17, 12}


def test_a_digest_says_what_was_held_back_by_what():
    said = held_sentence({3: 4, 0: 1}, {}, [silence("ru-arms")], NOW)
    assert said == (
        "Held back: 4 stories by silence #3 (port strike, until Mon 30 Nov), 1 by a mute."
    )


def test_alerts_are_counted_apart():
    said = held_sentence({3: 1, 0: 2}, {3: 1}, [silence("ru-arms")], NOW)
    assert said == (
        "Held back: 1 story and 1 alert by silence #3 (port strike, until Mon 30 Nov), "
        "2 stories by mutes."
    )


def test_where_nothing_was_held_nothing_is_said():
    assert held_sentence({}, {}, [], NOW) == ""

"""To which story a report belongs, and who must hear what of it."""

from dataclasses import replace

import pytest
from story_desk import ELSEWHERE, HERE, HOUR, NOON, match

from monitor.model import Cause, Hearing, ItemId, Joined, StoryId, StoryMode, Update
from monitor.stories.copies import Report
from monitor.stories.grouping import OpenStories
from monitor.stories.placing import FIRST, Place, among_copies, among_stories, hearings, is_compared
from monitor.stories.sketching import sketch_of
from monitor.stories.traits import traits

TITLE = "Customs seize 40 drone engines hidden in a container at Saltmere"
TEXT = (
    "Customs officers at the port of Saltmere have seized 40 drone engines that were hidden "
    "among washing machines in a container bound for Port Harrow, the ministry said on Monday. "
    "The shipping papers named a firm in Veldt that has been on the sanctions list since May."
)
OTHER_WORDS = (
    "Forty engines for drones, seized by customs at Saltmere, were addressed to Port Harrow by a "
    "sanctioned firm in Veldt, the ministry told reporters. They lay among washing machines."
)


def report(item, title=TITLE, text=TEXT, *, story=None, feed=ELSEWHERE, at=NOON):
    return Report(
        id=ItemId(item),
        feed_id=feed,
        traits=traits(title, text),
        seen_at=at,
        story=None if story is None else StoryId(story),
    )


def placed(fresh, *earlier):
    """Where a report belongs, beside earlier ones that are all of open stories."""
    known = OpenStories()
    for each in earlier:
        known.add(each.id, each.story, each.feed_id, sketched(each), each.seen_at)
    return among_copies(fresh, earlier) or among_stories(fresh, sketched(fresh), earlier, known)


def sketched(one):
    return sketch_of(one.traits.title, one.traits.text)


def test_a_report_like_no_other_begins_a_story():
    assert placed(report(1, feed=HERE)) == FIRST


def test_a_copy_belongs_to_the_story_of_what_it_repeats_and_says_so():
    found = placed(report(2, feed=HERE, at=NOON + HOUR), report(1, story=9))
    assert (found.joined, found.story, found.of, found.like) == (Joined.COPY, 9, 1, 1)
    assert found.score > 0.9
    assert found.reason
    assert found.update is None


def test_a_copy_that_says_more_brings_the_update():
    more = " Two of the crew were arrested on Tuesday and 15 more engines were found on board."
    fresh = report(2, text=TEXT + more, feed=HERE, at=NOON + HOUR)
    found = placed(fresh, report(1, story=9))
    assert found.joined is Joined.COPY
    assert found.update is not None


def test_another_text_on_the_same_event_is_a_report_of_its_story():
    fresh = report(2, "Engines for drones found at Saltmere port", OTHER_WORDS, at=NOON + HOUR)
    found = placed(fresh, report(1, story=9))
    assert (found.joined, found.story, found.of, found.like) == (Joined.REPORT, 9, None, 1)
    assert 0 < found.score <= 1
    assert found.reason


# --- Who hears ---------------------------------------------------------------------------------


def route(matches):
    """The desk hears every rule, the ships' desk that of ships."""
    names = {"desk": matches, "sea": [each for each in matches if each.rule == "ships"]}
    return tuple(Hearing(name, heard[0].rule) for name, heard in names.items() if heard)


def causes(where, *rules, **modes):
    chosen = {rule: StoryMode(mode) for rule, mode in modes.items()}
    heard = hearings(where, [match(rule) for rule in rules], route, chosen)
    return {each.digest: each.cause for each in heard}


SURE = Place(joined=Joined.REPORT, reason="alike", story=StoryId(9), sure=True)
UNSURE = replace(SURE, sure=False)
COPY = Place(joined=Joined.COPY, reason="the same words", story=StoryId(9))
LINK = replace(COPY, joined=Joined.LINK)
NEWS = Update(said="now says 12, was 10", reason="1 number replaced")


@pytest.mark.parametrize("mode", list(StoryMode))
def test_everybody_hears_the_first_report_of_a_story(mode):
    assert causes(FIRST, "ships", ships=mode) == {"desk": Cause.STORY, "sea": Cause.STORY}


@pytest.mark.parametrize(
    ("where", "group", "mute", "off"),
    [
        (COPY, Cause.STORY, Cause.STORY, Cause.REPORT),
        (LINK, Cause.STORY, Cause.STORY, Cause.STORY),
        (SURE, Cause.FOLLOW_UP, Cause.STORY, Cause.REPORT),
        (UNSURE, Cause.REPORT, Cause.REPORT, Cause.REPORT),
        (replace(COPY, update=NEWS), Cause.UPDATE, Cause.UPDATE, Cause.UPDATE),
        (replace(LINK, update=NEWS), Cause.UPDATE, Cause.UPDATE, Cause.UPDATE),
    ],
)
def test_what_a_later_report_is_to_who_has_heard_of_the_story(where, group, mute, off):
    heard = [causes(where, "ships", ships=mode)["desk"] for mode in ("group", "mute", "off")]
    assert heard == [group, mute, off]


def test_a_rule_that_says_nothing_of_stories_gathers_them():
    assert causes(SURE, "ships") == causes(SURE, "ships", ships="group")


def test_each_digest_hears_what_its_own_rules_want():
    heard = causes(SURE, "arms", "ships", arms="mute", ships="off")
    assert heard == {"desk": Cause.REPORT, "sea": Cause.REPORT}
    heard = causes(SURE, "arms", "ships", arms="off", ships="group")
    assert heard == {"desk": Cause.REPORT, "sea": Cause.FOLLOW_UP}


def test_a_report_is_compared_unless_all_of_its_rules_want_it_by_itself():
    both = [match("arms"), match("ships")]
    assert is_compared(both, {"arms": StoryMode.OFF})
    assert not is_compared(both, {"arms": StoryMode.OFF, "ships": StoryMode.OFF})

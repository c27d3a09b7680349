"""Which reports are of one event, how surely, and which are kin in another language."""

from datetime import timedelta
from itertools import count

import pytest
from story_desk import DAY, ELSEWHERE, HERE, HOUR, NOON

from monitor.model import ItemId, RuleId, StoryId
from monitor.stories import grouping
from monitor.stories.grouping import OpenStories
from monitor.stories.sketching import sketch_of

SEIZED = (
    "Saltmere coast guard seizes tanker off Cape Dunlin",
    "The Meridian Star was boarded at dawn. Its crew is held in Port Ellery.",
)
HELD = (
    "Crew of the Meridian Star questioned over forged papers",
    "Prosecutors in Port Ellery said that the tanker had changed its flag twice in a year.",
)
BLAMED = (
    "Ruritania blames Saltmere for the loss of a cargo",
    "Its envoy wants the Meridian Star back, and the oil that she had for a refinery at Wend.",
)
STRIKE = (
    "Dockers vote for a strike in January",
    "Unions want a tenth more pay for crane drivers.",
)


class Newsroom:
    """Reports come in one by one; each opens a story under its own number or joins one."""

    def __init__(self):
        self.open = OpenStories()
        self.numbers = count(1)

    def ask(self, title, text="", *, at=NOON, feed=HERE, apart=(), **more):
        return self.open.story_for(sketch_of(title, text, "en", **more), at, feed, frozenset(apart))

    def report(self, title, text="", *, at=NOON, feed=HERE, language="en", **more):
        """Take in a report; what it was grouped with, if anything."""
        sketch = sketch_of(title, text, language, **more)
        grouped = self.open.story_for(sketch, at, feed)
        number = next(self.numbers)
        story = grouped.story if grouped else StoryId(number)
        self.open.add(ItemId(number), story, feed, sketch, at)
        return grouped

    def kin(self, title, language, **more):
        return self.open.kin_of(sketch_of(title, "", language, **more), NOON)


@pytest.fixture
def newsroom():
    return Newsroom()


# --- One event --------------------------------------------------------------------------------


def test_the_first_report_opens_a_story(newsroom):
    assert newsroom.report(*SEIZED) is None


def test_another_report_of_the_event_joins_it_and_says_by_what(newsroom):
    newsroom.report(*SEIZED)
    newsroom.report(*STRIKE)
    grouped = newsroom.report(*HELD, feed=ELSEWHERE)
    assert (grouped.story, grouped.like) == (1, 1)
    assert grouped.reason.startswith("shares Crew, Ellery, Meridian with an earlier report (0.")


def test_another_event_does_not(newsroom):
    newsroom.report(*SEIZED)
    assert newsroom.report(*STRIKE) is None


def test_nearly_the_same_words_are_surely_the_same_event(newsroom):
    newsroom.report(*SEIZED)
    assert newsroom.ask(SEIZED[0].replace("seizes", "stops"), SEIZED[1]).sure
    likely = newsroom.ask(*BLAMED)
    assert likely
    assert not likely.sure


def test_three_words_in_common_prove_nothing(newsroom):
    newsroom.report("Fire at Wend refinery")
    again = newsroom.ask("Refinery fire at Wend")
    assert again.score > grouping.SURE
    assert not again.sure


def test_a_title_or_a_text_alone_will_do(newsroom):
    newsroom.report("", SEIZED[1])
    assert newsroom.ask("Meridian Star boarded at dawn").story == 1
    assert newsroom.ask("", "The Meridian Star was boarded by the coast guard.").story == 1


def test_a_report_without_words_is_like_nothing(newsroom):
    newsroom.report("", "")
    newsroom.report(*SEIZED)
    assert newsroom.ask("", "") is None
    assert newsroom.ask("The of and", "") is None


def test_what_all_reports_have_in_common_tells_nothing(newsroom):
    """The words of a rule are in all that it matched."""
    alike = "Sanctions on Ruritanian shipping"
    newsroom.report(f"{alike}: insurers leave Wend")
    before = newsroom.ask(f"{alike}: glassblowers ask for help")
    for number, topic in enumerate(("fog", "dredging", "pilots", "cranes", "tugs"), start=2):
        newsroom.open.add(ItemId(number), StoryId(number), HERE, sketch_of(alike, topic), NOON)
    after = newsroom.ask(f"{alike}: glassblowers ask for help")
    assert after.score < before.score


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        (
            "ru",
            "Береговая охрана задержала танкер «Меридиан» у мыса Дунлин",
            "Танкер «Меридиан», задержанный береговой охраной у мыса Дунлин, отбуксирован",
        ),
        ("ko", "해안경비대, 유조선 메리디안호 나포", "유조선 메리디안호의 선원들 조사"),
        ("zh", "海岸警卫队在邓林角扣押油轮子午星号", "油轮子午星号船员在邓林角受审"),
        ("ar", "خفر السواحل يحتجز الناقلة ميريديان", "استجواب طاقم الناقلة ميريديان"),
    ],
)
def test_words_are_the_same_in_all_their_forms_and_scripts(newsroom, language, one, other):
    newsroom.report(one, language=language)
    assert newsroom.report(other, language=language)


# --- What speaks against it -------------------------------------------------------------------


def test_what_contradicts_a_report_is_another_event(newsroom):
    newsroom.report("Council adopts 7th package of tariffs on Ruritania")
    assert newsroom.report("Council adopts 8th package of tariffs on Ruritania") is None


def test_a_contradicted_story_is_never_surely_the_same(newsroom):
    newsroom.report("Council adopts 7th package of tariffs on Ruritanian steel")
    newsroom.report("Ruritanian steel: council adopts package of tariffs")
    grouped = newsroom.ask("Council adopts 8th package of tariffs on Ruritanian steel")
    assert (grouped.like, grouped.sure) == (2, False)
    assert grouped.reason.endswith("says otherwise: 7 there, 8 here")


def test_people_may_say_that_it_is_none_of_a_story(newsroom):
    newsroom.report(*SEIZED)
    assert newsroom.ask(*HELD, apart=[StoryId(1)]) is None


def test_a_headline_that_recurs_in_its_feed_announces_the_next_event(newsroom):
    newsroom.report("Harbour board meets on Saltmere dredging")
    tomorrow = NOON + DAY
    again = "Harbour board meets on Saltmere dredging"
    assert newsroom.ask(again, at=NOON + HOUR)
    assert newsroom.ask(again, at=tomorrow) is None
    assert newsroom.ask(again, at=tomorrow, feed=ELSEWHERE), "another feed may be late"


# --- What is kept -----------------------------------------------------------------------------


def test_what_is_forgotten_draws_no_reports(newsroom):
    newsroom.report(*SEIZED)
    newsroom.report(*STRIKE, at=NOON + DAY)
    newsroom.open.forget(before=NOON + HOUR)
    assert len(newsroom.open) == 1
    assert newsroom.ask(*HELD) is None


def test_a_report_added_again_replaces_what_was_known_of_it(newsroom):
    newsroom.report(*SEIZED)
    newsroom.open.add(ItemId(1), StoryId(1), HERE, sketch_of(*STRIKE), NOON)
    assert len(newsroom.open) == 1
    assert newsroom.ask(*HELD) is None


def test_only_so_many_are_kept_the_last(newsroom, monkeypatch):
    monkeypatch.setattr(grouping, "MOST_OPEN", 2)
    for report in (SEIZED, STRIKE, ("Fog closes the pass at Wend", "")):
        newsroom.report(*report)
    assert len(newsroom.open) == 2
    assert newsroom.ask(*HELD) is None


def test_a_restart_in_the_middle_changes_nothing():
    """All answers follow from the reports that are in it, not from what was forgotten."""
    stream = [
        (title, text, NOON + timedelta(hours=hour))
        for hour, (title, text) in enumerate([STRIKE, SEIZED, HELD, STRIKE, HELD, SEIZED])
    ]
    cut = NOON + timedelta(hours=2)
    ran_on, built_anew = OpenStories(), OpenStories()
    for number, (title, text, at) in enumerate(stream):
        report = ItemId(number), StoryId(number % 3), HERE, sketch_of(title, text), at
        ran_on.add(*report)
        if at >= cut:
            built_anew.add(*report)
    ran_on.forget(before=cut)
    for title, text, at in stream:
        sketch = sketch_of(title, text)
        assert ran_on.story_for(sketch, at, ELSEWHERE) == built_anew.story_for(
            sketch, at, ELSEWHERE
        )


# --- In other languages -----------------------------------------------------------------------


def test_names_places_and_numbers_need_no_translation(newsroom):
    newsroom.report("US adds 37 Chinese firms to a list over drone parts")
    for language, title in (
        ("ru", "США внесли 37 китайских компаний в список"),
        ("ko", "미국, 중국 기업 37곳 명단에 추가"),
        ("zh", "美国将37家中国企业列入清单"),
    ):
        (kin,) = newsroom.kin(title, language)
        assert (kin.story, kin.language) == (1, "en")
        assert kin.reason == "shares 37, China, the United States"


def test_a_name_is_known_in_cyrillic_letters(newsroom):
    newsroom.report("Russian tanker Meridian leaves Kestrom")
    (kin,) = newsroom.kin("Российский танкер «Меридиан» вышел из Кестрома", "ru")
    assert kin.reason == "shares Кестрома, Меридиан, Russia"


def test_two_things_are_not_enough(newsroom):
    newsroom.report("US adds Chinese firms to a list over drone parts")
    assert newsroom.kin("США предупредили китайские банки", "ru") == ()


def test_nor_are_three_that_everybody_writes_of(newsroom):
    for day in range(12):
        newsroom.report(f"Putin receives Xi of China and Modi of India, visit {day}")
    assert newsroom.kin("Путин, Си и Моди: Китай и Индия", "ru") == ()


def test_a_concept_of_the_rules_counts_beside_names(newsroom):
    tanker = frozenset(["$tanker"])
    newsroom.report("Meridian leaves Kestrom", concepts=tanker)
    assert newsroom.kin("«Меридиан» вышел из Кестрома", "ru") == ()
    assert newsroom.kin("«Меридиан» вышел из Кестрома", "ru", concepts=tanker)


def test_kin_is_of_the_same_rule_and_of_another_language(newsroom):
    ships, chips = frozenset([RuleId("ships")]), frozenset([RuleId("chips")])
    newsroom.report("US adds 37 Chinese firms to a list", rules=ships)
    assert newsroom.kin("США внесли 37 китайских компаний", "ru", rules=ships)
    assert newsroom.kin("США внесли 37 китайских компаний", "ru", rules=chips) == ()
    assert newsroom.kin("US adds 37 Chinese firms", "en", rules=ships) == ()
    assert newsroom.kin("US adds 37 Chinese firms", "", rules=ships) == ()


def test_places_that_contradict_each_other_are_not_of_one_event(newsroom):
    newsroom.report("US sends 37 Meridian drones to Japan")
    assert newsroom.kin("США: 37 дронов Meridian для Германии", "ru") == ()

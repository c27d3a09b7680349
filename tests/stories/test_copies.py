"""Copies: whether a report has been brought before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import FeedId, ItemId, StoryId
from monitor.stories.copies import Report, copy_of, likeness
from monitor.stories.traits import traits

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TITLE = "Customs seize machine tools at Ostrand"
TEXT = (
    "Customs officers at the port of Ostrand said on Friday they had seized 12,000 undeclared "
    "machine tool parts bound for Halden Trading, a company in Varelia, the third such case this "
    "year. The consignment was found in two containers listed as farm equipment. Prosecutor Mira "
    "Lund told reporters that four people had been questioned and that the papers of the freighter "
    "Silver Tern had been taken to the capital. Varelia has denied buying such goods."
)
ROUND = (
    "The {bank} said on Monday it had raised its prime lending rate to {rate} percent, effective "
    "immediately, the second such step this month, and that deposit rates would follow in due "
    "course as conditions in the money market require."
)


def like(text, other, title=TITLE, other_title=TITLE):
    return likeness(traits(title, text), traits(other_title, other))


def report(hours_ago=0.0, *, title=TITLE, text=TEXT, feed=1, item=1, story=7):
    return Report(
        id=ItemId(item),
        feed_id=FeedId(feed),
        traits=traits(title, text),
        seen_at=NOW - timedelta(hours=hours_ago),
        story=StoryId(story),
    )


# --- What is the same ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "copied",
    [
        TEXT,
        " ".join(TEXT.split()[:27]) + " ...",
        "OSTRAND (Wire) - " + TEXT,
        TEXT.replace("12,000", "12 000").replace("said on", "told reporters on"),
        TEXT.replace("two", "2"),
        ". ".join(reversed(TEXT.split(". "))),
        TEXT[:260] + " Sign up for our morning newsletter and never miss a story. " + TEXT[260:],
        ". ".join(TEXT.split(". ")[:2]) + ".",
    ],
    ids=["whole", "cut", "dateline", "house style", "digits", "reordered", "framed", "shortened"],
)
def test_a_copy_is_one_whatever_an_outlet_did_to_it(copied):
    verdict = like(TEXT, copied, other_title="Port officials find undeclared parts")
    assert verdict.same, verdict.reason
    assert "same numbers and names" in verdict.reason


def test_it_does_not_matter_which_of_two_is_the_longer():
    short = " ".join(TEXT.split()[:27])
    assert like(TEXT, short) == like(short, TEXT)


IN_OTHER_SCRIPTS = {
    "ru": """Таможенники порта Остранд сообщили в пятницу, что задержали партию из 12 тысяч
    незаявленных деталей станков, которые направлялись в компанию «Хальден Трейдинг» в Варелии. Груз
    нашли в двух контейнерах, оформленных как сельхозтехника, сообщила прокурор Мира Лунд.""",
    "ko": """오스트란드 항구 세관은 금요일 바렐리아의 한 회사로 향하던 미신고 공작기계 부품 1만2천
    개를 압수했다고 밝혔다. 화물은 농기계로 기재된 컨테이너 두 개에서 발견되었으며 검찰은 관련자
    네 명을 조사하고 있다고 전했다.""",
    "zh": """海关官员周五表示，他们在北港查获了一万二千件未申报的机床零件，这批货物原定运往瓦雷利亚
    的一家公司，是今年以来的第三起类似案件。货物藏在两个申报为农业设备的集装箱中，检方已讯问四人。""",
    "ja": """税関当局は金曜日、北港で申告されていない工作機械の部品1万2000点を押収したと発表した。
    貨物はバレリアの会社に向かう予定で、農業機械と記された二つのコンテナから見つかった。""",
    "ar": """قالت سلطات الجمارك في ميناء أوستراند يوم الجمعة إنها صادرت 12 ألف قطعة من أدوات
    الآلات غير المصرح بها كانت متجهة إلى شركة في فاريليا، وهي الحالة الثالثة هذا العام. وعثر على
    الشحنة في حاويتين مسجلتين على أنهما معدات زراعية.""",
}


@pytest.mark.parametrize("language", IN_OTHER_SCRIPTS)
def test_copies_are_found_in_every_script(language):
    whole = IN_OTHER_SCRIPTS[language]
    verdict = like(whole, whole[: len(whole) * 6 // 10] + "…", "Ostrand", "Ostrand")
    assert verdict.same, verdict.reason


@given(st.text(), st.lists(st.text(min_size=1), min_size=8).map(" ".join))
def test_every_text_is_a_copy_of_itself(title, text):
    its = traits(title, text)
    assert likeness(its, its).same or its.title_alone


# --- What is not -----------------------------------------------------------------------------


def test_reports_after_one_pattern_are_told_apart_by_whom_they_name():
    one = ROUND.format(bank="Harbour Bank", rate="7.75")
    other = ROUND.format(bank="Kestrel Trust", rate="7.75")
    assert not like(one, other).same
    assert "names" in like(one, other).reason


def test_and_by_their_numbers():
    one = ROUND.format(bank="Harbour Bank", rate="7.75")
    other = ROUND.format(bank="Harbour Bank", rate="8")
    assert like(one, other).reason == "its numbers differ: 8"
    assert not like(one, other).same


def test_and_so_they_are_without_capitals():
    said = "欧盟周五批准了第{}轮制裁方案，涉及三十七家公司和两家银行，新措施将于下周生效，官员说。"
    assert like(said.format(12), said.format(12)).same
    assert not like(said.format(12), said.format(13)).same


def test_a_stray_number_is_forgiven_where_there_are_many():
    text = f"{TEXT} It named 5 ships, 8 ports and 31 firms."
    framed = f"{text} Read more: nine things to know."
    longer = f"{text} The inquiry goes on, and the court will hear the first of the men in spring."
    assert like(framed, longer).same
    assert not like(framed.replace("31", "37"), longer).same


def test_but_none_in_a_table():
    table = (
        "WHEAT may 285 up 2 jul 281 off 1 sep 276 BARLEY may 159 jul 163 sep 168 dec {} unchanged"
    )
    assert like(table.format(176), table.format(176)).same
    assert not like(table.format(176), table.format(177)).same


def test_a_short_text_under_another_title_is_another_report():
    text = "Quarterly dividend 25 cents against 25 cents, payable on 15 December."
    assert like(
        text, text, "Halden Trading sets payout", "Halden Trading sets quarterly payout"
    ).same
    assert not like(text, text, "Halden Trading sets payout", "Silver Tern Shipping pays").same


def test_a_new_subject_is_no_copy():
    other = "Fishermen off Ostrand reported the largest catch of herring in ten years. " * 3
    assert like(TEXT, other).reason.startswith("only 0% of its words")


# --- Against earlier reports -----------------------------------------------------------------


def test_a_copy_says_of_what_and_why():
    first = report(3, item=5, feed=2, story=9)
    copy = copy_of(report(), [first])
    assert copy is not None
    assert copy.of is first
    assert copy.score == 1.0
    assert copy.reason == "100% of its words stand in the other, same numbers and names"


def test_without_candidates_it_is_news():
    assert copy_of(report(), []) is None


def test_the_report_that_it_repeats_most_of_is_its_original_and_of_equals_the_first():
    cut = report(30, item=1, feed=2, text=" ".join(TEXT.split()[:40]))
    whole = report(20, item=2, feed=3)
    again = report(10, item=3, feed=4)
    more = replace(report(feed=5), traits=traits(TITLE, TEXT + " It gave no more."))
    found = copy_of(more, [again, whole, cut])
    assert found is not None
    assert found.of is cut
    found = copy_of(more, [again, whole])
    assert found is not None
    assert found.of is whole


@pytest.mark.parametrize(("hours", "found"), [(71, True), (73, False), (-1, True)])
def test_it_is_looked_for_within_three_days(hours, found):
    assert (copy_of(report(), [report(hours, feed=2)]) is not None) is found


def test_what_is_only_much_the_same_is_the_next_stage_a_day_later():
    text = "Mira Lund of the Ostrand council " + " ".join(TEXT.split()[:30])
    other = (
        "Mira Lund of the Ostrand council "
        + " ".join(TEXT.split()[:18])
        + " goods that nobody " * 4
    )
    assert 0.45 < like(text, other).score < 0.7
    assert copy_of(report(text=text), [report(20, feed=2, text=other)])
    assert not copy_of(report(text=text), [report(30, feed=2, text=other)])


def test_a_feed_that_says_the_same_words_a_day_later_says_them_again():
    daily = report(24, feed=1)
    assert copy_of(report(feed=1), [daily]) is None
    assert copy_of(report(feed=2), [daily]) is not None


def test_and_so_does_whoever_copies_it():
    yesterday, theirs, today = report(25, feed=1), report(24, feed=2), report(1, feed=1)
    assert copy_of(today, [yesterday, theirs]) is None
    found = copy_of(report(feed=2), [yesterday, theirs, today])
    assert found is not None
    assert found.of is today


# --- Titles ----------------------------------------------------------------------------------


def test_one_title_is_one_report_for_twelve_hours():
    short = report(text="", feed=1)
    found = copy_of(short, [report(2, text="", feed=2, title=f"{TITLE} - The Harbour Post")])
    assert found is not None
    assert found.reason == "same headline 2 hours earlier"
    assert copy_of(short, [report(13, text="", feed=2)]) is None


def test_titles_that_differ_by_a_word_are_two_reports():
    for other in ("Customs seize machine guns at Ostrand", "Customs seize machine tools at Varel"):
        assert copy_of(report(text=""), [report(1, text="", feed=2, title=other)]) is None


def test_two_outlets_have_title_and_report_from_a_third_unless_their_numbers_differ():
    theirs = "Officials in the north spoke of a large find of goods, among them 12,000 parts."
    assert copy_of(report(), [report(1, feed=2, text=theirs)]) is not None
    other = theirs.replace("12,000", "14,000")
    assert copy_of(report(), [report(1, feed=2, text=other)]) is None


def test_one_outlet_with_one_title_over_two_texts_reports_twice():
    title = "Stocks lower in late trading at Ostrand"
    morning = "Shipping shares fell on the Ostrand exchange as freight rates eased, dealers said."
    noon = "A wave of selling hit all of the market and a late recovery failed, brokers told us."
    assert (
        copy_of(
            report(title=title, text=noon, feed=1), [report(2, title=title, text=morning, feed=1)]
        )
        is None
    )


def test_a_text_of_a_few_words_is_none():
    here = report(title="Ferry runs aground off Ostrand", text="Read the full story", feed=1)
    there = report(
        1, title="Council of Varelia approves budget", text="Read the full story", feed=2
    )
    assert copy_of(here, [there]) is None

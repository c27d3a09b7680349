"""A whole morning in words: chart, late stories, updates, what is left out, and programs."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from invented_digests import ARMS, NOW, digest, reported, story
from lxml import html as lxml_html
from morning_edition import PORTS, SHIPS, morning_edition, of_many

from monitor.model import Abroad, Cause, Line, RuleVolume, Section, Severity, Watching
from monitor.rendering.environment import TemplateSource
from monitor.rendering.wording import LARGEST_FILES, LARGEST_HTML, Wording

WORDING = Wording.builtin()
EDITION = morning_edition()


def silent(sentence):
    raise AssertionError(sentence)


def word(what, *, wording=WORDING, warn=silent):
    return wording.word(what, template="digest", key="k1", warn=warn)


def seen(markup):
    return re.sub("<[^>]+>", "", markup)


def forms_of(what):
    message = word(what)
    text = " ".join(lxml_html.document_fromstring(message.html).text_content().split())
    return text, " ".join(message.text.split()), seen(message.chat)


MESSAGE = word(EDITION)
TREE = lxml_html.document_fromstring(MESSAGE.html)


# --- the chart -------------------------------------------------------------------------------


def rows():
    return [row for row in TREE.iter("tr") if row.find("th[@scope='row']") is not None]


def test_the_chart_has_a_row_for_each_rule_with_the_last_day_and_the_usual():
    cells = [[cell.text_content() for cell in row if cell.get("class") != "c"] for row in rows()]
    assert [" ".join(each) for each in cells] == [
        "Arms transfers 31 3",
        "Ports closed or reopened 20 18",
        "Ships under sanctions 4 1",
        "Chips and export control 3 –",
    ]
    assert "and 2 more rules that matched" in TREE.text_content()


def test_only_numbers_out_of_the_ordinary_are_bold():
    assert [bold.text for row in rows() for bold in row.iter("b")] == ["31"]


def test_bars_are_cells_with_a_height_and_a_colour_and_no_images():
    bars = rows()[0].xpath(".//td[@bgcolor]")
    heights = [int(bar.get("height")) for bar in bars]
    assert len(heights) == 13  # one of the fourteen days had nothing
    assert max(heights) == heights[-1] == 22
    assert min(heights) == 3


def test_rules_link_to_where_the_page_tells_of_them():
    for link in (each.find("th/a") for each in rows()):
        assert TREE.get_element_by_id(link.get("href").removeprefix("#")) is not None


def test_a_rule_whose_stories_are_all_to_be_read_first_links_there():
    urgent = story(severity=Severity.CRITICAL)
    what = replace(digest(urgent), volumes=(RuleVolume(rule=ARMS, days=(1,)),))
    assert '<a class="t" href="#first"' in word(what).html


# --- what stands where -----------------------------------------------------------------------


def test_all_parts_follow_each_other_in_every_form():
    for form in (seen(MESSAGE.html), MESSAGE.text):
        places = [
            form.casefold().index(each.casefold())
            for each in (
                "In place of 2 digests",
                "31",
                "Alerts",
                "Read first",
                "And also",
                "Older than three days",
                "Health of the watch",
                "Why now: due at 2026-11-23 07:00 CET.",
                "Next: Tue 24 Nov, 07:00;",
                "Digest 2026-11-23-a7f3",
            )
        ]
        assert places == sorted(places)


def test_every_story_is_in_every_form():
    for form in (MESSAGE.html, MESSAGE.text, MESSAGE.chat):
        for each in EDITION.stories:
            assert each.lead.item.url in form


def test_a_sign_of_life_says_what_is_watched():
    seen_of = Watching(feeds=35, rules=3, failing=2, read_at=NOW - timedelta(minutes=7))
    for form in forms_of(replace(digest(), watching=seen_of)):
        assert "till watching, nothing new" in form
        assert "35 feeds (2 failing) and 3 rules are watched; a feed was last read at 21:53" in form


# --- updates ---------------------------------------------------------------------------------


def update(number, said="now says {} hurt, was {}"):
    text = said.format(number + 1, number)
    return Line(cause=Cause.UPDATE, update_id=number, said=text)


def test_an_update_that_came_before_the_story_was_told_is_told_with_it():
    new = replace(story("Ferry aground"), lines=(Line(cause=Cause.STORY), update(2)))
    for form in forms_of(digest(new)):
        assert "Meanwhile: now says 3 hurt, was 2" in form


def test_of_many_updates_three_are_told_and_the_others_counted():
    told = replace(story("Ferry aground"), lines=tuple(map(update, range(5))), told_at=NOW)
    for form in forms_of(digest(told)):
        assert form.count("Updated:") == 3
        assert "now says 5 hurt, was 4" in form
        assert "and 2 updates before" in form


def test_a_story_told_in_a_line_has_its_updates_too():
    told = replace(story("Ferry aground"), lines=(update(2),), told_at=NOW)
    for form in forms_of(digest(story(number=2), rest=[told])):
        assert "Updated: now says 3 hurt, was 2" in form


def test_the_table_has_every_update_and_every_late_story():
    told = replace(story("Ferry aground"), lines=tuple(map(update, range(5))))
    many = of_many(300)
    (_, table) = word(replace(many, rest=(*many.rest, told), late=(story("Late"),))).attachments
    cells = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [row["title"] for row in cells[-2:]] == ["Ferry aground", "Late"]
    assert cells[-2]["news"].startswith("Meanwhile; now says 1 hurt, was 0; now says 2")
    assert cells[-2]["news"].count("hurt") == 5


# --- too much for one mail -------------------------------------------------------------------


def test_a_rule_lists_25_stories_and_counts_the_others():
    stories = [story(f"Vessel {n:02}", number=n) for n in range(40)]
    for form in forms_of(digest(*stories))[:2]:
        assert "15 more below" in form
        assert all(form.count(f"Vessel {n:02}") >= 1 for n in range(40))
        assert form.casefold().index("and also") < form.index("Vessel 25")


def test_what_does_not_fit_is_counted_exactly_and_attached_whole():
    message = word(of_many(1_000))
    tree = lxml_html.document_fromstring(message.html)
    shown = len(tree.xpath("//a[starts-with(@href, 'https:')]"))
    assert len(message.html.encode()) <= LARGEST_HTML
    assert f"{1_000 - shown} more stories in the attached digest.html" in tree.text_content()
    page, table = message.attachments
    whole = lxml_html.document_fromstring(page.content)
    assert len(whole.xpath("//a[starts-with(@href, 'https:')]")) == 1_000
    assert "more stories" not in whole.text_content()
    assert len(page.content) + len(table.content) <= LARGEST_FILES
    assert table.content.count(b"\r\n") == 1_001


def test_where_a_mail_server_would_refuse_both_the_table_goes_alone():
    message = word(of_many(5_000, title="Container ship {} " + "долгий заголовок " * 17))
    (table,) = message.attachments
    assert table.name == "digest.csv"
    assert "digest.html" not in message.html + message.text + message.chat
    assert "in the attached digest.csv" in seen(message.html)


# --- styles ----------------------------------------------------------------------------------

STYLED = "<style>.x{{color:red}} @media print{{.x{{color:blue}}}}</style><p class=x>{}</p>"


def styled(text="hello"):
    source = TemplateSource("t/digest.html.j2", STYLED.format(text))
    return Wording.compile({"digest.html.j2": source})


def test_styles_are_written_into_elements_and_at_rules_stay():
    html = word(digest(story()), wording=styled()).html
    assert '<p class="x" style="color:red">' in html
    assert "@media print" in html


def test_a_page_that_cannot_be_inlined_goes_out_as_it_is(monkeypatch):
    def broken(page):
        raise ValueError("no")

    monkeypatch.setattr("monitor.rendering.wording.inlined", broken)
    said = []
    html = word(digest(story()), wording=styled(), warn=said.append).html
    assert html == STYLED.format("hello")
    assert said == ["t/digest.html.j2: its styles cannot be inlined: no"]


def test_dark_mode_and_phones_survive_inlining():
    assert "prefers-color-scheme:dark" in MESSAGE.html
    assert ".c{display:none!important}" in MESSAGE.html


# --- chats -----------------------------------------------------------------------------------


def test_one_urgent_story_is_a_glance():
    alert = story(
        "Freighter with munitions seized",
        matched=["munitions"],
        severity=Severity.CRITICAL,
        lead="The captain had papers for tractor parts. Nobody was hurt.",
    )
    assert word(digest(alert, rules=(ARMS,), zone="Asia/Seoul")).chat.splitlines() == [
        '<b><a href="https://wire.example/1">Freighter with munitions seized</a></b>',
        "Wire · 05:00 KST · matched: munitions (Arms transfers) · 2026-11-23-a7f3",
        "The captain had papers for tractor parts. Nobody was hurt.",
    ]


def test_one_story_stays_under_400_characters_however_long_its_words():
    alert = story(
        "Long headline " * 40,
        matched=["Long", "headline"],
        source="A very long name of a paper indeed " * 4,
        lead="munitions and more of the same " * 40,
        severity=Severity.HIGH,
    )
    card = replace(ARMS, title="A rule with a long title " * 8)
    assert len(seen(word(digest(alert, rules=(card,))).chat)) <= 400


def long_edition():
    stories = [
        story(
            "Headline of many words " * 20,
            number=n,
            matched=["Headline", "many words"],
            source="Paper of a long name " * 3,
            severity=Severity.CRITICAL,
        )
        for n in range(40)
    ]
    cards = [replace(card, title=f"{card.title} " * 9) for card in (ARMS, SHIPS, PORTS)]
    volumes = tuple(RuleVolume(rule=c, days=(9_999,), usual=1.5, unusual=True) for c in cards)
    alert = replace(EDITION.alerts[0], sentence="Much more than is usual. " * 20)
    ids = tuple(f"2026-11-2{n}-a7f3" for n in range(9))
    return replace(digest(*stories), volumes=volumes, alerts=(alert,), merges=ids)


@pytest.mark.parametrize("what", [EDITION, long_edition()])
def test_a_chat_begins_with_one_message_that_says_it_all(what):
    chat = word(what).chat
    parent, _, rest = chat.partition(f"<b>{len(what.stories) - 5} more</b>")
    assert len(seen(parent)) < 1_480
    assert parent.count("https:") == 5
    assert "usual" in parent
    assert rest.count("https:") >= len(what.stories) - 5


def test_a_chat_says_of_every_story_why():
    assert word(EDITION).chat.count("matched: Harbour (Ports closed or reopened)") == 20


# --- programs and conversations --------------------------------------------------------------


def test_a_program_gets_the_digest_with_the_evidence():
    told = json.loads(MESSAGE.event)
    assert (told["id"], told["digest"], told["more"]) == ("2026-11-23-a7f3", "morning", 0)
    assert told["planned_at"] == "2026-11-23T06:00:00Z"
    assert told["subject"] == MESSAGE.subject
    first = told["stories"][0]
    assert first["news"] == ["now says 12 crates, was 10"]
    assert first["also_reported_by"][:2] == ["Quay & Co", "Sandholm Post"]
    (rule,) = first["rules"]
    assert (rule["rule"], rule["title"], rule["terms"]) == ("arms", "Arms transfers", ["munitions"])
    found = rule["evidence"][0]
    assert first["title"][found["start"] : found["end"]] == found["text"] == "munitions"
    assert told["alerts"][0]["rule"] == "arms"
    assert len(told["notes"]) == 2


def test_a_program_gets_every_report_that_has_a_line_of_its_own():
    first = json.loads(MESSAGE.event)["stories"][0]
    (report,) = first["reports"]
    assert (report["mark"], report["source"]) == ("New report", "Sandholm Post")
    assert report["title"] in MESSAGE.text
    assert report["url"] == "https://other1.example/1"


def test_a_program_is_told_too_what_was_held_back():
    told = json.loads(word(replace(digest(), held="3 stories were held back.")).event)
    assert told["notes"] == ["3 stories were held back."]


def test_a_program_gets_500_stories_and_the_number_of_the_others():
    told = json.loads(word(of_many(620)).event)
    assert (len(told["stories"]), told["more"]) == (500, 120)


def test_a_program_gets_text_even_where_a_feed_had_none():
    event = word(digest(story("half \ud800 a pair\u2028and a line"))).event
    assert json.loads(event.encode())["stories"]


def test_a_conversation_is_of_one_rule_or_of_the_digest():
    assert MESSAGE.thread == "morning"
    assert word(digest(story())).thread == "arms"
    assert word(digest(story(), rest=[story(number=2, rule="ships")])).thread == "morning"
    two = (Section(rule=ARMS, stories=(story(),)), Section(rule=SHIPS, stories=(story(number=2),)))
    assert word(digest(sections=two)).thread == "morning"
    assert word(digest()).thread == "morning"


def test_other_languages_are_counted_as_the_store_counts_them():
    known = replace(story(others=(reported(number=2),)), abroad=(Abroad(language="ru", reports=3),))
    for form in forms_of(digest(known)):
        assert "also in ru (3)" in form or "in ru (3)" in form

"""What a digest says, in each of its three forms."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_digests import ARMS, NOW, digest, reported, story
from lxml import html as lxml_html

from monitor.model import Abroad, Cause, Line, Severity
from monitor.rendering.environment import TemplateSource
from monitor.rendering.wording import LARGEST_HTML, Wording
from monitor.text.width import columns

WORDING = Wording.builtin()
HOSTILE = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            [
                "<script>alert(1)</script>", "</td></table>", '" onmouseover="x', "{{ 7*7 }}",
                "{% for x in y %}", "\r\nBcc: a@b.example", "\u202egnp.exe", "javascript:alert(1)",
                "https://evil.example/x", "&lt;b&gt;", "\x00\x1b[31m", "\ud800", "<!--", "]]>",
            ]
        ),
    ),
    min_size=1,
    max_size=6,
).map(" ".join)  # fmt: skip


def silent(sentence):
    raise AssertionError(sentence)


def word(what, *, wording=WORDING, template="digest", warn=silent):
    return wording.word(what, template=template, key="k1", warn=warn)


def page(what, **how):
    return lxml_html.document_fromstring(word(what, **how).html)


def words_of(tree):
    """What is read on the page, without the styles and the preheader."""
    return " ".join(tree.find(".//table").text_content().split())


@pytest.mark.parametrize(
    ("stories", "subject"),
    [
        ([story("Port closed")], "1 story: Port closed"),
        ([story("Ship seized", severity=Severity.HIGH)], "Urgent: Ship seized"),
        (
            [story("Minor", number=1), story("Ship seized", number=2, severity=Severity.CRITICAL)],
            "1 urgent, 2 stories: Ship seized",
        ),
        ([], "Morning: still watching, nothing new"),
    ],
)
def test_a_subject_counts_first_and_names_the_best_headline(stories, subject):
    assert word(digest(*stories)).subject == subject


def test_a_subject_is_one_line_of_at_most_80_characters():
    subject = word(digest(story("Long\nheadline " * 40))).subject
    assert len(subject) <= 80
    assert "\n" not in subject


def test_every_hit_says_why_with_the_rule_and_the_words_as_they_stand():
    hit = story("Порт принял боеприпасы", matched=["боеприпасы"])
    message = word(digest(hit, rules=(ARMS,)))
    assert "Arms transfers because боеприпасы" in words_of(page_of(message))
    assert "why: Arms transfers because боеприпасы" in message.text
    assert "matched: боеприпасы (Arms transfers)" in message.chat


def page_of(message):
    return lxml_html.document_fromstring(message.html)


def test_matched_words_are_marked_in_headline_and_snippet():
    hit = story(
        "Munitions leave port",
        lead="The cargo of munitions was seen on Monday.",
        matched=["Munitions", "munitions"],
        severity=Severity.HIGH,
    )
    assert [mark.text for mark in page(digest(hit)).iter("mark")] == ["Munitions", "munitions"]


def test_evidence_that_does_not_fit_the_text_marks_nothing():
    hit = story("Munitions leave port", matched=["Munitions"])
    lying = hit.lead.matches[0].evidence[0]._replace(start=3, end=12)
    hit = replace(
        hit,
        lead=replace(hit.lead, matches=(replace(hit.lead.matches[0], evidence=(lying,)),)),
    )
    assert list(page(digest(hit)).iter("mark")) == []


def test_urgent_stories_come_first_and_are_not_repeated_below():
    what = digest(
        story("Quiet day", number=1), story("Ship seized", number=2, severity=Severity.CRITICAL)
    )
    text = words_of(page(what))
    assert text.index("Read first") < text.index("Ship seized") < text.index("Quiet day")
    assert text.count("CRITICAL") == 1
    assert word(what).text.count("Ship seized") == 1


def test_at_most_five_stories_are_to_be_read_first():
    stories = [story(f"Alarm {n}", number=n, severity=Severity.HIGH) for n in range(8)]
    text = words_of(page(digest(*stories)))
    assert text.index("Alarm 4") < text.index("Arms transfers 8, 5 above") < text.index("Alarm 5")


def test_other_outlets_are_counted_by_publisher_and_not_by_feed():
    others = [
        reported(number=2, url="https://asia.wire.example/2", source="Wire Asia"),
        reported(number=3, url="https://www.ledger.example/3", source="Ledger"),
        reported(number=4, url="https://feeds.ledger.example/4", source="Ledger Business"),
    ]
    assert "also reported by 1: Ledger" in words_of(page(digest(story(others=others))))


def test_times_are_local_and_a_date_stands_only_where_it_changes():
    stories = [
        story("A", number=1, published_at=NOW.replace(hour=20)),
        story("B", number=2, published_at=NOW.replace(hour=9)),
        story("C", number=3, published_at=NOW.replace(hour=8)),
    ]
    text = word(digest(*stories, zone="Asia/Seoul")).text
    assert "Tuesday 24 November 2026 (KST)" in text
    assert "Wire, 05:00\n" in text
    assert "Wire, Mon 23 Nov, 18:00\n" in text
    assert "Wire, 17:00\n" in text


def test_an_unknown_time_zone_does_not_hold_a_digest_back():
    assert "22:00 (UTC)" in word(digest(story(), zone="Mars/Olympus")).text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//x.example/", "", "http://"]
)
def test_only_web_pages_are_linked(url):
    tree = page(digest(story(url=url)))
    assert list(tree.iter("a")) == []
    assert "Port closed" in words_of(tree)


def test_a_link_cannot_leave_its_attribute():
    tree = page(digest(story(url='https://x.example/?a="onclick=1><b>')))
    (link,) = tree.iter("a")
    assert link.get("href") == "https://x.example/?a=%22onclick=1%3E%3Cb%3E"
    assert link.get("onclick") is None


def test_headlines_declare_their_language_and_find_their_own_direction():
    (link,) = page(digest(story("ذخائر في الميناء", language="ar"))).iter("a")
    assert (link.get("lang"), link.get("dir")) == ("ar", "auto")


def test_a_page_has_a_preheader_a_footer_and_no_images():
    what = digest(*(story(f"Headline {n}", number=n) for n in range(3)))
    tree = page(what)
    text = words_of(tree)
    assert "Headline 1 · Headline 2" in tree.find("body").find("div").text
    assert "You get this because the digest “morning”" in text
    assert "Next: Tue 24 Nov, 22:00 (UTC)" in text
    assert "Digest 2026-11-23-a7f3" in text
    assert list(tree.iter("img", "script", "link", "form")) == []


def test_notes_on_the_watch_and_the_rest_are_told_everywhere():
    what = digest(story(), rest=[story("Left over", number=9)], notes=["A feed is silent."])
    message = word(what)
    for form in (words_of(page(what)), message.text, message.chat):
        assert "Left over" in form
        assert "A feed is silent." in form


def test_what_was_held_back_is_told_everywhere_and_is_no_ailment():
    sentence = "Held back: 1 story by silence #3 (port strike, until Mon 30 Nov)."
    what = digest(held=sentence)
    assert word(what).subject == "Morning: still watching, nothing new"
    for form in forms_of(what):
        assert sentence in form
        assert "not well" not in form
        assert "health" not in form.lower()


def told_again(*lines, **fields):
    """A story that the digest has told the day before, with what is new about it."""
    again = story("Port closed to all ships", number=2, others=(reported("Port closed"),))
    return replace(again, lines=lines, told_at=NOW - timedelta(days=1), **fields)


def forms_of(what):
    message = word(what)
    return (words_of(page(what)), " ".join(message.text.split()), message.chat)


def test_an_update_says_what_is_new_and_when_the_story_was_told_first():
    said = "now says 12,000 containers, was 10,000"
    for form in forms_of(digest(told_again(Line(cause=Cause.UPDATE, said=said)))):
        assert f"Updated: {said}" in form.replace("<b>", "").replace("</b>", "")
        assert "first told on Sun 22 Nov: Port closed" in form


@pytest.mark.parametrize(
    ("cause", "mark"), [(Cause.REPORT, "New report"), (Cause.FOLLOW_UP, "Follow-up")]
)
def test_another_report_of_a_story_that_was_told_says_so(cause, mark):
    for form in forms_of(digest(told_again(Line(cause=cause)))):
        assert mark in form
        assert "Updated" not in form


def test_a_story_that_is_new_to_the_digest_bears_no_mark_whatever_its_lines():
    lines = Line(cause=Cause.STORY), Line(cause=Cause.UPDATE, said="now says 12, was 10")
    new = replace(told_again(*lines), told_at=None)
    for form in forms_of(digest(new)):
        assert "Updated" not in form
        assert "first told" not in form


def test_what_may_be_the_same_event_in_another_language_is_counted():
    abroad = Abroad(language="ru", reports=3), Abroad(language="zh", reports=1)
    known = replace(story(), abroad=abroad)
    for form in forms_of(digest(known)):
        assert "also in ru (3), zh (1)" in form


def test_another_report_that_may_be_more_than_the_same_is_told_with_its_headline():
    other = reported("Pilots walk out at Port Harrow", number=5)
    gathered = replace(
        story(others=(other, reported("Port closed", number=6))),
        lines=(Line(cause=Cause.STORY), Line(cause=Cause.REPORT, item_id=other.item_id)),
    )
    for form in forms_of(digest(gathered)):
        assert "New report: Pilots walk out at Port Harrow" in re.sub("<[^>]+>", "", form)
    assert digest(gathered).stories[0].told_at is None


def test_of_many_reports_eight_are_told_and_the_others_counted():
    others = tuple(reported(f"Walkout {n}", number=n) for n in range(2, 14))
    lines = tuple(Line(cause=Cause.FOLLOW_UP, item_id=one.item_id) for one in others)
    for form in forms_of(digest(replace(story(others=others), lines=lines))):
        assert form.count("Walkout") == 8
        assert "4 more reports of it" in form


def test_the_subject_counts_updates_apart():
    again = told_again(Line(cause=Cause.UPDATE, said="now says 12, was 10"))
    assert word(digest(again)).subject == "1 update: Port closed to all ships"
    assert word(digest(story("Ferry late"), again)).subject.startswith("1 story, 1 update: ")


def test_plain_text_has_72_columns_and_whole_links():
    link = "https://wire.example/" + "a" * 300
    text = word(
        digest(story("긴 제목이 " * 30, url=link, lead="Word " * 60, severity=Severity.HIGH))
    ).text
    assert f"  {link}\n" in text
    assert max(columns(line) for line in text.splitlines() if "://" not in line) <= 72


def table_of(message):
    page, table = message.attachments
    assert (page.name, table.name) == ("digest.html", "digest.csv")
    return table


@pytest.mark.parametrize("count", [40, 150, 500])
def test_a_page_stays_under_90_kb_and_nothing_is_lost(count):
    stories = [
        story(f"Контейнеровоз номер {n} покинул порт с грузом", number=n, matched=["порт"])
        for n in range(count)
    ]
    message = word(digest(*stories[:40], rest=stories[40:]))
    shown = len(page_of(message).xpath("//a[starts-with(@href, 'https:')]"))
    assert len(message.html.encode()) <= LARGEST_HTML < 90_000
    if shown < count:
        sheet = table_of(message)
        rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
        assert len(rows) == count + 1
        assert f"{count - shown} more stories" in words_of(page_of(message))
    else:
        assert message.attachments == ()


def test_a_table_of_stories_computes_nothing():
    stories = [story('=HYPERLINK("http://evil.example")', number=n) for n in range(600)]
    sheet = table_of(word(digest(*stories)))
    rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert {row[1][:2] for row in rows[1:]} == {"'="}


@settings(max_examples=60, deadline=None)
@given(title=HOSTILE, lead=HOSTILE, source=HOSTILE)
def test_no_feed_text_ever_becomes_markup(title, lead, source):
    hit = story(title, lead=lead, source=source, severity=Severity.HIGH)
    message = word(digest(hit))
    tree = page_of(message)
    assert [link.get("href") for link in tree.iter("a")] == ["https://wire.example/1"]
    assert list(tree.iter("script", "iframe", "form", "img")) == []
    assert not tree.xpath("//@*[starts-with(name(), 'on')]")
    assert not set(message.subject) & set("\r\n\x00\u202e")
    message.text.encode()


def test_one_story_that_cannot_be_shown_costs_one_line_only():
    broken = story("Broken", number=1)
    broken = replace(broken, lead=replace(broken.lead, matches=(None,)))
    healthy = story("Healthy", number=2)
    broken = _Unshowable(id=broken.id, lead=broken.lead, others=())
    text = word(digest(broken, healthy)).text
    assert "1 story could not be shown" in text
    assert "https://wire.example/1" in text
    assert "Healthy" in text


class _Unshowable(type(story())):
    """A story whose severity is known, but whose matches are not fit to be read."""

    @property
    def severity(self):
        return Severity.LOW


def test_the_users_template_is_used_before_ours():
    wording = Wording.compile(
        {"digest.txt.j2": TemplateSource("t/digest.txt.j2", "MINE {{ digest.id }}")}
    )
    assert word(digest(story()), wording=wording).text == "MINE 2026-11-23-a7f3"


def test_a_digest_may_name_its_own_template():
    wording = Wording.compile({"night.txt.j2": TemplateSource("t/night.txt.j2", "NIGHT")})
    message = word(digest(story()), wording=wording, template="night")
    assert message.text == "NIGHT"
    assert "Port closed" in message.html


def test_a_template_nobody_has_is_replaced_and_said_so():
    said = []
    message = word(digest(story()), template="nigth", warn=said.append)
    assert "Port closed" in message.html
    assert said == ["there is no template `nigth`; `digest` was used in its place"]


def test_a_template_that_fails_is_replaced_by_ours_and_said_where():
    text = "fine\n{% if digest.stories == 77 %}{{ digest.titel }}{% endif %}"
    wording = Wording.compile({"digest.html.j2": TemplateSource("t/digest.html.j2", text)})
    said = []
    stories = [story(number=n) for n in range(77)]
    message = word(digest(*stories), wording=wording, warn=said.append)
    assert "Port closed" in message.html
    assert said[0].startswith("t/digest.html.j2:2:")
    assert "unknown name `titel`" in said[0]


def test_a_template_without_end_is_given_up():
    text = "{{ digest.id }}"
    for _ in range(3):
        text = f"{{% for each in digest.shown %}}{text}{{% endfor %}}"
    wording = Wording.compile({"digest.html.j2": TemplateSource("t/digest.html.j2", text)})
    said = []
    stories = [story("A long headline indeed", number=n) for n in range(60)]
    message = word(digest(*stories), wording=wording, warn=said.append)
    assert "2 MB" in said[0]
    assert message.html.startswith("<!DOCTYPE html>")


def test_when_no_template_works_headlines_and_links_still_arrive():
    ours = Wording.builtin()
    broken = {name: TemplateSource("x", "{{ nothing.at.all }}") for name in ours.sources}
    wording = Wording(broken, type(ours.environment)())
    said = []
    message = word(digest(story()), wording=wording, warn=said.append)
    assert (
        message.text == "Morning, Monday 23 November 2026\n\nPort closed\nhttps://wire.example/1\n"
    )
    assert said

"""Bulletins are valid Atom and JSON Feed whatever a publisher has written into its headlines."""

import json
from datetime import UTC, datetime, timedelta
from html import escape

import feedparser
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from monitor.model import (
    DigestName,
    Evidence,
    Item,
    ItemId,
    Match,
    Message,
    Outcome,
    Reported,
    RuleCard,
    RuleId,
    Severity,
    Story,
    StoryId,
)
from monitor.rendering.atom import atom
from monitor.rendering.bulletins import Bulletin, Change, Notice, digest_notice, story_notice
from monitor.rendering.json_feed import json_feed
from monitor.sources.reading import read_feed
from monitor.text.clean import one_line
from monitor.text.html import plain_line

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ARMS = RuleId("arms")
CARDS = {ARMS: RuleCard(id=ARMS, title="Arms <transfers>")}
ATOM = "{http://www.w3.org/2005/Atom}"
ELEMENTS = {"feed", "id", "title", "updated", "author", "name", "generator", "link", "entry"}
ELEMENTS |= {"published", "category", "summary", "content"}

anything = st.text(st.characters(codec=None), max_size=60)
hostile = st.one_of(
    anything,
    st.sampled_from(
        [
            "]]></title><script>alert(1)</script>",
            "<b>bold</b> & &amp; &lt;i&gt; &#x0; \x00\x01\x0b\x1b",
            "\u202egnp.exe \ufffe\uffff \ud800",
            "A  headline\nof\r\ntwo\u2028lines",
            "{{ digest }} {% for %}",
        ]
    ),
)


def story(title="Ore carrier leaves", *, url="https://wire.example/1", source="Wire", **changes):
    item = Item(
        title=title,
        url=url,
        source=source,
        published_at=NOON,
        first_seen_at=NOON,
        **changes,
    )
    evidence = Evidence(clause="any", term="ore", field="title", start=0, end=3, text=title[:3])
    match = Match(rule=ARMS, severity=Severity.HIGH, score=1, evidence=(evidence,))
    lead = Reported(item_id=ItemId(1), item=item, outcome=Outcome.NEW, matches=(match,))
    return Story(id=StoryId(1), lead=lead)


def notice(told, *changes):
    return story_notice(
        told,
        ARMS,
        id=f"tag:x.wirewatch.invalid,2026-03-02:story/{told.id}",
        matched_at=NOON,
        changes=changes,
        cards=CARDS,
    )


def bulletin(*notices, **changes):
    made = {"title": "Wirewatch: Arms", "about": "", "address": "arms", "home": ""} | changes
    return Bulletin(
        id="tag:x.wirewatch.invalid,2026-03-02:rules/arms",
        updated_at=NOON,
        notices=notices,
        **made,
    )


def parsed_by_feedparser(document):
    return feedparser.parse(
        document, response_headers={"content-type": "application/atom+xml; charset=utf-8"}
    )


@given(hostile, hostile, hostile)
def test_a_hostile_headline_comes_back_as_the_text_that_it_is(title, lead, source):
    told = story(title, lead=lead, source=source, language="ru")
    made = bulletin(notice(told), title=f"Wirewatch: {one_line(title)}")
    entry = parsed_by_feedparser(atom(made))
    assert not entry.bozo
    (theirs,) = entry.entries
    (ours,) = read_feed(atom(made), "", "https://desk.example/feeds/arms.atom").entries
    (item,) = read_feed(json_feed(made), "", "https://desk.example/feeds/arms.json").entries
    expected = one_line(title) or "(no title)"
    assert " ".join(theirs.title.split()) == expected
    # Our own readers know publishers who escape twice, and take text that is markup for markup.
    assert ours.title == item.title == plain_line(expected, is_html=False)
    assert ours.language == item.language == "ru"
    assert ours.guid == item.guid == made.notices[0].id


@given(hostile, hostile)
def test_no_element_of_a_publisher_gets_into_what_is_ours(title, lead):
    made = bulletin(notice(story(title, lead=f"{title} and {lead}")))
    feed = etree.fromstring(atom(made))
    assert {element.tag.removeprefix(ATOM) for element in feed.iter()} <= ELEMENTS
    html = feed.findtext(f".//{ATOM}content")
    paragraphs = [escape(each) for each in made.notices[0].summary.split("\n")]
    assert html == "".join(f"<p>{each}</p>" for each in paragraphs)


@given(hostile)
def test_a_document_has_only_characters_that_xml_allows(text):
    made = bulletin(
        digest_notice(
            Message(
                key="k",
                digest_id="d",
                digest_name=DigestName("d"),
                subject=text,
                text=text,
                html=text,
            ),
            NOON,
            id="tag:x",
        ),
        about=text,
    )
    etree.fromstring(atom(made))
    json.loads(json_feed(made).decode())


@given(
    st.one_of(
        anything, st.sampled_from(["javascript:alert(1)", "data:text/html,x", "//x.example/"])
    )
)
def test_only_links_to_web_pages_are_links(url):
    made = bulletin(notice(story(url=url)))
    links = etree.fromstring(atom(made)).findall(f".//{ATOM}entry/{ATOM}link")
    assert all(each.get("href").startswith(("http://", "https://")) for each in links)
    (item,) = json.loads(json_feed(made))["items"]
    assert item.get("url", "https://").startswith(("http://", "https://"))


def test_every_feed_and_entry_has_what_atom_asks_for():
    feed = etree.fromstring(atom(bulletin(notice(story()), home="https://desk.example")))
    for owner in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated", "author"):
            assert len(owner.findall(ATOM + name)) == 1
    (own,) = feed.findall(f"{ATOM}link[@rel='self']")
    assert own.get("href") == "arms.atom"
    assert feed.findtext(f"{ATOM}updated") == "2026-03-02T12:00:00Z"


def test_an_empty_bulletin_is_valid_too():
    feed = parsed_by_feedparser(atom(bulletin()))
    assert (feed.bozo, feed.entries) == (False, [])
    assert json.loads(json_feed(bulletin()))["items"] == []


def test_a_language_that_is_none_is_left_out():
    made = bulletin(notice(story(language='en" onload="x')))
    assert 'onload="x' not in atom(made).decode()
    assert "language" not in json.loads(json_feed(made))["items"][0]


def test_the_latest_change_stands_first_and_dates_the_entry():
    later = NOON + timedelta(hours=2)
    told = notice(
        story(),
        Change(at=NOON + timedelta(hours=1), said="now says 12, was 10"),
        Change(at=later, said="now says 15, was 12"),
    )
    assert told.updated_at == later
    assert told.summary.split("\n")[:2] == [
        "Updated 2026-03-02 14:00 UTC: now says 15, was 12",
        "Updated 2026-03-02 13:00 UTC: now says 12, was 10",
    ]


def test_why_names_the_rule_and_the_words():
    assert notice(story("Ore")).summary == "Why: Arms <transfers> because Ore"


def test_a_digest_leaves_out_what_is_for_mail_programs_only():
    page = (
        "<html><head><style>p { color: red }</style></head>"
        '<body class="x"><div style="display:none;max-height:0">Preheader</div><p>Ore</p></body>'
    )
    message = Message(
        key="k", digest_id="d", digest_name=DigestName("d"), subject="S", text="t", html=page
    )
    assert digest_notice(message, NOON, id="tag:x").html == "<p>Ore</p>"


def test_a_notice_is_the_same_in_both_formats():
    told = Notice(
        id="tag:x", title="T", published_at=NOON, updated_at=NOON, html="<p>H</p>", tags=("high",)
    )
    (item,) = json.loads(json_feed(bulletin(told)))["items"]
    (entry,) = parsed_by_feedparser(atom(bulletin(told))).entries
    assert (item["id"], item["content_html"]) == (entry.id, entry.content[0].value)
    assert item["tags"] == [tag.term for tag in entry.tags]

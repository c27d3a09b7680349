"""RSS, Atom and RDF: every entry of every feed, however it is written."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import NoFeed, ParsedFeed
from monitor.sources.reading import read_feed

URL = "https://wire.example/feeds/all.xml"
MALFORMED = "<q:z>x</q:z>"
"""Makes a document one for feedparser, as nobody declares that prefix."""


def read(text, content_type="", url=URL):
    body = text if isinstance(text, bytes) else text.encode()
    return read_feed(body, content_type, url)


def rss(*items, head="<title>Harbour Wire</title><link>https://wire.example/</link>"):
    return f'<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'


def atom(*entries):
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>W</title>{"".join(entries)}</feed>'


def only(outcome):
    assert isinstance(outcome, ParsedFeed)
    (entry,) = outcome.entries
    return entry


def codes(outcome):
    return [problem.code for problem in outcome.problems]


def test_an_rss_item_in_full():
    feed = read(
        rss(
            "<item><guid> urn:1 </guid><title>Ferry &lt;i&gt;seized&lt;/i&gt;</title>"
            "<link>/a?x=1&amp;y=2</link><description>&lt;p&gt;In port.&lt;/p&gt;</description>"
            "<author>desk@wire.example (Desk)</author><category>ports</category>"
            "<category>ports</category><pubDate>Tue, 03 Nov 2026 08:00:00 EST</pubDate>"
            "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
            "<![CDATA[<p>In port. The crew is safe.</p>]]></content:encoded></item>",
            head="<title>Harbour &amp; Sea</title><link>https://wire.example/x/</link>"
            "<language>en-GB</language>",
        )
    )
    entry = only(feed)

    assert (feed.kind, feed.title, feed.site_url, feed.language, feed.problems) == (
        "rss",
        "Harbour & Sea",
        "https://wire.example/x/",
        "en-GB",
        (),
    )
    assert (entry.guid, entry.url) == ("urn:1", "https://wire.example/a?x=1&y=2")
    assert (entry.title, entry.lead) == ("Ferry seized", "In port.")
    assert entry.body == "In port. The crew is safe."
    assert (entry.author, entry.tags) == ("desk@wire.example (Desk)", ("ports",))
    assert entry.language.startswith("en")
    assert entry.published_at == datetime(2026, 11, 3, 13, tzinfo=UTC)


def test_an_atom_entry_in_full():
    feed = read(
        atom(
            '<entry xml:lang="uk"><id>tag:1</id><title type="html">Пором &amp;amp; кран</title>'
            '<link rel="self" href="/self"/><link rel="alternate" href="/a"/>'
            '<summary type="text">Коротко: 3 &lt; 4</summary>'
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Один</p>'
            "<p>Два &amp; три</p></div></content><author><name>Ред.</name></author>"
            '<category term="порт" label="Порти"/><updated>2026-11-03T10:00:00+02:00</updated>'
            "</entry>"
        )
    )
    entry = only(feed)

    assert feed.kind == "atom"
    assert (entry.guid, entry.url) == ("tag:1", "https://wire.example/a")
    assert (entry.title, entry.lead) == ("Пором & кран", "Коротко: 3 < 4")
    assert entry.body == "Один\nДва & три"
    assert (entry.author, entry.tags, entry.language) == ("Ред.", ("Порти",), "uk")
    assert entry.published_at is None
    assert entry.updated_at == datetime(2026, 11, 3, 8, tzinfo=UTC)


def test_an_rdf_feed():
    feed = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<channel rdf:about="x"><title>W</title></channel><item rdf:about="https://wire.example/1">'
        "<title>Ferry</title><link>https://wire.example/1</link><dc:date>2026-11-03</dc:date>"
        "</item></rdf:RDF>"
    )

    assert feed.kind == "rdf"
    assert only(feed).updated_at == datetime(2026, 11, 3, tzinfo=UTC)


def test_a_text_that_says_no_more_than_the_summary_is_not_told_twice():
    entry = only(
        read(
            rss(
                "<item><description>Ferry seized in port.</description>"
                "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
                "&lt;b&gt;Ferry seized&lt;/b&gt; in port.</content:encoded></item>"
            )
        )
    )

    assert (entry.lead, entry.body) == ("Ferry seized in port.", "")


LINKS = {
    "relative to the site": ("<link>/a</link>", "https://wire.example/a"),
    "the guid, if it is a page": ("<guid>https://wire.example/9</guid>", "https://wire.example/9"),
    "not a guid that is a number": ("<guid>12345</guid>", ""),
    "the guid in place of a bad link": (
        "<link>javascript:alert(1)</link><guid>https://wire.example/9</guid>",
        "https://wire.example/9",
    ),
    "no scheme but the web's": ("<link>data:text/html,x</link>", ""),
    "nothing that hides in blanks": ("<link> java\tscript:alert(1)</link>", ""),
    "no broken host": ("<link>http://[::1/x</link>", ""),
    "blanks made safe": ("<link>https://wire.example/a b</link>", "https://wire.example/a%20b"),
    "behind an alert": (
        "<link>https://www.google.com/url?rct=j&amp;url=https://h.example/x%3Fa%3D1&amp;ct=ga</link>",
        "https://h.example/x?a=1",
    ),
    "behind a news search": (
        "<link>https://news.google.com/rss/articles/CBMiE2h0dHBzOi8vaC5leGFtcGxlL3jSAQA?oc=5</link>",
        "https://h.example/x",
    ),
    "an opaque news search": (
        "<link>https://news.google.com/rss/articles/CBMiAUFVX3lx?oc=5</link>",
        "https://news.google.com/rss/articles/CBMiAUFVX3lx?oc=5",
    ),
}


@pytest.mark.parametrize(("markup", "url"), LINKS.values(), ids=LINKS.keys())
def test_a_link_leads_to_the_article_or_nowhere(markup, url):
    assert only(read(rss(f"<item>{markup}<title>t</title></item>"))).url == url


REDIRECTS = {
    "of Google, for phones": ("google.com/amp/s/h.example/x?a=1", "https://h.example/x"),
    "of a news reader": (
        "news.google.com/read/CBMiE2h0dHBzOi8vaC5leGFtcGxlL3jSAQA?hl=en",
        "https://h.example/x",
    ),
    "of Bing": (
        "www.bing.com/news/apiclick.aspx?ref=x&amp;url=https%3a%2f%2fh.example%2fx+y&amp;c=1",
        "https://h.example/x%20y",
    ),
    "of nobody we know": (
        "go.wire.example/?url=https://h.example/x",
        "https://go.wire.example/?url=https://h.example/x",
    ),
}


@pytest.mark.parametrize(("link", "url"), REDIRECTS.values(), ids=REDIRECTS.keys())
def test_a_redirect_is_unwrapped_where_the_link_tells_its_target(link, url):
    link = f"https://www.{link}" if link.startswith("google") else f"https://{link}"

    assert only(read(rss(f"<item><link>{link}</link><title>t</title></item>"))).url == url


DATES = {
    "2026-11-03T08:00:00": "2026-11-03T08:00:00+00:00",
    "2026-11-03 08:00 +0300": "2026-11-03T05:00:00+00:00",
    "Tue, 03 Nov 2026 08:00:00 GMT": "2026-11-03T08:00:00+00:00",
    "Вт, 03 ноя 2026 10:00:00 +0300": "2026-11-03T07:00:00+00:00",
    "3 листопада 2026, 10:00": "2026-11-03T10:00:00+00:00",
    "0000-00-00T00:00:00Z": None,
    "Mon, 01 Jan 99999999999 00:00:00 GMT": None,
    "06/01/2026 25:61": None,
    "31 Nonsense 2026 10:00": None,
    "yesterday": None,
    "1" * 300: None,
}


@pytest.mark.parametrize(("stated", "meant"), DATES.items())
def test_a_date_is_an_instant_or_nothing(stated, meant):
    entry = only(read(rss(f"<item><title>t</title><pubDate>{stated}</pubDate></item>")))

    found = entry.published_at
    assert (found and found.isoformat()) == meant


HINTS = {
    "RSS": (
        rss(
            "<item><title>t</title></item>",
            head="<title>W</title><ttl> 30 </ttl>"
            '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example/"/>'
            '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="/all.xml"/>',
        ),
        ("https://hub.example/", "https://wire.example/all.xml", timedelta(minutes=30)),
    ),
    "Atom": (
        atom(
            '<link rel="hub self" href="https://hub.example/"/>', "<entry><title>t</title></entry>"
        ),
        ("https://hub.example/", "https://hub.example/", None),
    ),
    "RSS 1.0's syndication": (
        rss(
            "<item><title>t</title></item>",
            head="<title>W</title><sy:updatePeriod>Daily</sy:updatePeriod>"
            "<sy:updateFrequency>4</sy:updateFrequency>",
        ).replace("<rss ", "<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' "),
        ("", "", timedelta(hours=6)),
    ),
    "what WordPress writes into every feed": (
        rss("<item/>", head="<title>W</title><sy:updatePeriod>hourly</sy:updatePeriod>").replace(
            "<rss ", "<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' "
        ),
        ("", "", None),
    ),
    "nonsense": (rss("<item/>", head="<title>W</title><ttl>-5</ttl>"), ("", "", None)),
}


@pytest.mark.parametrize("damage", ["", MALFORMED], ids=["well-formed", "malformed"])
@pytest.mark.parametrize(("text", "hints"), HINTS.values(), ids=HINTS.keys())
def test_what_a_feed_says_of_its_hub_and_of_how_long_to_keep_it_is_heard(text, hints, damage):
    end = "</feed>" if "</feed>" in text else "</channel>"
    feed = read(text.replace(end, damage + end))

    assert (feed.hub, feed.self_url, feed.ttl) == hints


def test_a_service_that_redirects_names_the_article():
    namespace = "xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0'"
    entry = only(
        read(
            rss(
                "<item><link>https://feeds.example/~r/1</link>"
                f"<feedburner:origLink {namespace}>https://h.example/x</feedburner:origLink></item>"
            )
        )
    )

    assert entry.url == "https://h.example/x"


def test_a_film_is_described_by_what_its_media_group_says():
    group = (
        "<media:group xmlns:media='http://search.yahoo.com/mrss/'><media:title>Ferry</media:title>"
        "<media:description>Towed at dawn.</media:description></media:group>"
    )
    entry = only(read(atom(f"<entry><title>Ferry</title>{group}</entry>")))

    assert (entry.title, entry.lead) == ("Ferry", "Towed at dawn.")


BROKEN = {
    "a document type with entities": (
        '<!DOCTYPE rss [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>',
        "Ferry &b;",
        "Ferry &b;",
    ),
    "an external entity": (
        '<!DOCTYPE rss [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
        "Ferry &e;",
        "Ferry &e;",
    ),
    "a flood of lines": ("\n" * 100_000, "Ferry", "Ferry"),
    "a flood of comments": ("<!-- " * 30_000 + "-->", "Ferry", "Ferry"),
    "comments that name a feed": ("<!-- <rss><item/> -->", "Ferry", "Ferry"),
    "output of a script": ("<br />\n<b>Warning</b>: x in y\n<?xml version='1.0'?>", "F", "F"),
    "the wrong document type": ("<!DOCTYPE html>", "Ferry", "Ferry"),
    "bare ampersands": ("", "AT&T & Co; R&D", "AT&T & Co; R&D"),
    "names from HTML": ("", "caf&eacute; &hellip;", "café …"),
    "characters that are none": ("", "Ferry &#x110000;&#xD800;&#0;", "Ferry \ufffd\ufffd\ufffd"),
    "encoded twice": ("", "Steel &amp;amp; &amp;quot;coal&amp;quot;", 'Steel & "coal"'),
    "NUL and controls": ("", "Fer\x00ry\x07", "Ferry"),
    "a header in a title": ("", "Ferry&#13;&#10;Bcc: x@wire.example", "Ferry Bcc: x@wire.example"),
    "an open tag": ("", "Ferry <b>seized", "Ferry seized"),
}


@pytest.mark.parametrize(("prolog", "title", "meant"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_badly_written_is_read_all_the_same(prolog, title, meant):
    feed = read(prolog + rss(f"<item><title>{title}</title></item><item><title>Tug</title></item>"))

    assert [entry.title for entry in feed.entries] == [meant, "Tug"]


ODDITIES = {
    "geometry without a place": "<gml:pos xmlns:gml='http://www.opengis.net/gml'>1 2</gml:pos>",
    "a chapter without start": (
        "<psc:chapters xmlns:psc='http://podlove.org/simple-chapters'><psc:chapter title='x'/>"
        "</psc:chapters>"
    ),
}


@pytest.mark.parametrize("oddity", ODDITIES.values(), ids=ODDITIES.keys())
def test_an_entry_that_breaks_the_parser_costs_neither_the_others_nor_itself(oddity):
    bad = (
        f"<item><guid>bad</guid><title>Bad</title><link>/b</link>{oddity}<category>c</category>"
        "<description>&lt;p&gt;Still here&lt;/p&gt;</description><author>A</author>{}</item>"
    )
    one, two = "<item><title>One</title></item>", "<item><title>Two</title></item>"
    feed = read(rss(one, bad.format(MALFORMED), two))

    assert [entry.title for entry in feed.entries] == ["One", "Bad", "Two"]
    assert feed.entries[1].lead == "Still here"
    assert feed.entries[1].url == "https://wire.example/b"
    assert codes(feed) == ["malformed", "unreadable-part"]
    assert codes(read(rss(one, bad.format(""), two))) == []


DAMAGE = {
    "a CDATA section that never ends": "<x><![CDATA[ foo </x>",
    "a comment that never ends": "<!-- foo ",
    "a tag that never ends": "<b",
    "an element that never ends": "<source>",
    "a value that never ends": "<a x='1>foo</a>",
    "a namespace nobody declared": "<q:z>x</q:z>",
    "an attribute twice": "<a x='1' x='2'/>",
    "an attribute without quotes": "<a href=foo>x</a>",
    "a stray end of the item": "</item>",
    "a stray end of the channel": "</channel>",
    "a stray end of the feed": "</rss>",
    "a second declaration": "<?xml version='1.0'?>",
    "a program": "<script>if (a<b) x</script>",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_within_one_item_costs_no_item(damage):
    feed = read(
        rss(
            *(
                f"<item><title><![CDATA[{n}]]></title>{damage if n == 1 else ''}"
                "<description>d</description></item>"
                for n in range(4)
            )
        )
    )

    assert [entry.title for entry in feed.entries] == ["0", "1", "2", "3"]


def test_a_feed_with_prefixes_nobody_declared_is_read_with_its_heading():
    feed = read(
        "<?xml?xml version='1.0' ??><rss rss:version=2.0><rss:channel><rss:title>W</rss:title>"
        "<rss:item><rss:title>One</rss:title><rss:guid rss:isPermaLink=true>1</rss:guid></rss:item>"
        "<rss:item><rss:title>Two</rss:title></rss:item></rss:channel></rss>"
    )

    assert feed.title == "W"
    assert [entry.title for entry in feed.entries] == ["One", "Two"]


def test_a_heading_that_breaks_the_parser_costs_no_entry():
    oddity = ODDITIES["geometry without a place"]
    item = f"<item><title>One</title>{MALFORMED}</item>"
    feed = read(rss(item, head=f"<title>W</title>{oddity}"))

    assert (feed.title, only(feed).title) == ("W", "One")
    assert codes(feed) == ["malformed", "unreadable-part"]


def test_the_end_of_a_document_may_be_missing_or_overshot():
    whole = rss("<item><title>One</title></item>", "<item><title>Two</title></item>")

    assert [entry.title for entry in read(whole[:-40]).entries][:1] == ["One"]
    assert codes(read(whole[:-17])) == ["cut-off", "malformed"]
    assert codes(read(f"{whole}<b>Warning</b>")) == ["trailing-text"]
    assert codes(read(f"{whole}\n<!-- cached -->\n")) == []


def test_the_entry_in_which_a_document_breaks_off_is_left_for_the_next_poll():
    whole = rss("<item><title>One</title></item>", "<item><guid>12345</guid></item>")
    broken_off = whole[: whole.index("345")]

    assert [each.title for each in read(broken_off).entries] == ["One"]
    assert codes(read(broken_off)) == ["cut-off", "malformed"]


@pytest.mark.parametrize("name", ["<guid>12345</guid>", "<link>https://news.example/2</link>"])
def test_an_entry_that_breaks_off_but_can_be_known_again_is_read_as_far_as_it_is_whole(name):
    entry = f"<item><title>Two</title>{name}<description>Ferry seized at</description></item>"
    whole = rss("<item><title>One</title></item>", entry)
    broken_off = read(whole[: whole.index(" at<")])

    assert [each.title for each in broken_off.entries] == ["One", "Two"]
    assert "cut-off" in codes(broken_off)


def test_entries_that_never_end_are_a_way_of_writing():
    feed = read("<rss><channel><title>W</title><item><title>One</title><item><title>Two</title>")

    assert len(feed.entries) == 2


def test_tags_of_absurd_length_lose_their_attributes_and_nothing_else():
    attributes = " ".join(f'a{n}="x"' for n in range(40_000))
    feed = read(rss(f"<item {attributes}><title>One</title></item>"))

    assert (only(feed).title, codes(feed)) == ("One", ["long-tag"])


def test_a_malformed_document_of_more_tags_than_time_allows_gives_its_plain_elements():
    bad = f"<item><title>One &amp; only</title>{'<x>' * 100_001}</item>"
    feed = read(rss(bad, "<item><title>Two</title><guid>2</guid></item>"))

    assert feed.title == "Harbour Wire"
    assert [(entry.title, entry.guid) for entry in feed.entries] == [
        ("One & only", ""),
        ("Two", "2"),
    ]
    assert codes(feed) == ["malformed"]


def test_a_picture_within_a_text_may_be_as_long_as_it_likes():
    picture = f'<img src="data:image/png;base64,{"A" * 90_000}">'
    feed = read(rss(f"<item><description><![CDATA[{picture}Tug]]></description></item>"))

    assert (only(feed).lead, codes(feed)) == ("Tug", [])


@pytest.mark.parametrize("damage", ["", MALFORMED])
def test_an_author_of_absurd_length_is_read_at_once(damage):
    started = time.process_time()
    entry = only(read(rss(f"<item><author>{'a-' * 20_000}</author>{damage}</item>")))

    assert entry.author.startswith("a-a-")
    assert time.process_time() - started < 1


def many(count, *, newest_first):
    days = range(count) if newest_first else range(count - 1, -1, -1)
    start = datetime(2026, 11, 3, tzinfo=UTC).timestamp()
    return rss(
        *(
            f"<item><title>{day}</title><pubDate>"
            f"{datetime.fromtimestamp(start - 86_400 * day, UTC).isoformat()}</pubDate></item>"
            for day in days
        )
    )


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_too_many_entries_the_newest_are_kept(newest_first):
    feed = read(many(2_050, newest_first=newest_first))
    days = {int(entry.title) for entry in feed.entries}

    assert days == set(range(2_000))
    assert codes(feed) == ["too-many-entries"]


def test_a_headline_about_mojibake_is_left_as_it_is():
    feed = read(rss("<item><title>What Ã©crit means: écrit, naïve, Zürich</title></item>"))

    assert (only(feed).title, codes(feed)) == ("What Ã©crit means: écrit, naïve, Zürich", [])


@pytest.mark.parametrize("through", ["latin-1", "cp1252"])
def test_a_document_that_is_encoded_twice_is_mended_and_flagged(through):
    text = rss("<item><title>Пароль для порта — «нет»</title></item>").encode()
    twice = "".join(
        bytes([byte]).decode("latin-1" if through == "latin-1" else "cp1252", "ignore") or chr(byte)
        for byte in text
    )
    feed = read(twice)

    assert only(feed).title == "Пароль для порта — «нет»"
    assert codes(feed) == ["double-encoded"]


NO_FEEDS = {
    "an HTML page": "<!DOCTYPE html><html><head><title>x</title></head><body><rss/></body></html>",
    "an empty document": " \n",
    "a sitemap without news": "<urlset/>",
    "an XML document of another kind (<feed>)": "<feed><things/></feed>",
    "plain text": "http://127.0.0.1:1/rss",
}


@pytest.mark.parametrize(("looks_like", "text"), NO_FEEDS.items())
def test_what_is_no_feed_says_what_it_is(looks_like, text):
    assert read(text) == NoFeed(looks_like=looks_like)


def test_a_path_or_address_for_a_body_is_not_opened(tmp_path):
    feed = tmp_path / "feed.xml"
    feed.write_text(rss("<item><title>secret</title></item>"))

    assert isinstance(read(str(feed)), NoFeed)


def test_a_feed_may_have_no_entries_and_begin_like_a_page():
    assert read(rss()).entries == ()
    assert only(read("<!DOCTYPE html>" + atom("<entry><title>t</title></entry>"))).title == "t"


def test_a_document_beyond_ten_mebibytes_is_not_read():
    assert read(b"<rss>" + bytes(11 << 20)).looks_like.startswith("a document of 11 MiB")

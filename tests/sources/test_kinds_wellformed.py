"""The fast reader and feedparser understand the same of what is well-formed, field by field."""

from __future__ import annotations

import time
from dataclasses import fields, replace

import pytest

from monitor.model import Entry, ParsedFeed
from monitor.sources.kinds._entries import feed_of
from monitor.sources.kinds._found import said_feed
from monitor.sources.kinds._names import Declined
from monitor.sources.kinds._parsing import parse
from monitor.sources.kinds._precleaning import preclean
from monitor.sources.kinds._wellformed import read_well_formed

URL = "https://wire.example/feeds/all.xml"
SPACES = (
    'xmlns:a="http://www.w3.org/2005/Atom" xmlns:c="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:d="http://purl.org/dc/elements/1.1/" xmlns:t="http://purl.org/dc/terms/" '
    'xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:m="http://search.yahoo.com/mrss/" '
    'xmlns:f="http://rssnamespace.org/feedburner/ext/1.0" xmlns:dc="https://wire.example/own"'
)
HTML = "&lt;p&gt;In port &amp;amp; safe.&lt;/p&gt;"


def rss(item, head="<title>W</title><link>https://wire.example/</link>"):
    return f'<rss version="2.0" {SPACES}><channel>{head}<item>{item}</item></channel></rss>'


def atom(entry, head="<title>W</title>", root='xmlns="http://www.w3.org/2005/Atom"'):
    return f"<feed {root}>{head}<entry>{entry}</entry></feed>"


def fast(text):
    return feed_of(read_well_formed(cleaned(text)), URL, ())


def reference(text, root):
    return feed_of(said_feed(parse(cleaned(text)), root), URL, ())


def cleaned(text):
    return preclean(text, frozenset(["rss", "feed", "rdf", "channel"])).text


ITEMS = {
    "all that RSS has": "<guid>1</guid><title>Ferry</title><link>/a</link><author>A</author>"
    f"<pubDate>Tue, 03 Nov 2026 08:00:00 EST</pubDate><description>{HTML}</description>"
    "<category>ports</category><category domain='x'>sea</category>",
    "names in any case": "<Title>Ferry</Title><GUID IsPermaLink='false'>1</GUID><LINK>/a</LINK>",
    "a guid that is a page": "<guid>https://wire.example/9</guid>",
    "a guid that is a path": "<guid>/news/9</guid>",
    "a guid that denies being one": "<guid isPermaLink='false'>/news/9</guid>",
    "two guids": "<guid>1</guid><guid>2</guid>",
    "an empty link after a good one": "<link>/a</link><link/>",
    "two links": "<link>/a</link><link>/b</link>",
    "links of Atom in RSS": "<a:link rel='self' href='/s'/><a:link href='/b'/><link>/a</link>",
    "a link to a picture": "<a:link rel='alternate' type='image/png' href='/p.png'/>",
    "a link for a feed service": "<link>/r</link><f:origLink>https://h.example/x</f:origLink>",
    "a stated base": "<guid>g</guid><link>a</link>",
    "a title in CDATA": "<title><![CDATA[Ferry <i>seized</i> & towed]]></title>",
    "a title with elements": "<title>Ferry <b>seized</b> &amp; towed</title>",
    "two titles": "<title>Ferry</title><title>Tug</title>",
    "an empty title before another": "<title/><title>Tug</title>",
    "a title of Dublin Core": "<d:title>Ferry</d:title>",
    "titles of media": "<m:title>Clip</m:title><title>Ferry</title>",
    "a title of media after": "<title>Ferry</title><m:group><m:title>Clip</m:title></m:group>",
    "a title of its source": "<title>Ferry</title><source url='/s'>Wire</source>",
    "a title of a picture": "<title>Ferry</title><image><title>A photo</title></image>",
    "content": f"<description>Short.</description><c:encoded>{HTML}</c:encoded>",
    "content before a description": f"<c:encoded>{HTML}</c:encoded><description>S.</description>",
    "content alone": f"<c:encoded>{HTML}</c:encoded>",
    "two contents": "<c:encoded>One.</c:encoded><c:encoded>Two.</c:encoded>",
    "two descriptions": "<description>One.</description><description>Two.</description>",
    "a summary of iTunes": "<i:summary>A &lt;b&gt;talk&lt;/b&gt;.</i:summary>",
    "both summaries": "<description>One.</description><i:summary>Two.</i:summary>",
    "a description of media": "<m:group><m:description>Towed.</m:description></m:group>",
    "descriptions of pictures": "<description>One.</description><m:content url='/p'>"
    "<m:description type='plain'>Two &lt; three.</m:description></m:content>",
    "HTML that is not escaped": "<description>Before &amp;lt; <p>One</p><p>Two</p></description>",
    "HTML in a div": "<description><div>One &lt;b&gt;two&lt;/b&gt;</div></description>",
    "a creator": "<d:creator>A. Writer</d:creator>",
    "an address and a name": "<author>desk@example.org (Desk)</author>",
    "several authors": "<d:creator>A</d:creator><d:creator>B</d:creator>",
    "an author twice": "<author>x@example.org (A)</author><d:creator>A</d:creator>",
    "keywords": "<i:keywords>ports, sea</i:keywords><m:keywords>tug</m:keywords>",
    "categories of iTunes": "<i:category text='News'><i:category text='Ports'/></i:category>",
    "subjects": "<d:subject>ports</d:subject><m:category label='Sea'>9/sea</m:category>",
    "dates of Dublin Core": "<d:date>2026-11-03T08:00:00+02:00</d:date>",
    "dates of the terms": "<t:issued>2026-11-03</t:issued><t:modified>2026-11-04</t:modified>",
    "only when it was made": "<t:created>2026-11-03</t:created>",
    "a date in another year": "<pubDate>Tue, 3 Nov 26 08:00 GMT</pubDate>",
    "dates nobody knows": "<pubDate>yesterday</pubDate>",
    "a language": "<d:language>uk</d:language>",
    "a title in a language": "<title xml:lang='pt_BR'>Balsa</title>",
    "elements nobody knows": "<x><y><title>Inner</title></y>z</x><title>Ferry</title>",
    "a namespace nobody knows": "<dc:creator>Own</dc:creator><dc:title>Own</dc:title>",
    "letters of Windows": "<title>It\x92s &#150; &#x201d;</title>",
}
ENTRIES = {
    "all that Atom has": "<id>tag:1</id><title type='html'>Ferry &amp;amp; tug</title>"
    "<link href='/a'/><author><name>A</name><email>a@example.org</email><uri>/a</uri></author>"
    "<category term='p' label='Ports'/><category term='sea'/><updated>2026-11-03T08:00:00.5Z"
    "</updated><published>2026-11-02T08:00:00Z</published><summary>3 &lt; 4</summary>",
    "XHTML": "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>One &amp; two</p>"
    "<p>Three &lt; four</p></div></content>",
    "content elsewhere": "<content type='application/pdf' src='/a.pdf'/>",
    "content that is XML": "<content type='application/xml'><a>b</a></content>",
    "several authors": "<author><name>A</name></author><author><name>B</name></author>",
    "a contributor": "<contributor><name>A</name></contributor>",
    "where it comes from": "<title>Ferry</title><source><id>s</id><title>S</title></source>",
    "an id that is a page": "<id>https://wire.example/9</id>",
    "several alternates": "<link rel='alternate' href='/a'/><link rel='Alternate' href='/b'/>",
    "a base of its own": "<id>1</id><link xml:base='https://h.example/x/' href='y'/>",
}


def differences(ours, theirs):
    (entry,), (other,) = ours.entries, theirs.entries
    told = [
        (field.name, getattr(entry, field.name), getattr(other, field.name))
        for field in fields(Entry)
        if getattr(entry, field.name) != getattr(other, field.name)
    ]
    if replace(ours, entries=()) != replace(theirs, entries=()):
        told.append(("feed", ours, theirs))
    return told


@pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS.keys())
def test_an_item_of_rss_is_read_as_feedparser_reads_it(item):
    text = rss(item)

    assert differences(fast(text), reference(text, "rss")) == []


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES.keys())
def test_an_entry_of_atom_is_read_as_feedparser_reads_it(entry):
    text = atom(entry)

    assert differences(fast(text), reference(text, "feed")) == []


FEEDS = {
    "without a namespace": atom("<title>t</title>", root=""),
    "Atom 0.3": atom(
        "<title mode='escaped' type='text/html'>&lt;b&gt;t&lt;/b&gt;</title>"
        "<issued>2026-11-03</issued><modified>2026-11-04T00:00:00Z</modified>",
        root='version="0.3" xmlns="http://purl.org/atom/ns#" xml:lang="de"',
    ),
    "a base for all": atom(
        "<id>x</id><link href='a'/>",
        root='xmlns="http://www.w3.org/2005/Atom" xml:base="https://h.example/b/"',
    ),
    "a feed known by its id": atom("<title>t</title>", head="<id>https://h.example/</id>"),
    "several links": rss(
        "<title>t</title>",
        head="<title>W</title><link>https://h.example/</link><a:link rel='self' href='/f'/>"
        "<a:link rel='hub' href='https://hub.example/'/><language>en-gb</language><ttl>60</ttl>",
    ),
    "a picture of the feed": rss(
        "<title>t</title>", head="<title>W</title><image><title>Logo</title><link>/l</link></image>"
    ),
    "RDF": '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns="http://purl.org/rss/1.0/"><channel r:about="/c"><title>W</title><items><r:Seq>'
    '<r:li r:resource="/1"/></r:Seq></items></channel><item r:about="https://wire.example/1">'
    "<title>t</title><link>/1</link></item></r:RDF>",
}


@pytest.mark.parametrize("text", FEEDS.values(), ids=FEEDS.keys())
def test_a_feed_is_read_as_feedparser_reads_it(text):
    root = text.partition(">")[0].split()[0].rpartition(":")[2].strip("<").lower()
    ours = fast(text)

    assert isinstance(ours, ParsedFeed)
    assert differences(ours, reference(text, root)) == []


DECLINED = {
    "malformed": rss("<title>Ferry & tug</title>"),
    "a prefix nobody declares": rss("<q:z/>"),
    "an entity": rss("<title>caf&eacute;</title>"),
    "elements in a date": rss("<pubDate>3 <b>Nov</b> 2026</pubDate>"),
    "elements in a guid": rss("<guid><b>1</b></guid>"),
    "entries in entries": rss("<item/>"),
    "text in base64": atom("<content type='image/png'>AAAA</content>"),
    "no entry": "<rss><channel><title>W</title></channel></rss>",
    "another root": "<channel><item/></channel>",
    "an entry somewhere else": rss("<title>t</title>", head="<x><item/></x>"),
    "depths": rss("<a>" * 300 + "</a>" * 300),
}


@pytest.mark.parametrize("text", DECLINED.values(), ids=DECLINED.keys())
def test_what_may_be_understood_otherwise_is_left_to_feedparser(text):
    with pytest.raises(Declined):
        read_well_formed(text)


def test_no_text_is_lost_to_another_as_feedparser_loses_some():
    three = "".join(f"<description>{word}</description>" for word in ("One.", "Two.", "Three."))
    (entry,) = fast(rss(three)).entries

    assert {*f"{entry.lead}\n{entry.body}".split("\n")} == {"One.", "Two.", "Three."}


def test_an_item_of_very_many_texts_is_put_together_in_no_time():
    texts = "".join(f"<description>text {n}</description>" for n in range(20_000))
    started = time.process_time()
    (entry,) = fast(rss(texts)).entries

    assert entry.body.count("\n") == 19_998
    assert time.process_time() - started < 1

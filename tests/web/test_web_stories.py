"""The list of stories: what was found and why, searched, judged and muted where it stands."""

from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.store.schema import digest_entries, items, judgements, matches, story_items

ARMS = "russia-north-korea-arms"
UNSEEN = "\u202e\u2066\x1b"


def rows(office, query=""):
    return office.api("/stories" + query).json["rows"]


def words(runs):
    return "".join(run["text"] for run in runs)


def marked(runs):
    return {run["text"] for run in runs if run["marked"]}


class Structure(HTMLParser):
    """What of a page is markup: elements, and where links lead."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.links = Counter(), []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements[tag, tuple(sorted(name for name, _ in attrs))] += 1
        self.links += [value for name, value in attrs if name in ("href", "src", "formaction")]


def reword(office, **values):
    evidence = [["c", "x", "title", 0, 1, values.get("title", "x")]]

    def work(conn):
        conn.execute(items.update().values(**values))
        conn.execute(matches.update().values(evidence=evidence))

    office.store.write(work).result()


def test_stories_are_listed_newest_first_with_the_words_that_made_each_rule_fire(office):
    listed = rows(office)
    first = listed[-1]
    assert [row["story"] for row in listed] == sorted((r["story"] for r in listed), reverse=True)
    assert first["because"][0]["rule"] == ARMS
    assert ["munitions"] in first["because"][0]["clauses"]
    assert first["because"][0]["places"] == ["lead", "headline"]
    assert "munitions" in marked(first["headline"])
    assert first["outlets"]
    assert first["updates"] == ["now says 12,000 shipping containers, was 10,000"]


def test_the_page_shows_them_with_links_that_tell_publishers_nothing(office):
    page = office.get("/stories").text
    assert '<span class="why">because</span>' in page
    assert 'rel="noopener noreferrer" referrerpolicy="no-referrer"' in page
    assert page.count('target="_blank"') == page.count("noopener noreferrer") > 5


def test_a_page_leads_to_the_next_until_all_were_shown_once(office):
    everything = [row["story"] for row in rows(office)]
    seen, query = [], "limit=3"
    while query:
        page = office.api(f"/stories?{query}").json
        seen += [row["story"] for row in page["rows"]]
        query = page["next"]
    assert seen == everything


def test_a_query_finds_what_the_command_would_and_marks_it(office):
    found = rows(office, "?q=title:containers+-Arabic")
    assert found
    assert all("containers" in words(row["headline"]).lower() for row in found)
    assert all("containers" in {m.lower() for m in marked(row["headline"])} for row in found)


def test_a_query_may_use_the_vocabularies_of_the_rules(office):
    assert {row["story"] for row in rows(office, "?q=%24north_korea+%24weapons")}


@pytest.mark.parametrize(
    ("query", "said"), [("a+OR", "OR"), ("$no_such_thing", "no_such_thing"), ("(open", "bracket")]
)
def test_what_is_wrong_with_a_query_is_said_beside_it_and_refused_by_the_api(office, query, said):
    page, answer = office.get(f"/stories?q={query}"), office.api(f"/stories?q={query}")
    assert (page.status, answer.status) == (200, 422)
    assert 'role="alert"' in page.text
    assert 'aria-describedby="wrong"' in page.text
    assert said in answer.json["error"]


def test_the_whole_archive_has_items_on_which_no_rule_has_fired(office):
    silent = [row for row in rows(office, "?all=true&limit=200") if not row["because"]]
    assert silent
    assert all(row["story"] is None for row in silent)
    word = words(silent[0]["headline"]).split()[0]
    assert silent[0]["item"] in [row["item"] for row in rows(office, f"?all=true&q=title:{word}*")]


def test_what_a_rule_a_feed_or_a_severity_has_found_can_be_asked_for(office):
    assert {r["because"][0]["rule"] for r in rows(office, f"?rule={ARMS}")} >= {ARMS}
    assert all(ARMS in [b["rule"] for b in row["because"]] for row in rows(office, f"?rule={ARMS}"))
    assert all(row["urgent"] for row in rows(office, "?severity=high"))
    assert rows(office, "?severity=critical") == rows(office, "?feed=999") == []
    assert len(rows(office, "?severity=low")) == len(rows(office))


def test_noise_is_not_listed_any_more_unless_asked_for(office):
    everything = [row["story"] for row in rows(office)]
    answer = office.submit("/do/stories/1/judge", verdict="noise", back="/stories?q=")
    assert (answer.status, answer.headers["location"]) == (303, "/stories?q=")
    assert [row["story"] for row in rows(office)] == [each for each in everything if each != 1]
    assert [row["verdict"] for row in rows(office, "?verdict=noise")] == ["noise"]
    assert [row["story"] for row in rows(office, "?verdict=any")] == everything


def test_what_was_said_last_counts_and_can_be_taken_back(office):
    for verdict in ("noise", "keep"):
        assert office.do("/stories/1/judge", verdict=verdict).status == 200
    assert [row["story"] for row in rows(office, "?verdict=kept")] == [1]
    office.do("/stories/1/judge", verdict="none")
    assert rows(office, "?verdict=kept") == []
    assert 1 in [row["story"] for row in rows(office, "?verdict=unjudged")]


def test_noise_counts_for_the_rule_that_found_it(office):
    office.do("/stories/1/judge", verdict="noise")
    rule = next(each for each in office.api("/overview").json["rules"] if each["id"] == ARMS)
    assert rule["noise"] == 100


def test_a_story_is_muted_until_a_day_and_unmuted(office):
    said = office.do("/stories/1/mute", until="2026-12-24").json["said"]
    assert said == "Story 1 is muted until 2026-12-24 23:59 UTC"
    muted = next(row for row in rows(office) if row["story"] == 1)
    assert (muted["muted"], muted["holds"]) == (True, ["muted until 2026-12-24 23:59 UTC by hand"])
    office.do("/stories/1/unmute")
    assert not next(row for row in rows(office) if row["story"] == 1)["muted"]


@pytest.mark.parametrize("until", ["", "yesterday", "2020-01-01", "0"])
def test_a_mute_needs_an_end_that_is_to_come(office, until):
    assert office.do("/stories/1/mute", until=until).status == 422


def test_what_people_say_of_a_story_that_is_not_there_is_refused(office):
    assert office.do("/stories/4711/judge", verdict="keep").status == 404
    assert office.do("/stories/1/judge", verdict="splendid").status == 422


def test_who_may_only_look_is_shown_no_buttons(make_office):
    office = make_office()
    page = office.get("/stories", token="read-token-of-this-test").text
    assert "/do/stories" not in page
    assert (
        office.do("/stories/1/judge", token="read-token-of-this-test", verdict="keep").status == 403
    )


def test_who_judged_is_remembered(make_office):
    office = make_office(auth="proxy", trusted_proxies=("127.0.0.1/32",))
    sent = {
        "Remote-User": "ada",
        "Content-Type": "application/json",
        "Sec-Fetch-Site": "same-origin",
    }
    answer = office.call("POST", "/api/v1/stories/1/judge", body='{"verdict":"keep"}', headers=sent)
    with office.store.reading() as conn:
        by = conn.execute(judgements.select()).one().judged_by
    assert (answer.status, by) == (200, "ada")


def test_an_empty_list_says_what_to_do(office):
    tables = (story_items, matches, digest_entries)
    office.store.write(lambda conn: [conn.execute(each.delete()) for each in tables]).result()
    assert "archived, not told" in office.get("/stories").text
    assert "whole archive" in office.get("/stories?q=nowhere").text


HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</p></li>", "{{ 7*7 }}",
    "<!--", "]]>", "&lt;b&gt;", "'", '"', "\u202eevil", "<mark>", "a", " ", "\x1b[31m", "&amp",
)  # fmt: skip


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=8).map("".join))
def test_nothing_that_a_feed_says_becomes_markup(office, said):
    for path in ("/stories", "/stories?all=true", "/stories/1"):
        reword(office, title="x", lead="x", body="x y", source="x", author="x")
        plain = Structure(office.get(path).text)
        reword(office, title=f"x{said}", lead=said, body=f"x y {said}", source=said, author=said)
        page = office.get(path)
        assert page.status == 200
        assert not set(UNSEEN) & set(page.text)
        assert Structure(page.text).elements.keys() <= plain.elements.keys()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "x"])
def test_only_web_pages_are_linked(office, url):
    reword(office, url=url)
    for path in ("/stories", "/stories/1"):
        links = Structure(office.get(path).text).links
        assert all(link.startswith(("/", "?", "#", "data:image/svg+xml")) for link in links)
        assert not any("evil" in link for link in links)

"""Articles and pushes as an operator meets them: fetched in a round, told where one looks."""

import pytest
from desk import furnish, wirewatch
from feed_server import FeedServer

from monitor.sources import extracting

pytestmark = pytest.mark.skipif(
    not extracting.is_installed(), reason="the extra `fulltext` is not installed"
)

RULE = "title: Arms\nfull_text: true\nall: [missile, [crane, hoist]]\n"
STORY = "".join(
    f"<p>On day {day} the missile hung from a crane over the second dock, officials said.</p>"
    for day in range(9)
)


@pytest.fixture
def server():
    with FeedServer({}) as serving:
        entries = "".join(
            f"<item><title>A missile in {where}</title><link>{serving.url(where)}</link></item>"
            for where in ("harbour", "fjord")
        )
        serving.documents["wire"] = f"<rss><channel>{entries}</channel></rss>".encode()
        serving.documents["harbour"] = f"<html><body><article>{STORY}</article></body>".encode()
        yield serving


def test_a_round_reads_the_articles_that_rules_miss_and_says_what_became_of_them(tmp_path, server):
    desk = furnish(tmp_path, [server.url("wire")], rules={"arms": RULE})
    ran = wirewatch("once", "--json", desk=desk)
    assert (ran.code, ran.lines[-1]["matches"]) == (0, 1)
    (shown,) = wirewatch("stories", "show", "1", "--json", desk=desk).lines
    assert [each["state"] for each in shown["articles"]] == ["read"]
    assert any(
        one["field"] == "body"
        for match in shown["reports"][0]["matches"]
        for one in match["evidence"]
    )
    assert "its article: read" in wirewatch("stories", "show", "1", desk=desk).out
    (lost,) = wirewatch("search", "fjord", "--json", desk=desk).lines
    assert lost["article"] == {"state": "given up", "reason": "the page is not there (404)"}
    (status,) = wirewatch("status", "--json", desk=desk).lines
    assert status["articles"] == {"given_up": 1, "read": 1}


def test_a_later_round_fetches_nothing_again(tmp_path, server):
    desk = furnish(tmp_path, [server.url("wire")], rules={"arms": RULE})
    wirewatch("once", desk=desk)
    before = server.answers.copy()
    ran = wirewatch("once", "--all", "--json", desk=desk)
    assert ran.lines[-1]["matches"] == 0
    assert server.answers - before == {304: 1}

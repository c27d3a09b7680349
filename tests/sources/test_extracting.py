"""Articles out of pages, in the airlock; the extra must be there for most of these."""

from datetime import timedelta

import pytest

from monitor.airlock import Airlock
from monitor.errors import AirlockFailure
from monitor.sources import extracting

needs_extra = pytest.mark.skipif(
    not extracting.is_installed(), reason="the extra `fulltext` is not installed"
)

STORY = "".join(
    f"<p>In paragraph {number} the ore carrier left the second dock, officials said on Monday.</p>"
    for number in range(9)
)
PAGE = (
    "<html><head><meta charset='{0}'><title>T</title></head><body>"
    "<nav><ul><li><a href='/'>Subscribe now</a></li></ul></nav>"
    "<article><h1>Café under the crane</h1>{1}</article><footer>All rights reserved</footer>"
    "</body></html>"
)


@pytest.fixture(scope="module")
def airlock():
    with Airlock(articles=True, deadline=timedelta(seconds=2)) as opened:
        yield opened


@needs_extra
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_the_article_is_kept_and_what_stands_around_it_is_not(airlock, charset):
    page = PAGE.format(charset, STORY).encode(charset)
    text = airlock.extract(page, "text/html")
    assert "Café under the crane" in text
    assert "paragraph 8" in text
    assert "Subscribe" not in text


@needs_extra
def test_a_page_without_an_article_has_none(airlock):
    assert airlock.extract(b"", "text/html") == ""
    assert airlock.extract(bytes(range(256)) * 100, "text/html") == ""


@needs_extra
def test_a_page_that_would_take_minutes_is_stopped_and_the_next_one_is_read(airlock):
    with pytest.raises(AirlockFailure, match="time limit"):
        airlock.extract(b"<table>" + b"<tr><td>x" * 150_000, "text/html")
    assert airlock.extract(PAGE.format("utf-8", STORY).encode(), "text/html")

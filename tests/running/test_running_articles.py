"""A daemon that reads the article behind a summary, and tells of what stands only there."""

import pytest
from desk import furnish
from feed_server import FeedServer
from test_running_daemon import running

from monitor.sources import extracting

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not extracting.is_installed(), reason="the extra `fulltext` is missing"),
]

STORY = "".join(
    f"<p>On day {day} the missile hung from a crane over the second dock, officials said.</p>"
    for day in range(9)
)


def test_what_stands_only_in_the_article_is_told(tmp_path):
    with FeedServer({"story": f"<html><body><article>{STORY}</article></body>".encode()}) as server:
        item = f"<item><title>In the harbour</title><link>{server.url('story')}</link></item>"
        server.documents["wire"] = f"<rss><channel>{item}</channel></rss>".encode()
        desk = furnish(tmp_path / "desk", [server.url("wire")])
        config = desk / "config.toml"
        config.write_text(config.read_text().replace("[[feed]]", "[[feed]]\nfull_text = true"))
        with running(desk) as daemon:
            assert daemon.wait_for("polled")["new"] == 1
            assert daemon.wait_for("enriched", answer="read")["matches"] == 1
            assert daemon.wait_for("digest_planned")["stories"] == 1
            assert daemon.stop()[1] == 0

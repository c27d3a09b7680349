"""The pages of a real daemon."""

import pytest
from desk import furnish, rss
from feed_server import FeedServer
from loopback_hub import call
from test_running_daemon import running

pytestmark = pytest.mark.slow


def test_behind_a_proxy_too_there_is_a_token_for_programs_and_feed_readers(tmp_path):
    web = '[web]\nauth = "proxy"\ntrusted_proxies = ["192.0.2.1/32"]\n'
    with FeedServer({"wire": rss(("1", "A quiet day"))}) as server:
        desk = furnish(tmp_path / "desk", server.urls, more=web)
        with running(desk) as daemon:
            address = daemon.wait_for("listening")["address"]
            token = desk / "state" / "web.token"
            assert token.stat().st_mode & 0o777 == 0o600
            assert call(f"{address}/")[0] == 403
            assert call(f"{address}/healthz")[0] == 200
            assert daemon.stop()[1] == 0

"""A daemon, a feed and its hub, all on loopback: subscribed, told, and told what is not so."""

import socket

import pytest
from desk import furnish, rss
from feed_server import FeedServer
from loopback_hub import LoopbackHub, call
from test_running_daemon import running

pytestmark = pytest.mark.slow


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def naming(hub, body):
    link = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="{hub}"/>'
    return body.replace(b"<title>Wire</title>", b"<title>Wire</title>" + link.encode())


def test_a_push_is_told_at_once_and_a_forged_one_is_not(tmp_path):
    here = f"127.0.0.1:{free_port()}"
    web = f'[web]\npublic_url = "http://{here}/"\n'
    with LoopbackHub() as hub, FeedServer({"wire": None}) as server:
        server.documents["wire"] = naming(hub.url, rss(("1", "A quiet day")))
        desk = furnish(tmp_path / "desk", server.urls, more=web)
        with running(desk, WIREWATCH_WEB__LISTEN=here) as daemon:
            daemon.wait_for("listening")
            assert "error" not in daemon.wait_for("hub_asked")
            assert hub.has_asked.wait(20)
            assert hub.tell(rss(("2", "Missile fired"))) == [202]
            daemon.wait_for("pushed", answer="read", new=1, matches=1)
            daemon.wait_for("delivered")
            assert hub.tell(rss(("3", "Missile invented")), secret="a guess") == [202]
            daemon.wait_for("pushed", answer="ignored")
            assert hub.tell(b"x" * (11 * 1024 * 1024)) == [413]
            assert hub.tell(b"<html><body>news!</body></html>") == [202]
            daemon.wait_for("pushed", answer="unread")
            daemon.wait_for("polled")
            assert call(f"http://{here}/")[0] == 303
            assert call(f"http://{here}/websub/nobody", b"x")[0] == 404
            (desk / "config.toml").write_text(
                (desk / "config.toml").read_text().replace("[[feed]]", "[[feed]]\ntags = ['x']")
            )
            daemon.wait_for("reloaded")
            assert hub.tell(rss(("4", "Missile fired again"))) == [202]
            daemon.wait_for("pushed", answer="read")
            assert hub.refused == []
            assert daemon.stop()[1] == 0

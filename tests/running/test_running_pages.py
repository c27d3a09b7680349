"""The pages of a real daemon: its token, a rule saved on them, and what it finds from then on."""

import http.client
import json
import stat
from urllib.parse import urlsplit

import pytest
from canaries import refuse
from desk import furnish, rss
from feed_server import FeedServer
from loopback_hub import call
from test_running_daemon import running

pytestmark = pytest.mark.slow

PORTS = "title: Ports\nall:\n  - [Rajin]\n"


def asked(address, token, path, **body):
    """The status of a request to the API, and what it answers."""
    line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    method = "POST" if body else "GET"
    line.request(method, f"/api/v1{path}", json.dumps(body) if body else None, headers)
    answer = line.getresponse()
    text = answer.read().decode()
    refuse(text)
    line.close()
    return answer.status, json.loads(text)


def test_a_rule_that_is_saved_on_the_pages_finds_what_comes_next(tmp_path):
    with FeedServer({"wire": rss(("1", "Quiet day at Rajin"))}) as server:
        desk = furnish(tmp_path / "desk", server.urls, rules={"ports": PORTS})
        config = desk / "config.toml"
        config.write_text(config.read_text().replace("[[feed]]", '[[feed]]\nevery = "1s"'))
        config.write_text(config.read_text().replace("[poll]", '[poll]\nmin = "1s"\nspacing = "0"'))
        with running(desk) as daemon:
            at = daemon.wait_for("listening")
            file = desk / "state" / "web.token"
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            token = file.read_text().strip()
            assert asked(at["address"], "a guess", "/overview")[0] == 401
            daemon.wait_for("polled", matches=1)

            status, bench = asked(at["address"], token, "/rules/ports")
            assert (status, bench["text"]) == (200, PORTS)
            text = PORTS.replace("Rajin", "Rajin, Dunai")
            saved = asked(
                at["address"], token, "/rules/ports/save", text=text, expected=bench["mark"]
            )
            assert saved[0] == 200
            daemon.wait_for("reloaded")
            again = asked(
                at["address"], token, "/rules/ports/save", text=PORTS, expected=bench["mark"]
            )
            assert again[0] == 409

            server.documents["wire"] = rss(("1", "Quiet day at Rajin"), ("2", "Storm at Dunai"))
            daemon.wait_for("polled", matches=1)
            stories = asked(at["address"], token, "/stories")[1]["rows"]
            assert "Dunai" in json.dumps(stories[0]["headline"])
            assert daemon.stop()[1] == 0


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

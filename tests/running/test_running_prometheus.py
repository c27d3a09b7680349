"""Figures, alerts and the dashboard with a real Prometheus, where one is installed."""

import json
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

import pytest
import yaml
from desk import HOUSE, command, environment, furnish, rss
from feed_server import FeedServer

CONTRIB = HOUSE / "contrib"
ALERTS = CONTRIB / "prometheus-alerts.yaml"
ALERTS_TESTED = HOUSE / "tests" / "running" / "prometheus_alerts.yaml"
DASHBOARD = json.loads((CONTRIB / "grafana.json").read_text())

pytestmark = pytest.mark.slow

needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool")
needs_prometheus = pytest.mark.skipif(not shutil.which("prometheus"), reason="no prometheus")


def expressions():
    """Every expression of the dashboard and the alerts, as Grafana would ask it."""
    asked = [each["expr"] for panel in DASHBOARD["panels"] for each in panel["targets"]]
    rules = [each["expr"] for group in _alerts()["groups"] for each in group["rules"]]
    asked = [each.replace("$__rate_interval", "1m").replace("$job", ".+") for each in asked]
    return [*asked, *rules]


def _alerts():
    return yaml.safe_load(ALERTS.read_text())


@needs_promtool
@pytest.mark.parametrize(("verb", "file"), [("check", ALERTS), ("test", ALERTS_TESTED)])
def test_promtool_agrees_with_the_alerts(verb, file):
    ran = subprocess.run(
        ["promtool", verb, "rules", file], check=False, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_alert_says_what_is_so_and_what_to_do():
    for group in _alerts()["groups"]:
        for rule in group["rules"]:
            assert set(rule["annotations"]) == {"summary", "remedy"}


def test_every_panel_says_what_it_shows():
    assert [panel["title"] for panel in DASHBOARD["panels"] if not panel["description"]] == []


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(*args, cwd, env=None):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([str(each) for each in args], cwd=cwd, env=env, **quiet)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def read(url, **query):
    try:
        with urllib.request.urlopen(f"{url}?{urllib.parse.urlencode(query)}", timeout=10) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        if error.code == 503:  # it is still starting
            return {}
        return json.loads(error.read())
    except (urllib.error.URLError, ConnectionError):
        return {}


def soon(found, within=30.0):
    """Whatever `found()` finds, once it does."""
    until = time.monotonic() + within
    while not (value := found()):
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.1)
    return value


@needs_prometheus
def test_prometheus_reads_a_running_daemon_and_all_expressions_hold(tmp_path):
    desk_port, port = free_port(), free_port()
    scrape = {
        "job_name": "wirewatch",
        "scrape_interval": "1s",
        "static_configs": [{"targets": [f"127.0.0.1:{desk_port}"]}],
    }
    (tmp_path / "prometheus.yaml").write_text(
        yaml.safe_dump({"rule_files": [str(ALERTS)], "scrape_configs": [scrape]})
    )
    with FeedServer({"wire": rss(("1", "A missile was found"), ("2", "A fair"))}) as server:
        desk = furnish(tmp_path / "desk", server.urls)
        listens = {"WIREWATCH_WEB__LISTEN": f"127.0.0.1:{desk_port}"}
        prometheus = [
            "prometheus",
            f"--config.file={tmp_path / 'prometheus.yaml'}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        api = f"http://127.0.0.1:{port}/api/v1/query"

        def value_of(expression):
            found = read(api, query=expression).get("data", {}).get("result", [])
            return found and float(found[0]["value"][1])

        with (
            running(*command("run"), cwd=desk, env=environment(**listens)),
            running(*prometheus, cwd=tmp_path),
        ):
            assert soon(lambda: value_of('wirewatch_matches_total{rule="arms"}')) == 1
            assert soon(lambda: value_of('up{job="wirewatch"}')) == 1
            answers = {each: read(api, query=each) for each in expressions()}
            troubled = {
                each: answer
                for each, answer in answers.items()
                if answer.get("status") != "success" or answer.get("warnings")
            }
            assert troubled == {}
            named = set(re.findall(r"wirewatch_\w+", " ".join(answers)))
            assert [each for each in sorted(named) if value_of(f"count({each})") in ([], 0)] == []

"""MQTT through a real broker, where one is installed."""

import shutil
import socket
import subprocess
import threading
import time

import pytest
from outgoing import channel, deliveries, message, send

from monitor.model import Sent, Trouble

BROKER = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
mqtt = pytest.importorskip("paho.mqtt.client")
pytestmark = pytest.mark.skipif(BROKER is None, reason="mosquitto is not installed")


@pytest.fixture
def broker(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "broker.conf").write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser nobody\n"
    )
    process = subprocess.Popen([BROKER, "-c", tmp_path / "broker.conf"], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert time.monotonic() < deadline, "the broker is not up"
            assert process.poll() is None, "the broker has ended"
    yield port
    process.terminate()
    process.wait()


@pytest.fixture
def listener(broker):
    """What a subscriber to `desk` hears, one after the other."""
    heard, ready, came = [], threading.Event(), threading.Event()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)

    def on_message(*news):
        heard.append(news[-1].payload.decode())
        came.set()

    client.on_message = on_message
    client.on_subscribe = lambda *_: ready.set()
    client.on_connect = lambda *_: client.subscribe("desk", qos=1)
    client.connect("127.0.0.1", broker)
    client.loop_start()
    assert ready.wait(10)
    yield heard, came
    client.disconnect()
    client.loop_stop()


def test_a_message_reaches_who_listens_and_the_broker_says_so(broker, listener):
    heard, came = listener
    url = f"mqtt://127.0.0.1:{broker}/desk"
    before = threading.active_count()
    receipts = [send(channel(url), each) for each in deliveries(url)]
    assert receipts == [Sent(answer="MQTT Notification took it")]
    assert came.wait(10)
    assert heard == ["Morning\n\nPort closed\nhttps://wire.example/1\nWire · 07:00"]
    assert threading.active_count() == before, "a thread is left behind for each message"


def test_a_broker_that_is_away_is_asked_again(broker):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"mqtt://127.0.0.1:{free.getsockname()[1]}/desk"
        (receipt,) = [send(channel(url), each) for each in deliveries(url, message())]
    assert receipt.trouble is Trouble.TEMPORARY

"""The listener for hubs, as configured and reconfigured."""

import asyncio
import logging
import socket
from types import SimpleNamespace

import pytest
from loopback_hub import call

from monitor.config.settings import PollSettings, WebSettings
from monitor.store.engine import Store
from monitor.subscriber import Subscriber


@pytest.fixture
def store(sqlite_url):
    with Store.open(sqlite_url) as opened:
        yield opened


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configured(listen, public_url="https://desk.example"):
    web = WebSettings(listen=listen, public_url=public_url)
    return SimpleNamespace(settings=SimpleNamespace(web=web, poll=PollSettings()), feeds={})


def status_at(listen):
    try:
        return call(f"http://{listen}/")[0]
    except ConnectionRefusedError:
        return None


def test_it_listens_where_it_is_told_to_and_nowhere_else(store):
    first, second = (f"127.0.0.1:{free_port()}" for _ in range(2))
    in_force = []

    async def beats():
        subscriber = Subscriber(store, lambda: in_force[-1], lambda: None, None)
        seen = []
        for watch in (configured(first), configured(second), configured(second, None)):
            in_force.append(watch)
            await subscriber.beat()
            seen.append([await asyncio.to_thread(status_at, each) for each in (first, second)])
        await subscriber.close()
        return seen

    assert asyncio.run(beats()) == [[404, None], [None, 404], [None, None]]


def test_a_port_that_is_taken_is_said_and_tried_again(store, caplog):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        watch = configured(f"127.0.0.1:{taken.getsockname()[1]}")

        async def beat_twice():
            subscriber = Subscriber(store, lambda: watch, lambda: None, None)
            await subscriber.beat()
            taken.close()
            await subscriber.beat()
            found = await asyncio.to_thread(status_at, watch.settings.web.listen)
            await subscriber.close()
            return found

        with caplog.at_level(logging.INFO, "wirewatch"):
            assert asyncio.run(beat_twice()) == 404
    assert [record.message for record in caplog.records] == ["not_listening", "listening"]

"""The listener, as configured and reconfigured."""

import asyncio
import logging
import socket

from loopback_hub import call
from starlette.applications import Starlette

from monitor.web.front import Front


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def status_at(listen):
    try:
        return call(f"http://{listen}/")[0]
    except ConnectionRefusedError:
        return None


def test_it_listens_where_it_is_told_to_and_nowhere_else():
    first, second = (f"127.0.0.1:{free_port()}" for _ in range(2))

    async def serve():
        front, seen = Front(Starlette()), []
        for place in (first, second):
            await front.serve(place)
            seen.append([await asyncio.to_thread(status_at, each) for each in (first, second)])
        await front.close()
        seen.append([await asyncio.to_thread(status_at, each) for each in (first, second)])
        return seen

    assert asyncio.run(serve()) == [[404, None], [None, 404], [None, None]]


def test_a_port_that_is_taken_is_said_once_and_tried_again(caplog):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"

        async def serve():
            front = Front(Starlette())
            await front.serve(listen)
            await front.serve(listen)
            taken.close()
            await front.serve(listen)
            found = await asyncio.to_thread(status_at, listen)
            await front.close()
            return found

        with caplog.at_level(logging.INFO, "wirewatch"):
            assert asyncio.run(serve()) == 404
    assert [record.message for record in caplog.records] == ["not_listening", "listening"]

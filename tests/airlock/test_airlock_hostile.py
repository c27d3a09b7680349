"""The worst documents known, one after the other: each ends in time, and the next feed is read."""

from __future__ import annotations

import importlib.util
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from corpus import CORPUS

from monitor.airlock import Airlock
from monitor.errors import AirlockFailure

GENERATORS = CORPUS / "hostile" / "gen.py"
GOOD = b"<rss><channel><title>W</title><item><title>Ferry seized</title></item></channel></rss>"
URL = "https://wire.example/feed"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.skipif(not GENERATORS.is_file(), reason=f"no hostile corpus at {GENERATORS}"),
]


def bombs():
    spec = importlib.util.spec_from_file_location("hostile_generators", GENERATORS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    not_feeds = ("yaml", "rules", "toml")
    return {name: make for name, make in module.BODY.items() if not name.startswith(not_feeds)}


def test_every_bomb_is_contained_and_harms_no_other_feed():
    with Airlock(deadline=timedelta(seconds=5)) as airlock:
        for name, make in bombs().items():
            body = make()
            started = time.monotonic()
            with suppress(AirlockFailure):
                airlock.read_feed(body, "text/xml; charset=punycode", URL)
            assert time.monotonic() - started < 6, name

            (entry,) = airlock.read_feed(GOOD, "", URL).entries
            assert entry.title == "Ferry seized", name

"""The tour: three days of the newswire through the real pipeline, in a few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor.airlock import Airlock
from monitor.config.settings import PollSettings, Settings, StateSettings
from monitor.demo.newswire.serving import Newswire
from monitor.desk import begin, delivery_doors
from monitor.model import Channel, DigestName, DigestSpec, Secret, Severity
from monitor.once import poll_due
from monitor.store.engine import Store
from monitor.watch import Watch, build_watch
from monitor.work import delivering, digesting
from monitor.work.digesting import Planned
from monitor.work.polling import Polled

STEP = timedelta(minutes=30)
DAYS = 3
URGENT, MORNING = DigestName("urgent"), DigestName("morning")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What happened within one step of the tour."""

    at: datetime
    polled: tuple[Polled, ...]
    planned: tuple[Planned, ...]


def demo_settings(kit: Path, folder: Path, feeds: Newswire, *, timezone: str = "UTC") -> Settings:
    """The starter rules and templates of `kit` on the newswire, with its state in `folder`."""
    return Settings(
        path=folder / "config.toml",
        timezone=timezone,
        rules=kit / "rules",
        templates=kit / "templates",
        state=StateSettings(url=Secret(f"sqlite:///{folder / 'wirewatch.db'}")),
        poll=PollSettings(mean=STEP * 0.8, min=STEP / 2, contact="demo"),
        feeds=feeds.feeds,
        channels=(Channel(name="files", url=Secret(f"file://{folder / 'digests'}")),),
        digests=(
            DigestSpec(name=URGENT, to=("files",), severity=Severity.HIGH, timezone=timezone),
            DigestSpec(name=MORNING, cadence="daily 06:00", to=("files",), timezone=timezone),
        ),
    )


def tour(
    kit: Path,
    folder: Path,
    start: datetime,
    *,
    days: int = DAYS,
    on_settings: Callable[[Settings], None] = lambda _: None,
) -> Iterator[Moment]:
    """Play the newswire from `start` (the midnight before day 1) until 06:00 after `days`.

    Everything is as in the daemon, but for the clock: it stands still within a step.
    `on_settings` is told what is configured.
    """
    with Newswire(start) as wire, Airlock() as airlock:
        settings = demo_settings(kit, folder, wire)
        on_settings(settings)
        watch = build_watch(settings, read_opml=airlock.read_opml, now=wire.at)
        with Store.open(settings.state.url.reveal()) as store:
            begin(store, watch, wire.at)
            end = start + timedelta(days=days, hours=6)
            while wire.at <= end:
                yield _moment(wire, watch, store, airlock)
                wire.advance(wire.at + STEP)


def _moment(wire: Newswire, watch: Watch, store: Store, airlock: Airlock) -> Moment:
    def now() -> datetime:
        return wire.at

    polled: list[Polled] = []
    asyncio.run(poll_due(store, watch, airlock, now=now, on_polled=polled.append))
    planned = digesting.digest_all(store, watch, now)
    doors = delivery_doors(store, now)
    for channel in delivering.due_channels(store, wire.at):
        delivering.deliver_channel(doors, watch, channel)
    return Moment(at=wire.at, polled=tuple(polled), planned=planned)

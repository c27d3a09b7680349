"""One round for cron: poll what is due, plan the digests that are due, deliver, end."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from monitor.airlock import Airlock
from monitor.config.settings import Settings
from monitor.desk import (
    begin,
    delivery_doors,
    extractor,
    fetch_settings,
    new_identity,
    new_token,
    page_settings,
    utc_now,
)
from monitor.events import (
    report_alert,
    report_delivered,
    report_enriched,
    report_list,
    report_planned,
    report_polled,
    report_published,
)
from monitor.sources.fetching import Fetcher
from monitor.store.engine import Store
from monitor.store.feeds import FeedRow, claim_feed, make_due
from monitor.watch import Watch
from monitor.work import (
    alerting,
    articles,
    delivering,
    digesting,
    enriching,
    lists,
    polling,
    publishing,
    searching,
    steering,
)
from monitor.work.delivering import Delivered
from monitor.work.enriching import Enriched
from monitor.work.polling import Polled
from monitor.work.recording import Recorder


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round came to, in the contract's words."""

    feeds_polled: int = 0
    not_modified: int = 0
    failed: int = 0
    items_new: int = 0
    duplicates: int = 0
    matches: int = 0
    digests: int = 0
    deliveries_sent: int = 0
    deliveries_failed: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, object]:
        """For `--json`."""
        return asdict(self)

    def after(self, polled: Polled) -> Round:
        """With one more poll counted."""
        return replace(
            self,
            feeds_polled=self.feeds_polled + 1,
            not_modified=self.not_modified + (polled.answer == "unchanged"),
            failed=self.failed + (polled.answer == "failed"),
            items_new=self.items_new + polled.new,
            duplicates=self.duplicates + polled.duplicates,
            matches=self.matches + polled.matches,
        )

    def with_article(self, enriched: Enriched) -> Round:
        """With one more article read."""
        return replace(self, matches=self.matches + enriched.matches)

    def with_delivery(self, delivered: Delivered) -> Round:
        """With one more attempt counted."""
        sent = delivered.outcome == "sent"
        return replace(
            self,
            deliveries_sent=self.deliveries_sent + sent,
            deliveries_failed=self.deliveries_failed + (not sent),
        )


async def refresh_lists(settings: Settings, airlock: Airlock) -> bool:
    """Fetch the lists of feeds that are due; whether any of them has changed."""
    if not any(opml.url for opml in settings.opml):
        return False
    async with Fetcher(fetch_settings(settings.poll)) as fetcher:
        found = await lists.refresh_lists(settings, fetcher.fetch, airlock.read_opml, utc_now())
    for refreshed in found:
        report_list(refreshed)
    return any(refreshed.answer == "changed" for refreshed in found)


async def poll_round(
    store: Store,
    watch: Watch,
    airlock: Airlock,
    *,
    every_feed: bool = False,
    on_polled: Callable[[Polled], None] = lambda _: None,
) -> Round:
    """Poll what is due; with `every_feed`, every feed that is not paused."""
    begin(store, watch, utc_now())
    if every_feed:
        store.write(lambda conn: make_due(conn, utc_now())).result()
    tally = Round()

    def count(polled: Polled) -> None:
        nonlocal tally
        tally = tally.after(polled)
        report_polled(polled)
        on_polled(polled)

    def add(enriched: Enriched) -> None:
        nonlocal tally
        tally = tally.with_article(enriched)
        report_enriched(enriched)

    await poll_due(store, watch, airlock, on_polled=count)
    if watch.reads_articles:
        await enrich_due(store, watch, on_enriched=add)
    for alert in await asyncio.to_thread(alerting.watch_volume, store, watch, utc_now()):
        report_alert(alert)
    return tally


async def poll_due(
    store: Store,
    watch: Watch,
    airlock: Airlock,
    *,
    now: Callable[[], datetime] = utc_now,
    on_polled: Callable[[Polled], None],
) -> None:
    """Poll what is due by the clock `now`, until nothing is any more."""
    async with _polling_doors(store, watch, airlock, now) as doors:
        await polling.poll_all_due(doors, watch, token=new_token, on_polled=on_polled)
    await asyncio.to_thread(steering.weigh_feeds, store, now())


async def poll_feed(store: Store, watch: Watch, airlock: Airlock, feed: FeedRow) -> bool:
    """Poll this feed alone, and now; False where another process has its host in hand."""
    claimed = store.write(
        lambda conn: claim_feed(conn, feed, now=utc_now(), lease=polling.LEASE, token=new_token())
    ).result()
    if claimed is None:
        return False
    async with _polling_doors(store, watch, airlock, utc_now) as doors:
        for polled in await polling.poll_host(claimed, watch, doors):
            report_polled(polled)
    return True


@asynccontextmanager
async def _polling_doors(
    store: Store, watch: Watch, airlock: Airlock, now: Callable[[], datetime]
) -> AsyncIterator[polling.Doors]:
    async with Fetcher(fetch_settings(watch.settings.poll)) as fetcher:
        yield polling.Doors(
            store=store,
            recorder=Recorder(store),
            fetch=fetcher.fetch,
            read=airlock.understand,
            now=now,
            chance=random.random,
            theta=await asyncio.to_thread(steering.steer, store, watch, now()),
        )


async def enrich_due(
    store: Store, watch: Watch, *, on_enriched: Callable[[Enriched], None]
) -> None:
    """Fetch the articles that are wanted by now; those that fail are left for another round."""
    async with Fetcher(page_settings(watch.settings.poll)) as fetcher:
        with Airlock(articles=True) as pages:
            doors = articles.Doors(
                store=store,
                recorder=Recorder(store),
                fetch=fetcher.fetch,
                extract=extractor(pages),
                now=utc_now,
            )
            await enriching.enrich_all_due(doors, watch, token=new_token, on_enriched=on_enriched)


def send_round(store: Store, watch: Watch, tally: Round) -> Round:
    """Queue the digests that are due, and deliver whatever is."""
    for planned in digesting.digest_all(store, watch, utc_now):
        report_planned(planned)
        tally = replace(tally, digests=tally.digests + 1)
    return deliver_round(store, watch, tally)


def deliver_round(store: Store, watch: Watch, tally: Round) -> Round:
    """Deliver what is due, each channel in a thread of its own, and wait for all of them."""
    delivered: list[Delivered] = []
    doors = delivery_doors(store)

    def note(each: Delivered) -> None:
        report_delivered(each)
        delivered.append(each)

    threads = [
        threading.Thread(
            target=delivering.deliver_channel,
            args=(doors, watch, channel),
            kwargs={"on_delivered": note},
            name=f"send-{channel}",
        )
        for channel in delivering.due_channels(store, utc_now())
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in delivered:
        tally = tally.with_delivery(each)
    delivering.bury_overdue(store, watch, utc_now())
    return tally


def publish_round(store: Store, watch: Watch) -> None:
    """Bring up to date what readers find in files."""
    report_published(publishing.publish(store, watch, utc_now(), identity=new_identity))


async def one_round(
    store: Store,
    watch: Watch,
    airlock: Airlock,
    *,
    every_feed: bool = False,
    sending: bool = True,
    on_polled: Callable[[Polled], None] = lambda _: None,
) -> Round:
    """Poll, plan and deliver; without `sending`, only poll."""
    started = time.monotonic()
    tally = await poll_round(store, watch, airlock, every_feed=every_feed, on_polled=on_polled)
    if sending:
        tally = send_round(store, watch, tally)
    publish_round(store, watch)
    searching.fill_index(store)
    return replace(tally, seconds=round(time.monotonic() - started, 3))

"""`wirewatch feeds`: the feeds that are watched, and finding more."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from monitor.cli.grouping import Group
from monitor.cli.opening import (
    as_json,
    asked_of_daemon,
    config_path,
    open_settings,
    open_watch,
    owned_state,
    reading_state,
)
from monitor.cli.output import ago, failed, print_json, print_table, say, shortened, shown_path

if TYPE_CHECKING:
    from monitor.config.settings import PollSettings, Settings
    from monitor.model import NoFeed
    from monitor.store.feeds import FeedRow


@click.group("feeds", cls=Group)
def COMMAND() -> None:  # noqa: N802 - the shelf's word
    """List, show, add, discover, probe, pause, import and export feeds."""


@COMMAND.command("list")
@click.option("--failing", is_flag=True, help="Only those that fail.")
@as_json
def list_feeds(failing: bool, as_json: bool) -> None:
    """Every feed: how it is doing, what it has brought, when it is polled next and why then."""
    from monitor.cli.feed_card import next_poll
    from monitor.desk import utc_now
    from monitor.sources.addresses import without_login

    now = utc_now()
    settings = open_settings()
    zone = ZoneInfo(settings.timezone)
    rows = _known_feeds(settings)
    if failing:
        rows = [row for row in rows if row.state.failures or row.state.gone]
    if as_json:
        for row in rows:
            print_json(
                url=without_login(row.url),
                name=row.name,
                state=_state_word(row),
                error=row.state.error,
                failures=row.state.failures,
                paused=row.paused,
                items=row.items,
                matches=row.matches,
                last_polled_at=row.state.last_polled_at,
                last_ok_at=row.state.last_ok_at,
                last_new_at=row.state.last_new_at,
                next_due_at=row.state.next_due_at,
                because=row.state.due_because,
            )
        return
    print_table(
        ("feed", "state", "items", "matches", "new", "next poll", "address"),
        [
            (
                shortened(row.name or "-", 32),
                _state_word(row),
                row.items,
                row.matches,
                ago(row.state.last_new_at, now),
                next_poll(row, now, zone),
                without_login(row.url),
            )
            for row in rows
        ],
    )
    for row in rows:
        if row.state.error:
            say(f"{row.name or without_login(row.url)}: {row.state.error}")


@COMMAND.command("show")
@click.argument("feed", metavar="URL_OR_NAME")
@as_json
def show(feed: str, as_json: bool) -> None:
    """One feed: its rhythm, when it is polled next and why, what is wrong with it."""
    from monitor.cli.feed_card import print_card, print_card_json
    from monitor.desk import utc_now
    from monitor.errors import NotFound
    from monitor.sources.addresses import without_login

    settings = open_settings()
    rows = _known_feeds(settings)
    named = [row for row in rows if feed in (row.url, without_login(row.url), row.name)]
    if not named:
        known = [name for row in rows for name in (row.name, without_login(row.url)) if name]
        raise NotFound("feed", without_login(feed), known)
    for row in named:
        if as_json:
            print_card_json(row, _state_word(row), utc_now())
        else:
            print_card(row, _state_word(row), utc_now(), ZoneInfo(settings.timezone))


def _known_feeds(settings: Settings) -> list[FeedRow]:
    """The feeds in the state, and those configured since that nobody has polled yet."""
    from monitor.airlock import Airlock
    from monitor.model import FeedId, FeedState
    from monitor.sources.addresses import host_of
    from monitor.store import feeds as feed_rows

    path = settings.state_file
    rows: list[FeedRow] = []
    if path is None or path.exists():
        with reading_state(settings) as store, store.reading() as conn:
            rows = [row for row in feed_rows.list_feeds(conn) if row.listed]
    configured = list(settings.feeds)
    if settings.opml:
        with Airlock() as airlock:
            configured = list(open_watch(airlock).feeds.values())
    known = {row.url for row in rows}
    rows += [
        feed_rows.FeedRow(
            id=FeedId(0),
            url=feed.url,
            host=host_of(feed.url),
            name=feed.name,
            paused=False,
            listed=True,
            state=FeedState(),
        )
        for feed in configured
        if feed.url not in known
    ]
    return sorted(rows, key=lambda row: (row.name, row.url))


@COMMAND.command("probe")
@click.argument("source", metavar="FILE_OR_URL")
@click.option("--allow-private", is_flag=True, help="It may lie on your own network.")
@as_json
def probe(source: str, allow_private: bool, as_json: bool) -> int:
    """Read a feed as the daemon would, and show what it makes of it. Nothing is stored."""
    from monitor.airlock import Airlock
    from monitor.cli.probing import probed
    from monitor.desk import utc_now
    from monitor.model import Feed, NoFeed
    from monitor.sources.addresses import without_login
    from monitor.text.clean import to_item

    with Airlock() as airlock:
        url, found = asyncio.run(
            probed(source, airlock, _poll_settings(), allow_private=allow_private)
        )
    if isinstance(found, str):
        return failed(f"{without_login(source)}: {found}", 1)
    if isinstance(found, NoFeed):
        if as_json:
            print_json(kind=None, looks_like=found.looks_like, feeds=list(found.feeds))
        return _no_feed(source, found)
    now = utc_now()
    items = [to_item(entry, Feed(url=url), found.title, now) for entry in found.entries]
    if as_json:
        print_json(
            kind=found.kind,
            title=found.title,
            items=len(items),
            problems=[{"code": each.code, "message": each.message} for each in found.problems],
        )
        for entry, item in zip(found.entries, items, strict=True):
            stated = entry.published_at or entry.updated_at
            print_json(
                id=item.guid or item.url or item.title,
                title=item.title,
                url=item.url,
                published_at=item.published_at if stated else None,
                author=item.author,
                summary=item.lead,
                text="\n".join(filter(None, (item.lead, item.body))),
                tags=list(item.tags),
            )
        return 0
    click.echo(f"{found.kind}: {found.title or '(no title)'}, {len(items)} items")
    for each in found.problems:
        say(f"note: {each.message} ({each.code})")
    print_table(
        ("published", "title"),
        [(f"{item.published_at:%Y-%m-%d %H:%M}", shortened(item.title, 90)) for item in items],
    )
    return 0


@COMMAND.command("discover")
@click.argument("url")
@click.option("--allow-private", is_flag=True, help="It may lie on your own network.")
@as_json
def discover(url: str, allow_private: bool, as_json: bool) -> int:
    """Find the feeds of a site: those its page announces, else those where feeds usually are."""
    from monitor.airlock import Airlock
    from monitor.cli.probing import discovered
    from monitor.sources.addresses import without_login

    with Airlock() as airlock:
        found = asyncio.run(
            discovered(_address(url), airlock, _poll_settings(), allow_private=allow_private)
        )
    if isinstance(found, str):
        return failed(f"{without_login(url)}: {found}", 1)
    for each in found:
        if as_json:
            print_json(url=each)
        else:
            click.echo(each)
    if not found:
        return failed(f"no feed was found at {without_login(url)}", 1)
    return 0


@COMMAND.command("add")
@click.argument("url")
@click.option("--name", default="", help="What to call it; its own title otherwise.")
@click.option("--tag", "tags", multiple=True, help="A tag; may be given several times.")
@click.option("--allow-private", is_flag=True, help="It may lie on your own network.")
@click.option("--force", is_flag=True, help="Add it though it cannot be read now.")
def add(url: str, name: str, tags: tuple[str, ...], allow_private: bool, force: bool) -> int:
    """Add a feed to config.toml, after reading it once.

    A web page is no feed: the feeds that it links to are offered.
    """
    from monitor.airlock import Airlock
    from monitor.cli.probing import append_feeds, probed, require_address, same_address
    from monitor.model import Feed, NoFeed
    from monitor.sources.addresses import without_login

    url = _address(url)
    shown = without_login(url)
    require_address(url)
    title = ""
    with Airlock() as airlock:
        watch = open_watch(airlock)
        for feed in watch.feeds.values():
            if same_address(feed.url) == same_address(url):
                named = f" as `{feed.name}`" if feed.name else ""
                return failed(f"{shown} is watched already{named}", 1)
        if not force:
            _, found = asyncio.run(
                probed(url, airlock, watch.settings.poll, allow_private=allow_private)
            )
            if isinstance(found, str):
                return failed(f"{shown}: {found} (--force adds it all the same)", 1)
            if isinstance(found, NoFeed):
                return _no_feed(url, found)
            title = found.title
    feed = Feed(url=url, name=name or title, tags=tags, allow_private=allow_private)
    append_feeds(watch.settings.path, [feed])
    click.echo(f"added {feed.name or shown} to {shown_path(watch.settings.path)}")
    return 0


@COMMAND.command("import")
@click.argument("opml", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be added.")
@click.option("--allow-private", is_flag=True, help="They may lie on your own network.")
def import_opml(opml: Path, dry_run: bool, allow_private: bool) -> int:
    """Add the feeds of an OPML file to config.toml; folders become tags."""
    from monitor.airlock import Airlock
    from monitor.cli.probing import append_feeds, same_address
    from monitor.sources.addresses import without_login

    body = opml.read_bytes()
    with Airlock() as airlock:
        watch = open_watch(airlock)
        feeds = airlock.read_opml(body).feeds
    known = {same_address(url) for url in watch.feeds}
    fresh = [
        replace(feed, allow_private=allow_private)
        for feed in feeds
        if same_address(feed.url) not in known
    ]
    if fresh and not dry_run:
        append_feeds(watch.settings.path, fresh)
    verb = "would be added" if dry_run else "added"
    click.echo(f"{len(fresh)} feeds {verb}, {len(feeds) - len(fresh)} were there already")
    if dry_run:
        for feed in fresh:
            click.echo(f"  {feed.name or without_login(feed.url)}")
    return 0


@COMMAND.command("export")
def export_opml() -> None:
    """Write the feeds as OPML to stdout. Names and passwords in addresses are left out."""
    from monitor.airlock import Airlock
    from monitor.desk import utc_now
    from monitor.sources.addresses import without_login
    from monitor.sources.opml import write_opml

    with Airlock() as airlock:
        watch = open_watch(airlock, bearing=True)
    feeds = [replace(feed, url=without_login(feed.url)) for feed in watch.feeds.values()]
    sys.stdout.write(write_opml(feeds, "Wirewatch feeds", utc_now()))


@COMMAND.command("pause")
@click.argument("feed", metavar="URL_OR_NAME")
def pause(feed: str) -> None:
    """Poll a feed no more, until it is resumed."""
    _set_paused(feed, paused=True)


@COMMAND.command("resume")
@click.argument("feed", metavar="URL_OR_NAME")
def resume(feed: str) -> None:
    """Poll a feed again, at once."""
    _set_paused(feed, paused=False)


def _set_paused(wanted: str, *, paused: bool) -> None:
    from monitor.airlock import Airlock
    from monitor.desk import sync, utc_now
    from monitor.work.requests import Desk, carry_out

    verb = "pause" if paused else "resume"
    answer = asked_of_daemon(open_settings(), verb, wanted)
    if answer is None:
        with Airlock() as airlock:
            watch = open_watch(airlock, bearing=True)
        with owned_state(watch.settings) as store:
            sync(store, watch, utc_now())
            desk = Desk(store=store, watch=watch, now=utc_now())
            answer = carry_out(verb, wanted, desk)
    feeds = answer["feeds"]
    for each in feeds if isinstance(feeds, list) else []:
        click.echo(f"{verb}d {each}")


def _state_word(row: FeedRow) -> str:
    if row.paused:
        return "paused"
    if row.state.gone:
        return "gone"
    if row.state.failures:
        return row.state.error_kind or "failing"
    return "ok" if row.state.last_ok_at else "new"


def _no_feed(source: str, found: NoFeed) -> int:
    from monitor.sources.addresses import without_login

    code = failed(f"{without_login(source)} is no feed: it looks like {found.looks_like}", 1)
    if found.feeds:
        say("It links to:")
        for each in found.feeds:
            say(f"  {each}")
    return code


def _address(url: str) -> str:
    return url if "://" in url else f"https://{url}"


def _poll_settings() -> PollSettings:
    from monitor.config.settings import PollSettings

    return open_settings().poll if config_path().is_file() else PollSettings()

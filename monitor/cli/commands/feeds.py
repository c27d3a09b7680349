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
from monitor.errors import NotFound, UsageError

if TYPE_CHECKING:
    from monitor.config.settings import PollSettings, Settings
    from monitor.model import Feed, NoFeed
    from monitor.store.feeds import FeedRow


@click.group("feeds", cls=Group)
def COMMAND() -> None:  # noqa: N802 - the shelf's word
    """List, show, add, remove, discover, probe, poll, pause, import and export feeds."""


@COMMAND.command("list")
@click.option("--failing", is_flag=True, help="Only those that fail.")
@as_json
def list_feeds(failing: bool, as_json: bool) -> None:
    """Every feed: how it is doing, what it has brought, when it is polled next and why then."""
    from monitor.cli.feed_card import next_poll
    from monitor.desk import utc_now
    from monitor.sources.addresses import without_login
    from monitor.work.standing import due_and_why

    now = utc_now()
    settings = open_settings()
    zone = ZoneInfo(settings.timezone)
    rows = _known_feeds(settings)
    if failing:
        rows = [row for row in rows if row.state.failures or row.state.gone]
    if as_json:
        for row in rows:
            due, because = due_and_why(row, now)
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
                next_due_at=due,
                because=because,
                address=without_login(row.state.address or row.url),
                pushed=row.pushed,
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
        last_may_go=True,
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
    from monitor.desk import utc_now
    from monitor.model import FeedId, FeedState
    from monitor.sources.addresses import host_of
    from monitor.store import feeds as feed_rows
    from monitor.store.subscriptions import with_pushes

    path = settings.state_file
    rows: list[FeedRow] = []
    if path is None or path.exists():
        with reading_state(settings) as store, store.reading() as conn:
            rows = [row for row in feed_rows.list_feeds(conn) if row.listed]
            rows = with_pushes(conn, rows, utc_now())
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
    from monitor.cli.probe_card import Card, print_card, print_card_json
    from monitor.desk import fetch_settings, utc_now
    from monitor.model import NoFeed
    from monitor.sources.addresses import without_login
    from monitor.work.probing import probed

    with Airlock() as airlock:
        probe = asyncio.run(
            probed(
                source,
                airlock,
                fetch_settings(_poll_settings()),
                now=utc_now,
                allow_private=allow_private,
                known=_configured(source),
            )
        )
    found = probe.found
    if isinstance(found, str):
        return failed(f"{without_login(source)}: {found}", 1)
    if isinstance(found, NoFeed):
        if as_json:
            print_json(kind=None, looks_like=found.looks_like, feeds=list(found.feeds))
        return _no_feed(source, found)
    card = Card.of(probe, found, utc_now())
    if as_json:
        print_card_json(card)
    else:
        print_card(card)
    return 0


@COMMAND.command("discover")
@click.argument("url")
@click.option("--allow-private", is_flag=True, help="It may lie on your own network.")
@as_json
def discover(url: str, allow_private: bool, as_json: bool) -> int:
    """Find the feeds of a site, and read each once, so that you can choose.

    Those that its page announces, or that sites of its kind have; else those where feeds
    usually are, and the news sitemaps of its robots.txt.
    """
    from monitor.airlock import Airlock
    from monitor.cli.probe_card import print_offers
    from monitor.desk import fetch_settings, utc_now
    from monitor.sources.addresses import without_login
    from monitor.work.probing import discovered

    with Airlock() as airlock:
        found = asyncio.run(
            discovered(
                _address(url),
                airlock,
                fetch_settings(_poll_settings()),
                now=utc_now,
                allow_private=allow_private,
            )
        )
    if found.reason:
        return failed(f"{without_login(url)}: {found.reason}", 1)
    if found.feeds:
        print_offers(found.feeds, as_json=as_json)
    for each in found.others:
        why = each.found if isinstance(each.found, str) else "it is no feed"
        say(f"not offered: {without_login(each.asked)}: {why}")
    return 0 if found.feeds else failed(f"no feed was found at {without_login(url)}", 1)


@COMMAND.command("add")
@click.argument("url")
@click.option("--name", default="", help="What to call it; its own title otherwise.")
@click.option("--tag", "tags", multiple=True, help="A tag; may be given several times.")
@click.option("--allow-private", is_flag=True, help="It may lie on your own network.")
@click.option("--force", is_flag=True, help="Add it though it cannot be read now.")
def add(url: str, name: str, tags: tuple[str, ...], allow_private: bool, force: bool) -> int:
    """Add a feed to config.toml, after reading it once.

    Of a web page, the feed that it has is added; if it has several, they are listed.
    """
    from monitor.airlock import Airlock
    from monitor.cli.probe_card import print_offers
    from monitor.config.editing import append_feeds
    from monitor.desk import fetch_settings, utc_now
    from monitor.model import Feed, ParsedFeed
    from monitor.sources.addresses import without_login
    from monitor.work.probing import discovered, require_address, watched_as

    url = _address(url)
    require_address(url)
    title = ""
    with Airlock() as airlock:
        watch = open_watch(airlock)
        if watched := watched_as(url, watch.feeds.values()):
            return failed(watched, 1)
        if not force:
            site = asyncio.run(
                discovered(
                    url,
                    airlock,
                    fetch_settings(watch.settings.poll),
                    now=utc_now,
                    allow_private=allow_private,
                )
            )
            shown = without_login(url)
            if site.reason:
                return failed(f"{shown}: {site.reason} (--force adds it all the same)", 1)
            if not site.feeds:
                return failed(f"{shown} is no feed, and none was found there", 1)
            if len(site.feeds) > 1:
                code = failed(f"{shown} has several feeds; add the one you want", 1)
                print_offers(site.feeds, as_json=False)
                return code
            (chosen,) = site.feeds
            # A feed is kept as it was given: where it redirects to may be another tomorrow.
            url = url if chosen.asked == url else without_login(chosen.asked)
            title = chosen.found.title if isinstance(chosen.found, ParsedFeed) else ""
            if watched := watched_as(url, watch.feeds.values()):
                return failed(watched, 1)
    feed = Feed(url=url, name=name or title, tags=tags, allow_private=allow_private)
    append_feeds(watch.settings.path, [feed])
    click.echo(f"added {feed.name or without_login(url)} to {shown_path(watch.settings.path)}")
    return 0


@COMMAND.command("remove")
@click.argument("feed", metavar="URL_OR_NAME")
def remove(feed: str) -> int:
    """Take a feed out of config.toml. What it has brought is kept."""
    from monitor.airlock import Airlock
    from monitor.config.editing import remove_feed
    from monitor.sources.addresses import without_login

    with Airlock() as airlock:
        watch = open_watch(airlock, bearing=True)
    named = [
        each
        for each in watch.feeds.values()
        if feed in (each.url, without_login(each.url), each.name)
    ]
    if not named:
        names = (name for each in watch.feeds.values() for name in (each.name, each.url))
        raise NotFound("feed", without_login(feed), [without_login(name) for name in names if name])
    if len(named) > 1:
        addresses = ", ".join(without_login(each.url) for each in named)
        raise UsageError(
            f"{len(named)} feeds are called `{feed}`; say which one by its address: {addresses}"
        )
    own = {each.url for each in watch.settings.feeds}
    path = shown_path(watch.settings.path)
    for each in named:
        name = each.name or without_login(each.url)
        if each.url not in own:
            lists = ", ".join(opml.label for opml in watch.settings.opml)
            return failed(f"{name} stands in a list of feeds ({lists}): take it out there", 1)
        first, last = remove_feed(watch.settings.path, each.url)
        click.echo(f"removed {name} from {path} (lines {first} to {last})")
    return 0


@COMMAND.command("import")
@click.argument("opml", metavar="FILE_OR_URL")
@click.option("--dry-run", is_flag=True, help="Say what would be added.")
@click.option("--allow-private", is_flag=True, help="They may lie on your own network.")
def import_opml(opml: str, dry_run: bool, allow_private: bool) -> int:
    """Add the feeds of an OPML list to config.toml, once; folders become tags.

    A list that others keep is better followed: `[[opml]]` with its path or url.
    """
    from monitor.airlock import Airlock
    from monitor.config.editing import append_feeds
    from monitor.desk import fetch_settings, utc_now
    from monitor.sources.addresses import without_login
    from monitor.work.probing import read_list, same_address

    with Airlock() as airlock:
        watch = open_watch(airlock)
        if "://" in opml:
            manners = fetch_settings(watch.settings.poll)
            reading = read_list(opml, airlock, manners, now=utc_now, allow_private=allow_private)
            body = asyncio.run(reading)
        else:
            body = _bytes_of(Path(opml))
        try:
            listed = airlock.read_opml(body)
        except UsageError as error:
            raise UsageError(f"{without_login(opml)}: {error}") from None
    if not listed.feeds and not listed.includes:
        return failed(f"{without_login(opml)}: no feed stands in it; is the list whole?", 1)
    known = {same_address(url) for url in watch.feeds}
    fresh = [
        replace(feed, allow_private=allow_private)
        for feed in listed.feeds
        if same_address(feed.url) not in known
    ]
    if fresh and not dry_run:
        append_feeds(watch.settings.path, fresh)
    verb = "would be added" if dry_run else "added"
    click.echo(f"{len(fresh)} feeds {verb}, {len(listed.feeds) - len(fresh)} were there already")
    if dry_run:
        for feed in fresh:
            click.echo(f"  {feed.name or without_login(feed.url)}")
    for included in listed.includes:
        say(f"not followed: it includes another list, {without_login(included)}")
    return 0


def _bytes_of(path: Path) -> bytes:
    if not path.is_file():
        raise UsageError(f"there is no file {path}; an address begins with https://")
    return path.read_bytes()


@COMMAND.command("export")
@click.option("--tag", "tags", multiple=True, help="Only feeds with this tag, or one of several.")
def export_opml(tags: tuple[str, ...]) -> None:
    """Write the feeds as OPML to stdout; tags become folders.

    Names and passwords in addresses are left out.
    """
    from monitor.airlock import Airlock
    from monitor.desk import utc_now
    from monitor.sources.addresses import without_login
    from monitor.sources.opml import write_opml

    with Airlock() as airlock:
        watch = open_watch(airlock, bearing=True)
    feeds = [
        replace(feed, url=without_login(feed.url))
        for feed in watch.feeds.values()
        if not tags or set(tags) & set(feed.tags)
    ]
    if tags and not feeds:
        known = {tag for feed in watch.feeds.values() for tag in feed.tags}
        raise NotFound("tag", ", ".join(tags), known)
    sys.stdout.write(write_opml(feeds, "Wirewatch feeds", utc_now()))


@COMMAND.command("poll")
@click.argument("feed", metavar="URL_OR_NAME")
@as_json
def poll(feed: str, as_json: bool) -> int:
    """Poll a feed now, by the running daemon or by itself, and say what came of it."""
    from monitor.cli.polling_now import poll_now
    from monitor.sources.addresses import without_login

    rows, new = poll_now(open_settings(), feed)
    for row in rows:
        name = row.name or without_login(row.url)
        if as_json:
            print_json(
                feed=without_login(row.url),
                name=row.name,
                error=row.state.error,
                items_new=new[row.id],
                next_due_at=row.state.next_due_at,
            )
        elif row.state.error:
            failed(f"{name}: {row.state.error}", 1)
        else:
            click.echo(f"{name}: read, {new[row.id]} new items")
    return 1 if any(row.state.error for row in rows) else 0


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


def _configured(source: str) -> Feed | None:
    """The feed of this address as it is configured: it may need its headers, or a proxy."""
    feeds = open_settings().feeds if config_path().is_file() else ()
    return next((feed for feed in feeds if feed.url == source), None)


def _poll_settings() -> PollSettings:
    from monitor.config.settings import PollSettings

    return open_settings().poll if config_path().is_file() else PollSettings()

"""What a probe found, on a card: what a feed offers, how far back it goes, what to make of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import click

from monitor.cli.output import bold, dim, instant, print_json, print_table, say, shortened
from monitor.model import Entry, Feed, Fetched, Hints, Item, ParsedFeed
from monitor.schedule.pacing import in_words
from monitor.sources.addresses import without_login
from monitor.text.clean import to_item
from monitor.work.probing import Probe

_STALE = timedelta(days=60)
_LARGE = 200 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A feed that was read: its items as they would be matched, and what can be said of it."""

    url: str
    feed: ParsedFeed
    fetched: Fetched
    items: tuple[Item, ...]
    dates: tuple[datetime, ...]
    now: datetime

    @classmethod
    def of(cls, probe: Probe, feed: ParsedFeed, now: datetime) -> Card:
        """The card of a probe that found a feed."""
        empty = Fetched(body=b"", content_type="", etag="", last_modified="", final_url="")
        given = Feed(url=probe.url)
        return cls(
            url=probe.url,
            feed=feed,
            fetched=probe.fetched or empty,
            items=tuple(to_item(entry, given, feed.title, now) for entry in feed.entries),
            dates=tuple(sorted(at for each in feed.entries if (at := stated_at(each)))),
            now=now,
        )

    @property
    def window(self) -> timedelta | None:
        """From the oldest item to the newest; None where they bear no dates."""
        return self.dates[-1] - self.dates[0] if len(self.dates) > 1 else None

    @property
    def hints(self) -> Hints:
        """What the answer said beside its document."""
        return self.fetched.hints

    @property
    def validators(self) -> list[str]:
        """What lets a server answer "not modified"."""
        offered = {"ETag": self.fetched.etag, "Last-Modified": self.fetched.last_modified}
        return [name for name, value in offered.items() if value]

    @property
    def hub(self) -> str:
        """Its WebSub hub, from the document or the header."""
        return self.feed.hub or self.hints.hub

    @property
    def moved_to(self) -> str:
        """Where permanent redirects alone led; "" where none did."""
        return self.hints.moved_to


def stated_at(entry: Entry) -> datetime | None:
    """When an entry says that it was published."""
    return entry.published_at or entry.updated_at


def print_card(card: Card) -> None:
    """The card, for people: the feed, suggestions, its items."""
    feed = card.feed
    click.echo(f"{feed.kind}: {bold(feed.title or '(no title)')}, {len(card.items)} items")
    for label, said in _lines(card):
        click.echo(f"{dim(f'{label:<10}')}  {said}")
    for each in feed.problems:
        say(f"note: {each.message} ({each.code})")
    for suggestion in suggestions(card):
        say(f"hint: {suggestion}")
    print_table(
        ("published", "title"),
        [(f"{item.published_at:%Y-%m-%d %H:%M}", shortened(item.title, 90)) for item in card.items],
    )


def _lines(card: Card) -> Iterator[tuple[str, str]]:
    if card.url.startswith("http"):
        yield "address", without_login(card.url)
    if card.moved_to:
        yield "moved to", f"{without_login(card.moved_to)} (for good)"
    if card.dates:
        yield "newest", f"{card.dates[-1]:%Y-%m-%d %H:%M} UTC"
    if card.window:
        yield "covers", in_words(card.window)
    if card.fetched.body:
        yield "size", f"{len(card.fetched.body) / 1024:,.0f} KiB"
    if card.url.startswith("http"):
        yield "validators", ", ".join(card.validators) or "none"
    if card.feed.ttl:
        yield "ttl", in_words(card.feed.ttl)
    if card.hub:
        yield "hub", card.hub


def suggestions(card: Card) -> Iterator[str]:
    """What whoever adds this feed should know or do."""
    fetched = card.url.startswith("http")
    if card.moved_to:
        yield f"add it by its new address, {without_login(card.moved_to)}"
    if not card.items:
        yield "it is empty now; its first item will be told"
    elif not card.dates:
        yield "its items bear no dates: they count as published when they are first seen"
    elif card.now - card.dates[-1] > _STALE:
        ago = in_words(card.now - card.dates[-1])
        yield f"nothing new for {ago}: it may be abandoned; `wirewatch feeds discover` finds others"
    elif card.window and card.window < timedelta(hours=24):
        yield (
            f"it shows no more than {in_words(card.window)} of news: what is polled more rarely "
            "than that loses items, so that it is never left for longer than half of it"
        )
    if fetched and not card.validators and len(card.fetched.body) > _LARGE:
        yield "its server sends the whole document at every poll: a longer `every` spares both"


def print_card_json(card: Card) -> None:
    """The card in one line, then one line for each item."""
    feed = card.feed
    print_json(
        kind=feed.kind,
        title=feed.title,
        items=len(card.items),
        problems=[{"code": each.code, "message": each.message} for each in feed.problems],
        url=without_login(card.url),
        newest_at=card.dates[-1] if card.dates else None,
        oldest_at=card.dates[0] if card.dates else None,
        window_seconds=round(card.window.total_seconds()) if card.window is not None else None,
        bytes=len(card.fetched.body),
        validators=card.validators,
        ttl_seconds=round(feed.ttl.total_seconds()) if feed.ttl is not None else None,
        hub=card.hub or None,
        moved_to=without_login(card.moved_to) or None,
        suggestions=list(suggestions(card)),
    )
    for entry, item in zip(feed.entries, card.items, strict=True):
        print_json(
            id=item.guid or item.url or item.title,
            title=item.title,
            url=item.url,
            published_at=item.published_at if stated_at(entry) else None,
            author=item.author,
            summary=item.lead,
            text="\n".join(filter(None, (item.lead, item.body))),
            tags=list(item.tags),
        )


def print_offers(probes: Sequence[Probe], *, as_json: bool) -> None:
    """Feeds to choose from: what each is, how much it holds, how new that is."""
    rows = []
    for each in probes:
        if not isinstance(each.found, ParsedFeed):
            continue
        feed = each.found
        newest = max((at for entry in feed.entries if (at := stated_at(entry))), default=None)
        if as_json:
            print_json(
                url=without_login(each.url),
                kind=feed.kind,
                title=feed.title,
                items=len(feed.entries),
                newest_at=instant(newest),
            )
        rows.append(
            (
                feed.kind,
                len(feed.entries),
                f"{newest:%Y-%m-%d %H:%M}" if newest else "-",
                shortened(feed.title or "-", 40),
                without_login(each.url),
            )
        )
    if not as_json:
        print_table(("kind", "items", "newest", "title", "address"), rows)

"""A web of invented publishers, each with habits and troubles of its own, on a clock of its own.

A publisher's whole life is drawn from a seed before anybody asks; what it answers depends on the
time alone, and on what the caller says that it has. Beside every answer stands what whoever
believes it may be held to: `promised`, the pieces that this answer has shown or stands for.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import islice

from monitor.model import Failed, FailureKind, Fetched, Hints, NotModified
from monitor.sources.addresses import host_of
from monitor.sources.failing import broken_off, failed_by_status

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

WORDS = (
    "harbour ferry council strike budget bridge winter storm rescue museum orchard tunnel railway "
    "election glacier volcano hospital library festival lighthouse quarry drought pension airport "
    "satellite fishery parliament verdict vaccine stadium reservoir embassy tariff sawmill archive "
    "canal mayor pilot border observatory"
)
PAGE = (
    b"<!doctype html><html><head><title>Back soon</title></head><body><h1>Soon</h1></body></html>"
)

FAULTS = {
    "error": HOUR,
    "timeout": HOUR,
    "limit": MINUTE,
    "unavailable": 10 * MINUTE,
    "page": HOUR,
    "maintenance": HOUR,
    "cut": 2 * HOUR,
    "broken": HOUR,
    "garbage": HOUR,
    "empty": HOUR,
    "gone": 5 * HOUR,
}
"""What may go wrong with a publisher, and about how long it lasts."""


@dataclass(kw_only=True)
class Piece:
    """One piece of news. `name` stands in its title, whatever else is changed."""

    name: str
    number: int
    at: datetime
    link: str
    title: str
    edited_at: datetime | None = None
    turns_hot: bool = False
    redated_at: datetime | None = None

    def title_at(self, now):
        if self.edited_at is None or now < self.edited_at:
            return self.title
        return f"{self.title} {'missile' if self.turns_hot else 'updated'}"


@dataclass(kw_only=True)
class Fault:
    kind: str
    starts: datetime
    ends: datetime
    wait: int = 0


@dataclass(kw_only=True)
class Answer:
    """What a publisher says, and the pieces (by name) that it thereby has shown, as worded."""

    outcome: Fetched | NotModified | Failed
    promised: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Publisher:
    """`shows` is a number of items, or for how long one stands there."""

    url: str
    pace: str
    shows: int | timedelta
    validators: str
    guids: str
    dates: str
    stale: bool = False
    pushes: bool = False
    pieces: list[Piece] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    moves_at: datetime | None = None
    rng: object = None

    @property
    def new_address(self):
        return self.url.replace("://", "://new-")

    @property
    def host(self):
        return host_of(self.url)

    @property
    def is_honest(self):
        """Whether it answers "not modified" only where nothing has changed, and never the past."""
        return self.validators != "stuck" and not self.stale

    def visible(self, now):
        """The pieces that stand in the document, the newest first."""
        out = self.pieces[: bisect_right(self.pieces, now, key=lambda each: each.at)]
        if isinstance(self.shows, timedelta):
            shown = [each for each in out if each.at > now - self.shows]
        else:
            shown = out[-self.shows :]
        return shown[::-1]

    def stands(self, index):
        """From when until when a piece stands in the document; None for the end of time."""
        piece = self.pieces[index]
        if isinstance(self.shows, timedelta):
            return piece.at, piece.at + self.shows
        later = next(islice(self.pieces, index + self.shows, None), None)
        return piece.at, later and later.at

    def fault_at(self, now):
        return next((each for each in self.faults if each.starts <= now < each.ends), None)

    def body(self, pieces, now, hub=""):
        link = f"<link>{self.url}</link>"
        entries = "".join(self._entry(each, now) for each in pieces)
        return (
            f"<rss version='2.0'><channel><title>{self.host}</title>{link}{entries}</channel></rss>"
        ).encode()

    def answer(self, address, state, now, wall, *, unconditional):  # noqa: C901 - as it comes
        """To one request for its document. `wall` is what the caller's clock says."""
        fault = self.fault_at(now)
        if fault and (failed := self._failed(fault, wall)):
            return Answer(outcome=failed)
        moved_to = ""
        if self.moves_at and now >= self.moves_at and address == self.url:
            if now >= self.moves_at + 2 * DAY:
                return Answer(outcome=self._status(404, wall))
            moved_to = self.new_address
        if self.moves_at and now < self.moves_at and address != self.url:
            return Answer(outcome=self._status(404, wall))
        hints = Hints(moved_to=moved_to)
        seen_at = now - self.rng.random() * 20 * MINUTE if self.stale else now
        pieces = [] if fault and fault.kind == "empty" else self.visible(seen_at)
        body = self.body(pieces, seen_at)
        promised = {each.name: each.title_at(seen_at) for each in pieces}
        etag = '"' + hashlib.sha256(body).hexdigest()[:12] + '"'
        given = "" if unconditional else state.etag
        if self.validators == "volatile":
            etag = f'"{self.rng.random()}"'
        if self.validators == "none":
            etag = ""
        if self.validators == "delta":
            etag = f'"{seen_at.timestamp()}"'
        if given and self.validators == "stuck":
            return Answer(outcome=NotModified(etag="", last_modified="", hints=hints))
        if given and given == etag:
            not_modified = NotModified(etag=etag, last_modified="", hints=hints)
            return Answer(outcome=not_modified, promised=promised)
        part = bool(given) and self.validators == "delta"
        if part:
            since = datetime.fromtimestamp(float(given.strip('"')), UTC)
            pieces = [each for each in pieces if _changed_at(each, seen_at) > since]
            body = self.body(pieces, seen_at)
            if not pieces:
                same = NotModified(etag=etag, last_modified="", hints=hints)
                return Answer(outcome=same, promised=promised)
        if fault and fault.kind == "cut":
            body, promised = body[: self.rng.randrange(60, len(body))], {}
        fetched = Fetched(
            body=body,
            content_type="application/rss+xml",
            etag=etag,
            last_modified="",
            final_url=moved_to or address,
            status=226 if part else 200,
            partial=part,
            hints=hints,
        )
        return Answer(outcome=fetched, promised=promised)

    def _entry(self, piece, now):
        guid = {
            "plain": piece.name,
            "volatile": f"{piece.name}-{now.timestamp():.0f}",
            "revision": f"{piece.name}#{int(piece.title_at(now) != piece.title)}",
            "shared": "the-one-guid",
            "none": "",
        }[self.guids]
        stated = piece.redated_at if piece.redated_at and now >= piece.redated_at else piece.at
        date = {
            "honest": stated,
            "none": None,
            "1970": datetime(1970, 1, 1, tzinfo=UTC),
            "future": stated + 300 * DAY,
            "same": NOON,
        }[self.dates]
        return (
            "<item>"
            + (f"<guid isPermaLink='false'>{guid}</guid>" if guid else "")
            + f"<title>{piece.title_at(now)}</title><link>{piece.link}</link>"
            + (f"<pubDate>{format_datetime(date)}</pubDate>" if date else "")
            + "</item>"
        )

    def _status(self, status, wall, **headers):
        return failed_by_status(status, headers, wall, host=self.host)

    def _failed(self, fault, wall):
        match fault.kind:
            case "error":
                return self._status(500, wall)
            case "gone":
                return self._status(410, wall)
            case "limit":
                return self._status(429, wall, **{"Retry-After": str(fault.wait)})
            case "unavailable":
                return self._status(503, wall, **{"Retry-After": str(fault.wait)})
            case "timeout":
                return Failed(kind=FailureKind.TIMEOUT, reason="no complete answer")
            case "broken":
                return broken_off(100, 2000)
            case "page" | "garbage" | "maintenance":
                moved_to = f"http://{self.host}/soon" if fault.kind == "maintenance" else ""
                return Fetched(
                    body=self.rng.randbytes(500) if fault.kind == "garbage" else PAGE,
                    content_type="text/html",
                    etag='"soon"',
                    last_modified="",
                    final_url=moved_to or self.url,
                    hints=Hints(moved_to=moved_to),
                )
        return None


def _changed_at(piece, now):
    """When what is shown of a piece came to be as it is."""
    changes = (piece.at, piece.edited_at, piece.redated_at)
    return max(each for each in changes if each and each <= now)


# --- drawing lots ----------------------------------------------------------------------------


def draw_web(rng, *, feeds, days):
    """So many publishers, with a past of three days before noon and `days` to come."""
    ends = NOON + days * DAY
    hosts = [f"press{number}.example" for number in range(max(feeds * 2 // 3, 1))]
    web = [_publisher(rng, number, rng.choice(hosts), ends) for number in range(feeds)]
    for one in web:  # who asks too often is sent away from the whole host
        for fault in [each for each in one.faults if each.kind in ("limit", "unavailable")]:
            for other in web:
                if other.host == one.host and other is not one:
                    other.faults.insert(0, fault)
    _syndicate(rng, web)
    return web


def _publisher(rng, number, host, ends):
    links_shared = rng.random() < 0.1
    one = Publisher(
        url=f"http://{host}/feed{number}",
        pace=rng.choice(["wire", "wire", "mid", "mid", "mid", "batch", "rare", "dead"]),
        shows=rng.choice([8, 12, 20, 30, 6 * HOUR, 24 * HOUR, 48 * HOUR]),
        validators=rng.choice(["honest"] * 4 + ["none", "volatile", "stuck", "delta"]),
        guids="plain"
        if links_shared
        else rng.choice(["plain"] * 3 + ["volatile", "revision", "shared", "none"]),
        dates="honest"
        if links_shared
        else rng.choice(["honest"] * 4 + ["none", "1970", "future", "same"]),
        stale=rng.random() < 0.1,
        pushes=rng.random() < 0.2,
        rng=rng,
    )
    if one.guids == "shared":  # a guid that stands alone, as in a part, says what it says
        one.shows, one.pushes = 12, False
        one.validators = "honest" if one.validators == "delta" else one.validators
    for count, at in enumerate(_times(rng, one.pace, ends)):
        name = f"n{number}x{count}"
        hot = rng.random() < 0.2
        words = " ".join(rng.sample(WORDS.split(), 6))
        one.pieces.append(
            Piece(
                name=name,
                number=count,
                at=at,
                link=f"http://{host}/" if links_shared else f"http://{host}/{number}/{name}",
                title=f"{name} {words}{' missile' if hot else ''}",
                edited_at=at + rng.uniform(0.1, 9) * HOUR if rng.random() < 0.15 else None,
                turns_hot=not hot and rng.random() < 0.5,
                redated_at=at + rng.uniform(1, 9) * HOUR if rng.random() < 0.05 else None,
            )
        )
    if rng.random() < 0.6:
        for _ in range(rng.randrange(1, 4)):
            kind = rng.choice(list(FAULTS))
            starts = NOON + rng.random() * (ends - NOON)
            fault = Fault(
                kind=kind, starts=starts, ends=starts + FAULTS[kind] * rng.uniform(0.5, 3)
            )
            fault.wait = int(rng.choice([60, 1800, 7200, 30 * 3600]))
            one.faults.append(fault)
    if rng.random() < 0.12:
        one.moves_at = NOON + rng.uniform(0.1, 1) * DAY
    return one


def _times(rng, pace, ends):
    """When pieces come out: whole seconds, no two in the same."""
    at, times = NOON - 3 * DAY, set()
    if pace == "batch":
        while at < ends:
            start = at.replace(hour=rng.randrange(24), minute=rng.randrange(60))
            times |= {start + rng.randrange(600) * SECOND for _ in range(rng.randrange(4, 14))}
            at += DAY
        return sorted(each for each in times if each < ends)
    by_day = {"wire": 1.5, "mid": 0.25, "rare": 1 / 60, "dead": 1 / 12}[pace]
    while at < (NOON if pace == "dead" else ends):
        busy = by_day * (1.6 if 7 <= at.hour < 19 else 0.4)
        at += rng.expovariate(busy) * HOUR
        burst = rng.randrange(2, 6) if pace == "wire" and rng.random() < 0.05 else 1
        times |= {at.replace(microsecond=0) + rng.randrange(300) * SECOND for _ in range(burst)}
    return sorted(each for each in times if each < ends)


def _syndicate(rng, web):
    """Some carry what others do, under the same link, a while later."""
    for one in web:
        if one.guids == "shared" or len({each.link for each in one.pieces}) < len(one.pieces):
            continue
        other = rng.choice(web)
        plain = other.guids != "shared" and other is not one
        if not plain or len({each.link for each in other.pieces}) < len(other.pieces):
            continue
        links = {each.link for each in one.pieces}
        for mine in one.pieces:
            theirs = rng.choice(other.pieces) if other.pieces else None
            near = theirs and theirs.link not in links and abs(theirs.at - mine.at) < DAY
            if near and rng.random() < 0.05:
                mine.link = theirs.link
                links.add(theirs.link)

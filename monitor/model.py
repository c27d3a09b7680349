"""The nouns of the newsroom. All are frozen; a change is a new value.

Feed -> Entry (what a source said) -> Item (what we believe) -> Match (why a rule fired)
-> story -> Digest (decided, not worded) -> Message (worded) -> Delivery (an outbox row).
Instants are aware UTC datetimes ending in `_at`; durations are timedeltas.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, NamedTuple, NewType

FeedId = NewType("FeedId", int)
ItemId = NewType("ItemId", int)
StoryId = NewType("StoryId", int)
AlertId = NewType("AlertId", int)
DeliveryId = NewType("DeliveryId", int)
SilenceId = NewType("SilenceId", int)
RuleId = NewType("RuleId", str)
DigestName = NewType("DigestName", str)


class Severity(enum.IntEnum):
    """How urgent a rule is; ordered, so `severity >= Severity.HIGH` reads as it should."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The word used in files, tables and messages."""
        return self.name.lower()


class Secret:
    """A value that must never be seen: prints as `***`, is read only by `reveal()`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


# --- Sources ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed as the operator configured it."""

    url: str
    name: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    every: timedelta | None = None
    headers: tuple[tuple[str, Secret], ...] = ()
    auth: Secret | None = None
    cookie: Secret | None = None
    user_agent: str = ""
    proxy: Secret | None = None
    retry_after: str | None = None
    allow_private: bool = False
    weight: float = 1.0
    full_text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is remembered of a feed between polls. Validators are echoed byte for byte.

    `address` is where it is polled since it has moved for good ("" for where it is configured);
    `moved_to`, seen `moved_count` times since `moved_since_at`, is where it says it has moved.
    `rhythm` is what `schedule.pacing` has learnt of it, `due_because` why it is next due then,
    `gap_at` when last a poll found nothing that was known: something may have been missed.
    `problems` are the codes of what is odd about its document, between spaces. `key_flaws` are
    the ways in which its entries' keys have proved unfit, likewise: see `stories.identity`.
    """

    etag: str = ""
    last_modified: str = ""
    body_hash: bytes = b""
    title: str = ""
    next_due_at: datetime | None = None
    first_polled_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_full_at: datetime | None = None
    last_new_at: datetime | None = None
    failures: int = 0
    failing_since_at: datetime | None = None
    error: str = ""
    error_kind: str = ""
    gone: bool = False
    key_flaws: str = ""
    address: str = ""
    moved_to: str = ""
    moved_since_at: datetime | None = None
    moved_count: int = 0
    rhythm: str = ""
    due_because: str = ""
    gap_at: datetime | None = None
    problems: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What an answer says beside its document, worth something only where it came whole.

    `moved_to` is where nothing but permanent redirects led ("" where none did), `fresh_for`
    how long the publisher thinks the answer will do, `hub` and `topic` the WebSub links of
    its header.
    """

    moved_to: str = ""
    fresh_for: timedelta | None = None
    hub: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A complete 2xx answer. `body` is decompressed and whole, never a stump.

    `partial` says that it holds only what is new since the validators sent (RFC 3229).
    """

    body: bytes
    content_type: str
    etag: str
    last_modified: str
    final_url: str
    status: int = 200
    partial: bool = False
    hints: Hints = Hints()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """A 304: validators as the answer repeated them ("" where it did not)."""

    etag: str
    last_modified: str
    hints: Hints = Hints()


class FailureKind(enum.StrEnum):
    """Why a poll failed, in the words that `feeds list` and `status` use."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    TOO_LARGE = "too large"
    HTTP = "http"
    RATE_LIMITED = "rate limited"
    BLOCKED = "blocked"
    GONE = "gone"
    FORBIDDEN_ADDRESS = "forbidden address"
    NOT_A_FEED = "not a feed"
    POISON = "poison"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A poll that brought nothing. `reason` is a sentence for the operator.

    `answered_by` is the host whose answer it was; "" where there was no answer.
    """

    kind: FailureKind
    reason: str
    status: int = 0
    retry_after: timedelta | None = None
    answered_by: str = ""


FetchOutcome = Fetched | NotModified | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as a source stated it, with markup already turned into text."""

    guid: str = ""
    url: str = ""
    title: str = ""
    lead: str = ""
    body: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseProblem:
    """Something odd about a document that was read all the same."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A document understood. `kind` is the contract's word: rss, atom, rdf, json, ...

    `hub` and `self_url` are its WebSub links, `ttl` how long it says it may be kept.
    """

    kind: str
    title: str = ""
    site_url: str = ""
    language: str = ""
    entries: tuple[Entry, ...] = ()
    problems: tuple[ParseProblem, ...] = ()
    hub: str = ""
    self_url: str = ""
    ttl: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFeed:
    """A document that is no feed: what it looks like, and the feeds it links to."""

    looks_like: str
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedList:
    """A list of feeds in OPML. `includes` are the other lists that it names.

    `refused` are what it gives as addresses of feeds, and what are no web addresses.
    """

    feeds: tuple[Feed, ...] = ()
    includes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


# --- Items and why they matched --------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One piece of news, cleaned: plain text, bounded dates, a link that is safe to click.

    `published_at` is never later than `first_seen_at`. `source` is the feed's name, `feed`
    its URL. Text fields are kept whole.
    """

    title: str = ""
    lead: str = ""
    body: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    url: str = ""
    guid: str = ""
    source: str = ""
    feed: str = ""
    language: str = ""
    published_at: datetime
    first_seen_at: datetime


class Evidence(NamedTuple):
    """Why a clause of a rule held: `text` is exactly `field[start:end]`, in code points.

    A tuple, since a busy matcher makes more of these than of anything else.
    """

    clause: str
    term: str
    field: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule fired on an item. `rule_version` names the rule text that decided."""

    rule: RuleId
    severity: Severity
    score: int
    evidence: tuple[Evidence, ...]
    rule_version: str = ""


class Outcome(enum.StrEnum):
    """What an entry turned out to be."""

    NEW = "new"
    SEEN = "seen"
    REVISED = "revised"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownItem:
    """What the store remembers of an item that an entry may turn out to be.

    `rules` are those that have fired on it so far; `story` is None while none has.
    `key_seen_at` is when the keys it was found by were last noted, the oldest of them.
    """

    id: ItemId
    feed_id: FeedId
    guid: str
    title: str
    content_hash: bytes
    first_seen_at: datetime
    published_at: datetime
    story: StoryId | None = None
    rules: frozenset[RuleId] = frozenset()
    key_seen_at: datetime | None = None


class Joined(enum.StrEnum):
    """How a report came to its story."""

    FIRST = "first"
    LINK = "link"
    COPY = "copy"
    REPORT = "report"
    BY_HAND = "by-hand"


class StoryMode(enum.StrEnum):
    """What a rule does with reports of an event that it has told of: see docs/rules.md."""

    GROUP = "group"
    MUTE = "mute"
    OFF = "off"


class Cause(enum.StrEnum):
    """Why a digest is to tell of a story.

    `story`: it has not told it. `report`: another report that may be more than the same again.
    `update`: what a report says has changed. `follow-up`: another report of surely the same
    event, told with whatever goes out next.
    """

    STORY = "story"
    REPORT = "report"
    UPDATE = "update"
    FOLLOW_UP = "follow-up"


class Hearing(NamedTuple):
    """A digest that is to hear of a story: because of which rule, and what makes it news."""

    digest: DigestName
    reason: str
    cause: Cause = Cause.STORY


class Held(NamedTuple):
    """A digest that would hear of something but for a silence, or a mute (0), and the reason."""

    digest: DigestName
    reason: str
    silence: SilenceId = SilenceId(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What a report says that was not known, as a sentence for people, and how that was found.

    `said` is like `now says 12,000 containers, was 10,000`.
    """

    said: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """A story in another language that may be of the same event, and what speaks for that."""

    story: StoryId
    language: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of one entry of a polled document, and why.

    Ids below zero are placeholders within one PollResult: the store replaces them when it
    inserts the rows. `of` is the item this one repeats (a duplicate) or is (seen, revised).
    `keys` are all identity keys the entry carries; the store points them at the item.
    `matches` are the matches to add, `digests` who must hear of `story`, each with a reason,
    `held` who would hear of it but for a mute or a silence. `joined` is how it came to its
    story: `like` is the report that it resembles, `score` how much (0 to 1; None where nothing
    was measured). `update` is what it says that was not known.
    `archived` items were there before the watch began: kept, searchable, never told.
    """

    outcome: Outcome
    id: ItemId
    of: ItemId | None
    reason: str
    item: Item
    keys: tuple[bytes, ...]
    url_key: bytes
    content_hash: bytes
    matches: tuple[Match, ...] = ()
    story: StoryId | None = None
    digests: tuple[Hearing, ...] = ()
    held: tuple[Held, ...] = ()
    archived: bool = False
    joined: Joined = Joined.FIRST
    like: ItemId | None = None
    score: float | None = None
    update: Update | None = None
    kin: tuple[Kin, ...] = ()
    anchors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """The items that one poll changes, committed in one transaction or not at all.

    `known` are the keys that had been noted before.
    """

    feed_id: FeedId
    decisions: tuple[Decision, ...] = ()
    known: Mapping[bytes, KnownItem] = field(default_factory=lambda: MappingProxyType({}))


# --- Digests and delivery --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One report of a story: an item as a digest needs it, with the matches it had.

    `joined`, `like`, `score` and `reason` say how it came to the story: see Decision.
    """

    item_id: ItemId
    item: Item
    outcome: Outcome
    matches: tuple[Match, ...] = ()
    joined: Joined = Joined.FIRST
    like: ItemId | None = None
    score: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that a digest tells of a story. `item_id` is the report, None for the story.

    `said` is what an update says.
    """

    cause: Cause
    item_id: ItemId | None = None
    update_id: int = 0
    said: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abroad:
    """Reports of what may be the same event, in another language."""

    language: str
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story as a digest tells it: the headline report first, then who else carried it.

    `lines` are what this digest has to tell of it; a story that it has told before, at
    `told_at`, is headed by the latest report of these. `abroad` is who else may have it.
    """

    id: StoryId
    lead: Reported
    others: tuple[Reported, ...] = ()
    lines: tuple[Line, ...] = ()
    told_at: datetime | None = None
    abroad: tuple[Abroad, ...] = ()

    @property
    def severity(self) -> Severity:
        """The highest severity of any rule that fired on any report of it."""
        return max(
            (match.severity for one in (self.lead, *self.others) for match in one.matches),
            default=Severity.INFO,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCard:
    """What a digest says of a rule."""

    id: RuleId
    title: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """All stories of a digest that are filed under one rule, most severe first."""

    rule: RuleCard
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVolume:
    """How much a rule has matched: `days` each end at the time of day of the digest.

    The oldest comes first; the last is the day up to now. `usual` is what a day usually
    brings, None while too little is known of it; `unusual`: the last day was out of the
    ordinary.
    """

    rule: RuleCard
    days: tuple[int, ...]
    usual: float | None = None
    unusual: bool = False

    @property
    def today(self) -> int:
        """The matches of the day up to now."""
        return self.days[-1] if self.days else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The volume of a rule's hits is news: what happened, and what makes it news.

    `alert` is the line of the rule that fired; `examples` are a few of the items, newest first.
    """

    id: AlertId
    rule: RuleId
    alert: str
    severity: Severity
    sentence: str
    reason: str
    fired_at: datetime
    examples: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What is watched: so many feeds, of which some fail, and the rules of one digest.

    `read_at` is when a feed was last read well, None when none ever was.
    """

    feeds: int
    rules: int
    failing: int = 0
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What will be told: decided, not yet worded.

    A story stands in one section only, that of the most severe rule it matched. `sections`
    hold at most `max_stories` stories; `rest` holds the others, told as one line each, and
    `late` those that were old news when the watch first saw them.
    `rules` has the card of every rule that fired, also of those without a section, `volumes`
    how much each rule of this digest has matched of late, the busiest of them, and
    `more_volumes` how many rules fired besides. `watching` is what is watched, known where
    there is nothing else to tell.
    `notes` are sentences on the watch's own health, `held` is one on what was held back,
    `alerts` those of volume.
    `id` is like `2026-11-23-a7f3`; `next_runs` are the next times it goes out, none without
    a calendar; `why` says why it goes out now. `merges` are the digests in whose place it is
    told to a channel that was away.
    """

    id: str
    name: DigestName
    planned_at: datetime
    since_at: datetime | None
    timezone: str
    next_at: datetime | None
    sections: tuple[Section, ...]
    rest: tuple[Story, ...] = ()
    rules: tuple[RuleCard, ...] = ()
    notes: tuple[str, ...] = ()
    held: str = ""
    alerts: tuple[Alert, ...] = ()
    late: tuple[Story, ...] = ()
    volumes: tuple[RuleVolume, ...] = ()
    more_volumes: int = 0
    watching: Watching | None = None
    next_runs: tuple[datetime, ...] = ()
    why: str = ""
    merges: tuple[str, ...] = ()

    @property
    def stories(self) -> tuple[Story, ...]:
        """Every story told, in the order told."""
        sectioned = (story for section in self.sections for story in section.stories)
        return (*sectioned, *self.rest, *self.late)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A digest in words, complete, addressed to one target of one channel.

    `key` is stable over every retry: it becomes the Message-ID of a mail and the
    Idempotency-Key of a webhook, so that a receiver can fold a repeated delivery.
    `thread` is what it belongs with where messages are gathered into conversations: one rule,
    or the digest. `event` is the digest as JSON, for programs.
    """

    key: str
    digest_id: str
    digest_name: DigestName
    part: int = 1
    parts: int = 1
    subject: str
    text: str
    html: str = ""
    chat: str = ""
    attachments: tuple[Attachment, ...] = ()
    thread: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What goes into one outbox row: final bytes for one target of one channel."""

    channel: str
    target: str
    key: str
    payload: bytes


class DeliveryState(enum.StrEnum):
    """Where an outbox row stands.

    `merged`: another message tells what it would have told. `dropped`: somebody has given up
    a dead letter.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    MERGED = "merged"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An outbox row that has been claimed: these bytes, to this target of this channel.

    `queued_at` is since when it is tried, this being attempt number `attempts`. `maybe_sent`:
    an earlier one may have arrived.
    """

    id: DeliveryId
    channel: str
    target: str
    key: str
    payload: bytes
    attempts: int
    queued_at: datetime
    maybe_sent: bool = False


class Trouble(enum.StrEnum):
    """Classes of a failed attempt; the class alone decides what happens next."""

    RATE_LIMITED = "rate_limited"
    TEMPORARY = "temporary"
    AMBIGUOUS = "ambiguous"
    AUTH = "auth"
    PERMANENT = "permanent"
    POISON = "poison"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The receiver has said yes. `answer` is what it said, without secrets."""

    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The receiver has not, or not certainly, taken the message."""

    trouble: Trouble
    reason: str
    retry_after: timedelta | None = None


Receipt = Sent | NotSent


OnAmbiguous = Literal["resend", "hold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where messages go: an Apprise URL, a `mailto(s)://` URL, a webhook, or a folder.

    `secret` is what a webhook is signed with. `on_ambiguous` is what becomes of a message that
    may or may not have arrived. `sessions` is the folder in which services keep what a login
    gave them, "" for nowhere.
    """

    name: str
    url: Secret
    secret: Secret | None = None
    on_ambiguous: OnAmbiguous = "resend"
    sessions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSpec:
    """One `[[digest]]` of the configuration: who is told what, and when.

    Stories at least as severe as `breakthrough` are told in quiet hours too (None: none are).
    After `heartbeat` without a digest, one says that there was nothing to tell (zero: never).
    """

    name: DigestName
    cadence: str = "now"
    to: tuple[str, ...] = ()
    rules: tuple[str, ...] = ("*",)
    tags: tuple[str, ...] = ()
    severity: Severity = Severity.INFO
    quiet: str = ""
    breakthrough: Severity | None = None
    timezone: str = "UTC"
    max_stories: int = 40
    template: str = "digest"
    heartbeat: timedelta = timedelta(days=7)

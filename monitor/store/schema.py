"""The tables, the same on SQLite and PostgreSQL, and the one type for instants."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC datetime, kept as milliseconds since 1970: sorts alike on every database."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:
        """Refuses naive values: they mean a different instant on every machine."""
        del dialect
        if value is None:
            return None
        return milliseconds(value)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ANN401 - the signature is SQLAlchemy's
        """Back to an aware UTC datetime."""
        del dialect
        return None if value is None else EPOCH + int(value) * MILLISECOND


def milliseconds(instant: datetime) -> int:
    """Since 1970. Raises ValueError for a naive datetime."""
    if instant.tzinfo is None:
        raise ValueError(f"naive datetime {instant!r}; instants are aware and UTC")
    return (instant - EPOCH) // MILLISECOND


def shifted(column: sa.Column[Any], by: timedelta) -> sa.ColumnElement[Any]:
    """The instants of a column, moved."""
    return sa.type_coerce(sa.type_coerce(column, sa.BigInteger) + by // MILLISECOND, Instant)


class Words(sa.types.TypeDecorator[str]):
    """Text without the two things a database chokes on: NUL and halves of surrogate pairs.

    They come from broken sources; one of them must not make a feed unrecordable for ever.
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Drops them; everything else stays as it is."""
        del dialect
        return None if value is None else storable(value)


_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]+")


def storable(text: str) -> str:
    """The text as a database can keep it; nearly all of it is, which is seen at a glance."""
    if text.isascii() and "\x00" not in text:
        return text
    return _NOT_STORABLE.sub("", text)


# SQLite hands out row ids only to a column declared INTEGER; and those of deleted rows again,
# unless told otherwise. Keys outlive their items: a new item must not inherit them.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Key = sa.LargeBinary(16)

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, Words, nullable=False, server_default=default)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


# A host is what is claimed for polling: politeness across processes by construction.
hosts = sa.Table(
    "hosts",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("next_slot_at", Instant, nullable=False),
    sa.Column("lease_until_at", Instant),
    _text("lease_token"),
    # A host that has asked to be left alone keeps all its feeds waiting, and they say why.
    _text("waits_because"),
)

feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("url", sa.Text, nullable=False, unique=True),
    _text("host"),
    _text("name"),
    _flag("listed"),
    _flag("paused"),
    # FeedState, field by field.
    _text("etag"),
    _text("last_modified"),
    sa.Column("body_hash", sa.LargeBinary, nullable=False, default=b""),
    _text("title"),
    sa.Column("next_due_at", Instant),
    sa.Column("first_polled_at", Instant),
    sa.Column("last_polled_at", Instant),
    sa.Column("last_ok_at", Instant),
    sa.Column("last_full_at", Instant),
    sa.Column("last_new_at", Instant),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failing_since_at", Instant),
    _text("error"),
    _text("error_kind"),
    _flag("gone"),
    _text("address"),
    _text("moved_to"),
    sa.Column("moved_since_at", Instant),
    sa.Column("moved_count", sa.Integer, nullable=False, server_default="0"),
    _text("rhythm"),
    _text("due_because"),
    sa.Column("gap_at", Instant),
    _text("problems"),
    # What the rules' past hits make of its share of the request budget.
    sa.Column("worth", sa.Float, nullable=False, server_default="1"),
    # What is wrong with the keys of its entries, between spaces: see `stories.identity`.
    _text("key_flaws"),
    sa.Index(None, "next_due_at"),
    sa.Index(None, "host", "next_due_at"),
)

# What keeps all feeds within the request budget: one row, or none before the first steering.
steering = sa.Table(
    "steering",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("theta", sa.Float),
    sa.Column("weighed_at", Instant),
)

# Narrow on purpose: every entry of every poll is looked up here, few ever become rows of items.
item_keys = sa.Table(
    "item_keys",
    metadata,
    sa.Column("feed_id", Id, primary_key=True, autoincrement=False),
    sa.Column("key", Key, primary_key=True),
    sa.Column("item_id", Id, nullable=False),
    sa.Column("last_seen_at", Instant, nullable=False),
    sa.Index(None, "last_seen_at"),
    sqlite_with_rowid=False,
)

items = sa.Table(
    "items",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("feed_id", Id, nullable=False),
    _text("guid"),
    _text("url"),
    _text("title"),
    _text("lead"),
    _text("body"),
    _text("author"),
    sa.Column("tags", sa.JSON, nullable=False),
    _text("source"),
    _text("language"),
    sa.Column("published_at", Instant, nullable=False),
    sa.Column("first_seen_at", Instant, nullable=False),
    sa.Column("revised_at", Instant),
    sa.Column("content_hash", Key, nullable=False),
    _text("outcome"),
    sa.Column("duplicate_of", Id),
    _text("reason"),
    _flag("archived"),
    sa.Index(None, "first_seen_at"),
    sa.Index(None, "feed_id", "first_seen_at"),
    sqlite_autoincrement=True,
)

url_keys = sa.Table(
    "url_keys",
    metadata,
    sa.Column("url_key", Key, primary_key=True),
    sa.Column("item_id", Id, primary_key=True, autoincrement=False),
    sa.Index(None, "item_id"),
    sqlite_with_rowid=False,
)

# Earlier wordings of items that had matched: what a correction is compared with.
item_revisions = sa.Table(
    "item_revisions",
    metadata,
    sa.Column("item_id", Id, primary_key=True, autoincrement=False),
    sa.Column("replaced_at", Instant, primary_key=True),
    _text("title"),
    _text("lead"),
    _text("body"),
)

stories = sa.Table(
    "stories",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("opened_at", Instant, nullable=False),
    # Merged by hand: its reports are those of another story now, and whoever asks is sent there.
    sa.Column("merged_into", Id),
    sa.Index(None, "opened_at"),
    sqlite_autoincrement=True,
)

# `turn` grows with every row that is added or changed: what has been read up to one need not
# be read again.
story_items = sa.Table(
    "story_items",
    metadata,
    sa.Column("item_id", Id, primary_key=True, autoincrement=False),
    sa.Column("story_id", Id, nullable=False),
    _text("reason"),
    _text("joined", "first"),
    sa.Column("like_item", Id),
    sa.Column("score", sa.Float),
    sa.Column("turn", Id, nullable=False, server_default="0"),
    sa.Index(None, "story_id"),
    sa.Index(None, "turn"),
)

# By which reports that may be copies of one another are found. Narrow: about ten rows a report.
# Anchors of another version were cut by other code and are never compared.
anchors = sa.Table(
    "anchors",
    metadata,
    sa.Column("anchor", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("item_id", Id, primary_key=True, autoincrement=False),
    sa.Column("version", sa.SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What a later report says that a story had not: told beside it.
story_updates = sa.Table(
    "story_updates",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("story_id", Id, nullable=False),
    sa.Column("item_id", Id, nullable=False),
    sa.Column("said", Words, nullable=False),
    _text("reason"),
    sa.Column("noted_at", Instant, nullable=False),
    sa.Index(None, "story_id"),
    sa.Index(None, "item_id"),
    sqlite_autoincrement=True,
)

# The same event in another language, as far as words can tell: shown, never muted.
story_kin = sa.Table(
    "story_kin",
    metadata,
    sa.Column("story_id", Id, primary_key=True, autoincrement=False),
    sa.Column("other_id", Id, primary_key=True, autoincrement=False),
    sa.Column("reason", Words, nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Index(None, "other_id"),
)

# What people have said of two reports: one story, or two. Nothing overrules it.
story_verdicts = sa.Table(
    "story_verdicts",
    metadata,
    sa.Column("item_id", Id, primary_key=True, autoincrement=False),
    sa.Column("other_item", Id, primary_key=True, autoincrement=False),
    sa.Column("same", sa.Boolean, nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("said_at", Instant, nullable=False),
    sa.Index(None, "other_item"),
)

matches = sa.Table(
    "matches",
    metadata,
    sa.Column("item_id", Id, primary_key=True, autoincrement=False),
    sa.Column("rule", sa.Text, primary_key=True),
    _text("rule_version"),
    sa.Column("severity", sa.Integer, nullable=False),
    sa.Column("score", sa.Integer, nullable=False, server_default="0"),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("matched_at", Instant, nullable=False),
    sa.Index(None, "rule", "matched_at"),
    sa.Index(None, "severity", "item_id"),
)

# Digest membership is a row, not a time window: a late run neither loses nor repeats a story.
# A story is told by the row without an item; what comes after by rows with one, each with its
# cause (`model.Cause`), and that of an update names it.
digest_entries = sa.Table(
    "digest_entries",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("story_id", Id, primary_key=True, autoincrement=False),
    sa.Column("item_id", Id, primary_key=True, autoincrement=False, server_default="0"),
    sa.Column("update_id", Id, primary_key=True, autoincrement=False, server_default="0"),
    _text("cause", "story"),
    _text("reason"),
    sa.Column("added_at", Instant, nullable=False),
    sa.Column("digest_id", sa.Text),
    sa.Index(None, "story_id"),
    sa.Index(None, "digest_id"),
)
sa.Index(
    "ix_digest_entries_untold",
    digest_entries.c.digest,
    digest_entries.c.added_at,
    sqlite_where=digest_entries.c.digest_id.is_(None),
    postgresql_where=digest_entries.c.digest_id.is_(None),
)

digests = sa.Table(
    "digests",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("planned_at", Instant, nullable=False),
    sa.Column("since_at", Instant),
    sa.Column("stories", sa.Integer, nullable=False),
    _flag("at_once"),
    _text("why"),
    # The digests, between spaces, in whose place this one goes to a channel that was away.
    _text("merges"),
    sa.Index(None, "name", "planned_at"),
)

# What each digest said, as packed JSON: to be filed in the archive, and to be sent again.
messages = sa.Table(
    "messages",
    metadata,
    sa.Column("digest_id", sa.Text, primary_key=True),
    sa.Column("written_at", Instant, nullable=False),
    sa.Column("filed_at", Instant),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Index(None, "written_at"),
)
sa.Index(
    "ix_messages_unfiled",
    messages.c.digest_id,
    sqlite_where=messages.c.filed_at.is_(None),
    postgresql_where=messages.c.filed_at.is_(None),
)

# The outbox: one row per (digest part x target), the message itself as final bytes.
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("digest_id", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("next_try_at", Instant, nullable=False),
    sa.Column("lease_until_at", Instant),
    _text("lease_token"),
    sa.Column("sent_at", Instant),
    _text("trouble"),
    _text("answer"),
    # Late: SQLite walks through everything that stands before the column it wants.
    sa.Column("payload", sa.LargeBinary, nullable=False),
    # Since when it is tried: its age counts from here, anew for a dead letter tried once more.
    sa.Column("queued_at", Instant, nullable=False, server_default="0"),
    # An attempt may have arrived unbeknown: it must go out under this key or not at all.
    _flag("maybe_sent"),
    sa.Index(None, "digest_id"),
    sa.Index(None, "created_at"),
)
# Spelled out, not bound: a partial index serves only a query that says the same literally.
is_open = deliveries.c.state.in_([sa.literal_column("'pending'"), sa.literal_column("'sending'")])
sa.Index(
    "ix_deliveries_open",
    deliveries.c.channel,
    deliveries.c.next_try_at,
    sqlite_where=is_open,
    postgresql_where=is_open,
)
is_dead = deliveries.c.state == sa.literal_column("'dead'")
sa.Index("ix_deliveries_dead", deliveries.c.channel, sqlite_where=is_dead, postgresql_where=is_dead)

# What came of every attempt to deliver a message.
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("delivery_id", Id, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("ended_at", Instant, nullable=False),
    sa.Column("milliseconds", sa.Integer, nullable=False),
    # sent, or the class of its trouble.
    sa.Column("outcome", sa.Text, nullable=False),
    _text("answer"),
)

# Channels that are in trouble; one without a row is well. While its breaker is open, nothing
# goes out on a channel but, from `probe_at` on, one message that finds out how it is.
breakers = sa.Table(
    "breakers",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("openings", sa.Integer, nullable=False),
    sa.Column("opened_at", Instant),
    sa.Column("probe_at", Instant),
    _text("trouble"),
    _text("reason"),
)

schedules = sa.Table(
    "schedules",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("cadence", sa.Text, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("next_run_at", Instant),
    sa.Column("last_run_at", Instant),
    # Since when there is a digest of this name: before, its silence means nothing.
    sa.Column("since_at", Instant),
)

# One row a hit that counts: an item, by one publisher, that was news when it came. Narrow, and
# apart from `matches`: it outlives items, leaves the archived out, and counts an article that
# two feeds of one publisher carry once.
rule_hits = sa.Table(
    "rule_hits",
    metadata,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("origin", Id, primary_key=True, autoincrement=False),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("item_id", Id, nullable=False),
    sa.Column("hit_at", Instant, nullable=False),
    sa.Index(None, "rule", "hit_at"),
    sa.Index(None, "hit_at"),
)

watched_rules = sa.Table(
    "watched_rules",
    metadata,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("since_at", Instant, nullable=False),
    sa.Column("last_at", Instant, nullable=False),
)

# The hours in which somebody was watching: no hit in any other hour means nothing.
watched_hours = sa.Table(
    "watched_hours",
    metadata,
    sa.Column("hour_at", Instant, primary_key=True, autoincrement=False),
)

alert_states = sa.Table(
    "alert_states",
    metadata,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("alert", sa.Text, primary_key=True),
    sa.Column("firing", sa.Boolean, nullable=False),
    sa.Column("mark_at", Instant),
    _text("vocabulary_version"),
    _text("warming"),
)

seen_terms = sa.Table(
    "seen_terms",
    metadata,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("vocabulary", sa.Text, primary_key=True),
    sa.Column("term", Words, primary_key=True),
    sa.Column("first_at", Instant, nullable=False),
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("alert", sa.Text, nullable=False),
    sa.Column("severity", sa.Integer, nullable=False),
    sa.Column("sentence", Words, nullable=False),
    sa.Column("reason", Words, nullable=False),
    sa.Column("items", sa.JSON, nullable=False),
    sa.Column("fired_at", Instant, nullable=False),
    sa.Index(None, "fired_at"),
    sqlite_autoincrement=True,
)

alert_entries = sa.Table(
    "alert_entries",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("alert_id", Id, primary_key=True, autoincrement=False),
    sa.Column("added_at", Instant, nullable=False),
    sa.Column("digest_id", sa.Text),
)
sa.Index(
    "ix_alert_entries_untold",
    alert_entries.c.digest,
    alert_entries.c.added_at,
    sqlite_where=alert_entries.c.digest_id.is_(None),
    postgresql_where=alert_entries.c.digest_id.is_(None),
)

# Stories that somebody has muted by hand, for every rule.
mutes = sa.Table(
    "mutes",
    metadata,
    sa.Column("story_id", Id, primary_key=True, autoincrement=False),
    sa.Column("until_at", Instant, nullable=False),
    sa.Column("comment", Words, nullable=False),
    sa.Column("muted_at", Instant, nullable=False),
)

# What somebody does not want to hear of for a while. `matcher` as it was written.
silences = sa.Table(
    "silences",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("matcher", Words, nullable=False),
    sa.Column("comment", Words, nullable=False),
    sa.Column("until_at", Instant, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sqlite_autoincrement=True,
)

# What a digest would have told but for a silence, or a mute (0): a story, or an alert. `digest_id`
# is the digest that has said so since, NULL while none has.
held_entries = sa.Table(
    "held_entries",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("story_id", Id, primary_key=True, autoincrement=False),
    sa.Column("alert_id", Id, primary_key=True, autoincrement=False),
    sa.Column("silence_id", Id, primary_key=True, autoincrement=False),
    sa.Column("reason", Words, nullable=False),
    sa.Column("held_at", Instant, nullable=False),
    sa.Column("digest_id", sa.Text),
    sa.Index(None, "story_id"),
    sa.Index(None, "silence_id"),
)

# Items whose words are not in the search index yet, or not as they read now: they are scanned.
# A queue, and no high-water mark: ids need not be committed in their order.
unindexed = sa.Table(
    "unindexed",
    metadata,
    sa.Column("item_id", Id, primary_key=True, autoincrement=False),
)

# What cut the words in the search index: one row, or none while there are no words. `turn` is
# how often items were put into the index.
item_words_cut = sa.Table(
    "item_words_cut",
    metadata,
    sa.Column("cut_by", sa.Text, primary_key=True),
    sa.Column("turn", sa.BigInteger, nullable=False, server_default="0"),
)

# What was put into the index of late, turn by turn.
index_bites = sa.Table(
    "index_bites",
    metadata,
    sa.Column("turn", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("item_ids", sa.JSON, nullable=False),
)

# Articles to be fetched, and what became of it. The first `length` characters of an item's body
# are its article's then, the rest is the feed's own.
full_texts = sa.Table(
    "full_texts",
    metadata,
    sa.Column("item_id", Id, primary_key=True, autoincrement=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("length", sa.Integer, nullable=False, server_default="0"),
    _text("reason"),
    sa.Index(None, "state", "due_at"),
)

# What robots.txt of a site asks of us, for a day.
robots = sa.Table(
    "robots",
    metadata,
    sa.Column("origin", sa.Text, primary_key=True),
    sa.Column("read_at", Instant, nullable=False),
    _text("rules"),
)

# What feeds say of where they tell of news at once: a WebSub hub, and their name there.
hubs = sa.Table(
    "hubs",
    metadata,
    sa.Column("feed_id", Id, primary_key=True, autoincrement=False),
    sa.Column("hub", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
)

# What has been agreed with hubs. A feed that names another hub has a second row, for as long as
# it takes to leave the first.
subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("callback", sa.Text, nullable=False),
    sa.Column("feed_id", Id, nullable=False),
    sa.Column("hub", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lease_until_at", Instant),
    sa.Column("first_at", Instant),
    sa.Column("known_pushes", sa.JSON, nullable=False),
    _text("reason"),
    sa.Index(None, "feed_id"),
    sa.Index(None, "due_at"),
)

# What each digest has said of the health of the watch and what has not ended since: told once.
told_notes = sa.Table(
    "told_notes",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("subject", Words, primary_key=True),
    _text("name"),
    sa.Column("grade", sa.Integer, nullable=False, server_default="0"),
    sa.Column("since_at", Instant),
    sa.Column("told_at", Instant, nullable=False),
)

# Whom the feeds that we publish are of, and whether they and the archive can be written: one row,
# or none before the first of them.
outputs = sa.Table(
    "outputs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("identity", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("failing_since_at", Instant),
    _text("trouble"),
)

# What people have said of a story: worth keeping, or noise. It tells nobody less by itself.
judgements = sa.Table(
    "judgements",
    metadata,
    sa.Column("story_id", Id, primary_key=True, autoincrement=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("judged_at", Instant, nullable=False),
    _text("judged_by"),
)

# The days (UTC) on which polls of a feed failed, and how many did.
feed_failures = sa.Table(
    "feed_failures",
    metadata,
    sa.Column("feed_id", Id, primary_key=True, autoincrement=False),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("polls", sa.Integer, nullable=False),
)

near_misses = sa.Table(
    "near_misses",
    metadata,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("clause", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("last_item_id", Id, nullable=False),
    sa.Index(None, "day"),
)

# The words of each item. On SQLite they are kept as postings alone, without the text: whoever
# deletes from it must say what the words were, which `store.search` does.
_POSTINGS = (
    "CREATE VIRTUAL TABLE item_words USING fts5(words, content='', detail=none, "
    "columnsize=0, tokenize=\"ascii tokenchars '_'\")"
)
_COUNTS = "CREATE VIRTUAL TABLE word_counts USING fts5vocab('item_words', 'row')"
_ARRAYS = "CREATE TABLE item_words (item_id BIGINT PRIMARY KEY, words TEXT[] NOT NULL)"
_ARRAYS_BY_WORD = "CREATE INDEX ix_item_words_words ON item_words USING gin (words)"
for _dialect, _made in (
    ("sqlite", _POSTINGS),
    ("sqlite", _COUNTS),
    ("postgresql", _ARRAYS),
    ("postgresql", _ARRAYS_BY_WORD),
):
    _made_there = sa.DDL(_made).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
    sa.event.listen(metadata, "after_create", _made_there)

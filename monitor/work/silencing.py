"""Silencing: what a silence would have held back, having it begin, and ending it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from monitor.digests.hits import Hit
from monitor.digests.matchers import BadMatcher, Condition, Key, Names, parse_matcher, strangers
from monitor.digests.silencing import Silence
from monitor.errors import NotFound, UsageError
from monitor.model import DigestName, Severity, SilenceId, StoryId
from monitor.sources.addresses import without_login
from monitor.store.engine import Store
from monitor.store.feeds import feed_names
from monitor.store.merging import is_story, survivors
from monitor.store.reports import BriefMatch, matches_since
from monitor.store.silences import add_silence, end_silence, list_silences
from monitor.watch import Watch
from monitor.work.hearing import heard
from monitor.work.holding import hold_back_all, names_of_feed

LOOKS_BACK = timedelta(days=7)
"""Over how much of the past a new silence is tried."""

LONGEST_COMMENT = 300
_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a silence would have held back of the matches that somebody heard of."""

    held: int
    matches: int
    examples: tuple[str, ...]


def silence(store: Store, watch: Watch, argument: str, now: datetime) -> Mapping[str, object]:
    """Add a silence: `{"matcher", "until", "comment", "force"}` as JSON. Raises UsageError.

    1. gather what its matcher may name, and the past; 2. try it on that; 3. commit it, and take
    out of every digest what waits and fits.
    """
    asked = json.loads(argument)
    matcher, comment = str(asked["matcher"]).strip(), " ".join(str(asked["comment"]).split())
    until_at = datetime.fromisoformat(asked["until"])
    _check_the_rest(comment, until_at, now)
    with store.reading() as conn:
        tried = tried_on_past(conn, watch, matcher, now, force=asked["force"])

    adding = partial(add_silence, matcher=matcher, comment=comment, until_at=until_at, now=now)
    found = store.write(adding).result()
    taken = sum(hold_back_all(store, watch, spec, now) for spec in watch.settings.digests)
    return {
        "id": int(found),
        "matcher": matcher,
        "until": until_at.isoformat(),
        "comment": comment,
        "days": LOOKS_BACK.days,
        "matches": tried.matches,
        "would_have_held": tried.held,
        "examples": list(tried.examples),
        "taken_out": taken,
    }


def expire(store: Store, argument: str, now: datetime) -> Mapping[str, object]:
    """End a silence, given by its number. Raises UsageError."""
    wanted = SilenceId(int(argument))
    if store.write(partial(end_silence, silence=wanted, now=now)).result():
        return {"id": int(wanted), "ended": now.isoformat()}
    with store.reading() as conn:
        rows = list_silences(conn)
    ended = next((row.silence for row in rows if row.silence.id == wanted), None)
    if ended is not None:
        raise UsageError(f"silence #{wanted} ended at {ended.until_at:%Y-%m-%d %H:%M} UTC")
    holding = [f"#{row.silence.id}" for row in rows if row.holds_at(now)]
    hint = f"there are {', '.join(holding)}" if holding else "none holds now"
    raise UsageError(f"no silence #{wanted}; {hint}")


def tried_on_past(
    conn: Connection, watch: Watch, matcher: str, now: datetime, *, force: bool = False
) -> Tried:
    """What a silence with this matcher would have held back of late. Raises UsageError.

    `force`: even if it names what does not exist.
    """
    conditions = _conditions(matcher)
    if not force:
        _check_names(conn, conditions, watch)
    wanted = Silence(
        id=SilenceId(0), matcher=matcher, conditions=conditions, until_at=now, comment=""
    )
    wanted = wanted.moved(survivors(conn, wanted.stories))
    return try_out(wanted, matches_since(conn, watch.rule_tags, now - LOOKS_BACK), watch)


def try_out(wanted: Silence, rows: Iterable[BriefMatch], watch: Watch) -> Tried:
    """What a silence would have held back of these matches, newest first, with a few headlines."""
    hearing: dict[tuple[str, Severity], tuple[DigestName, ...]] = {}
    held = matches = 0
    titles: dict[str, None] = {}
    for row in rows:
        key = (row.match.rule, row.match.severity)
        if key not in hearing:
            hearing[key] = tuple(each.digest for each in heard(watch, [row.match]))
        if not hearing[key]:
            continue
        matches += 1
        if any(wanted.holds(hit) for hit in _hits(row, hearing[key], watch)):
            held += 1
            titles[row.item.title] = None
    return Tried(held=held, matches=matches, examples=tuple(titles)[:_EXAMPLES])


def _hits(row: BriefMatch, digests: Iterable[DigestName], watch: Watch) -> Iterator[Hit]:
    feeds = names_of_feed(row.item)
    for digest in digests:
        yield Hit(
            digest=digest,
            match=row.match,
            tags=watch.rule_tags.get(row.match.rule, ()),
            story=row.story,
            item=row.item,
            feeds=feeds,
        )


def _conditions(matcher: str) -> tuple[Condition, ...]:
    try:
        return parse_matcher(matcher)
    except BadMatcher as error:
        raise UsageError(str(error)) from None


def _check_the_rest(comment: str, until_at: datetime, now: datetime) -> None:
    if not comment:
        raise UsageError("a silence says why: give it a comment")
    if len(comment) > LONGEST_COMMENT:
        raise UsageError(f"the comment is longer than {LONGEST_COMMENT} characters; shorten it")
    if until_at <= now:
        raise UsageError("a silence ends in the future; `silence expire` ends one now")


def _check_names(conn: Connection, conditions: Iterable[Condition], watch: Watch) -> None:
    """Raises UsageError where a condition names what does not exist."""
    called = [(each.name, each.url) for each in watch.feeds.values()]
    called += feed_names(conn)
    feeds = [name for name, _ in called if name] + [without_login(url) for _, url in called]
    names = Names(
        rules=watch.rule_tags.keys(),
        tags={tag for tags in watch.rule_tags.values() for tag in tags},
        feeds=dict.fromkeys(feeds),
        digests=watch.digests.keys(),
    )
    conditions = tuple(conditions)
    if wrong := list(strangers(conditions, names)):
        raise UsageError("\n".join(map(str, wrong)))
    for each in conditions:
        if each.key is Key.STORY and not is_story(conn, StoryId(int(each.value))):
            raise NotFound("story", each.value, [])

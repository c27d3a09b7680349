"""What a person may ask of a running watch: the same whether the daemon or a command does it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from monitor.digests.muting import Muting
from monitor.digests.planning import GoesOut
from monitor.errors import NotFound, Temporary, UsageError
from monitor.model import Cause, DigestSpec, ItemId, StoryId
from monitor.sources.addresses import without_login
from monitor.store.engine import Store
from monitor.store.feeds import FeedRow, listed_feeds, make_due, make_feed_due, set_paused
from monitor.store.judgements import Verdict, judge
from monitor.store.merging import is_story, merge_stories, split_story, survivors
from monitor.store.mutes import put_mute
from monitor.store.stories import waiting_since
from monitor.watch import Watch
from monitor.work import deadletters
from monitor.work.digesting import next_run_of, preview_digest, send_digest
from monitor.work.hearing import heard
from monitor.work.holding import held_fields
from monitor.work.resending import resend
from monitor.work.silencing import expire, silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a request is carried out with."""

    store: Store
    watch: Watch
    now: datetime


Answer = Mapping[str, object]


def carry_out(name: str, argument: str, desk: Desk) -> Answer:
    """Do what was asked; the answer in plain words. Raises UsageError."""
    if name not in REQUESTS:
        raise UsageError(f"this version knows no request `{name}`")
    return REQUESTS[name](argument, desk)


def _pause(wanted: str, desk: Desk, *, paused: bool) -> Answer:
    named = _named(wanted, desk.store)
    for row in named:
        desk.store.write(partial(set_paused, url=row.url, paused=paused, now=desk.now)).result()
    return {"feeds": [row.name or without_login(row.url) for row in named]}


def _poll(wanted: str, desk: Desk) -> Answer:
    """Make a feed due, or all of them where none is named; the next beat polls what is due."""
    if wanted:
        return {"feeds": [row.url for row in made_due(wanted, desk)]}
    desk.store.write(partial(make_due, now=desk.now)).result()
    return {"feeds": len(desk.watch.feeds)}


def made_due(wanted: str, desk: Desk) -> list[FeedRow]:
    """Make the feed of this address, or the feeds of this name, due now.

    Raises UsageError for one that is not polled, Temporary for one whose host rests.
    """
    named = _named(wanted, desk.store)
    for row in named:
        name = row.name or without_login(row.url)
        if row.paused or row.state.gone:
            what = "paused" if row.paused else "gone"
            raise UsageError(f"{name} is {what}; `wirewatch feeds resume` has it polled again")
        if why := desk.store.write(partial(make_feed_due, feed=row, now=desk.now)).result():
            raise Temporary(f"{name} is not polled now: {why}")
    return named


def _preview(name: str, desk: Desk) -> Answer:
    spec = _spec(name, desk)
    planned = preview_digest(desk.store, desk.watch, spec, desk.now)
    timing = next_run_of(desk.store, spec, desk.now)
    goes_at = desk.now if isinstance(timing, GoesOut) else timing.until_at
    return {
        "digest": name,
        "next_at": goes_at.isoformat() if goes_at else None,
        "next_why": timing.why,
        "next_runs": [each.isoformat() for each in planned.digest.next_runs],
        "because": [
            {
                "story": int(story.id),
                "title": story.lead.item.title,
                "why": [f"{_CAUSES[line.cause]}: {line.reason}" for line in story.lines],
            }
            for story in planned.digest.stories
        ],
        "id": planned.digest.id,
        "subject": planned.message.subject,
        "stories": [int(story.id) for story in planned.digest.stories],
        "alerts": [alert.sentence for alert in planned.digest.alerts],
        "held": held_fields(desk.store, planned.held),
        "text": planned.message.text,
        "html": planned.message.html,
        "chat": planned.message.chat,
        "warnings": list(planned.warnings),
    }


_CAUSES: Mapping[Cause, str] = {
    Cause.STORY: "new",
    Cause.REPORT: "another report",
    Cause.UPDATE: "an update",
    Cause.FOLLOW_UP: "a follow-up",
}


def _spec(name: str, desk: Desk) -> DigestSpec:
    spec = desk.watch.digests.get(name)
    if spec is None:
        raise NotFound("digest", name, desk.watch.digests)
    return spec


def _send(name: str, desk: Desk) -> Answer:
    spec = _spec(name, desk)
    with desk.store.reading() as conn:
        waits = waiting_since(conn, spec.name) is not None
    planned = send_digest(desk.store, desk.watch, spec, desk.now) if waits else None
    if planned is None:
        return {"id": None, "stories": 0, "messages": 0, "warnings": []}
    return {
        "id": planned.digest.id,
        "stories": len(planned.digest.stories),
        "messages": len(planned.parts),
        "warnings": list(planned.warnings),
    }


def _resend(argument: str, desk: Desk) -> Answer:
    """Queue what a digest said once more: see `resend`."""
    resent = resend(desk.store, desk.watch, argument, desk.now)
    return {
        "id": resent.id,
        "channels": list(resent.channels),
        "messages": resent.messages,
        "warnings": list(resent.warnings),
    }


def _named(wanted: str, store: Store) -> list[FeedRow]:
    with store.reading() as conn:
        rows = listed_feeds(conn)
    named = [row for row in rows if wanted in (row.url, without_login(row.url), row.name)]
    if not named:
        known = [*(row.name for row in rows), *(without_login(row.url) for row in rows)]
        raise NotFound("feed", without_login(wanted), known)
    return named


def _mute(argument: str, desk: Desk) -> Answer:
    return mute_story(desk.store, argument, desk.now)


def mute_story(store: Store, argument: str, now: datetime) -> Answer:
    """Mute a story: `{"story", "until", "comment"}` as JSON. Raises NotFound.

    One that was merged into another is that one now.
    """
    asked = json.loads(argument)
    muting = Muting(
        story=StoryId(int(asked["story"])),
        until_at=datetime.fromisoformat(asked["until"]),
        note=str(asked["comment"]),
    )

    def put(conn: Connection) -> StoryId:
        story = _survivor(conn, muting.story)
        put_mute(conn, replace(muting, story=story), now)
        return story

    return {"story": int(store.write(put).result()), "until": muting.until_at.isoformat()}


def _judge(argument: str, desk: Desk) -> Answer:
    """Say of a story what somebody thinks of it: `{"story", "verdict", "by"}` as JSON.

    `verdict` is keep or noise; anything else takes back what was said. Raises NotFound.
    """
    asked = json.loads(argument)
    wanted = StoryId(int(asked["story"]))
    verdict = Verdict(asked["verdict"]) if asked["verdict"] in set(Verdict) else None

    def put(conn: Connection) -> StoryId:
        story = _survivor(conn, wanted)
        judge(conn, story, verdict, by=str(asked["by"]), now=desk.now)
        return story

    return {"story": int(desk.store.write(put).result())}


def _survivor(conn: Connection, story: StoryId) -> StoryId:
    """The story of this number, or the one that it was merged into. Raises NotFound."""
    if not is_story(conn, story):
        raise NotFound("story", str(story), [])
    return survivors(conn, [story]).get(story, story)


def _silence(argument: str, desk: Desk) -> Answer:
    return silence(desk.store, desk.watch, argument, desk.now)


def _expire(argument: str, desk: Desk) -> Answer:
    return expire(desk.store, argument, desk.now)


def _merge(argument: str, desk: Desk) -> Answer:
    return merge(desk.store, argument, desk.now)


def merge(store: Store, argument: str, now: datetime) -> Answer:
    """Merge stories: `{"story", "others"}` as JSON. Raises NotFound and UsageError."""
    asked = json.loads(argument)
    into, others = StoryId(int(asked["story"])), [StoryId(int(each)) for each in asked["others"]]
    merging = partial(merge_stories, into=into, others=others, now=now)
    return {"story": int(into), "reports": store.write(merging).result()}


def split(argument: str, desk: Desk) -> Answer:
    """Split reports off a story: `{"story", "items"}` as JSON. Raises NotFound and UsageError."""
    asked = json.loads(argument)
    splitting = partial(
        split_story,
        story=StoryId(int(asked["story"])),
        wanted=[ItemId(int(each)) for each in asked["items"]],
        hears=partial(heard, desk.watch),
        now=desk.now,
    )
    return {"story": int(desk.store.write(splitting).result())}


def _change_letters(verb: str, argument: str, desk: Desk) -> Answer:
    return {"letters": deadletters.change(desk.store, verb, argument, desk.now)}


REQUESTS: Mapping[str, Callable[[str, Desk], Answer]] = {
    "pause": partial(_pause, paused=True),
    "resume": partial(_pause, paused=False),
    "poll": _poll,
    "preview": _preview,
    "send": _send,
    "resend": _resend,
    "mute": _mute,
    "judge": _judge,
    "silence": _silence,
    "expire": _expire,
    "merge": _merge,
    "deadletters-retry": partial(_change_letters, "retry"),
    "deadletters-drop": partial(_change_letters, "drop"),
    "split": split,
}

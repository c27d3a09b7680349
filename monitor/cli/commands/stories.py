"""`wirewatch stories`: what was found, story by story."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import click

from monitor.cli.commands.match import evidence_fields
from monitor.cli.grouping import Group
from monitor.cli.opening import (
    as_json,
    asked_of_daemon,
    open_settings,
    open_watch,
    owned_state,
    reading_state,
)
from monitor.cli.output import ago, instant, print_json, print_table, say, shortened
from monitor.errors import NotFound
from monitor.model import Story, StoryId

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from monitor.config.settings import Settings


@click.group("stories", cls=Group)
def COMMAND() -> None:  # noqa: N802 - the shelf's word
    """List, show, merge and split stories."""


@COMMAND.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=50, help="How many at most.")
@as_json
def list_stories(limit: int, as_json: bool) -> None:
    """The stories opened last, newest first."""
    from monitor.cli.story_sheet import updates_fields
    from monitor.desk import utc_now
    from monitor.rendering.reasons import other_publishers
    from monitor.store.stories import recent_stories
    from monitor.store.story_cards import updates_of

    now, settings = utc_now(), open_settings()
    with reading_state(settings) as store, store.reading() as conn:
        stories = recent_stories(conn, limit)
        updates = updates_of(conn, [story.id for story in stories])
        muted = _held(settings, conn, stories)
    if as_json:
        for story in stories:
            print_json(
                **_fields(story),
                updates=updates_fields(updates.get(story.id, ())),
                muted=muted.get(story.id, []),
            )
        return
    print_table(
        ("story", "severity", "seen", "reports", "outlets", "updates", "rules", "title", "muted"),
        [
            (
                story.id,
                story.severity.word,
                ago(story.lead.item.first_seen_at, now),
                1 + len(story.others),
                1 + len(other_publishers(story)),
                len(updates.get(story.id, ())),
                ", ".join(_rules(story)),
                shortened(story.lead.item.title, 70),
                "yes" if story.id in muted else "",
            )
            for story in stories
        ],
    )


@COMMAND.command("show")
@click.argument("story_id", metavar="ID", type=int)
@click.option("--item", "by_item", is_flag=True, help="ID is that of an item: show its story.")
@as_json
def show_story(story_id: int, by_item: bool, as_json: bool) -> None:
    """Every report of one story: why it was found, how it joined, what was told of it."""
    from monitor.cli.story_sheet import print_sheet, sheet_fields
    from monitor.store.full_texts import text_rows
    from monitor.store.held import held_back
    from monitor.store.merging import merged_into
    from monitor.store.stories import read_stories, story_of_item
    from monitor.store.story_cards import story_card

    settings = open_settings()
    with reading_state(settings) as store, store.reading() as conn:
        wanted = story_of_item(conn, story_id) if by_item else StoryId(story_id)
        if wanted is None:
            raise NotFound("item with a story", str(story_id), [])
        while (other := merged_into(conn, wanted)) is not None:
            say(f"story {wanted} was merged into {other}")
            wanted = other
        found = read_stories(conn, [wanted])
        if not found:
            raise NotFound("story", str(story_id), [])
        (story,) = found
        muted = _held(settings, conn, found).get(wanted, [])
        held = held_back(conn, wanted)
        ids = [one.item_id for one in (story.lead, *story.others)]
        articles, card = text_rows(conn, ids), story_card(conn, wanted, ids)
    if not as_json:
        print_sheet(story, card, muted=muted, held=held, articles=articles)
        return
    print_json(
        **_fields(story),
        **sheet_fields(story, card),
        muted=muted,
        articles=[
            {"item": item, "state": each.state.value, "reason": each.reason}
            for item, each in articles.items()
        ],
        held=[
            {"digest": digest, "reason": reason, "at": instant(at)} for digest, reason, at in held
        ],
    )


@COMMAND.command("merge")
@click.argument("story_id", metavar="ID", type=int)
@click.argument("others", metavar="OTHER...", type=int, nargs=-1, required=True)
@as_json
def merge_stories(story_id: int, others: tuple[int, ...], as_json: bool) -> None:
    """Make other stories part of one: they are of the same event after all."""
    from monitor.desk import utc_now
    from monitor.work.requests import merge

    settings = open_settings()
    asked = json.dumps({"story": story_id, "others": others})
    answer = asked_of_daemon(settings, "merge", asked)
    if answer is None:
        with owned_state(settings) as store:
            answer = merge(store, asked, utc_now())
    if as_json:
        print_json(**answer)
        return
    named = ", ".join(str(other) for other in others)
    click.echo(f"story {story_id} has the {answer['reports']} reports of {named} now")


@COMMAND.command("split")
@click.argument("story_id", metavar="ID", type=int)
@click.argument("items", metavar="ITEM...", type=int, nargs=-1, required=True)
@as_json
def split_story(story_id: int, items: tuple[int, ...], as_json: bool) -> None:
    """Make reports of a story, and their copies, a story of its own: it is told as one.

    `stories show` gives the number of each report.
    """
    settings = open_settings()
    asked = json.dumps({"story": story_id, "items": items})
    answer = asked_of_daemon(settings, "split", asked)
    if answer is None:
        answer = _split_here(asked)
    if as_json:
        print_json(**answer)
        return
    click.echo(f"story {answer['story']} was split off; it is told to whoever hears of it")


def _split_here(asked: str) -> Mapping[str, object]:
    """Split without a daemon."""
    from monitor.airlock import Airlock
    from monitor.desk import sync, utc_now
    from monitor.work.requests import Desk, split

    with Airlock() as airlock:
        watch = open_watch(airlock)
        with owned_state(watch.settings) as store:
            sync(store, watch, utc_now())
            return split(asked, Desk(store=store, watch=watch, now=utc_now()))


def _held(
    settings: Settings, conn: Connection, stories: Iterable[Story]
) -> dict[StoryId, list[str]]:
    """What holds back each of these now, in words: mutes, rule files as they lie here, silences."""
    from monitor.desk import utc_now
    from monitor.watch import read_book
    from monitor.work.holding import holds_now, silences_on

    now = utc_now()
    book = read_book(settings.rules, now, [])
    holds = holds_now(conn, book.rules, now)
    tags = {rule.id: rule.tags for rule in book.rules}
    found = {
        story.id: [
            *(each.words for each in holds.mutings.get(story.id, ())),
            *(each.words for each in silences_on(story, holds.silences, tags, settings.digests)),
        ]
        for story in stories
    }
    return {story: words for story, words in found.items() if words}


def _rules(story: Story) -> list[str]:
    reports = (story.lead, *story.others)
    return list(dict.fromkeys(match.rule for report in reports for match in report.matches))


def _fields(story: Story) -> dict[str, object]:
    return {
        "id": int(story.id),
        "severity": story.severity.word,
        "title": story.lead.item.title,
        "rules": _rules(story),
        "reports": [
            {
                "id": int(report.item_id),
                "title": report.item.title,
                "url": report.item.url,
                "language": report.item.language,
                "joined": report.joined.value,
                "like": report.like,
                "score": report.score,
                "reason": report.reason,
                "source": report.item.source,
                "published_at": instant(report.item.published_at),
                "matches": [
                    {
                        "rule": match.rule,
                        "severity": match.severity.word,
                        "evidence": [evidence_fields(one) for one in match.evidence],
                    }
                    for match in report.matches
                ],
            }
            for report in (story.lead, *story.others)
        ],
    }

"""`wirewatch stories`: what was found, story by story."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.commands.match import evidence_fields
from monitor.cli.grouping import Group
from monitor.cli.opening import as_json, open_settings, reading_state
from monitor.cli.output import ago, bold, dim, instant, print_json, print_table, shortened
from monitor.errors import NotFound
from monitor.model import Story, StoryId

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from monitor.config.settings import Settings


@click.group("stories", cls=Group)
def COMMAND() -> None:  # noqa: N802 - the shelf's word
    """List and show stories."""


@COMMAND.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=50, help="How many at most.")
@as_json
def list_stories(limit: int, as_json: bool) -> None:
    """The stories opened last, newest first."""
    from monitor.desk import utc_now
    from monitor.store.stories import recent_stories

    now, settings = utc_now(), open_settings()
    with reading_state(settings) as store, store.reading() as conn:
        stories = recent_stories(conn, limit)
        muted = _mutings(settings, conn)
    if as_json:
        for story in stories:
            print_json(**_fields(story), muted=muted.get(story.id, []))
        return
    print_table(
        ("story", "severity", "seen", "reports", "rules", "title", "muted"),
        [
            (
                story.id,
                story.severity.word,
                ago(story.lead.item.first_seen_at, now),
                1 + len(story.others),
                ", ".join(_rules(story)),
                shortened(story.lead.item.title, 70),
                "yes" if story.id in muted else "",
            )
            for story in stories
        ],
    )


@COMMAND.command("show")
@click.argument("story_id", metavar="ID", type=int)
@as_json
def show_story(story_id: int, as_json: bool) -> None:
    """Every report of one story, and why each was found."""
    from monitor.store.full_texts import text_rows
    from monitor.store.mutes import held_back
    from monitor.store.stories import read_stories

    settings = open_settings()
    with reading_state(settings) as store, store.reading() as conn:
        found = read_stories(conn, [story_id])
        muted = _mutings(settings, conn).get(StoryId(story_id), [])
        held = held_back(conn, StoryId(story_id))
        ids = [one.item_id for story in found for one in (story.lead, *story.others)]
        articles = text_rows(conn, ids)
    if not found:
        raise NotFound("story", str(story_id), [])
    (story,) = found
    if as_json:
        print_json(
            **_fields(story),
            muted=muted,
            articles=[
                {"item": item, "state": each.state.value, "reason": each.reason}
                for item, each in articles.items()
            ],
            held=[
                {"digest": digest, "reason": reason, "at": instant(at)}
                for digest, reason, at in held
            ],
        )
        return
    click.echo(dim(f"story {story.id}, {story.severity.word}"))
    for line in muted:
        click.echo(line)
    for digest, reason, at in held:
        click.echo(f"not told by `{digest}` ({instant(at)}): {reason}")
    for report in (story.lead, *story.others):
        item = report.item
        click.echo(f"{bold(item.title)}\n  {item.source}, {instant(item.published_at)}")
        click.echo(f"  {dim(item.url)}")
        if article := articles.get(report.item_id):
            why = f": {article.reason}" if article.reason else ""
            click.echo(f"  its article: {article.state.value}{why}")
        for match in report.matches:
            terms = ", ".join(dict.fromkeys(one.text for one in match.evidence))
            click.echo(f"  {match.rule} ({match.severity.word}) because {terms}")


def _mutings(settings: Settings, conn: Connection) -> dict[StoryId, list[str]]:
    """What mutes each story now, in words: rule files as they lie here, and mutes by hand."""
    from monitor.desk import utc_now
    from monitor.watch import read_book
    from monitor.work.hearing import mutings_by_story

    now = utc_now()
    book = read_book(settings.rules, now, [])
    found = mutings_by_story(conn, book.rules, now)
    return {story: [each.words for each in mutings] for story, mutings in found.items()}


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

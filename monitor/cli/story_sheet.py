"""A story as `stories show` prints it: each report with how it came there and who was told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import click

from monitor.cli.output import bold, dim, instant
from monitor.model import Cause, DigestName, Joined, Reported, Story
from monitor.rendering.reasons import JOINED
from monitor.store.full_texts import TextRow
from monitor.store.story_cards import StoryCard, ToldLine, UpdateRow


def print_sheet(
    story: Story,
    card: StoryCard,
    *,
    muted: Iterable[str],
    held: Iterable[tuple[DigestName, str, datetime]],
    articles: Mapping[int, TextRow],
) -> None:
    """The story for people."""
    click.echo(dim(f"story {story.id}, {story.severity.word}"))
    for words in muted:
        click.echo(words)
    for line in (each for each in card.lines if each.item_id is None):
        click.echo(_told(line))
    for digest, reason, at in held:
        click.echo(f"not told by `{digest}` ({instant(at)}): {reason}")
    for kin in card.kin:
        others = "1 report" if kin.reports == 1 else f"{kin.reports} reports"
        click.echo(f"also in {kin.language} as story {kin.story} ({others}): {kin.title}")
        click.echo(dim(f"  {kin.reason}"))
    for verdict in card.verdicts:
        said = "one story" if verdict.same else "two stories"
        click.echo(f"you said {said}: {verdict.item_id} and {verdict.other}")
    for report in (story.lead, *story.others):
        _print_report(report, card, articles.get(report.item_id))


def _print_report(report: Reported, card: StoryCard, article: TextRow | None) -> None:
    item = report.item
    click.echo(f"{bold(item.title)}\n  {item.source}, {instant(item.published_at)}")
    click.echo(f"  {dim(item.url)}")
    click.echo(f"  item {report.item_id}, {how_joined(report)}")
    for update in card.updates:
        if update.item_id == report.item_id:
            click.echo(f"  updated: {update.said} ({update.reason})")
    mine = [each for each in card.lines if each.item_id == report.item_id]
    for line in mine:
        click.echo(f"  {_told(line)}")
    if not mine and report.joined is not Joined.FIRST:
        click.echo("  not told by itself")
    if article:
        why = f": {article.reason}" if article.reason else ""
        click.echo(f"  its article: {article.state.value}{why}")
    for match in report.matches:
        terms = ", ".join(dict.fromkeys(one.text for one in match.evidence))
        click.echo(f"  {match.rule} ({match.severity.word}) because {terms}")


def how_joined(report: Reported) -> str:
    """How a report came to its story, like `a copy of 12: 93 % of its words ... (0.93)`."""
    of = f" of {report.like}" if report.joined in (Joined.LINK, Joined.COPY) else ""
    like = f" like {report.like}" if report.joined is Joined.REPORT else ""
    score = "" if report.score is None else f" ({report.score:.2f})"
    why = "" if report.joined is Joined.FIRST else f": {report.reason}{score}"
    return f"{JOINED[report.joined]}{of}{like}{why}"


def _told(line: ToldLine) -> str:
    what = "" if line.cause is Cause.STORY else f" as {line.cause.value}"
    if line.digest_id is None:
        return f"waits for `{line.digest}`{what}: {line.reason}"
    when = f", {instant(line.told_at)}" if line.told_at else ""
    return f"told by `{line.digest}`{what} ({line.digest_id}{when})"


def sheet_fields(story: Story, card: StoryCard) -> dict[str, object]:
    """What hangs on a story, for programs."""
    return {
        "lines": [
            {
                "digest": each.digest,
                "cause": each.cause.value,
                "item": each.item_id,
                "digest_id": each.digest_id,
                "told_at": instant(each.told_at) if each.told_at else None,
                "reason": each.reason,
            }
            for each in card.lines
        ],
        "updates": updates_fields(card.updates),
        "abroad": [{"language": one.language, "reports": one.reports} for one in story.abroad],
        "kin": [
            {
                "story": each.story,
                "language": each.language,
                "reports": each.reports,
                "title": each.title,
                "reason": each.reason,
                "score": each.score,
            }
            for each in card.kin
        ],
        "verdicts": [
            {
                "item": each.item_id,
                "other": each.other,
                "same": each.same,
                "at": instant(each.said_at),
            }
            for each in card.verdicts
        ],
    }


def updates_fields(updates: Iterable[UpdateRow]) -> list[dict[str, object]]:
    """What reports said anew, for programs."""
    return [
        {
            "item": each.item_id,
            "said": each.said,
            "reason": each.reason,
            "at": instant(each.noted_at),
        }
        for each in updates
    ]

"""`wirewatch export`: the archive as JSON Lines or CSV."""

from __future__ import annotations

import csv
import sys
from datetime import timedelta

import click

from monitor.cli.opening import open_settings, reading_state
from monitor.cli.output import instant, print_json
from monitor.errors import UsageError
from monitor.model import Reported
from monitor.schedule import BadSchedule, parse_duration
from monitor.sources.addresses import without_login

COLUMNS = (
    "id",
    "title",
    "url",
    "source",
    "feed",
    "language",
    "published_at",
    "first_seen_at",
    "outcome",
    "rules",
    "author",
    "tags",
    "summary",
    "content",
)


@click.command("export")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    help="JSON Lines, or a table for a spreadsheet.",
)
@click.option("--json", "form", flag_value="jsonl", help="The same as --format jsonl.")
@click.option("--since", metavar="DURATION", help="Only what was seen in the last, as 7d.")
@click.option("--matched", is_flag=True, help="Only items that a rule fired on.")
def COMMAND(form: str, since: str | None, matched: bool) -> None:  # noqa: N802
    """Write stored items to stdout, those in the order they were seen.

    The JSON Lines can be read again by `match --items` and `replay --items`.
    """
    from monitor.desk import utc_now
    from monitor.store.archive import iter_items

    since_at = utc_now() - duration(since) if since else None
    writer = csv.writer(sys.stdout)
    with reading_state(open_settings()) as store, store.reading() as conn:
        if form == "csv":
            writer.writerow(COLUMNS)
        for each in iter_items(conn, since_at=since_at, matched_only=matched, oldest_first=True):
            if form == "jsonl":
                print_json(**_json_fields(each))
            else:
                writer.writerow([_cell(value) for value in _fields(each)])


def duration(text: str) -> timedelta:
    """A duration given as an option. Raises UsageError."""
    try:
        return parse_duration(text)
    except BadSchedule as error:
        raise UsageError(str(error)) from None


def _json_fields(reported: Reported) -> dict[str, object]:
    """An item in the shape of `--items`, and what became of it."""
    item = reported.item
    return {
        "id": str(reported.item_id),
        "title": item.title,
        "summary": item.lead,
        "content": item.body,
        "url": item.url,
        "author": item.author,
        "tags": list(item.tags),
        "source": item.source,
        "feed": without_login(item.feed),
        "lang": item.language,
        "published_at": instant(item.published_at),
        "first_seen_at": instant(item.first_seen_at),
        "outcome": reported.outcome.value,
        "rules": [match.rule for match in reported.matches],
    }


def _fields(reported: Reported) -> tuple[str, ...]:
    item = reported.item
    return (
        str(reported.item_id),
        item.title,
        item.url,
        item.source,
        without_login(item.feed),
        item.language,
        instant(item.published_at) or "",
        instant(item.first_seen_at) or "",
        reported.outcome.value,
        " ".join(match.rule for match in reported.matches),
        item.author,
        ", ".join(item.tags),
        item.lead,
        item.body,
    )


def _cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, "CSV injection")."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text

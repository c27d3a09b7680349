"""A digest that went out, as `digests show` prints it."""

from __future__ import annotations

from datetime import timedelta

import click

from monitor.cli.output import bold, instant, print_table, shortened
from monitor.store.deliveries import DeliveryRow
from monitor.store.digest_cards import DigestCard

_WIDEST_ANSWER = 70


def print_sheet(card: DigestCard) -> None:
    """What it was, how its deliveries fared, and what it said."""
    subject = card.message.subject if card.message else "(what it said is not kept)"
    click.echo(bold(subject))
    counted = "1 story" if card.stories == 1 else f"{card.stories:,} stories"
    why = f" ({card.why})" if card.why else ""
    click.echo(f"digest {card.id} of `{card.name}`, {instant(card.planned_at)}: {counted}{why}")
    click.echo()
    if card.deliveries:
        print_table(
            ("channel", "target", "state", "attempts", "when", "answer"),
            [
                (
                    row.channel,
                    row.target,
                    row.state.value,
                    row.attempts,
                    instant(row.sent_at or row.created_at),
                    shortened(_answer(row), _WIDEST_ANSWER),
                )
                for row, _ in card.deliveries
            ],
        )
    else:
        click.echo("It was delivered to nobody, or that is not kept any more.")
    for row, tried in card.deliveries:
        for attempt in tried[:-1]:
            answer = f": {attempt.answer}" if attempt.answer else ""
            click.echo(
                f"{row.channel} {row.target}, attempt {attempt.number} "
                f"({instant(attempt.ended_at)}): {attempt.outcome}{answer}"
            )
    if card.message:
        click.echo()
        click.echo(card.message.text, nl=False)


def _answer(row: DeliveryRow) -> str:
    return f"{row.trouble}: {row.answer}" if row.trouble else row.answer


def sheet_fields(card: DigestCard) -> dict[str, object]:
    """The same for programs."""
    said = card.message
    return {
        "id": card.id,
        "digest": card.name,
        "planned_at": card.planned_at,
        "why": card.why,
        "stories": card.stories,
        "subject": said.subject if said else None,
        "text": said.text if said else None,
        "html": said.html if said else None,
        "chat": said.chat if said else None,
        "deliveries": [
            {
                "channel": row.channel,
                "target": row.target,
                "state": row.state.value,
                "attempts": row.attempts,
                "queued_at": instant(row.created_at),
                "sent_at": instant(row.sent_at),
                "trouble": row.trouble,
                "answer": row.answer,
                "tried": [
                    {
                        "number": each.number,
                        "at": instant(each.ended_at),
                        "milliseconds": each.took // timedelta(milliseconds=1),
                        "outcome": each.outcome,
                        "answer": each.answer,
                    }
                    for each in tried
                ],
            }
            for row, tried in card.deliveries
        ],
    }

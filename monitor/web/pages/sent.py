"""One digest that went out: what it said, when and why, and how each delivery fared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.store.deliveries import DeliveryRow
from monitor.store.digest_cards import digest_card, digest_id_of
from monitor.store.outbox import Attempt
from monitor.web.page import Page
from monitor.web.service import Service
from monitor.web.wire import Line

MOST_DELIVERIES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`digest` is its id; the beginning of one will do where it is of one digest only."""

    digest: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One attempt to deliver."""

    number: int
    at: datetime
    milliseconds: int
    outcome: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One message to one target. `retry_at` is when it is tried next, while it waits."""

    id: int
    channel: str
    target: str
    state: str
    key: str
    queued_at: datetime
    sent_at: datetime | None
    retry_at: datetime | None
    attempts: int
    trouble: str
    answer: str
    tries: tuple[Try, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentDigest:
    """Everything on the page. `subject` is None where what was said is not kept."""

    id: str
    name: str
    planned_at: datetime
    why: str
    stories: int
    subject: str | None
    text: str | None
    deliveries: tuple[Sending, ...]
    more_deliveries: int
    channels: tuple[str, ...]


def load(service: Service, asked: Asked) -> SentDigest:
    """Read it. Raises NotFound and UsageError."""
    with service.store.reading() as conn:
        card = digest_card(conn, digest_id_of(conn, asked.digest))
    return SentDigest(
        id=card.id,
        name=card.name,
        planned_at=card.planned_at,
        why=card.why,
        stories=card.stories,
        subject=card.message.subject if card.message else None,
        text=card.message.text if card.message else None,
        deliveries=tuple(_sending(row, tried) for row, tried in card.deliveries[:MOST_DELIVERIES]),
        more_deliveries=max(0, len(card.deliveries) - MOST_DELIVERIES),
        channels=tuple(service.watch().channels),
    )


def _sending(row: DeliveryRow, tried: tuple[Attempt, ...]) -> Sending:
    return Sending(
        id=int(row.id),
        channel=row.channel,
        target=row.target,
        state=row.state.value,
        key=row.key,
        queued_at=row.queued_at,
        sent_at=row.sent_at,
        retry_at=row.next_try_at if row.state.value == "pending" else None,
        attempts=row.attempts,
        trouble=row.trouble,
        answer=row.answer,
        tries=tuple(
            Try(
                number=each.number,
                at=each.ended_at,
                milliseconds=each.took // timedelta(milliseconds=1),
                outcome=each.outcome,
                answer=each.answer,
            )
            for each in tried
        ),
    )


PAGE = Page(
    name="sent",
    path="/sent/{digest}",
    title="Sent digest",
    help="One digest that went out: what it said and how its deliveries fared.",
    load=load,
    asks=Asked,
    shows=SentDigest,
    frames=True,
    order=5,
)

"""One event for each use case, made from the value that it returned."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from monitor.errors import Level, Problem
from monitor.model import Alert
from monitor.telemetry import event
from monitor.work.delivering import Delivered
from monitor.work.digesting import Planned
from monitor.work.enriching import Enriched
from monitor.work.lists import Refreshed
from monitor.work.polling import Polled
from monitor.work.publishing import Published
from monitor.work.pushing import Pushed
from monitor.work.subscribing import Asked


def report_problems(problems: Iterable[Problem]) -> None:
    """One event for everything that is wrong with the files of a watch."""
    for each in problems:
        event(
            "problem",
            level=logging.ERROR if each.level is Level.ERROR else logging.WARNING,
            place=str(each.place),
            code=each.code,
            message=each.message,
            hint=each.hint,
        )


def report_polled(polled: Polled) -> None:
    """The event of one poll."""
    failed = polled.answer == "failed"
    event(
        "polled",
        level=logging.WARNING if failed else logging.INFO,
        feed=polled.feed,
        answer=polled.answer,
        error=polled.error,
        new=polled.new,
        duplicates=polled.duplicates,
        revised=polled.revised,
        matches=polled.matches,
        archived=polled.archived,
        problems="; ".join(polled.problems),
    )
    if polled.gap:
        event(
            "possible_gap",
            level=logging.WARNING,
            feed=polled.feed,
            new=polled.new,
            remedy="nothing it showed was known, so items may have come and gone between two "
            "polls; it is polled more often from now on. A shorter `every` of its own, or a "
            "shorter `max` of [poll], would be safer still",
        )
    if polled.moved:
        event("moved", feed=polled.feed, message=polled.moved)


def report_list(refreshed: Refreshed) -> None:
    """The event of one fetch of a list of feeds."""
    event(
        "fetched_list",
        level=logging.WARNING if refreshed.answer in ("failed", "held") else logging.INFO,
        list=refreshed.label,
        answer=refreshed.answer,
        feeds=refreshed.feeds,
        error=refreshed.error,
    )


def report_enriched(enriched: Enriched) -> None:
    """The event of one article."""
    event(
        "enriched",
        level=logging.INFO if enriched.answer == "read" else logging.WARNING,
        item=int(enriched.item_id),
        article=enriched.url,
        answer=enriched.answer,
        reason=enriched.reason,
        matches=enriched.matches,
    )


def report_asked(asked: Asked) -> None:
    """The event of one request to a hub."""
    event(
        "hub_asked",
        level=logging.WARNING if asked.trouble else logging.INFO,
        feed=asked.feed,
        hub=asked.hub,
        to=asked.mode.value,
        error=asked.trouble,
    )


def report_pushed(pushed: Pushed) -> None:
    """The event of one push."""
    event(
        "pushed",
        level=logging.INFO if pushed.answer in ("read", "repeated") else logging.WARNING,
        feed=pushed.feed,
        answer=pushed.answer,
        new=pushed.new,
        matches=pushed.matches,
        reason=pushed.reason,
    )


def report_planned(planned: Planned) -> None:
    """The events of one digest."""
    for warning in planned.warnings:
        event(
            "digest_warning",
            level=logging.WARNING,
            digest=planned.digest.name,
            message=warning,
        )
    event(
        "digest_planned",
        digest=planned.digest.name,
        id=planned.digest.id,
        stories=len(planned.digest.stories),
        messages=len(planned.parts),
        why=planned.why,
    )


def report_alert(alert: Alert) -> None:
    """The event of one alert that fired."""
    event("alert", rule=alert.rule, alert=alert.alert, sentence=alert.sentence)


def report_published(published: Published) -> None:
    """The event of one round of publishing: trouble is told once, and when it is over."""
    if published.is_news:
        event(
            "publishing_troubled" if published.trouble else "publishing_recovered",
            level=logging.ERROR if published.trouble else logging.INFO,
            error=published.trouble,
        )
    if published.filed or published.written or published.removed:
        event(
            "published",
            level=logging.DEBUG if not published.filed else logging.INFO,
            filed=", ".join(published.filed),
            written=published.written,
            removed=published.removed,
        )


def report_delivered(delivered: Delivered) -> None:
    """The event of one attempt to deliver."""
    level = {"sent": logging.INFO, "retry": logging.WARNING}.get(delivered.outcome, logging.ERROR)
    event(
        "delivered" if delivered.outcome == "sent" else "not_delivered",
        level=level,
        channel=delivered.channel,
        target=delivered.target,
        outcome=delivered.outcome,
        attempts=delivered.attempts,
        trouble=delivered.trouble,
        answer=delivered.answer,
        key=delivered.key,
    )

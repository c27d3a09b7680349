"""A silence that somebody thinks of: what it would have held back of late."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.errors import UsageError
from monitor.web.page import Page
from monitor.web.service import Service
from monitor.web.wire import Line
from monitor.work.silencing import LOOKS_BACK, tried_on_past


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the silence would say."""

    matcher: Line = ""
    until: Line = "7d"
    comment: Line = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Everything on the page.

    Of the `matches` of so many `days` that some digest heard of, `held` would have been held
    back. `problem` says what is wrong with the matcher, "" for nothing.
    """

    matcher: str
    until: str
    comment: str
    problem: str = ""
    days: int = LOOKS_BACK.days
    matches: int = 0
    held: int = 0
    examples: tuple[str, ...] = ()


def load(service: Service, asked: Asked) -> Draft:
    """Try it on the past."""
    draft = Draft(matcher=asked.matcher.strip(), until=asked.until, comment=asked.comment)
    if not draft.matcher:
        return draft
    with service.store.reading() as conn:
        try:
            tried = tried_on_past(conn, service.watch(), draft.matcher, service.now())
        except UsageError as error:
            return Draft(
                matcher=draft.matcher, until=draft.until, comment=draft.comment, problem=str(error)
            )
    return Draft(
        matcher=draft.matcher,
        until=draft.until,
        comment=draft.comment,
        matches=tried.matches,
        held=tried.held,
        examples=tried.examples,
    )


PAGE = Page(
    name="new_silence",
    path="/silences/new",
    title="New silence",
    help="What a silence would have held back of the last matches, before it is added.",
    load=load,
    asks=Asked,
    shows=Draft,
    order=6,
)

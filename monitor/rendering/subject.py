"""The one line that decides whether a digest is opened."""

from __future__ import annotations

from monitor.rendering.environment import plural
from monitor.rendering.news import shortened
from monitor.rendering.view import Page

_LONGEST = 80


def subject(page: Page) -> str:
    """Counts first, the best headline last, at most 80 characters on one line."""
    if not page.stories and page.alerts:
        first = page.alerts[0]
        counts = plural(len(page.alerts), "alert")
        return shortened(f"{counts}: {first.rule}: {first.sentence}", _LONGEST)
    if not page.stories:
        state = (
            "nothing new, but the watch is not well"
            if page.ailing
            else ("still watching, nothing new")
        )
        return shortened(f"{page.title}: {state}", _LONGEST)
    counts = _counted(page)
    if page.urgent:
        counts = f"{page.urgent:,} urgent, {counts}" if page.stories > 1 else "Urgent"
    if page.alerts:
        counts = f"{plural(len(page.alerts), 'alert')}, {counts}"
    return shortened(f"{counts}: {page.headlines[0] or '(no title)'}", _LONGEST)


def _counted(page: Page) -> str:
    """Stories that are new, and those that are told again."""
    new = page.stories - page.updates
    counted = [
        plural(new, "story", "stories") if new or not page.updates else "",
        plural(page.updates, "update") if page.updates else "",
    ]
    return ", ".join(filter(None, counted))

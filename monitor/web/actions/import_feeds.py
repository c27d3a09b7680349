"""Add the feeds of a list."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.errors import UsageError
from monitor.web.action import Action
from monitor.web.config_editing import sorted_out, write_feeds
from monitor.web.service import Service
from monitor.web.wire import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """An OPML document."""

    opml: Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many feeds were added, how many are watched already, and addresses that cannot be."""

    added: int
    known: int
    refused: int


def do(service: Service, taken: List) -> Imported:
    """Write those into config.toml that are not watched yet; folders become tags.

    Raises UsageError for what is no OPML, or if config.toml cannot be changed.
    """
    found = sorted_out(service, taken.opml.encode())
    if not found.fresh and not found.known:
        raise UsageError("no feed stands in that list; is it whole?")
    added = write_feeds(service, found.fresh) if found.fresh else 0
    known = len(found.known) + len(found.fresh) - added
    return Imported(added=added, known=known, refused=len(found.refused))


def _said(done: Imported) -> str:
    feeds = "one feed is" if done.added == 1 else f"{done.added:,} feeds are"
    known = f"; {done.known:,} were there already" if done.known else ""
    return f"{feeds.capitalize()} added, and watched within seconds{known}"


ACTION = Action(
    name="import_feeds",
    path="/feeds/import",
    help="Add the feeds of an OPML list that are not watched yet to config.toml.",
    takes=List,
    gives=Imported,
    do=do,
    said=_said,
)

"""Instants of the three simulated days, and what the pipeline makes of a report."""

from datetime import UTC, datetime, timedelta

from monitor.demo.newswire import document, outlets
from monitor.demo.newswire.documents import shown
from monitor.model import Feed
from monitor.sources.reading import read_feed
from monitor.text.clean import to_item

START = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
OUTLETS = {outlet.key: outlet for outlet in outlets(START)}
REPORTS = {report.id: report for outlet in OUTLETS.values() for report in outlet.reports}


def on(day, hour=0):
    return START + timedelta(days=day - 1, hours=hour)


def entries(outlet, at):
    """What a reader finds in the feed of an outlet at an instant."""
    return read_feed(document(outlet, at), outlet.form.value, outlet.site).entries


def item_of(report):
    """A report as an item, read from the feed at the instant it appears."""
    outlet, at = OUTLETS[report.outlet], report.appears_at
    position = [each.id for each in shown(outlet, at)].index(report.id)
    feed = Feed(url=outlet.site, name=outlet.name, tags=outlet.tags, language=outlet.language)
    return to_item(entries(outlet, at)[position], feed, outlet.name, at)

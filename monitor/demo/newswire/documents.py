"""What an outlet's feed says at a given instant, as the bytes it would serve."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from monitor.demo.newswire.outlets import Fault, Form, Outlet
from monitor.demo.newswire.reports import Report

WINDOW = 18  # items a feed shows before the oldest fall out

_RSS = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/">\n<channel>\n'
)
_RDF = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
)


def document(outlet: Outlet, at: datetime) -> bytes:
    """The feed as it stands at `at` (aware UTC): the newest reports, newest first."""
    if outlet.fault is Fault.MALFORMED:
        return _malformed(outlet, at)
    return _LAYOUTS[outlet.form](outlet, shown(outlet, at), changed_at(outlet, at))


def shown(outlet: Outlet, at: datetime) -> tuple[Report, ...]:
    """The reports in the feed at `at`, newest first; what was replaced keeps its place."""
    out = [report for report in outlet.reports if report.appears_at <= at]
    first_seen = {report.id: report.appears_at for report in out}
    for report in sorted(out, key=lambda each: each.appears_at):
        if report.replaces:
            first_seen[report.id] = first_seen[report.replaces]
    gone = {report.replaces for report in out}
    kept = [report for report in out if report.id not in gone]
    return tuple(sorted(kept, key=lambda each: first_seen[each.id], reverse=True)[:WINDOW])


def changed_at(outlet: Outlet, at: datetime) -> datetime:
    """When what the feed shows at `at` last changed; `at` itself for an empty feed."""
    return max((report.appears_at for report in shown(outlet, at)), default=at)


def _rss(outlet: Outlet, reports: Iterable[Report], changed: datetime) -> bytes:
    head = (
        _tag("title", outlet.name)
        + _tag("link", outlet.site)
        + _tag("description", outlet.name)
        + _tag("language", outlet.language)
        + _tag("lastBuildDate", format_datetime(changed))
    )
    items = "".join(f"<item>\n{_rss_item(report)}</item>\n" for report in reports)
    return f"{_RSS}{head}{items}</channel>\n</rss>\n".encode()


def _rss_item(report: Report) -> str:
    is_link = str(report.guid == report.url).lower()
    return "".join(
        (
            _tag("title", report.title),
            _tag("link", report.url),
            _tag("guid", report.guid, f'isPermaLink="{is_link}"'),
            _tag("pubDate", format_datetime(report.published_at)) if report.published_at else "",
            _tag("dc:creator", report.author),
            *(_tag("category", tag) for tag in report.tags),
            _tag("dc:language", report.language),
            _tag("description", report.lead),
            _tag("content:encoded", report.body),
        )
    )


def _atom(outlet: Outlet, reports: Iterable[Report], changed: datetime) -> bytes:
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(outlet.language)}>\n'
        + _tag("id", outlet.site)
        + _tag("title", outlet.name)
        + f"<link href={quoteattr(outlet.site)}/>\n"
        + _tag("updated", _rfc3339(changed))
    )
    entries = "".join(f"<entry>\n{_atom_entry(report)}</entry>\n" for report in reports)
    return f"{head}{entries}</feed>\n".encode()


def _atom_entry(report: Report) -> str:
    dated = report.published_at
    author = f"<author>{_tag('name', report.author).strip()}</author>\n" if report.author else ""
    return "".join(
        (
            _tag("id", report.guid),
            _tag("title", report.title),
            f'<link rel="alternate" href={quoteattr(report.url)}/>\n',
            _tag("published", _rfc3339(dated)) if dated else "",
            _tag("updated", _rfc3339(report.appears_at)) if dated else "",
            author,
            *(f"<category term={quoteattr(tag)}/>\n" for tag in report.tags),
            _tag("summary", report.lead, 'type="html"'),
            _tag("content", report.body, 'type="html"'),
        )
    )


def _rdf(outlet: Outlet, reports: Iterable[Report], changed: datetime) -> bytes:
    reports = tuple(reports)
    listed = "".join(f"<rdf:li rdf:resource={quoteattr(report.url)}/>" for report in reports)
    channel = (
        f"<channel rdf:about={quoteattr(outlet.site)}>\n"
        + _tag("title", outlet.name)
        + _tag("link", outlet.site)
        + _tag("description", outlet.name)
        + _tag("dc:language", outlet.language)
        + _tag("dc:date", _rfc3339(changed))
        + f"<items><rdf:Seq>{listed}</rdf:Seq></items>\n</channel>\n"
    )
    return f"{_RDF}{channel}{''.join(map(_rdf_item, reports))}</rdf:RDF>\n".encode()


def _rdf_item(report: Report) -> str:
    inner = (
        _tag("title", report.title)
        + _tag("link", report.url)
        + (_tag("dc:date", _rfc3339(report.published_at)) if report.published_at else "")
        + _tag("description", report.lead + report.body)
    )
    return f"<item rdf:about={quoteattr(report.url)}>\n{inner}</item>\n"


def _json(outlet: Outlet, reports: Iterable[Report], _changed: datetime) -> bytes:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": outlet.site,
        "language": outlet.language,
        "items": [_json_item(report) for report in reports],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _json_item(report: Report) -> dict[str, object]:
    dated = report.published_at
    item = {
        "id": report.guid,
        "url": report.url,
        "title": report.title,
        "summary": report.lead if report.body else "",
        "content_html": report.body or report.lead,
        "date_published": _rfc3339(dated) if dated else "",
        "authors": [{"name": report.author}] if report.author else [],
        "tags": list(report.tags),
        "language": report.language,
    }
    return {key: value for key, value in item.items() if value}


def _malformed(outlet: Outlet, at: datetime) -> bytes:
    """RSS as an old publishing system sends it.

    It holds HTML entities that XML does not know, bare ampersands, an item that is never closed,
    and no end to the channel.
    """
    text = _rss(outlet, shown(outlet, at), changed_at(outlet, at)).decode()
    text = text.replace("&amp;", "&").replace(" – ", " &ndash; ")
    return text.replace("</item>\n", "", 1).removesuffix("</channel>\n</rss>\n").encode()


def _tag(name: str, text: str, attributes: str = "") -> str:
    """An element on a line of its own, or nothing at all for no text."""
    return (
        f"<{name}{' ' if attributes else ''}{attributes}>{escape(text)}</{name}>\n" if text else ""
    )


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_LAYOUTS: dict[Form, Callable[[Outlet, Iterable[Report], datetime], bytes]] = {
    Form.RSS: _rss,
    Form.ATOM: _atom,
    Form.RDF: _rdf,
    Form.JSON: _json,
}

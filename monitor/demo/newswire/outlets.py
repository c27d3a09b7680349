"""Who the invented outlets are, how each one publishes, and what is wrong with some of them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from monitor.demo.newswire.reports import Report, read_reports


class Form(enum.Enum):
    """The format an outlet publishes in, with the content type it states."""

    RSS = "application/rss+xml; charset=utf-8"
    ATOM = "application/atom+xml; charset=utf-8"
    RDF = "application/rdf+xml; charset=utf-8"
    JSON = "application/feed+json"


class Fault(enum.StrEnum):
    """What is wrong with an outlet's feed, on purpose."""

    FORBIDDEN = "answers 403 to everybody"
    MALFORMED = "is not well-formed, though a patient reader finds every item"
    SILENT = "stops in the middle of day 1 and never says so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A newsroom and all it reports over the three days."""

    key: str
    name: str
    site: str
    path: str
    language: str
    tags: tuple[str, ...]
    form: Form
    fault: Fault | None
    reports: tuple[Report, ...]


def outlets(start: datetime) -> tuple[Outlet, ...]:
    """Every outlet, with reports dated so that day 1 begins at `start` (aware UTC)."""
    return tuple(
        Outlet(
            key=key,
            name=name,
            site=f"https://www.{key}.example/",
            path=path,
            language=language,
            tags=tuple(tags.split()),
            form=form,
            fault=fault,
            reports=read_reports(key, f"https://www.{key}.example/", start),
        )
        for key, name, path, language, tags, form, fault in _OUTLETS
    )


_OUTLETS = (
    ("halyard", "Halyard Wire", "/rss/all.xml", "en", "agency region:world", Form.RSS, None),
    ("soundings", "Daily Soundings", "/feed.atom", "en", "trade shipping", Form.ATOM, None),
    ("perigee", "Perigee Weekly", "/atom.xml", "en", "trade space", Form.ATOM, None),
    ("causeway", "The Causeway Papers", "/papers/feed", "en", "think-tank", Form.RSS, None),
    ("notices", "Export Control Notices", "/index.rdf", "en", "government", Form.RDF, None),
    ("northgate", "Northgate Tribune", "/feed/", "en", "daily region:europe", Form.RSS, None),
    ("naru", "나루일보", "/rss/all.xml", "ko", "daily region:korea", Form.RSS, None),
    ("vestovoy", "Вестовой", "/export/rss.xml", "ru", "agency region:russia", Form.RSS, None),
    ("lantern", "晨灯日报", "/rss/zonghe.xml", "zh", "daily region:china", Form.RSS, None),
    ("gleaner", "The Gleaner Desk", "/feed.json", "", "aggregator", Form.JSON, None),
    ("tideway", "Tideway Courier", "/news.rss", "en", "regional", Form.RSS, Fault.MALFORMED),
    ("quayside", "Port of Saltmere", "/notices.rss", "en", "port", Form.RSS, Fault.SILENT),
    ("ledger", "Meridian Ledger", "/rss", "en", "daily", Form.RSS, Fault.FORBIDDEN),
)

"""Dates as feeds write them, made aware UTC instants."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

_LONGEST = 80
_MONTHS = (
    ("jan", "янв", "січ", "яну", "ene", "gen", "ocak"),
    ("feb", "фев", "лют", "fév", "fev", "şub"),
    ("mar", "мар", "бер", "mär", "mrz"),
    ("apr", "апр", "кві", "avr", "abr", "nis"),
    ("may", "май", "мая", "тра", "mai", "mag", "maj"),
    ("jun", "июн", "чер", "juin", "giu", "haz"),
    ("jul", "июл", "лип", "juil", "lug", "tem"),
    ("aug", "авг", "сер", "aoû", "aou", "ago", "ağu"),
    ("sep", "сен", "вер", "set", "eyl"),
    ("oct", "окт", "жов", "okt", "ott", "out", "eki"),
    ("nov", "ноя", "лис", "kas"),
    ("dec", "дек", "гру", "déc", "dez", "dic", "ara"),
)
_WORDY = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})[.\s]+(?P<month>[^\W\d_]{3,12})\.?,?\s+(?P<year>\d{4})(?!\d)"
    r"(?:\D{1,4}(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
    r"(?:\s*(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2}))?"
)


def instant(raw: str, parsed: time.struct_time | None = None) -> datetime | None:
    """The instant that a date means, or None where it means none.

    `parsed` is what a parser has already made of `raw`, in UTC. A date without a zone is
    taken as UTC.
    """
    text = raw.strip()
    if not text or len(text) > _LONGEST:
        return None
    if parsed is not None:
        try:
            return datetime(*parsed[:6], tzinfo=UTC)
        except (ValueError, OverflowError):
            return None
    for read in (datetime.fromisoformat, parsedate_to_datetime, _wordy):
        try:
            found = read(text)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None


def _wordy(text: str) -> datetime:
    """A day, a month by its name in one of many languages, a year and maybe a time."""
    found = _WORDY.search(text)
    if not found:
        raise ValueError("no date")
    zone = timezone(timedelta())
    if found["sign"]:
        offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]))
        zone = timezone(-offset if found["sign"] == "-" else offset)
    return datetime(
        int(found["year"]),
        _month(found["month"].lower()),
        int(found["day"]),
        int(found["hour"] or 0),
        int(found["minute"] or 0),
        int(found["second"] or 0),
        tzinfo=zone,
    )


def _month(name: str) -> int:
    for number, names in enumerate(_MONTHS, start=1):
        if name.startswith(names):
            return number
    raise ValueError("no month")

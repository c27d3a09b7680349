"""Dates as feeds write them, made aware UTC instants."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from monitor.sources.kinds._parsing import parsed_date

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
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBERS = {name: number for number, name in enumerate(_ENGLISH, start=1)} | {
    f"{number:02}": number for number in range(1, 13)
}
_OFFSET = r"(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)"
_RFC822 = re.compile(
    rf"(?:(?:mon|tue|wed|thu|fri|sat|sun), ?)?(?P<day>\d\d?) (?P<month>{'|'.join(_ENGLISH)})"
    r" (?P<year>\d{4}) (?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
    rf" (?:{_OFFSET}|gmt|utc?|z)",
    re.IGNORECASE | re.ASCII,
)
_RFC3339 = re.compile(
    r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>\d\d)[T ]"
    rf"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.\d{{1,9}})?(?:{_OFFSET}|Z)",
    re.IGNORECASE | re.ASCII,
)
_WORDY = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})[.\s]+(?P<month>[^\W\d_]{3,12})\.?,?\s+(?P<year>\d{4})(?!\d)"
    r"(?:\D{1,4}(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
    r"(?:\s*(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2}))?"
)


def instant(raw: str) -> datetime | None:
    """The instant that a date means, or None where it means none.

    A date without a zone is taken as UTC. The two forms that nearly all feeds use are read
    here; the others by feedparser, which knows dozens, and by what it does not know.
    """
    text = raw.strip()
    if not text or len(text) > _LONGEST:
        return None
    if (found := _RFC822.fullmatch(text)) or (found := _RFC3339.fullmatch(text)):
        try:
            return _stated(found)
        except (ValueError, OverflowError):
            pass
    if parsed := parsed_date(text):
        try:
            return datetime(*parsed[:6], tzinfo=UTC)
        except (ValueError, OverflowError):
            return None
    for read in (datetime.fromisoformat, parsedate_to_datetime, _wordy):
        try:
            other = read(text)
            return (other if other.tzinfo else other.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None


def _stated(found: re.Match[str]) -> datetime:
    """The instant of a match of either common form."""
    year, month, day, hour, minute, second, sign, hours, minutes = found.group(
        "year", "month", "day", "hour", "minute", "second", "sign", "hours", "minutes"
    )
    stated = datetime(
        int(year),
        _NUMBERS[month.lower()],
        int(day),
        int(hour),
        int(minute),
        int(second),
        tzinfo=UTC,
    )
    if not sign or hours == minutes == "00":
        return stated
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return stated + offset if sign == "-" else stated - offset


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

"""Where pages become HTML: templates of ours, and the few words they may use."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from monitor.rendering.links import safe_link
from monitor.rendering.marking import Run
from monitor.web.queries import query_of

_HERE = Path(__file__).parent
_MARK = Markup("<mark>{}</mark>")
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom a page is made: what the clock says, and in which zone."""

    now: datetime
    zone: tzinfo


class Templates:
    """All templates: those of pages, beside their code, and what they have in common."""

    def __init__(self) -> None:
        self._made = Environment(
            loader=FileSystemLoader([_HERE / each for each in ("templates", "pages", "panels")]),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._made.filters |= {
            "marks": marks,
            "prose": prose,
            "count": count,
            "plural": plural,
            "link": safe_link,
            "spark": spark,
            "bars": bars,
            "query": query_of,
            "track": track,
            "lasting": lasting,
            "share_of": share_of,
        }

    def render(self, name: str, reader: Reader, values: Mapping[str, Any]) -> str:
        """A page, as text."""
        words = {
            "ago": lambda instant: ago(instant, reader),
            "at": lambda instant: at(instant, reader),
            "when": lambda instant: when(instant, reader),
        }
        return self._made.get_template(name).render(**words, **values)


def marks(runs: Sequence[Run]) -> Markup:
    """Text with what matched marked."""
    return Markup("").join(
        _MARK.format(run.text) if run.marked else escape(run.text) for run in runs
    )


def prose(sentence: str) -> Markup:
    """A sentence of ours, with what stands in backticks as code."""
    parts = _CODE.split(sentence)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


def count(number: float) -> str:
    """A number with thousands apart."""
    return f"{number:,}"


def plural(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 story`, `3 stories`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def ago(instant: datetime | None, reader: Reader) -> Markup | str:
    """How long ago, or in how long, with the instant itself where a mouse rests: `5 min ago`."""
    if instant is None:
        return "never"
    passed = reader.now - instant
    said = _rough(abs(passed))
    words = "now" if not said else f"{said} ago" if passed > timedelta() else f"in {said}"
    return _time(instant, words, reader)


def lasting(seconds: float) -> str:
    """So much time, roughly: `12 min`; "" for next to none."""
    return _rough(timedelta(seconds=abs(seconds)))


def share_of(instant: datetime, first: datetime, seconds: float) -> float:
    """Where an instant lies in a stretch of time: 0 at its beginning, 1 at its end."""
    return (instant - first).total_seconds() / seconds


def at(instant: datetime | None, reader: Reader) -> Markup | str:
    """The instant where people read: `Thu 26 Nov, 12:53`, or shorter if it is near."""
    if instant is None:
        return "never"
    local, today = instant.astimezone(reader.zone), reader.now.astimezone(reader.zone)
    if local.date() == today.date():
        return _time(instant, f"{local:%H:%M}", reader)
    if abs(local.date() - today.date()) < timedelta(days=6):
        return _time(instant, f"{local:%a %H:%M}", reader)
    year = "" if local.year == today.year else f" {local:%Y}"
    return _time(instant, f"{local:%a %-d %b}{year}, {local:%H:%M}", reader)


def when(instant: datetime, reader: Reader) -> str:
    """The whole instant where people read."""
    return f"{instant.astimezone(reader.zone):%Y-%m-%d %H:%M:%S %Z}"


def _time(instant: datetime, words: str, reader: Reader) -> Markup:
    spelt = instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        spelt, when(instant, reader), words
    )


def _rough(duration: timedelta) -> str:
    seconds = duration.total_seconds()
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= unit * (2 if unit == 86_400 else 1):
            return f"{int(seconds // unit)} {name}"
    return "" if seconds < 10 else f"{int(seconds)} s"


def spark(days: Sequence[float], width: int = 120, height: int = 24) -> Markup:
    """A line over days, as one path; without one there is nothing to see, and nothing is drawn."""
    if len(days) < 2 or not any(days):
        return Markup("")
    most, step, ground = max(days), width / (len(days) - 1), height - 2
    points = " ".join(
        f"{'L' if number else 'M'}{number * step:.0f} {ground - (height - 4) * value / most:.1f}"
        for number, value in enumerate(days)
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 {0} {1}" width="{0}" height="{1}" aria-hidden="true">'
        '<path d="{2}"/></svg>'
    ).format(width, height, points)


def bars(
    days: Sequence[float], bad: Sequence[float] = (), width: int = 120, height: int = 24
) -> Markup:
    """A bar a day, as one path; days that are `bad` have a red foot below the line."""
    if not days or not (any(days) or any(bad)):
        return Markup("")
    most, step = max(days) or 1, width / len(days)
    foot = 5 if any(bad) else 0
    ground, bar = height - foot, max(1.0, step - 1.5)
    drawn = "".join(
        f"M{number * step:.1f} {ground}"
        f"v-{max(2.0, (ground - 1) * value / most):.1f}h{bar:.1f}V{ground}z"
        for number, value in enumerate(days)
        if value
    )
    red = "".join(
        f"M{number * step:.1f} {ground + 1}v4h{bar:.1f}v-4z"
        for number, value in enumerate(bad)
        if value
    )
    return Markup(
        '<svg class="bars" viewBox="0 0 {0} {1}" width="{0}" height="{1}" aria-hidden="true">'
        '<path d="{2}"/><path class="bad" d="{3}"/></svg>'
    ).format(width, height, drawn, red)


def track(at: Sequence[float], width: int = 640, height: int = 26) -> Markup:
    """Dots along a line, each where it is between 0 and 1; dots that would hide others rise."""
    if len(at) < 2 or at[0] == at[-1]:
        return Markup("")
    taken: dict[int, int] = {}
    drawn = []
    for place in at:
        column = round(place * (width - 12) / 7)
        row = min(taken.get(column, 0), 2)
        taken[column] = row + 1
        drawn.append(f"M{6 + column * 7 - 3} {height - 5 - row * 7}a3 3 0 1 0 6 0a3 3 0 1 0-6 0")
    return Markup(
        '<svg class="track" viewBox="0 0 {0} {1}" width="{0}" height="{1}" aria-hidden="true">'
        '<path class="ground" d="M0 {2}H{0}"/><path d="{3}"/></svg>'
    ).format(width, height, height - 5, "".join(drawn))

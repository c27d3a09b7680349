"""Stories that somebody does not want to hear of for a while, and what that holds back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from monitor.model import Match, RuleId, StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Muting:
    """A story is not told until then: because of one rule, or of any (None)."""

    story: StoryId
    until_at: datetime
    rule: RuleId | None = None
    note: str = ""

    @property
    def words(self) -> str:
        """Until when, by whom and why, in a sentence without a full stop."""
        by = f"by rule file `{self.rule}`" if self.rule is not None else "by hand"
        note = f": {self.note}" if self.note else ""
        return f"muted until {self.until_at - timedelta(seconds=1):%Y-%m-%d %H:%M} UTC {by}{note}"


def end_of(day: date) -> datetime:
    """The first instant after a day (UTC)."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def muted(match: Match, mutings: Iterable[Muting]) -> bool:
    """Whether a match of a story with these mutings is to tell nobody."""
    return any(each.rule in (None, match.rule) for each in mutings)


def unmuted(matches: Sequence[Match], mutings: Sequence[Muting]) -> tuple[Match, ...]:
    """The matches of a story that may still tell somebody."""
    return tuple(match for match in matches if not muted(match, mutings))

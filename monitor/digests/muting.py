"""Stories that somebody does not want to hear of for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.digests.hits import Hit
from monitor.model import RuleId, SilenceId, StoryId
from monitor.schedule.endings import until_words


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
        return f"muted {until_words(self.until_at)} {by}{note}"

    @property
    def silence(self) -> SilenceId:
        """No silence."""
        return SilenceId(0)

    def holds(self, hit: Hit) -> bool:
        """Whether it holds back a match of this story."""
        return hit.story == self.story and self.rule in (None, hit.match.rule)

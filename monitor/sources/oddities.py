"""What is odd about the entries of a document taken together, each sound as it may be alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from monitor.model import Entry, ParseProblem

CUT_OFF = "cut-off"
"""The document breaks off before its end: what comes after was not seen."""

FUTURE_DATES = "future-dates"
SHARED_IDS = "shared-ids"

_FEW = 3
_AHEAD = timedelta(hours=26)
"""Beyond any mistake about the time zone."""


def oddities(entries: Sequence[Entry], now: datetime) -> Iterator[ParseProblem]:
    """Dates that most entries cannot have, ids that are no ids; nothing of fewer than three."""
    if len(entries) < _FEW:
        return
    stated = [at for each in entries if (at := each.published_at or each.updated_at)]
    ahead = sum(at > now + _AHEAD for at in stated)
    if 2 * ahead > len(entries):
        yield ParseProblem(
            code=FUTURE_DATES, message=f"{ahead} of {len(entries)} items are dated in the future."
        )
    ids = Counter(each.guid for each in entries if each.guid)
    shared = sum(count for count in ids.values() if count > 1)
    if shared >= _FEW:
        yield ParseProblem(
            code=SHARED_IDS, message=f"{shared} of {len(entries)} items share an id with another."
        )

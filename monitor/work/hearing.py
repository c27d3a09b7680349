"""Who hears of a match: routing, less what rules keep back."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.digests.routing import hearers
from monitor.model import Hearing, Match
from monitor.watch import Watch


def heard(watch: Watch, matches: Sequence[Match]) -> tuple[Hearing, ...]:
    """The digests that hear of any of these matches, each with the reason."""
    told = [match for match in matches if match.rule not in watch.kept_back]
    return hearers(told, watch.rule_tags, watch.settings.digests)

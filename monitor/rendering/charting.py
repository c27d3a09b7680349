"""The chart of a digest: how much each rule has matched, drawn with cells of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.model import RuleId, RuleVolume
from monitor.rendering.view import Charted
from monitor.text.clean import one_line

TALLEST = 22
_LOWEST = 3  # pixels: a day with a match is seen


def charted(volumes: Iterable[RuleVolume], links: Mapping[RuleId, str]) -> tuple[Charted, ...]:
    """Each rule on a scale of its own: what matters is how it differs from itself."""
    return tuple(
        Charted(
            rule=one_line(each.rule.title) or each.rule.id,
            link=links.get(each.rule.id, ""),
            days=each.days,
            bars=_bars(each.days),
            today=each.today,
            usual="" if each.usual is None else f"{each.usual:,.1f}".removesuffix(".0"),
            unusual=each.unusual,
        )
        for each in volumes
    )


def _bars(days: tuple[int, ...]) -> tuple[int, ...]:
    most = max(days, default=0) or 1
    return tuple(max(_LOWEST, round(TALLEST * count / most)) if count else 0 for count in days)

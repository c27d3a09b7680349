"""How each service wants to be spoken to: its dialect, and how much it takes at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from monitor.channels.dialects import (
    DISCORD,
    GOOGLE,
    MATRIX,
    MATTERMOST,
    NTFY,
    PLAIN,
    ROCKET,
    SLACK,
    TEAMS,
    TELEGRAM,
    ZULIP,
    Dialect,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """`limit` is in the units that the dialect measures, 0 for whatever Apprise says.

    `takes_title`: a title stands beside the text, where Apprise has a place for it.
    `has_topics`: that title is what a conversation is called. `is_rich`: HTML goes with the text.
    """

    dialect: Dialect
    limit: int = 0
    takes_title: bool = False
    has_topics: bool = False
    is_rich: bool = False


_MANNERS = MappingProxyType(
    {
        # Of a section block, which takes 3,000; the message as a whole may be longer.
        "NotifySlack": Manner(dialect=SLACK, limit=2_900),
        "NotifyDiscord": Manner(dialect=DISCORD),
        # It counts what is left after parsing; 4,096 leaves no room for doubt.
        "NotifyTelegram": Manner(dialect=TELEGRAM, limit=3_500),
        # An event takes 65,536 bytes, in which every quotation mark may count twice.
        "NotifyMatrix": Manner(dialect=MATRIX, limit=15_000, is_rich=True),
        "NotifyWorkflows": Manner(dialect=TEAMS),
        "NotifyMattermost": Manner(dialect=MATTERMOST),
        "NotifyRocketChat": Manner(dialect=ROCKET),
        "NotifyZulip": Manner(dialect=ZULIP, takes_title=True, has_topics=True),
        "NotifyGoogleChat": Manner(dialect=GOOGLE),
        "NotifyNtfy": Manner(dialect=NTFY, limit=4_000, takes_title=True),
    }
)
_OTHERS = Manner(dialect=PLAIN, takes_title=True)
_MARGIN = 0.05


def manner_of(plugin: Any) -> Manner:  # noqa: ANN401 - Apprise's, typed too loosely
    """How the service of an Apprise object is spoken to."""
    longest = int(plugin.body_maxlen) - max(20, int(plugin.body_maxlen * _MARGIN))
    found = _MANNERS.get(type(plugin).__name__, _OTHERS)
    if _is_odd(plugin):
        found = _OTHERS
    return replace(found, limit=min(longest, found.limit or longest))


def _is_odd(plugin: Any) -> bool:  # noqa: ANN401 - see above
    """Slack's workflows take plain words, and Matrix's webhooks no event of ours."""
    match type(plugin).__name__:
        case "NotifySlack":
            return not plugin.template
        case "NotifyMatrix":
            return str(plugin.mode) != "off"
        case _:
            return False

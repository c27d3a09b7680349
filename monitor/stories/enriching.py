"""Full texts: which items are worth fetching their article for, and what it makes of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from monitor.model import Decision, Item, Outcome, RuleId

SHORT = 600
"""Lead and body of fewer characters are a summary; longer ones mostly are the article."""

LEAST = 200
HARDLY_MORE = 1.2
"""A page that has fewer characters, or not this many times those of the summary, is no article:
it is a notice on cookies, or the part of it before the wall."""

_NO_MATTER_HOW_LONG = frozenset({"none", "feeds"})
"""Clauses that more words cannot mend."""


def why_fetch(
    decision: Decision,
    near_misses: Iterable[tuple[RuleId, str]],
    seeking: Collection[RuleId],
    *,
    by_feed: bool,
) -> str:
    """Why the article of an entry is worth fetching, as a sentence; "" where it is not.

    `near_misses` are rules, each with the one clause that failed, `seeking` the rules with
    `full_text`; `by_feed` says that the feed has it. What was there before the watch began,
    or was brought by another feed first, is not news.
    """
    item = decision.item
    if decision.outcome not in (Outcome.NEW, Outcome.REVISED) or decision.archived:
        return ""
    if not item.url or len(item.lead) + len(item.body) >= SHORT:
        return ""
    if by_feed:
        return "its feed asks for full texts"
    for rule, clause in () if decision.matches else near_misses:
        if rule in seeking and clause not in _NO_MATTER_HOW_LONG:
            return f"rule `{rule}` missed it by `{clause}` alone"
    return ""


def says_more(item: Item, text: str) -> bool:
    """Whether the text of a page is worth keeping beside what the feed said itself."""
    return len(text) >= max(LEAST, HARDLY_MORE * (len(item.lead) + len(item.body)))


def with_text(item: Item, text: str) -> Item:
    """The item with the text of its article as the beginning of its body, if it is not there.

    What the feed had as a body itself follows, unless the article says it.
    """
    if not text or item.body.startswith(text):
        return item
    if not item.body or item.body in text:
        return replace(item, body=text)
    return replace(item, body=f"{text}\n{item.body}")

"""The digest as JSON: what webhooks and scripts are given in place of words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from monitor.digests.planning import filed_under
from monitor.model import Alert, Digest, Evidence, Match, RuleCard, RuleId, Story
from monitor.rendering.links import safe_link
from monitor.rendering.news import news_of
from monitor.rendering.reasons import other_publishers
from monitor.text.clean import one_line

MOST_STORIES = 500
"""Stories in one event; `more` says how many there are beyond."""

MOST_EVIDENCE = 50
"""Places in the text for one rule on one story; a long article may have thousands."""


def event(digest: Digest, subject: str) -> str:
    """One JSON object on one line: every name that is documented in docs/templates.md."""
    cards = {card.id: card for card in digest.rules}
    stories = digest.stories
    told = {
        "id": digest.id,
        "digest": digest.name,
        "planned_at": _instant(digest.planned_at),
        "why": digest.why,
        "subject": subject,
        "merges": list(digest.merges),
        "stories": [_told(story, cards) for story in stories[:MOST_STORIES]],
        "alerts": [_alert(alert, cards) for alert in digest.alerts],
        "more": max(0, len(stories) - MOST_STORIES),
        "notes": [*digest.notes, *filter(None, [digest.held])],
    }
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()  # halves of surrogate pairs are no text


def thread_of(digest: Digest) -> str:
    """What a message belongs with: the one rule that all of it is under, else its digest."""
    rules = {section.rule.id for section in digest.sections}
    rules |= {filed_under(story) for story in (*digest.rest, *digest.late)}
    rules |= {alert.rule for alert in digest.alerts}
    return next(iter(rules)) if len(rules) == 1 else digest.name


def _told(story: Story, cards: Mapping[RuleId, RuleCard]) -> dict[str, Any]:
    try:
        return _story(story, cards)
    except Exception:  # noqa: BLE001 - whatever is wrong with one story costs its details only
        return {"id": story.id, "url": safe_link(story.lead.item.url), "rules": [], "news": []}


def _story(story: Story, cards: Mapping[RuleId, RuleCard]) -> dict[str, Any]:
    item = story.lead.item
    return {
        "id": story.id,
        "title": one_line(item.title),
        "url": safe_link(item.url),
        "source": one_line(item.source),
        "published_at": _instant(item.published_at),
        "language": item.language,
        "severity": story.severity.word,
        "news": list(news_of(story)),
        "told_before": story.told_at is not None,
        "rules": [_rule(match, cards, on=item_id) for item_id, match in _fired(story).values()],
        "also_reported_by": list(other_publishers(story)),
    }


def _fired(story: Story) -> dict[RuleId, tuple[int, Match]]:
    """Each rule that fired, with its match of the headline report, or of the first that has one."""
    found: dict[RuleId, tuple[int, Match]] = {}
    for report in (story.lead, *story.others):
        for match in report.matches:
            found.setdefault(match.rule, (report.item_id, match))
    return found


def _rule(match: Match, cards: Mapping[RuleId, RuleCard], *, on: int) -> dict[str, Any]:
    terms = dict.fromkeys(one_line(each.text) or one_line(each.term) for each in match.evidence)
    return {
        "rule": match.rule,
        "title": _title(match.rule, cards),
        "severity": match.severity.word,
        "item": on,
        "terms": [term for term in terms if term],
        "evidence": [_evidence(each) for each in match.evidence[:MOST_EVIDENCE]],
        "more_evidence": max(0, len(match.evidence) - MOST_EVIDENCE),
    }


def _evidence(found: Evidence) -> dict[str, Any]:
    return {
        "clause": found.clause,
        "term": found.term,
        "field": found.field,
        "start": found.start,
        "end": found.end,
        "text": found.text,
    }


def _alert(alert: Alert, cards: Mapping[RuleId, RuleCard]) -> dict[str, Any]:
    return {
        "id": alert.id,
        "rule": alert.rule,
        "title": _title(alert.rule, cards),
        "alert": alert.alert,
        "severity": alert.severity.word,
        "sentence": alert.sentence,
        "reason": alert.reason,
        "fired_at": _instant(alert.fired_at),
        "examples": [
            {"title": one_line(item.title), "url": safe_link(item.url), "source": item.source}
            for item in alert.examples
        ],
    }


def _title(rule: RuleId, cards: Mapping[RuleId, RuleCard]) -> str:
    return cards[rule].title if rule in cards else rule


def _instant(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

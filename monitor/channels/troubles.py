"""What an answer means for the next attempt: every refusal gets one of six classes."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from monitor.model import NotSent, Trouble
from monitor.text.clean import one_line

_LONGEST_REASON = 300
_LONGEST_WAIT = timedelta(days=1)
_AUTH_WORDS = re.compile(
    "invalid_auth|not_authed|account_inactive|token_(?:revoked|expired)|no_permission"
)


def http_trouble(
    service: str, status: int, body: str, *, retry_after: str = "", date: str = ""
) -> NotSent:
    """The class of an HTTP answer that is not a yes.

    `retry_after` and `date` are the header lines. A 2xx counts as a refusal too when the
    service says so in the body, as Slack does.
    """
    said = _said(body)
    name = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    answer = f"{service} answered {f'{status} {name}'.strip()}{f': {said}' if said else ''}"
    wait = _wait(retry_after, date) or _wait_in(body)
    match status:
        case 429:
            trouble = Trouble.RATE_LIMITED
        case 401 | 403 | 407:
            trouble = Trouble.AUTH
        case 408 | 425:
            trouble = Trouble.TEMPORARY
        case _ if status >= 500:
            trouble = Trouble.TEMPORARY
        case _ if "ratelimited" in said or "rate_limited" in said:
            trouble = Trouble.RATE_LIMITED
        case _ if _AUTH_WORDS.search(said):
            trouble = Trouble.AUTH
        case _:
            trouble = Trouble.PERMANENT
    return not_sent(trouble, answer, retry_after=wait)


def smtp_trouble(code: int, answer: str, *, stage: str) -> NotSent:
    """The class of an SMTP reply (RFC 5321 4.2, RFC 3463) that came instead of a yes."""
    said = f"the mail server said {code} {answer} to {stage}"
    if code in (530, 534, 535, 538) or (code >= 500 and answer.startswith("5.7.8")):
        return not_sent(Trouble.AUTH, said)
    if 400 <= code < 500:
        limited = answer.startswith("4.7.") and code != 454  # RFC 4954: 454 is a login, not a rate
        return not_sent(Trouble.RATE_LIMITED if limited else Trouble.TEMPORARY, said)
    if code >= 500:
        return not_sent(Trouble.PERMANENT, said)
    return not_sent(Trouble.TEMPORARY, said)


def not_sent(trouble: Trouble, reason: str, *, retry_after: timedelta | None = None) -> NotSent:
    """A refusal whose reason is one line, however the other side put it."""
    return NotSent(
        trouble=trouble, reason=one_line(reason)[:_LONGEST_REASON], retry_after=retry_after
    )


def _said(body: str) -> str:
    """What the service said of itself: the JSON field that holds the sentence, else the text."""
    parsed = _json(body)
    for name in ("error", "description", "message"):
        match parsed.get(name):
            case str(sentence) if sentence:
                return sentence
            case _:
                continue
    if parsed:
        return ""
    return "" if body.lstrip().startswith("<") else one_line(body)[:120]


def _wait(retry_after: str, date: str) -> timedelta | None:
    """`Retry-After` in seconds, or as a date compared with the answer's own `Date`."""
    if retry_after.strip().replace(".", "", 1).isdigit():
        return min(timedelta(seconds=min(float(retry_after), 86_400)), _LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(retry_after) - parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return None
    return min(max(wait, timedelta()), _LONGEST_WAIT)


def _wait_in(body: str) -> timedelta | None:
    """Telegram and Discord say how long to wait in the body, in seconds."""
    parsed = _json(body)
    parameters = parsed.get("parameters")
    inner = parameters.get("retry_after") if isinstance(parameters, dict) else None
    seconds = inner or parsed.get("retry_after")
    if not isinstance(seconds, int | float) or not seconds > 0:
        return None
    return min(timedelta(seconds=min(float(seconds), 86_400)), _LONGEST_WAIT)


def _json(body: str) -> dict[str, object]:
    try:
        parsed: object = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}

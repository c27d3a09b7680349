"""Secrets never reach a log: known values are replaced in every line, from whoever it comes."""

from __future__ import annotations

import logging
from collections.abc import Iterable

_TALKATIVE = ("apprise", "urllib3", "requests")
_HIDDEN = "***"


class Redaction(logging.Filter):
    """Replaces every known secret in a record's message, arguments and traceback by `***`.

    Put it on handlers: a filter on a logger does not see what child loggers write.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = tuple(sorted(filter(None, set(secrets)), key=len, reverse=True))

    def clean(self, text: str) -> str:
        """The text without the secrets; the longest go first, so that no tail stays behind."""
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without its secrets."""
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.clean(record.exc_text)
            record.exc_info = None
        if record.stack_info:
            record.stack_info = self.clean(record.stack_info)
        record.msg, record.args = self.clean(record.getMessage()), ()
        return True


def guard_logs(secrets: Iterable[str], handlers: Iterable[logging.Handler]) -> Redaction:
    """Put a new redaction on the handlers in place of an older one; quieten talkative libraries.

    Apprise and urllib3 write whole webhook URLs and payloads at DEBUG: they stay at INFO.
    """
    redaction = Redaction(secrets)
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    for logger in loggers:
        logger.setLevel(logging.INFO)
    for place in (*handlers, *loggers):
        for old in [each for each in place.filters if isinstance(each, Redaction)]:
            place.removeFilter(old)
        place.addFilter(redaction)
    return redaction

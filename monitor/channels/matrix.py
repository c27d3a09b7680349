"""Matrix: the event is ours, so that it wakes nobody and can be folded when it comes twice."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

_EVENT = "/send/m.room.message/"
_WORDS = frozenset(["m.text", "m.notice"])


def has_ended(answer: str) -> bool:
    """Whether a server says that a login of ours has ended; Apprise would hold on to it."""
    return "M_UNKNOWN_TOKEN" in answer


@contextlib.contextmanager
def made_ours(plugin: Any, rich: str, key: str) -> Iterator[None]:  # noqa: ANN401 - untyped
    """Let `plugin` send `rich` as the HTML of its message, mentioning nobody, under our key.

    Apprise has no place for `m.mentions`: without it servers look for names in the text, and a
    headline that names a member would wake them (Client-Server API, "Intentional mentions").
    It counts its transactions itself, so that what is sent again would be shown again.
    """
    fetch = plugin._fetch  # noqa: SLF001 - the one way its requests go
    numbers = itertools.count(1)

    def fetch_ours(path: str | None, payload: object = None, **settings: object) -> object:
        if path and _EVENT in path:
            room = path.partition(_EVENT)[0]
            path = f"{room}{_EVENT}{quote(key, safe='')}-{next(numbers)}"
            if isinstance(payload, Mapping) and payload.get("msgtype") in _WORDS:
                payload = {
                    **payload,
                    "format": "org.matrix.custom.html",
                    "formatted_body": rich,
                    "m.mentions": {},
                }
        return fetch(path, payload=payload, **settings)

    plugin._fetch = fetch_ours  # noqa: SLF001 - see above
    try:
        yield
    finally:
        # A ring of references would put its logout off until somebody sweeps it up.
        del plugin._fetch  # noqa: SLF001 - see above

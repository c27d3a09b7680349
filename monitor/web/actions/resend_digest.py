"""Send what a digest said once more."""

from __future__ import annotations

import json
from dataclasses import dataclass

from monitor.web.action import Action
from monitor.web.service import Service
from monitor.web.wire import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Resend:
    """`digest` by its id; `to` are channels, none: those it is addressed to."""

    digest: Line
    to: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resent:
    """What was queued; `warnings` are channels that could not be used."""

    id: str
    channels: tuple[str, ...]
    messages: int
    warnings: tuple[str, ...]


def do(service: Service, taken: Resend) -> Resent:
    """Queue it, word for word, under a key of its own. Raises NotFound and UsageError."""
    answer = service.act("resend", json.dumps({"id": taken.digest, "to": taken.to}))
    return Resent(
        id=answer["id"],
        channels=tuple(answer["channels"]),
        messages=answer["messages"],
        warnings=tuple(answer["warnings"]),
    )


def said(resent: Resent) -> str:
    """What has become of it."""
    warned = "".join(f" {each}." for each in resent.warnings)
    return f"Digest {resent.id} is on its way once more, to {', '.join(resent.channels)}.{warned}"


ACTION = Action(
    name="resend_digest",
    path="/sent/{digest}/resend",
    help="Send what a digest said once more, word for word.",
    takes=Resend,
    gives=Resent,
    do=do,
    said=said,
)

"""Send a digest now."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.web.action import Action
from monitor.web.service import Service
from monitor.web.wire import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """`digest` by its name."""

    digest: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """`id` is None where nothing waited; `warnings` are channels that could not be used."""

    id: str | None
    stories: int
    messages: int
    warnings: tuple[str, ...]


def do(service: Service, taken: Send) -> Queued:
    """Queue what waits, whatever the cadence and quiet hours say. Raises NotFound."""
    answer = service.act("send", taken.digest)
    return Queued(
        id=answer["id"],
        stories=answer["stories"],
        messages=answer["messages"],
        warnings=tuple(answer["warnings"]),
    )


def said(queued: Queued) -> str:
    """What has become of it."""
    if queued.id is None:
        return "Nothing waited: nothing was sent."
    warned = "".join(f" {each}." for each in queued.warnings)
    return f"Digest {queued.id} is on its way, in {queued.messages} messages.{warned}"


ACTION = Action(
    name="send_digest",
    path="/digests/{digest}/send",
    help="Send what waits for a digest now.",
    takes=Send,
    gives=Queued,
    do=do,
    said=said,
)

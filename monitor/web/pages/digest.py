"""One digest before it goes out: byte for byte what would be sent, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from monitor.errors import NotFound
from monitor.model import DigestName
from monitor.web.page import Page
from monitor.web.service import Service
from monitor.web.wire import Line

MOST_BECAUSE = 40
MOST_HELD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`digest` by its name; `form` is how it is shown."""

    digest: Line
    form: Literal["page", "text", "chat"] = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """A story of the digest, and why it is in."""

    story: int
    title: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held back from the digest, and why."""

    title: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The digest as it would go out now. `next_at` is None where it waits for news.

    `text`, `chat` and `html` are its forms, byte for byte.
    """

    name: str
    cadence: str
    timezone: str
    to: tuple[str, ...]
    next_at: datetime | None
    next_why: str
    next_runs: tuple[datetime, ...]
    subject: str
    stories: int
    because: tuple[Because, ...]
    more_because: int
    held: tuple[Held, ...]
    more_held: int
    warnings: tuple[str, ...]
    text: str
    chat: str
    html: str


def load(service: Service, asked: Asked) -> Preview:
    """Plan it as if it were due. Raises NotFound."""
    watch = service.watch()
    spec = watch.digests.get(DigestName(asked.digest))
    if spec is None:
        raise NotFound("digest", asked.digest, watch.digests)
    answer: Mapping[str, Any] = service.look("preview", asked.digest)
    because, held = answer["because"], answer["held"]
    return Preview(
        name=spec.name,
        cadence=spec.cadence,
        timezone=spec.timezone,
        to=spec.to,
        next_at=_instant(answer["next_at"]),
        next_why=answer["next_why"],
        next_runs=tuple(datetime.fromisoformat(each) for each in answer["next_runs"]),
        subject=answer["subject"],
        stories=len(because),
        because=tuple(
            Because(story=each["story"], title=each["title"], why=tuple(each["why"]))
            for each in because[:MOST_BECAUSE]
        ),
        more_because=max(0, len(because) - MOST_BECAUSE),
        held=tuple(Held(title=each["title"], why=each["why"]) for each in held[:MOST_HELD]),
        more_held=max(0, len(held) - MOST_HELD),
        warnings=tuple(answer["warnings"]),
        text=answer["text"],
        chat=answer["chat"],
        html=answer["html"],
    )


def _instant(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


PAGE = Page(
    name="digest",
    path="/digests/{digest}",
    title="Digest",
    help="One digest as it would go out now, and why each story is in it.",
    load=load,
    asks=Asked,
    shows=Preview,
    frames=True,
    example="/digests/morning",
    order=5,
)
